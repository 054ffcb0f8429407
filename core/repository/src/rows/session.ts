import type { PendingQuery as Pending, Sql, Transaction } from '@yba/postgres';
import type { Reach } from '../ports.ts';
import { facilityNumber } from './facility-number.ts';

/** What may run a query: a transaction, or a connection set to one caller's reach. */
export type Db = Transaction;

/** A query, or a piece of one. */
export type PendingQuery<T extends readonly any[]> = Pending<T>; // oxlint-disable-line no-explicit-any -- as the driver declares it

/** The database pools a repository works with, one per role. */
export type Pools = { reader: Sql; writer: Sql; owner: Sql };

/**
 * Runs reads on one connection whose row-level security is set to `reach`. The settings are sent ahead in the
 * same round trip; every use sets all of them, so nothing of an earlier caller remains.
 */
export async function asReader<T>(pools: Pools, reach: Reach, work: (db: Db) => Promise<T>): Promise<T> {
  if (reach.everything) return work(pools.owner as unknown as Db);
  const connection = await pools.reader.reserve();
  try {
    const db = connection as unknown as Db;
    const set = setReach(db, reach, false);
    set.catch(() => {}); // the query behind it fails with it; awaited below
    const answer = await work(db);
    await set;
    return answer;
  } finally {
    connection.release();
  }
}

/** Runs a write as one transaction bound to the facility of `reach`. */
export async function asWriter<T>(pools: Pools, reach: Reach, work: (db: Db) => Promise<T>): Promise<T> {
  const pool = reach.everything ? pools.owner : pools.writer;
  return (await pool.begin(async (db) => {
    const set = setReach(db, reach, true);
    set.catch(() => {}); // what is sent behind it fails with it; awaited below
    const answer = await work(db);
    await set;
    return answer;
  })) as T;
}

function setReach(db: Db, reach: Reach, local: boolean): Promise<unknown> {
  return Promise.resolve(db`
    select set_config('yba.facility', ${reach.facility ? String(facilityNumber(reach.facility)) : ''}, ${local}),
           set_config('yba.patients', ${`{${reach.patients.join(',')}}`}, ${local}),
           set_config('yba.self', ${String(reach.self)}, ${local})`);
}
