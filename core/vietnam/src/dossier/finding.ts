/** What a check found wrong. The words for each rule are in `remedies`. */
export type Rule =
  | 'required'
  | 'length'
  | 'number'
  | 'date'
  | 'code'
  | 'format'
  | 'parallel-lists'
  | 'order-of-times'
  | 'visit-key'
  | 'facility'
  | 'unknown-field'
  | 'repeated-field'
  | 'unknown-table'
  | 'repeated-table'
  | 'empty-table'
  | 'nesting'
  | 'root'
  | 'xml'
  | 'doctype'
  | 'entity'
  | 'encoding'
  | 'base64'
  | 'double-base64'
  | 'count'
  | 'person-number'
  | 'mapping';

/**
 * One thing wrong in a dossier. `error` keeps the row (for XML1, the dossier) out of the record, `warning` and
 * `information` let it in.
 */
export type Finding = {
  severity: 'error' | 'warning' | 'information';
  /** `XML1` … `XML15`, or `GIAMDINHHS` for the envelope. */
  table: string;
  /** Row in the table, from 1 in the order of the file. */
  row?: number;
  field?: string;
  rule: Rule;
  /** What to do about it. */
  remedy: { vi: string; en: string };
};

/** Something read that is kept out of the record: a field, a row, or a whole table file, as it was sent. */
export type Quarantined = Finding & { raw: string | Readonly<Record<string, string>> };

/** Most elements that are set aside one by one, each with its remedy: where more is wrong, the whole is set aside as it came. */
export const mostAside = 10_000;

type Detail = {
  /** Meaning of the field, in both languages. */
  meaning?: { vi: string; en: string };
  field?: string;
  /** What would be right. */
  expected?: { vi: string; en: string };
};

const remedies: Record<Rule, (detail: Detail) => { vi: string; en: string }> = {
  required: (d) =>
    both(`Điền ${named(d, 'vi')}; trường này bắt buộc`, `Fill in ${named(d, 'en')}; it is required`, d),
  length: (d) => both(`Rút ngắn ${named(d, 'vi')}`, `Shorten ${named(d, 'en')}`, d),
  number: (d) =>
    both(
      `Ghi ${named(d, 'vi')} bằng chữ số, phần lẻ sau dấu chấm`,
      `Write ${named(d, 'en')} in digits, decimals after a dot`,
      d,
    ),
  date: (d) =>
    both(`Ghi ${named(d, 'vi')} đúng mẫu ngày có thật`, `Write ${named(d, 'en')} as a real date`, d),
  code: (d) =>
    both(`Dùng mã trong danh mục cho ${named(d, 'vi')}`, `Use a code of the list for ${named(d, 'en')}`, d),
  format: (d) => both(`Sửa ${named(d, 'vi')} theo đúng mẫu`, `Write ${named(d, 'en')} in its format`, d),
  'parallel-lists': (d) =>
    both(
      `Ghi ${named(d, 'vi')} thành danh sách cùng số phần tử với MA_THE_BHYT, cách nhau bằng ";"`,
      `Give ${named(d, 'en')} as many parts as MA_THE_BHYT, joined by ";"`,
      d,
    ),
  'order-of-times': (d) =>
    both(
      `Kiểm lại thứ tự thời gian của ${named(d, 'vi')}`,
      `Check the order of times at ${named(d, 'en')}`,
      d,
    ),
  'visit-key': () =>
    both(
      'MA_LK của dòng phải giống MA_LK của XML1 trong cùng hồ sơ',
      'The row must carry the MA_LK of XML1 of its dossier',
      {},
    ),
  facility: (d) =>
    both(
      'Mã cơ sở phải là mã 5 ký tự của cơ sở đang gửi',
      'The facility code must be the 5-character code of the sender',
      d,
    ),
  'unknown-field': (d) =>
    both(
      `Bỏ hoặc sửa tên thẻ ${d.field ?? ''}: chuẩn không có trường này`,
      `Remove or rename ${d.field ?? 'the element'}: the standard has no such field`,
      d,
    ),
  'repeated-field': (d) =>
    both(`Chỉ ghi ${named(d, 'vi')} một lần trong một dòng`, `Give ${named(d, 'en')} once in a row`, d),
  'unknown-table': (d) => both('LOAIHOSO phải là XML1 … XML15', 'LOAIHOSO must be one of XML1 … XML15', d),
  'repeated-table': () =>
    both('Chỉ gửi bảng này một lần trong hồ sơ', 'Send this table once in a dossier', {}),
  'empty-table': () =>
    both(
      'Bảng không có dòng nào: bỏ tệp hoặc thêm dòng',
      'The table has no rows: leave the file out or add rows',
      {},
    ),
  nesting: (d) =>
    both(
      `Đặt thẻ ${d.field ?? ''} đúng chỗ theo cấu trúc của bảng`,
      `Put ${d.field ?? 'the element'} where the layout has it`,
      d,
    ),
  root: (d) => both('Dùng đúng thẻ gốc của bảng', 'Use the root element of the table', d),
  xml: (d) => both('Xuất lại tệp XML cho đúng cú pháp', 'Export well-formed XML', d),
  doctype: () => both('Bỏ khai báo DOCTYPE', 'Remove the DOCTYPE declaration', {}),
  entity: (d) =>
    both(
      'Không dùng thực thể (&…;) ngoài năm thực thể có sẵn của XML',
      'Use no entities but the five of XML itself',
      d,
    ),
  encoding: (d) => both('Lưu tệp với bảng mã UTF-8', 'Save the file as UTF-8', d),
  base64: (d) =>
    both('Mã hoá Base64 nội dung bảng trong NOIDUNGFILE', 'Encode the table in NOIDUNGFILE as Base64', d),
  'double-base64': () => both('Chỉ mã hoá Base64 một lần', 'Encode as Base64 once only', {}),
  count: (d) =>
    both('Ghi SOLUONGHOSO bằng số hồ sơ trong tệp', 'Make SOLUONGHOSO the number of dossiers in the file', d),
  'person-number': (d) =>
    both(
      'Đối chiếu số định danh với giới tính và năm sinh trên thẻ',
      'Compare the person number with sex and year of birth on the card',
      d,
    ),
  mapping: (d) => both('Sửa dữ liệu của dòng rồi gửi lại', 'Mend the row and send it again', d),
};

const named = (detail: Detail, language: 'vi' | 'en') =>
  detail.meaning
    ? `${detail.field} (${detail.meaning[language]})`
    : (detail.field ?? (language === 'vi' ? 'trường' : 'the field'));

function both(vi: string, en: string, { expected }: Detail): { vi: string; en: string } {
  return expected
    ? { vi: `${vi}: ${expected.vi}.`, en: `${en}: ${expected.en}.` }
    : { vi: `${vi}.`, en: `${en}.` };
}

/** A finding with the words of its rule. */
export function finding(
  severity: Finding['severity'],
  rule: Rule,
  at: { table: string; row?: number | undefined; field?: string | undefined },
  detail: Omit<Detail, 'field'> = {},
): Finding {
  return {
    severity,
    table: at.table,
    ...(at.row === undefined ? {} : { row: at.row }),
    ...(at.field === undefined ? {} : { field: at.field }),
    rule,
    remedy: remedies[rule]({ ...detail, ...(at.field === undefined ? {} : { field: at.field }) }),
  };
}
