import { outcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { hearSessions, type SessionState } from './session-news.ts';

/** How often a process asks what it may not have been told, in ms. */
const POLL_MS = 5_000;

/** An ended session is remembered until the last token that names it has expired, in ms. */
const REMEMBER_MS = 20 * 60 * 1000;

/** Asked about a little more than the time since the last asking, since commits come late, in ms. */
const OVERLAP_MS = 10_000;

/** Which sessions' tokens open nothing, known to this process without asking the database at each request. */
export type KnownSessions = {
  /**
   * Throws `login` when the session is locked or over; `evenLocked`: only when it is over. Asks the database only about one
   * that was locked a moment ago.
   */
  assertOpen(session: string, options?: { evenLocked?: boolean }): Promise<void>;
  /** Begins to follow what becomes of sessions; `chores` runs with each asking. Resolves when all is known. Answers how to stop. */
  follow(onError: (error: unknown) => void, chores?: () => Promise<void>): Promise<() => Promise<void>>;
  /** Called with each session that is locked or ends, so that what is open for it can be shut. */
  onShut(listener: (session: string) => void): void;
};

/**
 * A token proves itself by its signature alone; that its session has been locked or ended each process knows from a
 * notice of the database, and, should one be lost, from asking every five seconds. Only locked and recently ended
 * sessions are kept.
 */
export function knownSessions(sql: Sql, pollMs = POLL_MS): KnownSessions {
  const shut = new Map<string, { state: SessionState; at: number }>();
  const listeners: ((session: string) => void)[] = [];
  const note = (id: string, state: SessionState) => {
    const before = shut.get(id)?.state;
    if (before === 'ended' || before === state) return; // what has ended does not come back
    if (state === 'open') return void shut.delete(id);
    shut.set(id, { state, at: performance.now() });
    for (const listener of listeners) listener(id);
  };
  const questions = new Set<Set<string>>();
  const heard = (id: string, state: SessionState) => {
    for (const told of questions) told.add(id);
    note(id, state);
  };
  /** Notes what the database answers, save of whom a notice came meanwhile: it is newer. */
  const noteAnswer = async <Row extends { id: string; state: SessionState }>(
    question: PromiseLike<Row[]>,
  ) => {
    const told = new Set<string>();
    questions.add(told);
    try {
      const rows = await question;
      for (const { id, state } of rows) if (!told.has(id)) note(id, state);
      return rows;
    } finally {
      questions.delete(told);
    }
  };
  const state = () =>
    sql`case when ended is not null then 'ended' when locked is not null then 'locked' else 'open' end as state`;
  let asked: Date | undefined; // by the database's clock: ours may say another time
  let first = true;
  const ask = async () => {
    const from = asked ? new Date(asked.getTime() - OVERLAP_MS) : null;
    const rows = await noteAnswer(
      sql<{ id: string; state: SessionState; now: Date }[]>`
        select id, ${state()}, now() as now
        from sign_in_session where changed > case when ${from}::timestamptz < now() then ${from}
            else now() - make_interval(secs => ${REMEMBER_MS / 1000}) end -- not asked yet, or when the clock was ahead
          or (${first} and locked is not null and ended is null)`,
    );
    asked = rows[0]?.now ?? asked;
    first = false;
    for (const [id, { state, at }] of shut)
      if (state === 'ended' && at < performance.now() - REMEMBER_MS) shut.delete(id);
  };

  return {
    async assertOpen(session, { evenLocked = false } = {}) {
      if (shut.get(session)?.state === 'locked' && !evenLocked)
        // its owner may have entered again a moment ago, in another process
        await noteAnswer(
          sql<{ id: string; state: SessionState }[]>`
            select id, ${state()} from sign_in_session where id = ${session}`,
        );
      const known = shut.get(session)?.state;
      if (known === 'ended') throw outcomeError('login', 'This session has ended; sign in again');
      if (known === 'locked' && !evenLocked)
        throw outcomeError('login', 'This session is locked; its owner has to enter again');
    },
    onShut: (listener) => void listeners.push(listener),
    async follow(onError, chores) {
      const unlisten = await hearSessions(sql, heard);
      await ask();
      let busy = false;
      const poll = setInterval(() => {
        if (busy) return;
        busy = true;
        ask()
          .then(chores)
          .catch(onError)
          .finally(() => (busy = false));
      }, pollMs);
      poll.unref();
      return async () => {
        clearInterval(poll);
        await unlisten();
      };
    },
  };
}
