import type { Sql, Transaction } from '@yba/postgres';

/** Whether a session's tokens open something. */
export type SessionState = 'open' | 'locked' | 'ended';

const CHANNEL = 'sign_in_session';

/**
 * What a session `id` has become, for a column of the statement that reads the rows it changes: every server process is told with
 * that commit. Told after it, a lock could be told before the opening it came after, and would not hold.
 */
export const telling = (sql: Sql | Transaction, state: SessionState) =>
  (sql as Sql)`pg_notify(${CHANNEL}, ${`${state} `} || id)`;

type Heard = (id: string, state: SessionState) => void;

/** Who listens in this process, by the pool that is asked with. */
const here = new WeakMap<Sql, Set<Heard>>();

/** Tells this process itself, which answers for it next and would hear of it a moment later. */
export function tellHere(
  sql: Sql,
  sessions: readonly { id: string }[],
  state: Exclude<SessionState, 'open'>,
): void {
  for (const { id } of sessions) for (const heard of here.get(sql) ?? []) heard(id, state);
}

/** Calls with what is told. Answers how to stop. */
export async function hearSessions(sql: Sql, heard: Heard): Promise<() => Promise<void>> {
  const { unlisten } = await sql.listen(CHANNEL, (note) => {
    const [state, id] = note.split(' ');
    heard(id!, state as SessionState);
  });
  const ears = here.get(sql) ?? new Set();
  here.set(sql, ears.add(heard));
  return () => {
    ears.delete(heard);
    return unlisten();
  };
}
