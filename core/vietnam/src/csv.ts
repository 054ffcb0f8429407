/** The rows of a comma-separated file with a header line; quoted fields may hold commas and doubled quotes. */
export function parseCsv(text: string): Record<string, string>[] {
  const [header, ...lines] = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map(fieldsOf);
  return lines.map((fields) =>
    Object.fromEntries((header ?? []).map((name, at) => [name, fields[at] ?? ''])),
  );
}

function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((found) =>
    found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'),
  );
}
