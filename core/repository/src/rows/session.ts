import type { PendingQuery as Pending, Sql, Transaction } from '@yba/postgres';
import type { Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from './facility-number.ts';
import { limitsText } from './limits.ts';

/** What may run a query: a transaction, or a connection set to one caller's reach. */
export type Db = Transaction;

/** A query, or a piece of one. */
export type PendingQuery<T extends readonly any[]> = Pending<T>; // oxlint-disable-line no-explicit-any -- as the driver declares it

/** The database pools a repository works with, one per role. */
export type Pools = { reader: Sql; writer: Sql; owner: Sql; lookup: Sql };

/**
 * How statements are planned: `each` with its values known; `once` for all values, as finding rows by id and most searches
 * allow: planning a look-up takes five times as long as running it, a search over all partitions thirty times.
 */
export type Planning = 'each' | 'once';

/** Connections whose statements are planned once, and how many of `plannedEach` run on each now. */
const plannedOnce = new WeakMap<
  Db,
  { within: 'session' | 'transaction'; each: number; last?: Promise<unknown> }
>();

/** Connections of reads that have no room for large resources yet. */
const withoutRoom = new WeakSet<Db>();

/** Whether large resources may be fetched there, or only in a turn of their own (`inRoomIfLarge`). */
export const hasRoom = (db: Db): boolean => !withoutRoom.has(db);

/**
 * Runs reads on one connection whose row-level security is set to `reach`. The settings are sent ahead in the
 * same round trip; every use sets all of them, so nothing of an earlier caller remains. Throws LargeRead where they come
 * upon large resources and there is no `room` for them.
 */
export async function asReader<T>(
  { pools, room = false }: { pools: Pools; room?: boolean },
  reach: Reach,
  work: (db: Db) => Promise<T>,
  planning: Planning = 'each',
): Promise<T> {
  if (reach.everything) return work(pools.owner as unknown as Db);
  const connection = await pools.reader.reserve();
  try {
    const db = connection as unknown as Db;
    if (!room) withoutRoom.add(db);
    const set = setReach(db, reach, planning);
    set.catch(() => {}); // the query behind it fails with it; awaited below
    if (planning === 'once') plannedOnce.set(db, { within: 'session', each: 0 });
    const answer = await work(db);
    await set;
    await plannedOnce.get(db)?.last; // whoever has the connection next sets it anew
    return answer;
  } catch (error) {
    // what is still under way there would come between the statements of whoever has the connection next
    await (connection as unknown as Db)`select`.catch(() => {});
    throw error;
  } finally {
    withoutRoom.delete(connection as unknown as Db);
    connection.release();
  }
}

/** Whose rows a write may change: those of these facilities, or everything (jobs of the platform). */
export type WriteReach = {
  facilities: readonly number[];
  everything: boolean;
  /** How long it waits for a row or key that another writer holds. */
  lockTimeoutMs: number;
};

/**
 * Runs a write as one transaction bound to the facilities of `reach`. Rejects too when its connection breaks. All that it
 * looks up and changes is found by key, and planned once for all values, by index, however small the tables were then:
 * planning an update took four times as long as the update.
 */
export async function asWriter<T>(
  pools: Pools,
  { facilities, everything, lockTimeoutMs }: WriteReach,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  const pool = everything ? pools.owner : pools.writer;
  return (await pool.begin(async (db) => {
    const set = Promise.resolve(
      db`select set_config('yba.facilities', ${`{${facilities.join(',')}}`}, true),
                set_config('yba.facility', ${facilities.length === 1 ? String(facilities[0]) : ''}, true),
                set_config('lock_timeout', ${String(lockTimeoutMs)}, true),
                set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
                set_config('max_parallel_workers_per_gather', '0', true)`,
    );
    set.catch(() => {}); // what is sent behind it fails with it; awaited below
    plannedOnce.set(db, { within: 'transaction', each: 0 });
    const answer = await work(db);
    await set;
    return answer;
  })) as T;
}

/**
 * Runs statements that the planner must know the values of, on a connection that else plans once for all values. The
 * settings are sent ahead and behind; what else is asked meanwhile is planned so too.
 */
export async function plannedEach<T>(db: Db, work: () => Promise<T>): Promise<T> {
  const state = plannedOnce.get(db);
  if (!state) return work();
  const plan = (mode: 'force_custom_plan' | 'force_generic_plan') => {
    // where the connection or the transaction is broken, what follows fails by itself
    state.last = db`select set_config('plan_cache_mode', ${mode}, ${state.within === 'transaction'})`.catch(
      () => {},
    );
  };
  if (state.each++ === 0) plan('force_custom_plan');
  try {
    return await work();
  } finally {
    if (--state.each === 0) plan('force_generic_plan');
  }
}

/** The facility whose rows a caller writes: the platform's own when there is none. */
export function facilityOf(reach: Pick<Reach, 'facility'>): number {
  return reach.facility ? facilityNumber(reach.facility) : PLATFORM;
}

function setReach(db: Db, reach: Reach, planning: Planning): Promise<unknown> {
  const plans = planning === 'once' ? 'force_generic_plan' : 'force_custom_plan';
  return Promise.resolve(db`
    select set_config('yba.facility', ${reach.facility ? String(facilityNumber(reach.facility)) : ''}, false),
           set_config('yba.patients', ${`{${reach.patients.join(',')}}`}, false),
           set_config('yba.self', ${String(reach.self)}, false),
           set_config('yba.limits', ${limitsText(reach.limits)}, false),
           set_config('plan_cache_mode', ${plans}, false)`);
}
