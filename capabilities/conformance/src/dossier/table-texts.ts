import type { RawDossier } from '@yba/vietnam/dossier';
import type { Findings } from '../finding.ts';
import { decode } from '../text/decode.ts';

/** The text of each table of a dossier, decoded. */
type TableText = { table: string; text: string };

const declaration = /^(\s*<\?xml[^>]*?)\s+encoding=["']([^"']*)["']/;

/** A text whose declaration names no other encoding than the one it is in; another is told of. */
export function declaredUtf8(text: string, path: string, findings: Findings): string {
  const declared = declaration.exec(text)?.[2];
  if (declared === undefined || /^utf-?8$/i.test(declared)) return text;
  findings.add({
    rule: 'xml-encoding',
    path,
    line: 1,
    found: { vi: `Khai báo encoding="${declared}".`, en: `The declaration says encoding="${declared}".` },
    fix: {
      vi: 'Ghi <?xml version="1.0" encoding="utf-8"?> và lưu tệp bằng UTF-8.',
      en: 'Write <?xml version="1.0" encoding="utf-8"?> and save the file as UTF-8.',
    },
  });
  return text.replace(declaration, '$1');
}

const notEncoded = /<((?:[\w.-]+:)?NOIDUNGFILE)>\s*(?:<!\[CDATA\[)?\s*(<[\s\S]*?)(?:\]\]>)?\s*<\/\1>/g;

/** Tables that stand in NOIDUNGFILE as XML are told of, and encoded so that the rest can be checked. */
export function withEncodedTables(text: string, findings: Findings): string {
  let told = false;
  return text.replace(notEncoded, (whole, tag: string, content: string, offset: number) => {
    if (content.startsWith('<![CDATA[') || content.startsWith('<!--')) return whole;
    if (!told)
      findings.add({
        rule: 'xml-base64',
        path: 'GIAMDINHHS.THONGTINHOSO.DANHSACHHOSO.HOSO.FILEHOSO.NOIDUNGFILE',
        line: text.slice(0, offset).split('\n').length,
        found: { vi: 'NOIDUNGFILE chứa thẳng XML.', en: 'NOIDUNGFILE holds the XML itself.' },
        fix: {
          vi: 'Mã hóa Base64 nội dung bảng (UTF-8, không BOM) rồi mới đặt vào NOIDUNGFILE.',
          en: 'Encode the table (UTF-8, no BOM) as Base64 before putting it into NOIDUNGFILE.',
        },
      });
    told = true;
    return `<${tag}>${Buffer.from(content).toString('base64')}</${tag}>`;
  });
}

/**
 * Looks at the letters of each table as they were sent. A table that is not UTF-8 is told of and put into the dossier
 * as UTF-8, so that the rest of it can be checked.
 */
export function tableTexts(raw: RawDossier, findings: Findings): TableText[] {
  return raw.files.map((file) => {
    const table = file.kind.toUpperCase();
    const packed = file.content.replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return { table, text: '' }; // told by the reader
    const bytes = Buffer.from(packed, 'base64');
    if (!bytes.subarray(0, 8).includes(0x3c)) return { table, text: '' };
    const before = findings.list.length;
    const { text, bom } = decode(bytes, findings, table);
    const declared = declaredUtf8(text, table, findings);
    if (findings.list.length > before) file.content = Buffer.from(declared).toString('base64');
    if (bom)
      findings.add({
        rule: 'text-bom',
        path: table,
        found: {
          vi: `Nội dung ${table} bắt đầu bằng BOM.`,
          en: `The content of ${table} starts with a byte order mark.`,
        },
        fix: {
          vi: 'Bỏ ba byte EF BB BF trước khi mã hóa Base64 (new UTF8Encoding(false)).',
          en: 'Remove the three bytes EF BB BF before encoding (new UTF8Encoding(false)).',
        },
      });
    const apart = /<(\w+)>(?:<!\[CDATA\[)?([^<\]]*\p{L}[\u0300-\u0309\u0323\u031b][^<\]]*)/u.exec(text);
    if (apart && text.normalize('NFC') !== text)
      findings.add({
        rule: 'text-composed',
        path: `${table}.${apart[1]}`,
        found: {
          vi: `Chữ trong ${table} viết bằng chữ cái và dấu rời (tổ hợp, NFD).`,
          en: `The text of ${table} is written in letters and separate marks (NFD).`,
        },
        fix: {
          vi: 'Chuẩn hóa về NFC khi xuất (.NET: s.Normalize(); Java: Normalizer.normalize(s, Form.NFC)).',
          en: 'Normalise to NFC when exporting (.NET: s.Normalize(); Java: Normalizer.normalize(s, Form.NFC)).',
        },
      });
    return { table, text: declared };
  });
}
