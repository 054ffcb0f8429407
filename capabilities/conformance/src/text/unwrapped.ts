import type { Findings } from '../finding.ts';

/** A file this large or larger is not taken for Base64, in characters. */
const LARGEST = 96 * 1024 * 1024;
const BASE64 = /^\s*[A-Za-z0-9+/]{40}[A-Za-z0-9+/=\s]*$/;

/**
 * The XML that a file holds in Base64, alone or as a property of a JSON object: the body of a gateway’s call saved to a file. It
 * is told of, and what is inside is checked. Undefined for any other file.
 */
export function unwrapped(text: string, findings: Findings): string | undefined {
  const packed = text.trimStart().startsWith('{') ? ofJson(text) : text;
  if (packed === undefined || packed.length > LARGEST || !BASE64.test(packed)) return undefined;
  const inner = Buffer.from(packed.replace(/\s+/g, ''), 'base64').toString('utf8');
  if (!/^\ufeff?\s*</.test(inner)) return undefined;
  findings.add({
    rule: 'text-wrapped',
    path: '',
    line: 1,
    found: { vi: 'Cả tệp là XML đã mã hóa Base64.', en: 'The whole file is XML in Base64.' },
    fix: {
      vi: 'Gửi nguyên tệp XML; chỉ nội dung từng bảng (NOIDUNGFILE) mới mã hóa Base64.',
      en: 'Send the XML file as it is; only the content of each table (NOIDUNGFILE) is in Base64.',
    },
  });
  return inner.replace(/^\ufeff/, '');
}

function ofJson(text: string): string | undefined {
  if (text.length > LARGEST || text.includes('"resourceType"')) return undefined;
  try {
    const values = Object.values(JSON.parse(text) as Record<string, unknown>);
    return values.find((value): value is string => typeof value === 'string' && BASE64.test(value));
  } catch {
    return undefined;
  }
}
