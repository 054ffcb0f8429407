import { isUnit } from '@yba/fhir';
import { fhirDateTime, type Message, type Segment } from '@yba/hl7v2';
import type { Fault } from '../finding.ts';
import { CODED, MESSAGES, OF_TRIGGER, REQUIRED, TIMES } from './tables.ts';

type Add = (fault: Fault) => void;
type Show = (value: string) => string;

const nameOf = ({ name, sequence }: Segment) => `${name}${sequence > 1 ? `[${sequence}]` : ''}`;

/** Each segment by its tables, and what they say beside one another. */
export function checkSegments(message: Message, add: Add, show: Show): void {
  checkPresence(message, add);
  const isOld = /^2\.[1-4]/.test(message.header.version);
  for (const segment of message.segments) {
    checkRequired(segment, isOld, add);
    checkCoded(segment, add, show);
    checkTimes(segment, add, show);
    if (segment.name === 'PID') checkPatient(segment, add, show);
    if (segment.name === 'PV1') checkStay(segment, add);
    if (segment.name === 'OBX') checkResult(segment, message, add, show);
  }
  checkOrder(message.segments, add);
}

function checkPresence({ header, first }: Message, add: Add): void {
  const asked = [
    ...(MESSAGES[header.type]?.segments ?? []),
    ...(MESSAGES[header.type] ? (OF_TRIGGER[header.trigger] ?? []) : []),
  ];
  for (const name of asked)
    if (!first(name))
      add({
        rule: 'hl7-segment-missing',
        path: name,
        found: {
          vi: `${header.type}^${header.trigger} không có đoạn ${name}.`,
          en: `${header.type}^${header.trigger} has no ${name} segment.`,
        },
        fix: { vi: `Thêm đoạn ${name}.`, en: `Add a ${name} segment.` },
      });
}

/** MSH-7 is required since version 2.5. Source: HL7 v2.4 2.16.9, v2.5 2.15.9 */
function checkRequired(segment: Segment, isOld: boolean, add: Add): void {
  for (const field of REQUIRED[segment.name] ?? [])
    if (segment.raw(field) === '' && !(isOld && segment.name === 'MSH' && field === 7))
      add({
        rule: 'hl7-required',
        path: `${nameOf(segment)}-${field}`,
        found: { vi: `${segment.name}-${field} trống.`, en: `${segment.name}-${field} is empty.` },
        fix: {
          vi: `Điền ${segment.name}-${field}; trường này bắt buộc.`,
          en: `Fill in ${segment.name}-${field}; it is required.`,
        },
      });
}

function checkCoded(segment: Segment, add: Add, show: Show): void {
  for (const [place, { table, codes }] of Object.entries(CODED)) {
    const [name, field] = place.split('-') as [string, string];
    if (segment.name !== name) continue;
    const code = segment.text(Number(field));
    if (code === '' || codes.has(code)) continue;
    add({
      rule: 'hl7-code',
      ...(segment.name === 'PV1' ? { severity: 'warning' as const } : {}), // table 0004 is one that sites may extend
      path: `${nameOf(segment)}-${field}`,
      found: {
        vi: `${place} là ${show(code)}, không có trong bảng ${table}.`,
        en: `${place} is ${show(code)}, which table ${table} has not.`,
      },
      fix: {
        vi: `Dùng một trong: ${[...codes].slice(0, 20).join(', ')} (bảng HL7 ${table}).`,
        en: `Use one of: ${[...codes].slice(0, 20).join(', ')} (HL7 table ${table}).`,
      },
    });
  }
}

function checkTimes(segment: Segment, add: Add, show: Show): void {
  for (const field of TIMES[segment.name] ?? []) {
    const time = segment.text(field);
    if (time === '' || fhirDateTime(time) !== undefined) continue;
    add({
      rule: 'hl7-time',
      path: `${nameOf(segment)}-${field}`,
      found: {
        vi: `${segment.name}-${field} là ${show(time)}, không phải ngày giờ.`,
        en: `${segment.name}-${field} is ${show(time)}, which is no time.`,
      },
      fix: {
        vi: 'Ghi YYYYMMDD hoặc YYYYMMDDHHMMSS[+0700], không có dấu ngăn.',
        en: 'Write YYYYMMDD or YYYYMMDDHHMMSS[+0700], without separators.',
      },
    });
  }
}

/** Types of identifier that mean the person number. */
const PERSON_TYPES = new Set(['NI', 'NNVNM', 'CCCD']);

function checkPatient(pid: Segment, add: Add, show: Show): void {
  for (let nth = 1; nth <= pid.count(3); nth++) {
    const part = (component: number) => pid.text(3, component, 1, nth);
    const [value, authority, type] = [part(1), part(4), part(5)];
    if (value === '') continue;
    if (authority === '' && type === '')
      add({
        rule: 'hl7-identifier',
        path: 'PID-3',
        found: {
          vi: 'Mã người bệnh không nói nơi cấp và loại.',
          en: 'A patient number does not say who gave it, nor its type.',
        },
        fix: {
          vi: 'Ghi mã^^^nơi cấp^loại: BN001^^^27001^MR, số định danh: 027163999001^^^VNM^NI.',
          en: 'Write number^^^authority^type: BN001^^^27001^MR, a person number: 027163999001^^^VNM^NI.',
        },
      });
    if (PERSON_TYPES.has(type) && !/^\d{12}$/.test(value))
      add({
        rule: 'hl7-person-number',
        path: 'PID-3',
        found: {
          vi: `${show(value)} không phải số định danh 12 chữ số.`,
          en: `${show(value)} is not a person number of 12 digits.`,
        },
        fix: {
          vi: 'Ghi đủ 12 chữ số, giữ số 0 ở đầu; giấy tờ khác thì dùng loại khác (PPN hộ chiếu).',
          en: 'Write all 12 digits, leading zero included; other papers have another type (PPN for a passport).',
        },
      });
  }
  const family = pid.text(5, 1);
  if (family.trim().includes(' ') && pid.text(5, 2) === '')
    add({
      rule: 'hl7-name',
      path: 'PID-5',
      found: {
        vi: 'Cả họ tên nằm trong thành phần họ (PID-5.1).',
        en: 'The whole name stands in the family name (PID-5.1).',
      },
      fix: {
        vi: 'Ghi họ^tên^đệm: Trịnh^Liên^Thị Kim.',
        en: 'Write family^given^middle: Trịnh^Liên^Thị Kim.',
      },
    });
}

function checkStay(pv1: Segment, add: Add): void {
  const [start, end] = [pv1.text(44), pv1.text(45)].map((time) => fhirDateTime(time));
  if (start && end && end < start)
    add({
      rule: 'hl7-order-of-times',
      path: `${nameOf(pv1)}-45`,
      found: {
        vi: 'Ra viện (PV1-45) trước vào viện (PV1-44).',
        en: 'The discharge (PV1-45) is before the admission (PV1-44).',
      },
      fix: { vi: 'Sửa PV1-44 hoặc PV1-45.', en: 'Mend PV1-44 or PV1-45.' },
    });
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const PLAIN = new Set(['ST', 'TX', 'FT', 'NM', 'DT', 'TM']);

function checkResult(obx: Segment, { separators }: Message, add: Add, show: Show): void {
  const path = `${nameOf(obx)}-5`;
  const [type, raw] = [obx.text(2), obx.raw(5)];
  if (raw === '' || obx.isNull(5)) return;
  if (type === '') {
    add({
      rule: 'hl7-required',
      path: `${nameOf(obx)}-2`,
      found: {
        vi: 'OBX-5 có giá trị nhưng OBX-2 không nói kiểu.',
        en: 'OBX-5 has a value, but OBX-2 does not say its type.',
      },
      fix: {
        vi: 'Ghi kiểu ở OBX-2: NM cho số, ST cho chữ, CWE cho mã.',
        en: 'Write its type in OBX-2: NM for a number, ST for words, CWE for a code.',
      },
    });
    return;
  }
  const parts = raw.split(separators.component).length > 1 || raw.split(separators.subcomponent).length > 1;
  if (PLAIN.has(type) && parts) {
    add({
      rule: 'hl7-escape',
      path,
      found: {
        vi: `OBX-5 kiểu ${type} có ký tự ^ hoặc & chưa thoát.`,
        en: `OBX-5 of type ${type} has a bare ^ or &.`,
      },
      fix: {
        vi: 'Viết ^ là \\S\\, & là \\T\\, | là \\F\\, ~ là \\R\\, \\ là \\E\\.',
        en: 'Write ^ as \\S\\, & as \\T\\, | as \\F\\, ~ as \\R\\, \\ as \\E\\.',
      },
    });
    return;
  }
  const value = obx.text(5);
  const wrong = (fixVi: string, fixEn: string) =>
    add({
      rule: 'hl7-value',
      path,
      found: {
        vi: `OBX-5 là ${show(value)}, không phải kiểu ${type}.`,
        en: `OBX-5 is ${show(value)}, which is not of type ${type}.`,
      },
      fix: { vi: fixVi, en: fixEn },
    });
  if (type === 'NM' && !NUMBER.test(value))
    wrong(
      'Ghi số với dấu chấm thập phân (7.2); “<5” dùng kiểu SN, chữ dùng kiểu ST.',
      'Write a number with a decimal point (7.2); “<5” is of type SN, words are ST.',
    );
  if ((type === 'DT' || type === 'DTM' || type === 'TS') && fhirDateTime(value) === undefined)
    wrong('Ghi YYYYMMDD hoặc YYYYMMDDHHMMSS.', 'Write YYYYMMDD or YYYYMMDDHHMMSS.');
  if (type === 'NM' || type === 'SN') checkUnit(obx, add);
}

function checkUnit(obx: Segment, add: Add): void {
  const [unit, system] = [obx.text(6, 1), obx.text(6, 3)];
  const path = `${nameOf(obx)}-6`;
  if (unit === '')
    add({
      rule: 'hl7-unit',
      path,
      found: { vi: 'Kết quả là số nhưng không có đơn vị.', en: 'The result is a number without a unit.' },
      fix: {
        vi: 'Ghi đơn vị ở OBX-6: mmol/L^^UCUM; không có đơn vị thì ghi 1^^UCUM.',
        en: 'Write the unit in OBX-6: mmol/L^^UCUM; where there is none 1^^UCUM.',
      },
    });
  else if (/^UCUM$/i.test(system) && !isUnit(unit))
    add({
      rule: 'hl7-unit',
      path,
      found: { vi: `“${unit}” không phải mã UCUM.`, en: `“${unit}” is not a code of UCUM.` },
      fix: {
        vi: 'Ghi mã UCUM (mg/dL, mmol/L, 10*9/L), hoặc bỏ UCUM ở OBX-6.3.',
        en: 'Write a code of UCUM (mg/dL, mmol/L, 10*9/L), or leave UCUM out of OBX-6.3.',
      },
    });
}

function checkOrder(segments: readonly Segment[], add: Add): void {
  const pid = segments.findIndex(({ name }) => name === 'PID');
  const early = segments.find(({ name }, at) => at < pid && ['PV1', 'OBR', 'ORC', 'OBX'].includes(name));
  if (early)
    add({
      rule: 'hl7-segment-order',
      path: nameOf(early),
      found: { vi: `${early.name} đứng trước PID.`, en: `${early.name} stands before PID.` },
      fix: {
        vi: 'Xếp MSH, EVN, PID, PV1, ORC, OBR, OBX theo thứ tự.',
        en: 'Put MSH, EVN, PID, PV1, ORC, OBR, OBX in their order.',
      },
    });
  const orders = segments.findIndex(({ name }) => name === 'OBR');
  const loose = segments.find(
    ({ name }, at) => name === 'OBX' && at < orders && segments.every((one) => one.name !== 'TXA'),
  );
  if (loose && !early)
    add({
      rule: 'hl7-segment-order',
      path: nameOf(loose),
      found: { vi: 'OBX đứng trước OBR của nó.', en: 'OBX stands before its OBR.' },
      fix: { vi: 'Đặt OBX ngay sau OBR mà nó trả lời.', en: 'Put OBX after the OBR that it answers.' },
    });
  let ids = new Set<string>();
  for (const segment of segments) {
    if (segment.name === 'OBR') ids = new Set();
    const id = segment.text(1);
    if (segment.name !== 'OBX' || id === '') continue;
    if (ids.has(id))
      add({
        rule: 'hl7-set-id',
        path: `${nameOf(segment)}-1`,
        found: { vi: `OBX-1 trùng số ${id}.`, en: `OBX-1 repeats ${id}.` },
        fix: { vi: 'Đánh số OBX-1 từ 1 sau mỗi OBR.', en: 'Count OBX-1 from 1 after each OBR.' },
      });
    ids.add(id);
  }
}
