import type { Sql } from '@yba/postgres';
import { countNames, DEFAULT_COUNTS } from '../matching/index.ts';
import type { NameCounts } from '../matching/index.ts';
import { newTable } from './index-keys.ts';

/** Names a registry must hold before its own counts are believed. */
const ENOUGH = 20_000;

const REFRESH_MS = 60 * 60 * 1000;

type Known = { at: number; counts: NameCounts; size: number };

const known = new WeakMap<Sql, Promise<Known>>();

/** How often each word stands in each place of the registry's names, and how many registrations it has; counted hourly on a sample. */
export async function nameCounts(sql: Sql): Promise<Known> {
  const last = await known.get(sql)?.catch(() => undefined);
  if (last && Date.now() - last.at < REFRESH_MS) return last;
  const fresh = count(sql);
  known.set(sql, fresh);
  return fresh;
}

async function count(sql: Sql): Promise<Known> {
  const [row] = await sql<{ size: number }[]>`
    select greatest(reltuples, 0)::float8 as size from pg_class where oid = 'registration'::regclass`;
  const size = row!.size;
  if (size < ENOUGH) return { at: Date.now(), counts: DEFAULT_COUNTS, size };
  const share = Math.min(100, (100 * 50_000) / size);
  const names = await sql<{ name: string }[]>`
    select said->>'name' as name from registration tablesample system (${share}) limit 60000`;
  const table = newTable(names.length);
  for (const { name } of names) table.add({ name });
  return { at: Date.now(), counts: names.length < ENOUGH / 2 ? DEFAULT_COUNTS : countNames(table), size };
}
