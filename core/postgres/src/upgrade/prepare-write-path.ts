import type { Sql, Transaction } from '../connect.ts';

/** Rows converted in one transaction. */
const BATCH = 5_000;

export type Preparing = {
  /** Told how many rows are converted of about how many. */
  progress(text: string): void;
  /** Ends between two batches when aborted; the next call goes on there. */
  signal?: AbortSignal;
  batch?: number;
};

/**
 * Does the long part of migration 0011 ahead of it, in batches that each commit with the place they reached: the index
 * terms come first in `terms`, feed rows become arrays. Killed at any moment, it goes on where it was. The old server
 * may go on reading meanwhile; what it writes, the migration itself converts.
 */
export async function prepareWritePath(
  sql: Sql,
  { progress, signal, batch = BATCH }: Preparing,
): Promise<void> {
  await sql`create table if not exists upgrade_place (step text primary key, place text not null)`;
  for (const table of ['resource', 'shared_resource'])
    await sql.unsafe(`alter table ${table} add column if not exists indexed int not null default 0`);
  await sql`alter table feed add column if not exists ids uuid[], add column if not exists types smallint[],
    add column if not exists versions int[], add column if not exists actions smallint[], add column if not exists client_ids text[]`;
  const steps: Step[] = [
    ...(await leavesOf(sql, 'resource')).map((table) => ({
      table,
      key: 'id' as const,
      convert: convertTerms,
    })),
    { table: 'shared_resource', key: 'id', convert: convertTerms },
    ...(await leavesOf(sql, 'feed')).map((table) => ({
      table,
      key: 'position' as const,
      convert: convertFeed,
    })),
  ];
  const total = await estimate(sql, steps);
  let done = 0;
  for (const step of steps) {
    for (;;) {
      signal?.throwIfAborted();
      const count = await sql.begin((tx) => nextBatch(tx, step, batch));
      done += count;
      if (count > 0) progress(`converted ${done} of about ${Math.max(total, done)} rows (${step.table})`);
      if (count < batch) break;
    }
    await sql.unsafe(`vacuum (analyze) ${step.table}`); // the old versions' room is used by the next batches
  }
}

/** The places are of no use once the migration has run. */
export async function forgetPlaces(sql: Sql): Promise<void> {
  await sql`drop table if exists upgrade_place`;
}

type Step = { table: string; key: 'id' | 'position'; convert(table: string): string };

const convertTerms = (table: string) => `
  update ${table} as r set
    terms = r.gterms || array(select term from unnest(r.terms) as term where term <> all (r.gterms)),
    indexed = cardinality(r.gterms)
  from batch where r.id = batch.key and r.indexed = 0 and cardinality(r.gterms) > 0`;

const convertFeed = (table: string) => `
  update ${table} as r set ids = array[r.id], types = array[r.type], versions = array[r.version], actions = array[r.action],
    client_ids = case when r.client_id is null then null else array[r.client_id] end
  from batch where r.position = batch.key and r.xid = batch.xid and r.ids is null`;

/** Converts the rows after the place kept, and moves it; answers how many rows it went over. */
async function nextBatch(tx: Transaction, { table, key, convert }: Step, batch: number): Promise<number> {
  const [kept] = await tx<
    { place: string }[]
  >`select place from upgrade_place where step = ${table} for update`;
  const ordered = key === 'id' ? 'id' : 'xid, position';
  const after = !kept ? 'true' : key === 'id' ? 'id > $2::uuid' : '(xid, position) > ($2::xid8, $3::bigint)';
  const columns =
    key === 'id' ? 'id as key, id::text as place' : `position as key, xid, xid || ' ' || position as place`;
  const [row] = await tx.unsafe<{ count: number; place: string | null }[]>(
    `with batch as materialized (select ${columns} from ${table} where ${after} order by ${ordered} limit $1),
       converted as (${convert(table)})
     select count(*)::int as count, (array_agg(place))[count(*)::int] as place from batch`,
    [batch, ...(kept ? kept.place.split(' ') : [])],
  );
  if (row?.place)
    await tx`insert into upgrade_place (step, place) values (${table}, ${row.place})
      on conflict (step) do update set place = excluded.place`;
  return row?.count ?? 0;
}

async function leavesOf(sql: Sql, parent: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select relid::text as name from pg_partition_tree(${parent}::regclass) where isleaf order by 1`;
  return rows.map(({ name }) => name);
}

async function estimate(sql: Sql, steps: readonly Step[]): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select coalesce(sum(greatest(reltuples, 0)), 0)::bigint as rows from pg_class
    where oid = any(${steps.map(({ table }) => table)}::text[]::regclass[])`;
  return row!.rows;
}
