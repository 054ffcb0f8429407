import type { Finding as Read, Rule } from '@yba/vietnam/dossier';
import type { Fault, Findings } from '../finding.ts';
import type { Words } from '../rules/rule.ts';

type Of = { place: string; field: string; shown: string | undefined; why: string };

const is =
  (vi: string, en: string) =>
  ({ field, shown }: Of): Words =>
    shown === undefined
      ? { vi: `${field} ${vi}.`, en: `${field} ${en}.` }
      : { vi: `${field} là ${shown}: ${vi}.`, en: `${field} is ${shown}: it ${en}.` };

const plain =
  (vi: string, en: string) =>
  ({ why, field, place }: Of): Words => ({
    vi: `${(field || place) + (vi ? ` ${vi}` : '')}${why ? `: ${why}` : ''}.`,
    en: `${(field || place) + (en ? ` ${en}` : '')}${why ? `: ${why}` : ''}.`,
  });

/** What was found, by rule of the reader. */
const found: Readonly<Record<Rule, (of: Of) => Words>> = {
  required: plain('trống hoặc không có', 'is empty or missing'),
  length: is('dài quá quy định', 'is too long'),
  number: is('không phải số đúng mẫu', 'is not a number in its form'),
  date: is('không phải ngày giờ đúng mẫu', 'is not a time in its form'),
  code: is('không có trong danh mục', 'is not in the list'),
  format: is('sai mẫu', 'is not in its form'),
  'parallel-lists': plain('không có cùng số phần tử với MA_THE_BHYT', 'has not as many parts as MA_THE_BHYT'),
  'order-of-times': plain('sai thứ tự thời gian', 'is out of the order of times'),
  'visit-key': is('khác MA_LK của XML1', 'is not the MA_LK of XML1'),
  facility: is('không phải mã 5 ký tự của nơi gửi', 'is not the code of the sender'),
  'unknown-field': plain('không có trong chuẩn', 'is not in the standard'),
  'repeated-field': plain('ghi hai lần trong một dòng', 'stands twice in a row'),
  'unknown-table': plain('không phải bảng của chuẩn', 'is no table of the standard'),
  'repeated-table': plain('gửi hai lần trong một hồ sơ', 'was sent twice in a dossier'),
  'empty-table': plain('không có dòng nào', 'has no rows'),
  nesting: plain('nằm sai chỗ trong cấu trúc', 'stands where the layout has nothing'),
  root: plain('có thẻ gốc khác quy định', 'has another root than the standard'),
  xml: plain('không đọc được', 'cannot be read'),
  doctype: plain('có DOCTYPE', 'has a DOCTYPE'),
  entity: plain('dùng thực thể lạ', 'uses an entity of its own'),
  encoding: plain('không phải UTF-8', 'is not UTF-8'),
  base64: plain('không phải Base64', 'is not Base64'),
  'double-base64': plain('đã mã hóa Base64 hai lần', 'was encoded as Base64 twice'),
  count: plain('khác số hồ sơ trong tệp', 'is not the number of dossiers in the file'),
  'person-number': plain('không khớp với người bệnh', 'does not agree with the person'),
  mapping: plain('không dùng được', 'cannot be used'),
};

/** A finding of the reader in the kit's words. `raw` is the value it is about, `why` what the parser says. */
export function said(read: Read, raw: string | undefined, findings: Findings, why = ''): Fault {
  const { table, row, field, rule, severity, remedy } = read;
  const at = row === undefined || table === 'XML1' ? '' : `[${row}]`;
  const place = `${table}${at}${field ? `.${field}` : ''}`;
  const shown = raw === undefined || raw === '' ? undefined : findings.show(raw);
  return {
    rule: `xml-${rule}`,
    severity,
    path: place,
    found: found[rule]({ place: table + at, field: field ?? '', shown, why }),
    fix: remedy,
  };
}
