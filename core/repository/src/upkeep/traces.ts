import type { Resource } from '@yba/fhir';
import { collectLarge } from '@yba/http';
import { containing, type Sql, type Transaction } from '@yba/postgres';
import { BATCH_BYTES, pagesOf } from '../rows/page-bytes.ts';
import { decompress } from '../rows/zstd.ts';

/** Shorter ones are in half the store by chance. */
const LEAST = 6;
/** Blocks of a table whose rows are looked for at a time. */
const BLOCKS = 64;

/** Values of a resource that stand for one person or thing alone: identifiers, telephones and addresses of mail. */
export function traceable(resource: Resource | undefined): string[] {
  if (!resource) return [];
  const values = (name: string) => {
    const list = [resource[name] ?? []].flat() as { value?: unknown }[];
    return list.flatMap(({ value }) => (typeof value === 'string' && value.length >= LEAST ? [value] : []));
  };
  return [...values('identifier'), ...(resource.resourceType === 'Patient' ? values('telecom') : [])];
}

/** Where a string was found: table, how many of its rows, and in whose records these lie: row ids of Patients. */
export type Trace = { table: string; rows: number; patients: string[] };

/** The imitation of VNeID that the demonstration brings: it stands for a system of others. */
const OTHERS: ReadonlySet<string> = new Set(['vneid_citizen']);

type Packed = { column: string; open(bytes: Uint8Array): Buffer };

/**
 * Looks for strings in every table of the database: the words of rows, frames and kept answers opened. Numbers that rows are
 * found by, hashes among them, are no words. What it finds is told by table and Patient, never the string. Reads
 * everything: minutes on a large store.
 */
export async function scanForTraces(
  owner: Sql,
  strings: readonly string[],
  { progress }: { progress(text: string): void },
): Promise<Trace[]> {
  if (strings.length === 0) return [];
  const found: Trace[] = [];
  const tables = await owner<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`;
  for (const { name } of tables) {
    if (OTHERS.has(name)) continue;
    progress(`looking through ${name}`);
    const packed = /^(shared_)?frame(_\d+)?$/.test(name)
      ? { column: 'body', open: decompress }
      : name === 'submission'
        ? { column: 'answer', open: decompress }
        : undefined;
    const rows = packed ? await inPacked(owner, name, packed, strings) : await inPlain(owner, name, strings);
    const patients = new Set(rows.flatMap((patient) => patient ?? []));
    if (rows.length > 0) found.push({ table: name, rows: rows.length, patients: [...patients] });
  }
  return found;
}

/** Of each row that holds one, whose it is, where that is known. */
type Held = (string | undefined)[];

async function inPlain(owner: Sql, table: string, strings: readonly string[]): Promise<Held> {
  const held: Held = [];
  await eachLot(owner, table, {
    size: (db) => db`octet_length(to_jsonb(t)::text)`,
    which: (db) => db`to_jsonb(t)::text like any(${containing(strings)})`,
    async take(db, places) {
      const rows = await db<{ row: Record<string, unknown> }[]>`
        select to_jsonb(t) as row from ${db(table)} as t where ctid = any(${places}::tid[])`;
      for (const { row } of rows) if (isSaidIn(row, strings)) held.push(ofPatient(row));
    },
  });
  return held;
}

type Lots = {
  /** How long a row is, of the rows `t` to look at. */
  size(db: Transaction): ReturnType<Transaction>;
  which(db: Transaction): ReturnType<Transaction>;
  take(db: Transaction, places: string[]): Promise<void>;
};

/** Rows of a table by their places, as many at a time as make one page: all as they were at the beginning. */
async function eachLot(owner: Sql, table: string, { size, which, take }: Lots): Promise<void> {
  await owner.begin('isolation level repeatable read, read only', async (db) => {
    const [whole] = await db<{ blocks: number }[]>`
      select (pg_relation_size(${table}::regclass) / current_setting('block_size')::int)::int as blocks`;
    for (let block = 0; block < whole!.blocks; block += BLOCKS) {
      const rows = await db<{ place: string; len: number }[]>`
        select t.ctid::text as place, ${size(db)} as len from ${db(table)} as t
        where ctid >= ${`(${block},0)`}::tid and ctid < ${`(${block + BLOCKS},0)`}::tid and ${which(db)}`;
      for (const lot of pagesOf(rows, BATCH_BYTES))
        await take(
          db,
          lot.map(({ place }) => place),
        );
    }
  });
}

async function inPacked(
  owner: Sql,
  table: string,
  { column, open }: Packed,
  strings: readonly string[],
): Promise<Held> {
  const held: Held = [];
  await eachLot(owner, table, {
    size: (db) => db`octet_length(${db(column)})`,
    which: (db) => db`true`,
    async take(db, places) {
      const rows = await db<{ row: Record<string, unknown>; bytes: Uint8Array }[]>`
        select to_jsonb(t) - ${column} as row, ${db(column)} as bytes from ${db(table)} as t where ctid = any(${places}::tid[])`;
      for (const { row, bytes } of rows) {
        const text = open(bytes).toString();
        collectLarge(text.length);
        if (strings.some((string) => text.includes(string)) || isSaidIn(row, strings))
          held.push(ofPatient(row));
      }
    },
  });
  return held;
}

const ofPatient = ({ patient }: Record<string, unknown>): string | undefined =>
  typeof patient === 'string' ? patient : undefined;

/** Whether one of the strings stands in a text of the value, or in a name that it gives. */
function isSaidIn(value: unknown, strings: readonly string[]): boolean {
  if (typeof value === 'string') return strings.some((string) => value.includes(string));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, part]) => isSaidIn(part, strings) || isSaidIn(name, strings));
}
