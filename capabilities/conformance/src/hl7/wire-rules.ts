import { type Message, placeText, type Segment } from '@yba/hl7v2';
import type { Findings } from '../finding.ts';

/** Repetitions of one field beyond which nobody reads. */
const MOST_REPEATS = 200;
/** What may stand between two escape characters. Source: HL7 v2.5.1 2.7 */
const ESCAPE =
  /^([FSTREPHN]|X([0-9A-Fa-f]{2})+|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4,6}|Z.*|\.(br|ce|fi|nf|sp[+\d]*|in[+\-\d]*|ti[+\-\d]*|sk[+\d]*))$/;

/** Structures by type and trigger. Source: HL7 v2.5.1 table 0354 */
const STRUCTURES: Readonly<Record<string, string>> = {
  ADT: 'A01 A04 A08 A13:ADT_A01 A02:ADT_A02 A03:ADT_A03 A05 A28 A31:ADT_A05 A06 A07:ADT_A06 A11:ADT_A09 A12:ADT_A12 A40:ADT_A39',
  ORU: 'R01:ORU_R01 R30 R32:ORU_R30',
  ORM: 'O01:ORM_O01',
  OML: 'O21:OML_O21',
  SIU: 'S12 S13 S14 S15 S17 S26:SIU_S12',
  MDM: 'T01 T05 T09 T11:MDM_T01 T02 T06 T10:MDM_T02',
};

/** The structure that MSH-9.3 has to name, undefined where the kit does not know it. */
function structureOf(type: string, trigger: string): string | undefined {
  let waiting: string[] = [];
  for (const part of (STRUCTURES[type] ?? '').split(' ')) {
    const [event = '', structure] = part.split(':');
    waiting.push(event);
    if (structure && waiting.includes(trigger)) return structure;
    if (structure) waiting = [];
  }
  return undefined;
}

/** Frames of MLLP in a captured file: each opens with VT and closes with FS and CR. Source: HL7 v2.5.1 C.4; MLLP R1 */
export function checkFrames(text: string, findings: Findings): void {
  if (!/[\u000b\u001c]/.test(text)) return;
  const opened = text.split('\u000b').length - 1;
  const closed = text.split('\u001c\r').length - 1;
  if (opened === closed && /^[^\u001c]*\u000b/.test(text)) return;
  findings.add({
    rule: 'hl7-frame',
    path: 'MLLP',
    line: 1,
    found: {
      vi: `Có ${opened} khung mở (VT) nhưng ${closed} khung đóng (FS CR).`,
      en: `${opened} frames open (VT), ${closed} close (FS CR).`,
    },
    fix: {
      vi: 'Gửi 0x0B, bản tin, rồi 0x1C 0x0D; thiếu phần cuối thì bên nhận chờ mãi.',
      en: 'Send 0x0B, the message, then 0x1C 0x0D; without the end a receiver waits for ever.',
    },
  });
}

/** What stands in fields as raw text, and what segments say beside one another. */
export function checkWire(message: Message, findings: Findings): void {
  const { segments, separators, header, first } = message;
  const add = (rule: string, path: string, vi: string, en: string, fixVi: string, fixEn: string) =>
    findings.add({ rule, path, found: { vi, en }, fix: { vi: fixVi, en: fixEn } });
  for (const segment of segments)
    for (let field = 1; field <= segment.length; field++) {
      const raw = segment.raw(field);
      if (raw === '' || (segment.name === 'MSH' && field <= 2)) continue;
      const path = placeText({ segment: segment.name, sequence: segment.sequence, field });
      const parts = raw.split(separators.escape);
      if (parts.length % 2 === 0 || parts.some((part, at) => at % 2 === 1 && !ESCAPE.test(part)))
        add(
          'hl7-escape',
          path,
          'Có chuỗi thoát lạ hoặc không đóng.',
          'There is an escape sequence that is unknown or not closed.',
          'Viết \\ trong dữ liệu là \\E\\; chuỗi thoát mở và đóng bằng \\ (\\.br\\, \\T\\).',
          'Write \\ inside data as \\E\\; a sequence begins and ends with \\ (\\.br\\, \\T\\).',
        );
      if (/&(amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-f]+);/i.test(raw))
        add(
          'text-escaped',
          path,
          'Có ký tự viết theo kiểu HTML (&amp;, &#…;).',
          'There are characters written as in HTML (&amp;, &#…;).',
          'Ghi chữ Unicode thật; dấu & trong dữ liệu là \\T\\.',
          'Write the Unicode letters themselves; & inside data is \\T\\.',
        );
      if (/[\u0000-\u0008\u0009\u000e-\u001b\u007f]/.test(raw))
        add(
          'hl7-control-character',
          path,
          'Có ký tự điều khiển (tab hoặc tương tự).',
          'There is a control character, such as a tab.',
          'Thay tab bằng khoảng trắng; xuống dòng trong dữ liệu là \\.br\\.',
          'Replace a tab by a space; a line break inside data is \\.br\\.',
        );
      if (segment.count(field) > MOST_REPEATS)
        add(
          'hl7-repeats',
          path,
          `Trường lặp ${segment.count(field)} lần.`,
          `The field is repeated ${segment.count(field)} times.`,
          'Chỉ gửi các giá trị còn dùng; kiểm vòng lặp khi xuất.',
          'Send the values that are in use; look at the loop that exports them.',
        );
    }
  const structure = structureOf(header.type, header.trigger);
  const said = first('MSH')?.text(9, 3) ?? '';
  if (structure && said !== '' && said !== structure)
    add(
      'hl7-structure',
      'MSH-9.3',
      `MSH-9.3 là ${findings.show(said)}, ${header.type}^${header.trigger} có cấu trúc ${structure}.`,
      `MSH-9.3 is ${findings.show(said)}, ${header.type}^${header.trigger} has the structure ${structure}.`,
      `Ghi ${header.type}^${header.trigger}^${structure}.`,
      `Write ${header.type}^${header.trigger}^${structure}.`,
    );
  const persons = segments.filter(({ name }) => name === 'PID');
  if (persons.length > 1 && header.type === 'ADT' && header.trigger !== 'A40')
    add(
      'hl7-segment-twice',
      'PID[2]',
      `${header.type}^${header.trigger} có ${persons.length} đoạn PID.`,
      `${header.type}^${header.trigger} has ${persons.length} PID segments.`,
      'Mỗi người bệnh một bản tin; đoạn PID thứ hai bị bỏ qua.',
      'One message for each patient: a second PID is not read.',
    );
  checkDays(segments, header.type, add, first('MSH')?.text(7) ?? '');
  for (const pid of persons) checkNumbers(pid, add);
  for (const obx of segments) if (obx.name === 'OBX' && obx.text(2) === 'ED') checkEmbedded(obx, add);
}

type Add = (rule: string, path: string, vi: string, en: string, fixVi: string, fixEn: string) => void;

function checkDays(segments: readonly Segment[], _type: string, add: Add, sent: string): void {
  for (const segment of segments) {
    const at = `${segment.name}${segment.sequence > 1 ? `[${segment.sequence}]` : ''}`;
    const day = (field: number) => segment.text(field).slice(0, 8);
    if (segment.name === 'PID' && /^\d{8}/.test(sent) && day(7).length === 8 && day(7) > sent.slice(0, 8))
      add(
        'hl7-order-of-times',
        `${at}-7`,
        'Ngày sinh sau ngày gửi bản tin.',
        'The date of birth is after the day of the message.',
        'Sửa năm sinh ở PID-7.',
        'Mend the year in PID-7.',
      );
    const [taken, reported] = [segment.text(7), segment.text(22)];
    if (
      segment.name === 'OBR' &&
      /^\d{12}/.test(taken) &&
      /^\d{12}/.test(reported) &&
      taken.slice(0, 12) > reported.slice(0, 12)
    )
      add(
        'hl7-order-of-times',
        `${at}-22`,
        'Trả kết quả (OBR-22) trước lúc lấy mẫu (OBR-7).',
        'The result (OBR-22) is before the specimen (OBR-7).',
        'Sửa OBR-7 hoặc OBR-22.',
        'Mend OBR-7 or OBR-22.',
      );
  }
}

function checkNumbers(pid: Segment, add: Add): void {
  for (let nth = 1; nth <= Math.min(pid.count(3), MOST_REPEATS); nth++) {
    const [value, type] = [pid.text(3, 1, 1, nth), pid.text(3, 5, 1, nth)];
    if (!/\S\s+\S|^\s|\s$/.test(value) || /^(NI|NNVNM|CCCD)$/.test(type)) continue; // a person number is told as such
    add(
      'hl7-identifier',
      'PID-3',
      'Mã người bệnh có khoảng trắng.',
      'A patient number has spaces in it.',
      'Ghi liền, như in trên thẻ: GD4797912345678.',
      'Write it without spaces, as on the card: GD4797912345678.',
    );
    return;
  }
}

function checkEmbedded(obx: Segment, add: Add): void {
  const [encoding, data] = [obx.text(5, 4), obx.raw(5).split('^')[4] ?? ''];
  if (!/^base64$/i.test(encoding) || /^[A-Za-z0-9+/]+={0,2}$/.test(data.replace(/\s+/g, ''))) return;
  add(
    'hl7-value',
    `OBX${obx.sequence > 1 ? `[${obx.sequence}]` : ''}-5`,
    'OBX-5.5 không phải Base64.',
    'OBX-5.5 is not Base64.',
    'Mã hóa tệp bằng Base64, liền một dòng, không có tiền tố data:.',
    'Encode the file as Base64, in one line, without a data: prefix.',
  );
}
