import type { Words } from '../rules/rule.ts';
import { CATALOGUES } from './catalogues.ts';

/** Something that a file holds and that could not be checked, by name. */
export type Unchecked = { id: string; title: Words; source: string; count: number };

/** What is beyond the kit, beside lists that are not shipped. */
const OTHERS: Readonly<Record<string, { title: Words; source: string }>> = {
  'certificate-authority': {
    title: {
      vi: 'Nơi cấp chứng thư có được cấp phép, chứng thư có bị thu hồi',
      en: 'Whether the issuer of the certificate is licensed, and whether it was revoked',
    },
    source: 'Luật Giao dịch điện tử 2023; danh sách của Trung tâm Chứng thực điện tử quốc gia',
  },
  'signature-of-large-file': {
    title: { vi: 'Chữ ký của tệp quá 24 MB', en: 'The signature of a file larger than 24 MB' },
    source: 'Y Bạ: docs/conform.md',
  },
  'fhir-signature': {
    title: {
      vi: 'Chữ ký trong FHIR (Bundle.signature, Provenance.signature)',
      en: 'Signatures inside FHIR (Bundle.signature, Provenance.signature)',
    },
    source: 'FHIR R4: Signature',
  },
};

/** The words of what was left unchecked, by how often it was met; the most often first. */
export const uncheckedWords = (left: ReadonlyMap<string, number>): Unchecked[] =>
  [...left]
    .sort(([, a], [, b]) => b - a)
    .map(([id, count]) => ({ id, count, ...(OTHERS[id] ?? CATALOGUES[id as keyof typeof CATALOGUES]) }))
    .map(({ id, title, source, count }) => ({ id, title, source, count }));
