import type { FileReport } from '../check.ts';
import type { Severity } from '../rules/rule.ts';

export type Language = 'vi' | 'en';

/** The words around findings. */
export const WORDS = {
  vi: {
    title: 'Báo cáo kiểm tra dữ liệu gửi Y Bạ',
    severity: { error: 'LỖI', warning: 'CẢNH BÁO', information: 'LƯU Ý' } satisfies Record<Severity, string>,
    format: {
      fhir: 'FHIR R4',
      xml: 'hồ sơ XML 4750/3176',
      hl7: 'HL7 v2',
      endpoint: 'máy chủ FHIR',
      unknown: 'không rõ định dạng',
    } satisfies Record<FileReport['format'], string>,
    fix: 'Sửa',
    rule: 'Quy tắc',
    place: 'Chỗ',
    found: 'Thấy',
    source: 'Căn cứ',
    line: (line: number, column?: number) => `dòng ${line}${column ? `, cột ${column}` : ''}`,
    more: (count: number) => `và ${count} chỗ nữa cùng lỗi này`,
    clean: 'Không thấy gì sai.',
    unknown: 'Không phải JSON, XML hay HL7 v2 nên chưa kiểm được.',
    total: (errors: number, warnings: number, information: number, files: number) =>
      `${errors} lỗi, ${warnings} cảnh báo, ${information} lưu ý trong ${files} nguồn`,
    rules: (passed: number, all: number) => `${passed} trên ${all} quy tắc đạt`,
    failed: 'Quy tắc chưa đạt',
    unchecked: 'Chưa kiểm, vì không kèm theo bộ kiểm (danh mục: nạp bằng --lists)',
    masked: 'Giá trị chỉ hiện hình dạng (9 = chữ số, A/a = chữ cái); xem giá trị thật bằng --show-values.',
    content: {
      Dossiers: 'hồ sơ',
      Tables: 'bảng',
      Messages: 'bản tin',
      Segments: 'đoạn',
      Requests: 'yêu cầu',
    } as Record<string, string>,
  },
  en: {
    title: 'Report on data for Y Bạ',
    severity: { error: 'ERROR', warning: 'WARNING', information: 'NOTE' } satisfies Record<Severity, string>,
    format: {
      fhir: 'FHIR R4',
      xml: 'XML dossier 4750/3176',
      hl7: 'HL7 v2',
      endpoint: 'FHIR server',
      unknown: 'unknown format',
    } satisfies Record<FileReport['format'], string>,
    fix: 'Fix',
    rule: 'Rule',
    place: 'Place',
    found: 'Found',
    source: 'Source',
    line: (line: number, column?: number) => `line ${line}${column ? `, column ${column}` : ''}`,
    more: (count: number) => `and ${count} more places with this fault`,
    clean: 'Nothing was found wrong.',
    unknown: 'Neither JSON, XML nor HL7 v2, so it could not be checked.',
    total: (errors: number, warnings: number, information: number, files: number) =>
      `${errors} errors, ${warnings} warnings, ${information} notes in ${files} sources`,
    rules: (passed: number, all: number) => `${passed} of ${all} rules hold`,
    failed: 'Rules that do not hold',
    unchecked: 'Not checked, because it is not shipped with the kit (lists: give them with --lists)',
    masked: 'Values are shown by their shape alone (9 = digit, A/a = letter); see them with --show-values.',
    content: {
      Dossiers: 'dossiers',
      Tables: 'tables',
      Messages: 'messages',
      Segments: 'segments',
      Requests: 'requests',
    } as Record<string, string>,
  },
};

/** What a file held, in words: `3 Patient, 12 Observation`. */
export function contentWords(content: FileReport['content'], language: Language): string {
  const words = WORDS[language].content;
  const parts = Object.entries(content)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${words[name] ?? name}`);
  return parts.length > 6 ? `${parts.slice(0, 6).join(', ')} …` : parts.join(', ');
}
