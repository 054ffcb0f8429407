import {
  DEPARTMENT,
  DRUG,
  ICD10_VN,
  NATIONALITY,
  OCCUPATION,
  ROUTE,
  SERVICE,
  SUPPLY,
  TEST,
  TRADITIONAL_DISEASE,
} from '@yba/vietnam';
import type { Words } from '../rules/rule.ts';

/** A list of codes that may not be shipped: who publishes it, and which fields and code system hold its codes. */
export type Catalogue = {
  title: Words;
  /** The decision or circular that publishes it. */
  source: string;
  /** Fields of the national XML tables. */
  fields: readonly string[];
  /** What joins several codes in one field. */
  joined?: string;
  system?: string;
  /** The form a code has, whatever the list says; codes without it are told even where there is no list. */
  form?: RegExp;
  example: string;
};

export type CatalogueId =
  | 'icd-10-vn'
  | 'traditional-disease'
  | 'icd-9-cm'
  | 'service'
  | 'drug'
  | 'supply'
  | 'route'
  | 'test'
  | 'department'
  | 'occupation'
  | 'nationality';

/**
 * The lists that the standard’s fields are held to and that are not shipped: WHO has the copyright of ICD-10, the others are
 * annexes of decisions of which no file under an open licence is known. An operator who has them puts them into a folder.
 * Forms: QĐ 4750 and QĐ 7603 as hospitals apply them.
 */
export const CATALOGUES: Readonly<Record<CatalogueId, Catalogue>> = {
  'icd-10-vn': {
    title: { vi: 'ICD-10 Việt Nam', en: 'ICD-10 of Viet Nam' },
    source: 'Thông tư 06/2026/TT-BYT; QĐ 4469/QĐ-BYT (đến 30/06/2026)',
    fields: ['MA_BENH_CHINH', 'MA_BENH_KT', 'MA_BENH'],
    joined: ';',
    system: ICD10_VN,
    example: 'J18.9',
  },
  'traditional-disease': {
    title: { vi: 'Mã bệnh y học cổ truyền', en: 'Diseases of traditional medicine' },
    source: 'QĐ 7603/QĐ-BYT phụ lục 7',
    fields: ['MA_BENH_YHCT'],
    joined: ';',
    system: TRADITIONAL_DISEASE,
    example: 'U50.011',
  },
  'icd-9-cm': {
    title: { vi: 'Phẫu thuật, thủ thuật ICD-9-CM', en: 'Procedures of ICD-9-CM' },
    source: 'QĐ 4440/QĐ-BYT',
    fields: ['MA_PTTT_QT'],
    joined: ';',
    form: /^\d{2}(\.?\d{1,2})?$/,
    example: '47.01',
  },
  service: {
    title: { vi: 'Dịch vụ kỹ thuật, khám, giường', en: 'Services, examinations and beds' },
    source: 'QĐ 7603/QĐ-BYT phụ lục 1–4; Thông tư 23/2024/TT-BYT',
    fields: ['MA_DICH_VU'],
    system: SERVICE,
    example: '23.0083.1523',
  },
  drug: {
    title: { vi: 'Thuốc, dược liệu, máu', en: 'Drugs, herbs and blood' },
    source: 'QĐ 7603/QĐ-BYT phụ lục 5, 6, 9',
    fields: ['MA_THUOC'],
    joined: '+',
    system: DRUG,
    example: '40.17',
  },
  supply: {
    title: { vi: 'Vật tư y tế', en: 'Medical supplies' },
    source: 'QĐ 5086/QĐ-BYT; QĐ 7603/QĐ-BYT phụ lục 8',
    fields: ['MA_VAT_TU'],
    system: SUPPLY,
    example: 'N01.01.010',
  },
  route: {
    title: { vi: 'Đường dùng thuốc', en: 'Routes of drugs' },
    source: 'QĐ 7603/QĐ-BYT phụ lục 13',
    fields: ['DUONG_DUNG'],
    system: ROUTE,
    example: '1.01',
  },
  test: {
    title: { vi: 'Chỉ số cận lâm sàng', en: 'Indices of results' },
    source: 'QĐ 1227/QĐ-BYT (2025); QĐ 7603/QĐ-BYT phụ lục 11',
    fields: ['MA_CHI_SO'],
    system: TEST,
    example: '1010001',
  },
  department: {
    title: { vi: 'Khoa K48–K60, K99', en: 'Departments K48–K60, K99' },
    source: 'QĐ 1804/QĐ-BYT (2026)',
    fields: ['MA_KHOA'],
    joined: ';',
    system: DEPARTMENT,
    example: 'K99',
  },
  occupation: {
    title: { vi: 'Nghề nghiệp', en: 'Occupations' },
    source: 'QĐ 34/2020/QĐ-TTg',
    fields: ['MA_NGHE_NGHIEP'],
    system: OCCUPATION,
    form: /^\d{1,5}$/,
    example: '62100',
  },
  nationality: {
    title: { vi: 'Quốc tịch', en: 'Nationalities' },
    source: 'Thông tư 07/2016/TT-BCA phụ lục 2',
    fields: ['MA_QUOCTICH'],
    system: NATIONALITY,
    example: '000',
  },
};

export const CATALOGUE_IDS = Object.keys(CATALOGUES) as CatalogueId[];
