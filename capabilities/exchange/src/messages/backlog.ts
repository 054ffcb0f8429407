import { HttpError } from '@yba/http';
import type { Sql } from '@yba/postgres';

/** How many messages may wait to be filed before the hub takes no more. */
const WAITING_MOST = 200_000;

/** How long a count of them is believed, in ms; and what a sender is told to wait, in s. */
const BELIEVED_MS = 2_000;
const RETRY_AFTER_S = 30;

/** What waits in the inbox: how many messages, how many of them failed before, and the age of the oldest in s. */
export type Backlog = { waiting: number; retrying: number; oldestS: number };

/** Counts what waits, at most every two seconds. */
export function createBacklog(
  owner: Sql,
  waitingMost = WAITING_MOST,
): {
  now(): Promise<Backlog>;
  /** Throws 503 with Retry-After while too much waits. */
  assertRoom(): Promise<void>;
} {
  let counted: { at: number; backlog: Promise<Backlog> } | undefined;
  const now = () => {
    if (counted && performance.now() - counted.at < BELIEVED_MS) return counted.backlog;
    const backlog = count(owner);
    counted = { at: performance.now(), backlog };
    backlog.catch(() => (counted = undefined));
    return backlog;
  };
  return {
    now,
    async assertRoom() {
      const { waiting } = await now();
      if (waiting < waitingMost) return;
      throw new HttpError(
        503,
        'transient',
        'Trung tâm còn quá nhiều thông điệp chờ ghi; chưa nhận thông điệp này, hãy gửi lại sau. Too many messages wait to be filed; this one was not taken, send it again later.',
        { headers: { 'retry-after': String(RETRY_AFTER_S) } },
      );
    },
  };
}

async function count(owner: Sql): Promise<Backlog> {
  const [row] = await owner<Backlog[]>`
    select count(*)::int as waiting, (count(*) filter (where attempts > 0))::int as retrying,
      coalesce(extract(epoch from now() - min(received)), 0)::float8 as "oldestS"
    from message_queue`;
  return row!;
}
