import type { Sql, Transaction } from './connect.ts';
import { isConflict } from './sqlstate.ts';

/** How long a change of a table's partitions waits for those who use it, in ms: everybody else waits behind it. */
const LOCK_MS = 2_000;

/**
 * Runs work that locks a whole table in a transaction of its own, unless somebody's long reading (a `pg_dump`, a report) or
 * another server is in the way of it: then nothing of it is done, for another time. Answers whether it was done.
 */
export async function unlessLocked(
  owner: Sql,
  work: (db: Transaction) => Promise<unknown>,
  lockMs = LOCK_MS,
): Promise<boolean> {
  try {
    await owner.begin(async (db) => {
      await db`select set_config('lock_timeout', ${String(lockMs)}, true)`;
      await work(db);
    });
    return true;
  } catch (error) {
    if (!isConflict(error)) throw error;
    return false;
  }
}
