import { isFacilityCode, parseInsuranceCard, parsePersonNumber } from '@yba/vietnam';
import { commune, legacyUnit, province, successorOf } from '@yba/vietnam/data';
import { fhirBirthDate, type Table } from '@yba/vietnam/dossier';
import type { Fault } from '../finding.ts';

export type Add = (fault: Fault) => void;
type Fields = Readonly<Record<string, string>>;

/** The first day of the two-tier list of the country's units. */
const TWO_TIERS = '20250701';
const MOST_SECONDARY = 12;

/** What XML1 says of the person and the visit, held against itself. */
export function checkSummary(xml1: Fields, add: Add): void {
  checkPerson(xml1, add);
  checkCards(xml1, add);
  checkAddress(xml1, add);
  checkDiagnoses(xml1, add);
  checkDays(xml1, add);
}

function checkPerson({ SO_CCCD = '', GIOI_TINH, NGAY_SINH }: Fields, add: Add): void {
  const gender = GIOI_TINH === '1' ? 'male' : GIOI_TINH === '2' ? 'female' : undefined;
  const birthDate = fhirBirthDate(NGAY_SINH);
  const number =
    /^\d{12}$/.test(SO_CCCD) &&
    parsePersonNumber(SO_CCCD, { ...(gender ? { gender } : {}), ...(birthDate ? { birthDate } : {}) });
  if (!number || !number.valid) return;
  const differs = number.warnings.filter((one) => one === 'sex' || one === 'birth-year');
  if (differs.length === 0) return;
  const vi = differs.map((one) => (one === 'sex' ? 'GIOI_TINH' : 'NGAY_SINH')).join(', ');
  add({
    rule: 'xml-person-number',
    path: 'XML1.SO_CCCD',
    found: { vi: `SO_CCCD không khớp với ${vi}.`, en: `SO_CCCD does not agree with ${vi}.` },
    fix: {
      vi: 'Đối chiếu thẻ căn cước: chữ số thứ 4 là thế kỷ và giới tính, chữ số 5–6 là năm sinh.',
      en: 'Compare with the card: the fourth digit is century and sex, the fifth and sixth the year of birth.',
    },
  });
}

function checkCards(xml1: Fields, add: Add): void {
  const list = (field: string) => (xml1[field] ?? '').split(';');
  const [cards, from, to, places] = [
    list('MA_THE_BHYT'),
    list('GT_THE_TU'),
    list('GT_THE_DEN'),
    list('MA_DKBD'),
  ];
  cards.forEach((card, at) => {
    if (card !== '' && card.length === 15 && !parseInsuranceCard(card).valid)
      add({
        rule: 'xml-card',
        path: 'XML1.MA_THE_BHYT',
        found: { vi: `Thẻ thứ ${at + 1} không đúng mẫu.`, en: `Card ${at + 1} is not in its form.` },
        fix: {
          vi: 'Ghi 2 chữ cái, mức hưởng 1–5, rồi 12 chữ số.',
          en: 'Write two letters, the level 1–5, then 12 digits.',
        },
      });
    if (from[at] && to[at] && from[at] > to[at])
      add({
        rule: 'xml-card',
        path: 'XML1.GT_THE_DEN',
        found: {
          vi: `Thẻ thứ ${at + 1} hết hạn trước khi có hiệu lực.`,
          en: `Card ${at + 1} ends before it begins.`,
        },
        fix: {
          vi: 'Ghi GT_THE_TU không sau GT_THE_DEN, theo đúng thứ tự các thẻ.',
          en: 'Write GT_THE_TU not after GT_THE_DEN, in the order of the cards.',
        },
      });
    if (places[at] && !isFacilityCode(places[at]))
      add({
        rule: 'xml-card',
        path: 'XML1.MA_DKBD',
        found: {
          vi: `Nơi đăng ký ban đầu thứ ${at + 1} không phải mã 5 ký tự.`,
          en: `Registered facility ${at + 1} is not a code of five characters.`,
        },
        fix: {
          vi: 'Ghi mã 5 ký tự in trên thẻ; thẻ tạm ghi mã tỉnh và 000.',
          en: 'Write the five characters of the card; for a temporary card the province and 000.',
        },
      });
  });
}

function checkAddress(
  { MATINH_CU_TRU: home = '', MAXA_CU_TRU: place = '', NGAY_RA: end = '' }: Fields,
  add: Add,
): void {
  if (!/^\d{5}$/.test(place) || !/^\d{2,3}$/.test(home)) return;
  const now = commune(place);
  const old = legacyUnit('commune', place);
  const fault = (vi: string, en: string, fixVi: string, fixEn: string) =>
    add({ rule: 'xml-address', path: 'XML1.MAXA_CU_TRU', found: { vi, en }, fix: { vi: fixVi, en: fixEn } });
  const today = end >= TWO_TIERS;
  if (!now && !old)
    return fault(
      'Mã xã, phường không có trong danh mục.',
      'There is no such commune.',
      'Tra mã 5 chữ số trong danh mục đơn vị hành chính hiện hành.',
      'Look the five digits up in the list of administrative units.',
    );
  if (today && !now)
    return fault(
      'Mã là của xã, phường trước 01/07/2025.',
      'The code is that of a commune before 1 July 2025.',
      'Dùng mã của xã, phường mới sau sắp xếp.',
      'Use the code of the commune as of July 2025.',
    );
  if (!now || province(home)?.code === now.province) return;
  if (!today && old) return; // the old list has the old provinces
  const moved = successorOf(home.slice(-2))?.code === now.province;
  fault(
    `Xã, phường không thuộc tỉnh đã ghi${moved ? ' (mã tỉnh trước sáp nhập)' : ''}.`,
    `The commune is not in the province given${moved ? ' (a code of before the merger)' : ''}.`,
    `Ghi MATINH_CU_TRU là ${now.province}, hoặc sửa MAXA_CU_TRU.`,
    `Write ${now.province} in MATINH_CU_TRU, or mend MAXA_CU_TRU.`,
  );
}

function checkDiagnoses({ MA_BENH_CHINH: principal = '', MA_BENH_KT: others = '' }: Fields, add: Add): void {
  const fault = (path: string, vi: string, en: string, fixVi: string, fixEn: string) =>
    add({ rule: 'xml-diagnoses', path, found: { vi, en }, fix: { vi: fixVi, en: fixEn } });
  if (principal.includes(';'))
    fault(
      'XML1.MA_BENH_CHINH',
      'Có nhiều hơn một bệnh chính.',
      'There is more than one principal diagnosis.',
      'Để một mã ở MA_BENH_CHINH, các mã khác ở MA_BENH_KT.',
      'Keep one code in MA_BENH_CHINH, the others in MA_BENH_KT.',
    );
  const list = others.split(';').filter((code) => code !== '');
  if (list.length > MOST_SECONDARY)
    fault(
      'XML1.MA_BENH_KT',
      `Có ${list.length} bệnh kèm theo.`,
      `There are ${list.length} other diagnoses.`,
      `Giữ nhiều nhất ${MOST_SECONDARY} mã.`,
      `Keep at most ${MOST_SECONDARY} codes.`,
    );
  const twice = list.find((code, at) => list.indexOf(code) !== at || code === principal);
  if (twice !== undefined)
    fault(
      'XML1.MA_BENH_KT',
      'Có mã bệnh ghi hai lần.',
      'A diagnosis stands twice.',
      'Mỗi mã ghi một lần; mã ở MA_BENH_CHINH không lặp lại ở MA_BENH_KT.',
      'Give each code once; that of MA_BENH_CHINH does not stand in MA_BENH_KT again.',
    );
}

/** Kinds of visit without days of treatment, and those that count both first and last day. Source: QĐ 4750 SO_NGAY_DTRI */
const NO_DAYS = new Set(['01', '07', '09']);
const BOTH_DAYS = new Set(['02', '03', '04', '06']);

function checkDays(
  { MA_LOAI_KCB: kind = '', SO_NGAY_DTRI: stated = '', NGAY_VAO: arrival = '', NGAY_RA: end = '' }: Fields,
  add: Add,
): void {
  if (!/^\d+$/.test(stated) || arrival.length < 8 || end.length < 8 || end < arrival) return;
  const day = (text: string) =>
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8))) / 86_400_000;
  const right = NO_DAYS.has(kind) ? 0 : BOTH_DAYS.has(kind) ? day(end) - day(arrival) + 1 : undefined;
  if (right === undefined || Number(stated) === right) return;
  add({
    rule: 'xml-days',
    path: 'XML1.SO_NGAY_DTRI',
    found: {
      vi: `SO_NGAY_DTRI là ${stated}, loại hình ${kind} tính được ${right}.`,
      en: `SO_NGAY_DTRI is ${stated}, a visit of kind ${kind} counts ${right}.`,
    },
    fix:
      right === 0
        ? {
            vi: `Ghi 0: loại hình ${kind} không có ngày điều trị.`,
            en: `Write 0: a visit of kind ${kind} has no days.`,
          }
        : { vi: 'Ghi ngày ra − ngày vào + 1.', en: 'Write last day − first day + 1.' },
  });
}

/** What the tables say beside XML1: orders outside the visit, results without a service, papers that are missing or differ. */
export function checkTables(tables: readonly Table[], summary: Fields, add: Add): void {
  const table = (name: string) => tables.find((one) => one.name === name)?.rows ?? [];
  for (const name of ['XML2', 'XML3', 'XML4', 'XML5'])
    for (const { number, fields } of table(name)) checkTimes(`${name}[${number}]`, fields, summary, add);
  for (const { name, rows } of tables) checkNumbers(name, rows, add);
  const services = new Set(table('XML3').map(({ fields }) => fields['MA_DICH_VU']));
  for (const { number, fields } of table('XML4'))
    if (fields['MA_DICH_VU'] && !services.has(fields['MA_DICH_VU']))
      add({
        rule: 'xml-orphan',
        path: `XML4[${number}].MA_DICH_VU`,
        found: {
          vi: 'Kết quả của một dịch vụ không có trong XML3.',
          en: 'A result of a service that XML3 does not have.',
        },
        fix: {
          vi: 'Thêm dịch vụ vào XML3, hoặc ghi đúng MA_DICH_VU đã chỉ định.',
          en: 'Add the service to XML3, or write the MA_DICH_VU that was ordered.',
        },
      });
  for (const { number, fields } of table('XML3')) checkGroup(`XML3[${number}]`, fields, add);
  checkPapers(tables, summary, add);
}

function checkTimes(
  path: string,
  row: Fields,
  { NGAY_VAO: arrival = '', NGAY_RA: end = '' }: Fields,
  add: Add,
): void {
  const { NGAY_YL: ordered = '', NGAY_TH_YL: done = '', NGAY_KQ: result = '' } = row;
  if (
    ordered.length === 12 &&
    arrival.length === 12 &&
    end.length === 12 &&
    (ordered < arrival || ordered > end)
  )
    add({
      rule: 'xml-inside-visit',
      path: `${path}.NGAY_YL`,
      found: {
        vi: 'Y lệnh trước NGAY_VAO hoặc sau NGAY_RA.',
        en: 'The order is before NGAY_VAO or after NGAY_RA.',
      },
      fix: {
        vi: 'Ghi giờ ra y lệnh thật; y lệnh nằm trong đợt điều trị.',
        en: 'Write the true time of the order; it lies within the visit.',
      },
    });
  const before = (field: string, time: string) =>
    ordered.length === 12 && time.length === 12 && time < ordered
      ? add({
          rule: 'xml-order-of-times',
          path: `${path}.${field}`,
          found: { vi: `${field} trước NGAY_YL.`, en: `${field} is before NGAY_YL.` },
          fix: {
            vi: `Sửa ${field} hoặc NGAY_YL: y lệnh có trước, thực hiện và kết quả có sau.`,
            en: `Mend ${field} or NGAY_YL: the order comes first, then the work and its result.`,
          },
        })
      : undefined;
  before('NGAY_TH_YL', done);
  before('NGAY_KQ', result);
}

function checkNumbers(name: string, rows: Table['rows'], add: Add): void {
  const wrong = rows.find(({ number, fields }) => fields['STT'] && fields['STT'] !== String(number));
  const seen = rows.map(({ fields }) => fields['STT']).filter((stt) => stt);
  if (!wrong || rows.length < 2 || new Set(seen).size === seen.length) return;
  add({
    rule: 'xml-row-number',
    path: `${name}[${wrong.number}].STT`,
    found: { vi: 'STT trùng giữa các dòng.', en: 'Rows have the same STT.' },
    fix: { vi: 'Đánh STT từ 1, tăng dần trong bảng.', en: 'Count STT from 1 upwards in the table.' },
  });
}

function checkGroup(path: string, row: Fields, add: Add): void {
  const need = (field: string, vi: string, en: string) =>
    row[field]
      ? undefined
      : add({
          rule: 'xml-group',
          path: `${path}.${field}`,
          found: { vi: `${vi} nhưng thiếu ${field}.`, en: `${en}, but ${field} is missing.` },
          fix: { vi: `Điền ${field}, hoặc sửa MA_NHOM.`, en: `Fill in ${field}, or mend MA_NHOM.` },
        });
  if (row['MA_NHOM'] === '10') need('TT_THAU', 'Nhóm 10 là vật tư', 'Group 10 is supplies');
  if (row['MA_NHOM'] === '12') need('MA_XANG_DAU', 'Nhóm 12 là vận chuyển', 'Group 12 is transport');
  if (['13', '14', '15', '16'].includes(row['MA_NHOM'] ?? '') && row['MA_VAT_TU'])
    add({
      rule: 'xml-group',
      path: `${path}.MA_VAT_TU`,
      found: {
        vi: 'Công khám hoặc ngày giường có MA_VAT_TU.',
        en: 'An examination or bed day has MA_VAT_TU.',
      },
      fix: {
        vi: 'Bỏ MA_VAT_TU, ghi MA_DICH_VU; vật tư để dòng riêng.',
        en: 'Remove MA_VAT_TU and write MA_DICH_VU; a supply has its own row.',
      },
    });
}

const REPEATED = ['HO_TEN', 'NGAY_SINH', 'GIOI_TINH', 'NGAY_VAO', 'NGAY_RA', 'MA_THE_BHYT'];

function checkPapers(tables: readonly Table[], summary: Fields, add: Add): void {
  const has = new Set(tables.map(({ name }) => name));
  const missing = (name: string, vi: string, en: string) =>
    has.has(name)
      ? undefined
      : add({
          rule: 'xml-table-missing',
          path: name,
          found: { vi: `${vi} nhưng không có ${name}.`, en: `${en}, but ${name} is missing.` },
          fix: { vi: `Thêm ${name} vào hồ sơ.`, en: `Add ${name} to the dossier.` },
        });
  const { MA_LOAI_KCB: kind = '', MA_LOAI_RV: leaving = '', NGAY_TAI_KHAM: again } = summary;
  if (kind === '03' && leaving !== '3')
    missing('XML7', 'Điều trị nội trú đã ra viện', 'An inpatient was discharged');
  if (leaving === '2' || leaving === '5')
    missing('XML13', 'MA_LOAI_RV là chuyển cơ sở', 'MA_LOAI_RV is a transfer');
  if (again) missing('XML14', 'Có NGAY_TAI_KHAM', 'There is NGAY_TAI_KHAM');
  for (const { name, rows } of tables) {
    if (!['XML7', 'XML8', 'XML13', 'XML14', 'XML15'].includes(name)) continue;
    for (const { number, fields } of rows)
      for (const field of REPEATED)
        if (fields[field] && summary[field] && fields[field] !== summary[field])
          add({
            rule: 'xml-same-facts',
            path: `${name}[${number}].${field}`,
            found: { vi: `${field} khác với XML1.`, en: `${field} is not that of XML1.` },
            fix: {
              vi: `Lấy ${field} từ cùng một nguồn với XML1.`,
              en: `Take ${field} from where XML1 has it.`,
            },
          });
  }
}
