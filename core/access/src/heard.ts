import { randomUUID } from 'node:crypto';
import type { Sql } from '@yba/postgres';

const CHANNEL = 'heard';

/** Longest wait for what was told to come back, in ms: a line that is away is no reason not to answer. */
const LATE_MS = 5_000;

/**
 * Makes a function that resolves once this process has heard all that was committed and told (NOTIFY) before it was called:
 * which sessions ended, which tokens were revoked, whose licence changed. Whoever ended something and is answered can rely
 * on it with the next request; other processes hear of it in the same moment. PostgreSQL delivers notices in the order of their
 * commits, so that the last of them tells that all have come. Source: https://www.postgresql.org/docs/18/sql-notify.html
 */
export async function hearsAll(sql: Sql): Promise<() => Promise<void>> {
  const waiting = new Map<string, () => void>();
  await sql.listen(CHANNEL, (id) => waiting.get(id)?.());
  return async () => {
    const id = randomUUID();
    let late: NodeJS.Timeout | undefined;
    const heard = new Promise<void>((resolve) => {
      waiting.set(id, resolve);
      late = setTimeout(resolve, LATE_MS);
    });
    try {
      await sql`select pg_notify(${CHANNEL}, ${id})`;
      await heard;
    } catch {
      // what is asked every few seconds tells it too
    } finally {
      clearTimeout(late);
      waiting.delete(id);
    }
  };
}
