import type { PendingQuery, Sql } from './connect.ts';

/**
 * Whether a moment is to come, and no further ahead than anything is put off, `mostS` seconds: one beyond that was set while the
 * clock was ahead, and would be waited for as long.
 */
export const stillToCome = (sql: Sql, moment: PendingQuery<[]>, mostS: number) =>
  sql`(${moment} between now() + interval '1 microsecond' and now() + make_interval(secs => ${mostS}))`;
