import type { Sql } from '@yba/postgres';

/** Whether a session's tokens open something. */
export type SessionState = 'open' | 'locked' | 'ended';

const CHANNEL = 'sign_in_session';

/** NOTIFY takes at most 8,000 bytes. */
const PER_NOTE = 150;

/** Tells every server process what became of these sessions, at once. */
export async function tellSessions(
  sql: Sql,
  sessions: readonly { id: string }[],
  state: SessionState,
): Promise<void> {
  for (let n = 0; n < sessions.length; n += PER_NOTE) {
    const ids = sessions.slice(n, n + PER_NOTE).map(({ id }) => id);
    await sql`select pg_notify(${CHANNEL}, ${`${state} ${ids.join(' ')}`})`;
  }
}

/** Calls with what is told. Answers how to stop. */
export async function hearSessions(
  sql: Sql,
  heard: (state: SessionState, ids: string[]) => void,
): Promise<() => Promise<void>> {
  const { unlisten } = await sql.listen(CHANNEL, (note) => {
    const [state, ...ids] = note.split(' ');
    heard(state as SessionState, ids);
  });
  return unlisten;
}
