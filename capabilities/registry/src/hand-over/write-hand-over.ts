import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { eventsMadeBy } from '@yba/audit';
import type { AccessEvent, Caller, Resource } from '@yba/fhir';
import { folderToDisk, type Sql } from '@yba/postgres';
import { facilityNumber, type Repository, typeNumber, withinPage } from '@yba/repository';
import { versionLine } from './lines.ts';

/** A file of a hand-over: how many records, bytes on disk so far, and its SHA-256 once all is written. */
export type HandOverFile = { name: string; type: string; count: number; bytes: number; sha256?: string };

/** Where the next page begins: within a type, after the record with this clinical time and row. */
export type Place = { done?: string[]; type?: string; occurred?: string; id?: string; version?: number };

export type HandOver = {
  id: string;
  facility: string;
  state: 'running' | 'done';
  why: string;
  by: string;
  by_name: string;
  at: Date;
  finished: Date | null;
  files: HandOverFile[];
  place: Place;
};

export type HandOverOptions = {
  sql: Sql;
  /** Public address without a slash at its end. */
  baseUrl: string;
  /** Holds a folder for each hand-over. */
  folder: string;
  /** What is stored now behind `Type/id`, neither decided nor logged. */
  current(references: readonly string[]): Promise<Map<string, Resource>>;
  /** Versions that are no longer what is read. */
  formerVersions: Repository['formerVersions'];
  typeNames: readonly string[];
  log(event: AccessEvent): Promise<void>;
};

const PAGE = 500;
/** What comes after the current records: former versions and deletions, then what the facility's own people looked at. */
const HISTORY = 'history';
const AUDIT = 'audit';

/** The folder of one hand-over. */
export const folderOf = (folder: string, id: string) => join(folder, id);

/**
 * Takes one running hand-over a page further, or finishes it; answers whether there is more to do. A page is on disk before
 * the place after it is noted, and a file is cut back to what was noted before it grows: whoever is killed in between
 * repeats a page, and writes nothing twice. Every person whose records leave has it in the access log.
 */
export async function continueHandOver(options: HandOverOptions): Promise<boolean> {
  const { sql, folder } = options;
  return (await sql.begin(async (transaction) => {
    const tx = transaction as unknown as Sql;
    const [row] = await tx<HandOver[]>`
      select * from hand_over where state = 'running' order by at limit 1 for update skip locked`;
    if (!row) return false;
    await mkdir(folderOf(folder, row.id), { recursive: true, mode: 0o700 });
    const type = row.place.type ?? (await nextType(options, row));
    if (type === undefined) {
      await finish(options, row);
      await tx`update hand_over set state = 'done', finished = now(), files = ${tx.json(row.files as never)} where id = ${row.id}`;
      return true;
    }
    const next =
      type === HISTORY
        ? await writeVersions(options, row)
        : type === AUDIT
          ? await writeLooks(options, row)
          : await writePage(options, row, type);
    await tx`
      update hand_over set files = ${tx.json(next.files as never)}, place = ${tx.json(next.place as never)} where id = ${row.id}`;
    return true;
  })) as boolean;
}

/** The next type of which the facility has records. */
async function nextType(
  { sql, typeNames }: HandOverOptions,
  { facility, place }: HandOver,
): Promise<string | undefined> {
  const own = facilityNumber(facility);
  const done = new Set(place.done);
  for (const type of typeNames) {
    if (done.has(type)) continue;
    const [found] = await sql`
      select from (select 1 from resource where facility = ${own} and type = ${typeNumber(type)} and not deleted
        union all select 1 from shared_resource where facility = ${own} and type = ${typeNumber(type)} and not deleted) r limit 1`;
    if (found) return type;
  }
  return [HISTORY, AUDIT].find((phase) => !done.has(phase));
}

type Row = { id: string; client_id: string | null; occurred: string; person: string | null; len: number };

async function writePage(
  options: HandOverOptions,
  row: HandOver,
  type: string,
): Promise<Pick<HandOver, 'files' | 'place'>> {
  const { occurred = null, id = null } = row.place;
  const found = await options.sql<Row[]>`
    select * from (
      select id, client_id, occurred, person, len from resource
      where facility = ${facilityNumber(row.facility)} and type = ${typeNumber(type)} and not deleted
      union all
      select id, client_id, occurred, null, len from shared_resource
      where facility = ${facilityNumber(row.facility)} and type = ${typeNumber(type)} and not deleted
    ) r
    where ${occurred}::timestamptz is null or (occurred, id) < (${occurred}::timestamptz, ${id}::uuid)
    order by occurred desc, id desc limit ${PAGE}`.then((all) =>
    all.map((one) => ({ ...one, occurred: instantOf(one.occurred) })),
  );
  const rows = found.slice(0, withinPage(found));
  const references = rows.map((one) => `${type}/${one.client_id ?? one.id}`);
  const stored = await options.current(references);
  const lines = references.flatMap((reference) => {
    const resource = stored.get(reference);
    return resource ? [JSON.stringify(resource)] : [];
  });
  const name = `${type}.ndjson`;
  const file = row.files.find((one) => one.name === name) ?? { name, type, count: 0, bytes: 0 };
  const text = lines.map((line) => `${line}\n`).join('');
  await append(join(folderOf(options.folder, row.id), name), file.bytes, text);
  await tell(options, row, type, rows);
  const grown = { ...file, count: file.count + lines.length, bytes: file.bytes + Buffer.byteLength(text) };
  const files = [...row.files.filter((one) => one.name !== name), grown];
  const last = rows.at(-1);
  const isLast = rows.length === found.length && found.length < PAGE;
  return { files, place: placeAfter(row, type, isLast, last && { occurred: last.occurred, id: last.id }) };
}

/** A page of former versions and deletions, each as an entry of a history Bundle. */
async function writeVersions(
  options: HandOverOptions,
  row: HandOver,
): Promise<Pick<HandOver, 'files' | 'place'>> {
  const { id, version } = row.place;
  const after = id !== undefined && version !== undefined ? { id, version } : undefined;
  const versions = await options.formerVersions(row.facility, after, PAGE);
  const files = await grow(options, row, HISTORY, versions.map(versionLine));
  if (versions.length > 0) await tell(options, row, HISTORY, versions);
  const last = versions.at(-1);
  return {
    files,
    place: placeAfter(row, HISTORY, versions.length === 0, last && { id: last.id, version: last.version }),
  };
}

/** A page of the access log of the facility's own people and software, each as an AuditEvent. */
async function writeLooks(
  options: HandOverOptions,
  row: HandOver,
): Promise<Pick<HandOver, 'files' | 'place'>> {
  const { occurred, id } = row.place;
  const after = occurred !== undefined && id !== undefined ? { moment: occurred, id } : undefined;
  const looks = await eventsMadeBy(options.sql, options.baseUrl, row.facility, after, PAGE);
  const lines = looks.map(({ event }) => JSON.stringify(event));
  const files = await grow(options, row, AUDIT, lines);
  const last = looks.at(-1)?.place;
  return {
    files,
    place: placeAfter(row, AUDIT, looks.length < PAGE, last && { occurred: last.moment, id: last.id }),
  };
}

/** The place behind a page: further on within a phase, or the phase done. */
function placeAfter(
  { place }: HandOver,
  type: string,
  isLast: boolean,
  last: Partial<Place> | undefined,
): Place {
  return isLast || !last ? { done: [...(place.done ?? []), type] } : { ...place, type, ...last };
}

/** A file with more lines in it; a file of nothing is not begun. */
async function grow(
  { folder }: HandOverOptions,
  row: HandOver,
  type: string,
  lines: readonly string[],
): Promise<HandOverFile[]> {
  const name = `${type}.ndjson`;
  const known = row.files.find((one) => one.name === name);
  if (lines.length === 0) return row.files;
  const file = known ?? { name, type, count: 0, bytes: 0 };
  const text = lines.map((line) => `${line}\n`).join('');
  await append(join(folderOf(folder, row.id), name), file.bytes, text);
  return [
    ...row.files.filter((one) => one.name !== name),
    { ...file, count: file.count + lines.length, bytes: file.bytes + Buffer.byteLength(text) },
  ];
}

const instantOf = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value));

/** Writes after the first `from` bytes, whatever stood behind them, and waits for the disk. */
async function append(path: string, from: number, text: string): Promise<void> {
  const file = await open(path, from === 0 ? 'w' : 'r+', 0o600);
  try {
    await file.truncate(from);
    await file.write(text, from, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** One row in the access log for each person of the page. */
async function tell(
  { log }: HandOverOptions,
  row: HandOver,
  type: string,
  rows: readonly { person: string | null }[],
): Promise<void> {
  const persons = [...new Set(rows.flatMap(({ person }) => person ?? []))];
  await log({
    at: new Date(),
    requestId: `hand-over-${row.id}`,
    caller: callerOf(row),
    action: 'export',
    persons,
    target: type,
    count: rows.length,
    reason: row.why,
    outcome: 'success',
  });
}

const callerOf = ({ by, by_name: name }: HandOver): Caller => ({
  role: 'ministry',
  client: 'yba-command',
  subject: by,
  name,
  scopes: [],
});

/** Adds up each file and writes the manifest, last: where it stands, everything stands. */
async function finish({ folder }: HandOverOptions, row: HandOver): Promise<void> {
  const at = folderOf(folder, row.id);
  for (const file of row.files) file.sha256 = await sha256(join(at, file.name));
  const manifest = {
    facility: row.facility,
    handOver: row.id,
    requested: row.at,
    by: row.by_name,
    why: row.why,
    records: row.files.reduce(
      (sum, { type, count }) => (type === HISTORY || type === AUDIT ? sum : sum + count),
      0,
    ),
    contains: {
      current:
        'What was current when it was written, by type; Provenance of the facility is a type of its own.',
      history:
        'Former versions and deletions, each as an entry of a FHIR history Bundle; versions that were erased are not there.',
      audit:
        'What the people and software of the facility looked at and did, as AuditEvents. Looks of others at its records are the log of the persons concerned, and stay with them.',
    },
    files: row.files,
  };
  const path = join(at, 'manifest.json');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.write(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await folderToDisk(at);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
