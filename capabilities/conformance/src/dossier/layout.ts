import type { Findings } from '../finding.ts';

const ORDER = ['THONGTINDONVI', 'THONGTINHOSO', 'CHUKYDONVI'];

/** How the envelope is laid out beyond what its reader needs: namespaces, the order of parts, names of tables in capitals. */
export function checkLayout(text: string, findings: Findings): void {
  const bare = text.replace(/<!--[\s\S]*?-->/g, '');
  const root = /<(?:([\w.-]+):)?GIAMDINHHS\b([^>]*)>/.exec(bare);
  const space =
    root && new RegExp(`\\sxmlns${root[1] ? `:${root[1]}` : ''}\\s*=\\s*["']([^"']*)`).exec(root[2]!)?.[1];
  if (space)
    findings.add({
      rule: 'xml-namespace',
      path: 'GIAMDINHHS',
      found: {
        vi: `Thẻ thuộc không gian tên “${space.slice(0, 80)}”.`,
        en: `The elements are of the namespace “${space.slice(0, 80)}”.`,
      },
      fix: {
        vi: 'Bỏ xmlns của thẻ gốc; chuẩn không có không gian tên, bên nhận đọc theo XSD sẽ không thấy thẻ nào.',
        en: 'Remove the xmlns of the root: the standard has no namespace, and a reader by XSD would find nothing.',
      },
    });
  const places = ORDER.map((name) => bare.search(new RegExp(`<(?:[\\w.-]+:)?${name}[\\s>/]`))).filter(
    (at) => at >= 0,
  );
  if (places.some((at, nth) => nth > 0 && at < places[nth - 1]!))
    findings.add({
      rule: 'xml-part-order',
      path: 'GIAMDINHHS',
      found: { vi: 'Các phần của tệp sai thứ tự.', en: 'The parts of the file are out of order.' },
      fix: {
        vi: 'Xếp THONGTINDONVI, THONGTINHOSO, rồi CHUKYDONVI.',
        en: 'Put THONGTINDONVI first, then THONGTINHOSO, then CHUKYDONVI.',
      },
    });
  if (/<\/(?:[\w.-]+:)?NOIDUNGFILE>\s*<(?:[\w.-]+:)?LOAIHOSO>/.test(bare))
    findings.add({
      rule: 'xml-part-order',
      path: 'FILEHOSO',
      found: { vi: 'NOIDUNGFILE đứng trước LOAIHOSO.', en: 'NOIDUNGFILE stands before LOAIHOSO.' },
      fix: {
        vi: 'Ghi LOAIHOSO trước NOIDUNGFILE trong FILEHOSO.',
        en: 'Write LOAIHOSO before NOIDUNGFILE in FILEHOSO.',
      },
    });
  const small = /<(?:[\w.-]+:)?LOAIHOSO>\s*(xml\d+|Xml\d+)/.exec(bare);
  if (small)
    findings.add({
      rule: 'xml-unknown-table',
      severity: 'warning',
      path: 'FILEHOSO.LOAIHOSO',
      found: {
        vi: `LOAIHOSO là ${small[1]}, viết thường.`,
        en: `LOAIHOSO is ${small[1]}, in small letters.`,
      },
      fix: {
        vi: `Viết hoa: ${small[1]!.toUpperCase()}.`,
        en: `Write it in capitals: ${small[1]!.toUpperCase()}.`,
      },
    });
}

/** Codes with spaces before or behind them, which match nothing at a stricter reader. */
export function checkSpaces(table: string, text: string, findings: Findings): void {
  const found = /<((?:MA|SO)_[A-Z0-9_]+)>(?:[ \t]+[^<\s][^<]*|[^<]*[^<\s][ \t]+)<\/\1>/.exec(text);
  if (!found) return;
  findings.add({
    rule: 'xml-spaces',
    path: `${table}.${found[1]}`,
    found: {
      vi: `${found[1]} có khoảng trắng ở đầu hoặc cuối.`,
      en: `${found[1]} has spaces at its beginning or end.`,
    },
    fix: { vi: 'Cắt khoảng trắng (trim) khi xuất mã.', en: 'Trim codes when exporting.' },
  });
}
