import type { Resource } from '@yba/fhir';
import { containing, type Sql } from '@yba/postgres';
import { decompress } from '../rows/zstd.ts';

/** Shorter ones are in half the store by chance. */
const LEAST = 6;
const BATCH = 500;

/** Values of a resource that stand for one person or thing alone: identifiers, telephones and addresses of mail. */
export function traceable(resource: Resource | undefined): string[] {
  if (!resource) return [];
  const values = (name: string) => {
    const list = [resource[name] ?? []].flat() as { value?: unknown }[];
    return list.flatMap(({ value }) => (typeof value === 'string' && value.length >= LEAST ? [value] : []));
  };
  return [...values('identifier'), ...(resource.resourceType === 'Patient' ? values('telecom') : [])];
}

/** Where a string was found: table and how many of its rows. */
export type Trace = { table: string; rows: number };

/** The imitation of VNeID that the demonstration brings: it stands for a system of others. */
const OTHERS: ReadonlySet<string> = new Set(['vneid_citizen']);

/**
 * Looks for strings in every table of the database: rows as text, frames and kept answers opened. What it finds is
 * told by table, never the string. Reads everything: minutes on a large store.
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
  const patterns = containing(strings);
  for (const { name } of tables) {
    if (OTHERS.has(name)) continue;
    progress(`looking through ${name}`);
    const packed = /^(shared_)?frame(_\d+)?$/.test(name)
      ? { column: 'body', open: decompress }
      : name === 'submission'
        ? { column: 'answer', open: decompress }
        : undefined;
    let rows = 0;
    if (packed) rows += await inPacked(owner, name, packed.column, packed.open, strings);
    const [plain] = await owner<{ rows: number }[]>`
      select count(*) as rows from ${owner(name)} as t where ${packed ? owner`(to_jsonb(t) - ${packed.column})::text` : owner`to_jsonb(t)::text`} like any(${patterns})`;
    rows += plain!.rows;
    if (rows > 0) found.push({ table: name, rows });
  }
  return found;
}

async function inPacked(
  owner: Sql,
  table: string,
  column: string,
  open: (bytes: Uint8Array) => Buffer,
  strings: readonly string[],
): Promise<number> {
  let count = 0;
  const batches = owner<
    { bytes: Uint8Array }[]
  >`select ${owner(column)} as bytes from ${owner(table)}`.cursor(BATCH);
  for await (const rows of batches) {
    for (const { bytes } of rows) {
      const text = open(bytes).toString();
      if (strings.some((string) => text.includes(string))) count++;
    }
  }
  return count;
}
