/**
 * The rows of a CSV text with its first line as names; quotes, line breaks and doubled quotes inside fields as RFC 4180 has
 * them, the separator as said. Throws Error naming the line.
 */
export function csvRows(text: string, separator: string): Record<string, string>[] {
  const [names, ...lines] = csvLines(text.replace(/^\uFEFF/, ''), separator);
  if (!names) return [];
  const trimmed = names.map((name) => name.trim());
  return lines.map((fields, at) => {
    if (fields.length !== trimmed.length)
      throw new Error(
        `Dòng ${at + 2} có ${fields.length} cột, dòng tên có ${trimmed.length}. Line ${at + 2} has ${fields.length} columns, the names ${trimmed.length}`,
      );
    return Object.fromEntries(trimmed.map((name, column) => [name, fields[column]!.trim()]));
  });
}

function csvLines(text: string, separator: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let field = '';
  let quoted = false;
  const endLine = () => {
    line.push(field);
    field = '';
    if (line.some((each) => each.trim() !== '')) lines.push(line);
    line = [];
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[++at]!;
      else quoted = false;
    } else if (char === '"' && field.trim() === '') {
      quoted = true;
      field = '';
    } else if (char === separator) {
      line.push(field);
      field = '';
    } else if (char === '\n') endLine();
    else if (char !== '\r') field += char;
  }
  if (quoted) throw new Error('Dấu ngoặc kép không đóng. A quotation mark is not closed');
  endLine();
  return lines;
}
