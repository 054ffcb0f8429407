import { accessCategories, ethnicGroups, visitTypes } from '../data.ts';
import { isFacilityCode } from '../facility-code.ts';
import type { Rule } from './finding.ts';

/** What values a coded field may hold. */
export type CodeList = {
  allows: (value: string) => boolean;
  rule: Extract<Rule, 'code' | 'format'>;
  expected: { vi: string; en: string };
  /** Joined by `;`: each part is tested. */
  joined?: true;
};

const same = (text: string) => ({ vi: text, en: text });

const oneOf = (codes: readonly string[], shown = codes.join(', ')): CodeList => {
  const known = new Set(codes);
  return { allows: (value) => known.has(value), rule: 'code', expected: same(shown) };
};

const digits = (from: number, to: number): CodeList =>
  oneOf(
    Array.from({ length: to - from + 1 }, (_, at) => String(from + at)),
    `${from}–${to}`,
  );

const shaped = (pattern: RegExp, vi: string, en: string, joined?: true): CodeList => ({
  allows: (value) => pattern.test(value),
  rule: 'format',
  expected: { vi, en },
  ...(joined ? { joined } : {}),
});

const facility: CodeList = {
  allows: isFacilityCode,
  rule: 'format',
  expected: { vi: 'mã 5 ký tự, không phải mã GLN 13 số', en: 'the 5-character code, not the 13-digit GLN' },
};

const icd = /^[A-Z]\d{2}(\.?\d{1,2})?[†*+]?$/u;
const icdCode = shaped(icd, 'mã ICD-10, ví dụ J18.9', 'an ICD-10 code, such as J18.9');
const icdCodes = shaped(icd, 'các mã ICD-10 cách nhau bằng ";"', 'ICD-10 codes joined by ";"', true);
const departmentCodes = shaped(
  /^K\d{2}(\d{2})*(\.\d)?(\.D\d{2})?$/,
  'mã khoa, ví dụ K02 hoặc K02;K19',
  'department codes, such as K02 or K02;K19',
  true,
);

const everywhere: Readonly<Record<string, CodeList>> = {
  GIOI_TINH: digits(1, 3),
  KET_QUA_DTRI: digits(1, 8),
  MA_LOAI_RV: digits(1, 5),
  MA_TAI_NAN: digits(0, 8),
  PHAM_VI: digits(1, 3),
  MA_PTTT: digits(1, 3),
  NGUON_CTRA: digits(1, 4),
  PP_VO_CAM: digits(1, 4),
  MA_LYDO_CT: digits(1, 3),
  MA_NHOM: digits(1, 19),
  VET_THUONG_TP: oneOf(['0', '1']),
  TAI_SU_DUNG: oneOf(['0', '1']),
  MA_KHUVUC: oneOf(['K1', 'K2', 'K3']),
  DUONG_DUNG: shaped(/^\d\.\d{2}$/, 'mẫu n.nn', 'n.nn'),
  GOI_VTYT: shaped(/^G\d{1,3}$/, 'G1 … G999', 'G1 … G999'),
  MA_LOAI_KCB: oneOf(
    visitTypes().map((type) => type.code),
    '01–16',
  ),
  MA_DOITUONG_KCB: oneOf(
    accessCategories().map((category) => category.code),
    'QĐ 3276/2025',
  ),
  MA_DANTOC: oneOf(
    ethnicGroups().map((group) => group.code),
    '01–54',
  ),
  MA_QUOCTICH: shaped(/^\d{3}$/, '3 chữ số', '3 digits'),
  MA_KHOA: departmentCodes,
  MA_CSKCB: facility,
  MA_NOI_DI: facility,
  MA_NOI_DEN: facility,
  MA_BENH_CHINH: icdCode,
  MA_BENH_KT: icdCodes,
  MA_BENH: icdCodes,
  MAXA_CU_TRU: shaped(/^\d{5}$/, '5 chữ số', '5 digits'),
  MATINH_CU_TRU: shaped(/^\d{2,3}$/, '2 hoặc 3 chữ số', '2 or 3 digits'),
  SO_CCCD: shaped(
    /^(\d{9}|\d{12}|[A-Z]\d{7})$/,
    '9 hoặc 12 chữ số, hoặc một chữ hoa và 7 chữ số',
    '9 or 12 digits, or a capital letter and 7 digits',
  ),
  MA_THE_BHYT: shaped(
    /^([A-Z]{2}[1-5]\d{12}|\d{10})$/,
    'thẻ 15 ký tự hoặc mã số 10 chữ số',
    'a 15-character card or the 10-digit number',
    true,
  ),
  CAN_NANG: shaped(/^\d{1,3}(\.\d{1,2})?$/, 'kg, phần lẻ sau dấu chấm', 'kg, decimals after a dot'),
  THANG_QT: shaped(/^(0?[1-9]|1[0-2])$/, '01–12', '01–12'),
};

/** The list or form that a field's values follow, when the standard gives one. */
export const codeList = (field: string): CodeList | undefined =>
  Object.hasOwn(everywhere, field) ? everywhere[field] : undefined;
