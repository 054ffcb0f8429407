import type { Sql, Transaction } from '@yba/postgres';

/** A month of the log that lies in a partition of its own: its table, and its time [from, to). */
export type LogMonth = { table: string; from: Date; to: Date };

/**
 * The partition of a month, `2026-11`. Throws, in words, for a month that has none or is not over: what is logged this
 * moment cannot be let go.
 */
export async function logMonth(sql: Sql, month: string): Promise<LogMonth> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Error(`A month is written 2026-11, not “${month}”.`);
  const table = `access_log_${month.replace('-', '')}`;
  const [found] = await sql<{ bounds: string }[]>`
    select pg_get_expr(c.relpartbound, c.oid) as bounds from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'access_log'::regclass and c.relname = ${table}`;
  const [, low, high] = /FROM \('([^']+)'\) TO \('([^']+)'\)/.exec(found?.bounds ?? '') ?? [];
  if (!low || !high)
    throw new Error(`The log has no partition ${table}: it was let go already, or never was.`);
  const [bounds] = await sql<{ low: Date; high: Date; over: boolean }[]>`
    select ${low}::timestamptz as low, ${high}::timestamptz as high, ${high}::timestamptz <= now() as over`;
  if (!bounds!.over) throw new Error(`${month} is not over: it can be let go from ${high} on.`);
  return { table, from: bounds!.low, to: bounds!.high };
}

/**
 * Takes a month out of the database, once each of its rows is in `archived` (numbers of rows): the tiles of the tree and the heads
 * stay, so proofs of what remains hold, and the month is checked with its file. `also` goes with the transaction. Throws when a
 * row is in no file; then nothing was changed.
 */
export async function detachMonth(
  sql: Sql,
  { table }: LogMonth,
  archived: { has(id: number): boolean },
  also: (db: Transaction) => Promise<void>,
): Promise<number> {
  return (await sql.begin(async (db) => {
    await db`set local lock_timeout = '10s'`;
    await db`lock table ${db(table)} in access exclusive mode`;
    const rows = await db<{ id: number }[]>`select id from ${db(table)}`;
    const left = rows.filter(({ id }) => !archived.has(Number(id)));
    if (left.length > 0)
      throw new Error(
        `${left.length} of ${rows.length} entries of ${table} are in no file, such as number ${left[0]!.id}. If the file of the month before has them, name it: --archive FILE. Else wait until the server has signed the next head, and try again.`,
      );
    await also(db);
    await db`alter table access_log detach partition ${db(table)}`;
    await db`drop table ${db(table)}`;
    return rows.length;
  })) as number;
}
