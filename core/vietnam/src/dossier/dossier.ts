import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { RawDossier } from './envelope.ts';
import { type Finding, finding, mostAside, type Quarantined } from './finding.ts';
import { mappedTables } from './layout.ts';
import { checkRow } from './row-checks.ts';
import { readTableFile, type Row, type TableRead, writeTable } from './table-file.ts';

/** A table of a dossier, checked: rows fit for the record, and its XML without what was set aside. */
export type Table = {
  /** `XML1` … `XML15`. */
  name: string;
  rows: Row[];
  /** As sent, or written again when something of it was set aside. */
  xml: string;
};

/** One HOSO, read and checked: what goes into the record, what is set aside and why. */
export type Dossier = {
  /** The visit's key in its facility; undefined when no table says it. */
  maLk: string | undefined;
  /**
   * The fields of XML1; undefined when they cannot carry a visit, or a table holds a document type or entities. Then
   * every table is in `quarantine`.
   */
  summary: Readonly<Record<string, string>> | undefined;
  tables: Table[];
  findings: Finding[];
  quarantine: Quarantined[];
  /** SHA-256 (hex) of what was read; spacing, order of fields, Base64 and Unicode forms do not change it. */
  hash: string;
  /** Leaf elements: read = stored + quarantined. */
  elements: { read: number; stored: number; quarantined: number };
};

/** Characters of Base64 read without a pause for other work of the process. */
const readAtOnce = 1_000_000;

/** Reads and checks every table of a HOSO. Never throws for what the dossier holds. */
export async function readDossier(raw: RawDossier): Promise<Dossier> {
  const reads: TableRead[] = [];
  let since = 0;
  for (const { kind, content } of raw.files) {
    reads.push(readTableFile(kind, content));
    since += content.length;
    if (since > readAtOnce) {
      await setImmediate();
      since = 0;
    }
  }
  const quarantine = [...raw.strays, ...reads.flatMap((read) => read.quarantine)];
  const findings = reads.flatMap((read) => read.findings);
  const hash = contentHash(reads, raw.strays);
  const read = raw.strays.length + reads.reduce((sum, { elements }) => sum + elements, 0);

  const summaries = reads.filter((one) => one.table === 'XML1').flatMap((one) => one.rows);
  const maLk =
    summaries[0]?.fields.MA_LK ||
    reads.flatMap((one) => one.rows).find((row) => row.fields.MA_LK)?.fields.MA_LK;
  const tables: Table[] = [];
  let summary: Row | undefined;
  const seen = new Set<string>();
  for (const one of reads.toSorted((a, b) => order(a.table) - order(b.table))) {
    if (one.text === undefined) continue;
    if (seen.has(one.table) && one.table === 'XML1') {
      for (const row of one.rows)
        quarantine.push(
          ...setAside(row, finding('error', 'repeated-table', { table: 'XML1', row: row.number })),
        );
      continue;
    }
    seen.add(one.table);
    const before = quarantine.length;
    const rows: Row[] = [];
    for (const row of one.rows) {
      if (findings.length + quarantine.length > mostAside) return asItCame(raw, maLk || undefined);
      if (keepRow(one.table, row, maLk, findings, quarantine)) rows.push(row);
    }
    if (one.table === 'XML1') summary = rows[0];
    if (rows.length === 0) continue;
    const cut = quarantine.length > before || one.quarantine.length > 0;
    tables.push({ name: one.table, rows, xml: cut ? writeTable(one.table, rows) : one.text });
  }
  if (reads.some(hostile)) summary = undefined;
  if (!summary) {
    if (!seen.has('XML1') && !quarantine.some((item) => item.table === 'XML1'))
      findings.push(finding('error', 'required', { table: 'XML1' }));
    for (const table of tables)
      for (const row of table.rows) quarantine.push(...setAside(row, withoutVisit(table.name, row)));
    tables.length = 0;
  }
  const stored = tables.reduce(
    (sum, table) => sum + table.rows.reduce((n, row) => n + Object.keys(row.fields).length, 0),
    0,
  );
  return {
    maLk: maLk || undefined,
    summary: summary?.fields,
    tables,
    findings,
    quarantine,
    hash,
    elements: { read, stored, quarantined: quarantine.reduce((sum, item) => sum + size(item), 0) },
  };
}

/** A dossier of which more is wrong than is told one by one: all its files are set aside whole. */
function asItCame({ files, strays }: RawDossier, maLk: string | undefined): Dossier {
  const whole = files.map(({ kind, content }) => ({
    ...finding('error', 'length', { table: kind.toUpperCase() || 'FILEHOSO' }, tooMuchWrong),
    raw: content,
  }));
  const quarantine = [...strays, ...whole];
  return {
    maLk,
    summary: undefined,
    tables: [],
    findings: [],
    quarantine,
    hash: createHash('sha256').update(JSON.stringify({ files, strays })).digest('hex'),
    elements: { read: quarantine.length, stored: 0, quarantined: quarantine.length },
  };
}

const tooMuchWrong = {
  expected: {
    vi: `hồ sơ có hơn ${mostAside} lỗi, được giữ nguyên như đã gửi`,
    en: `the dossier has more than ${mostAside} errors and is kept as it was sent`,
  },
};

/** A document type or an entity in a table: nothing of such a dossier is trusted. */
const hostile = ({ quarantine }: TableRead): boolean =>
  quarantine.some(({ rule }) => rule === 'doctype' || rule === 'entity');

/** Checks a row; sets the whole row, or its failing fields, aside. False when the row stays out. */
function keepRow(
  table: string,
  row: Row,
  maLk: string | undefined,
  findings: Finding[],
  quarantine: Quarantined[],
): boolean {
  const check = checkRow(table, row);
  const visitKey = row.fields.MA_LK !== undefined && row.fields.MA_LK !== '' && row.fields.MA_LK !== maLk;
  if (visitKey)
    check.failing.unshift(finding('error', 'visit-key', { table, row: row.number, field: 'MA_LK' }));
  const all = [...check.findings, ...check.failing, ...check.unknown];
  const first = all.find((found) => found.severity === 'error');
  if (first) {
    findings.push(...all.filter((found) => found !== first));
    quarantine.push(...setAside(row, first));
    return false;
  }
  findings.push(...check.findings);
  for (const found of [...check.unknown, ...(mappedTables.has(table) ? check.failing : [])]) {
    quarantine.push({ ...found, raw: row.fields[found.field!]! });
    delete row.fields[found.field!];
  }
  if (!mappedTables.has(table)) findings.push(...check.failing);
  return true;
}

const setAside = (row: Row, found: Finding): Quarantined[] => [{ ...found, raw: { ...row.fields } }];

const withoutVisit = (table: string, row: Row) =>
  finding(
    'error',
    'mapping',
    { table, row: row.number },
    {
      expected: { vi: 'hồ sơ này chưa dùng được', en: 'its dossier cannot be used yet' },
    },
  );

const size = (item: Quarantined) => (typeof item.raw === 'string' ? 1 : Object.keys(item.raw).length);

const order = (table: string) => Number(table.slice(3)) || 99;

/** Characters that are hashed at a time: a whole dossier as one text would be there once more. */
const hashedAtOnce = 64 * 1024;

function contentHash(reads: readonly TableRead[], strays: readonly Quarantined[]): string {
  const hash = createHash('sha256');
  let text = '';
  const add = (more: string) => {
    text += more;
    if (text.length < hashedAtOnce) return;
    hash.update(text);
    text = '';
  };
  for (const read of reads.toSorted((a, b) => order(a.table) - order(b.table))) {
    add(`\u0001${read.table}`);
    for (const { fields } of read.rows) {
      add('\u0002');
      for (const name of Object.keys(fields).sort())
        if (fields[name]) add(`${name}\u0003${fields[name]}\u0004`);
    }
    for (const item of read.quarantine) add(`\u0005${JSON.stringify(item.raw)}`);
  }
  for (const item of strays) add(`\u0006${JSON.stringify(item.raw)}`);
  return hash.update(text).digest('hex');
}
