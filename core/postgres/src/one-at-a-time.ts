import type { Sql } from './connect.ts';

/**
 * Runs work that takes many transactions, in one server or command of a database at a time; the others wait. `lock` is the number of
 * an advisory lock, given back when the work ends, and by PostgreSQL when its process does. One connection of the pool is kept for it.
 */
export async function oneAtATime<T>(sql: Sql, lock: number, work: () => Promise<T>): Promise<T> {
  const session = await sql.reserve();
  try {
    await session`select pg_advisory_lock(${lock})`;
    try {
      return await work();
    } finally {
      await session`select pg_advisory_unlock(${lock})`;
    }
  } finally {
    session.release();
  }
}
