import type { Table } from '@yba/vietnam/dossier';
import type { Findings } from '../finding.ts';

type Fields = Readonly<Record<string, string>>;
type Told = { rule: string; vi: string; en: string; fixVi: string; fixEn: string };

const one = (rule: string, vi: string, en: string, fixVi: string, fixEn: string): Told => ({
  rule,
  vi,
  en,
  fixVi,
  fixEn,
});

const LIGHTEST_KG = 0.3;
const HEAVIEST_KG = 400;
/** Drugs without a registration number: oxygen, NO, herbs, decoctions, transport of blood. Source: QĐ 4750 SO_DANG_KY */
const UNREGISTERED = /^(40\.17|40\.573|05\.|BB\.|VM\.|C\.|T\.)/;

/** What is told of a value by itself, by field; `row` is the row it stands in. */
const CHECKS: Readonly<Record<string, (value: string, row: Fields, shown: string) => Told | undefined>> = {
  MUC_HUONG: (value, _, shown) => percent('MUC_HUONG', value, shown),
  TYLE_TT_BH: (value, _, shown) => percent('TYLE_TT_BH', value, shown),
  TYLE_TT_DV: (value, _, shown) => percent('TYLE_TT_DV', value, shown),
  HO_TEN: (value, _, shown) =>
    /\d/.test(value)
      ? one(
          'xml-name',
          `HO_TEN ${shown} có chữ số.`,
          `HO_TEN ${shown} has digits in it.`,
          'Ghi họ tên như trên giấy tờ; mã, tuổi để ở trường riêng.',
          'Write the name as on the card; numbers and ages have their own fields.',
        )
      : undefined,
  DIEN_THOAI: (value, _, shown) =>
    /^\+?[\d\s().-]{8,20}$/.test(value)
      ? undefined
      : one(
          'xml-phone',
          `DIEN_THOAI ${shown} không phải số điện thoại.`,
          `DIEN_THOAI ${shown} is no telephone number.`,
          'Ghi số, ví dụ 0912345678; không có thì để trống.',
          'Write a number such as 0912345678; leave it empty where there is none.',
        ),
  CAN_NANG: (value, _, shown) => {
    const kg = Number(value);
    return Number.isNaN(kg) || (kg >= LIGHTEST_KG && kg <= HEAVIEST_KG)
      ? undefined
      : one(
          'xml-weight',
          `CAN_NANG ${shown} kg không thể có.`,
          `CAN_NANG ${shown} kg cannot be.`,
          'Ghi cân nặng tính bằng kg (62.50), không phải gam, không ghi 0.',
          'Write the weight in kg (62.50), not in grams, and not 0.',
        );
  },
  SO_DANG_KY: (value, _, shown) =>
    /\s/.test(value)
      ? one(
          'xml-registration',
          `SO_DANG_KY ${shown} có khoảng trắng.`,
          `SO_DANG_KY ${shown} has spaces in it.`,
          'Ghi liền: VN-20256-17, hoặc 12 chữ số.',
          'Write it without spaces: VN-20256-17, or 12 digits.',
        )
      : undefined,
  TT_THAU: (value, _, shown) =>
    value.split(';').length >= 4
      ? undefined
      : one(
          'xml-tender',
          `TT_THAU ${shown} không đủ bốn phần.`,
          `TT_THAU ${shown} has not its four parts.`,
          'Ghi số quyết định;gói Gi;nhóm Ni;năm: 123/QĐ-SYT;G1;N2;2026.',
          'Write decision;package Gi;group Ni;year: 123/QĐ-SYT;G1;N2;2026.',
        ),
};

const percent = (field: string, value: string, shown: string): Told | undefined =>
  Number(value) > 100
    ? one(
        'xml-percent',
        `${field} là ${shown}, quá 100.`,
        `${field} is ${shown}, more than 100.`,
        `Ghi ${field} theo phần trăm, từ 0 đến 100.`,
        `Write ${field} in percent, from 0 to 100.`,
      )
    : undefined;

/** Values that have their form and cannot be meant: percentages above 100, names with digits, weights in grams. */
export function checkFieldFacts(tables: readonly Table[], findings: Findings): void {
  for (const { name, rows } of tables)
    for (const { number, fields } of rows) {
      const at = `${name}${name === 'XML1' ? '' : `[${number}]`}`;
      const tell = (field: string, told: Told | undefined) => {
        if (!told) return;
        const { rule, vi, en, fixVi, fixEn } = told;
        findings.add({ rule, path: `${at}.${field}`, found: { vi, en }, fix: { vi: fixVi, en: fixEn } });
      };
      for (const [field, check] of Object.entries(CHECKS)) {
        const value = fields[field];
        if (value) tell(field, check(value, fields, findings.show(value)));
      }
      if (name === 'XML2') tell('SO_DANG_KY', unregistered(fields));
      if (name === 'XML1') tell('NGAY_SINH', bornLate(fields));
      if (name === 'XML1') tell('THANG_QT', settledEarly(fields));
      if (name === 'XML1') tell('MA_NOI_DEN', sentNowhere(fields));
    }
}

const unregistered = ({ MA_NHOM: group, MA_THUOC: drug = '', SO_DANG_KY: number }: Fields) =>
  group === '4' && !number && drug !== '' && !UNREGISTERED.test(drug)
    ? one(
        'xml-registration',
        'Thuốc không có SO_DANG_KY.',
        'A drug has no SO_DANG_KY.',
        'Ghi số đăng ký trên hộp thuốc; chỉ oxy, NO, máu, dược liệu được để trống.',
        'Write the registration number of the box; only oxygen, NO, blood and herbs have none.',
      )
    : undefined;

const bornLate = ({ NGAY_SINH: born = '', NGAY_VAO: arrival = '' }: Fields) =>
  /^\d{8}/.test(born) &&
  /^\d{8}/.test(arrival) &&
  !/^\d{4}0000/.test(born) &&
  born.slice(0, 8) > arrival.slice(0, 8)
    ? one(
        'xml-order-of-times',
        'NGAY_SINH sau NGAY_VAO.',
        'NGAY_SINH is after NGAY_VAO.',
        'Sửa NGAY_SINH; trẻ sơ sinh ghi đủ giờ sinh.',
        'Mend NGAY_SINH; a newborn has its hour of birth.',
      )
    : undefined;

const settledEarly = ({ NAM_QT: year = '', THANG_QT: month = '', NGAY_RA: end = '' }: Fields) =>
  /^\d{4}$/.test(year) &&
  /^\d{1,2}$/.test(month) &&
  /^\d{8}/.test(end) &&
  year + month.padStart(2, '0') < end.slice(0, 6)
    ? one(
        'xml-settlement',
        'Tháng quyết toán trước tháng ra viện.',
        'The month of settlement is before the end of the visit.',
        'Ghi NAM_QT, THANG_QT của kỳ quyết toán chứa ngày ra viện, hoặc kỳ sau.',
        'Write NAM_QT and THANG_QT of the period that has the end of the visit, or of a later one.',
      )
    : undefined;

const sentNowhere = ({ MA_NOI_DEN: to, MA_LOAI_RV: leaving }: Fields) =>
  to && leaving && leaving !== '2' && leaving !== '5'
    ? one(
        'xml-discharge',
        `Có MA_NOI_DEN nhưng MA_LOAI_RV là ${leaving}, không phải chuyển cơ sở.`,
        `There is MA_NOI_DEN, but MA_LOAI_RV is ${leaving}, which is no transfer.`,
        'Ghi MA_LOAI_RV là 2 hoặc 5 khi chuyển, hoặc để trống MA_NOI_DEN.',
        'Write 2 or 5 in MA_LOAI_RV for a transfer, or leave MA_NOI_DEN empty.',
      )
    : undefined;
