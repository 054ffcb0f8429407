import type { Sql } from '@yba/postgres';

/**
 * The rows `taken (id)` of sessions that a statement is about to change, locked in the order of their ids whichever index found
 * them: two statements that change some of the same wait one behind the other, and never crosswise.
 * Source: https://www.postgresql.org/docs/18/explicit-locking.html#LOCKING-DEADLOCKS
 */
export const takenSessions = (sql: Sql, which: ReturnType<Sql>) => sql`
  taken as materialized (select id from sign_in_session s where ${which} order by id for no key update)`;
