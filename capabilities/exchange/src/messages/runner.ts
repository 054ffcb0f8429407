import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { stillToCome } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import { inRoom } from '../room.ts';
import { type Due, fileMessage, LONGEST_PAUSE_S } from './file-message.ts';

/** Messages that one process files at the same time. */
const AT_ONCE = 8;

/** How often the queue is asked when nothing wakes the runner, in ms. */
const POLL_MS = 200;

/** How long a message is taken for, and how often that is renewed: after kill -9 it is free again that soon. */
const LEASE_S = 15;
const RENEW_MS = 5_000;

/** Pause after the queue could not be asked, in ms. */
const AWAY_MS = 1_000;

export type MessageRunner = {
  /** Tells that a message has come. */
  nudge(): void;
  /** Resolves when nothing is due any more: what was refused, filed or put off is settled. */
  idle(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Files what waits in the inbox: in the order of receipt for each patient and document, side by side otherwise. Any
 * number of processes may run one: a message is taken under a lease, and the commit that files it holds its place in
 * the queue.
 */
export function runMessages(
  desk: MessageDesk,
  onError: (error: unknown, doing: string) => void,
): MessageRunner {
  const stopping = new AbortController();
  const lease = randomUUID();
  const busy = new Map<string, Promise<void>>();
  let wake = () => {};

  const start = (due: Due) => {
    const work = inRoom(desk, due.size, () =>
      fileMessage(desk, due, facilityCode(due.facility), lease, (error) =>
        onError(error, 'filing a message'),
      ),
    )
      .catch((error: unknown) => onError(error, 'entering what became of a message'))
      .finally(() => {
        busy.delete(due.seq);
        wake();
      });
    busy.set(due.seq, work);
  };
  /** Takes what is due; answers whether there may be more. */
  const turn = async (): Promise<boolean> => {
    const free = AT_ONCE - busy.size;
    if (free <= 0) return false;
    const due = await take(desk.owner, lease, free);
    for (const one of due) start(one);
    return due.length > 0;
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      let more = false;
      try {
        more = await turn();
      } catch (error) {
        if (!stopping.signal.aborted) onError(error, 'asking for messages');
        await sleep(AWAY_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
      if (!more) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(POLL_MS)]);
    }
  };
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
  const renewing = setInterval(() => {
    renew(desk.owner, lease, [...busy.keys()]).catch(() => {}); // told by the loop when the database is away
  }, RENEW_MS).unref();
  const running = loop();

  return {
    nudge: () => wake(),
    async idle() {
      for (;;) {
        if (busy.size > 0) await Promise.all(busy.values());
        else if (!(await isDue(desk.owner))) return;
        else await pause(20);
        if (stopping.signal.aborted) return;
      }
    },
    async stop() {
      stopping.abort();
      clearInterval(renewing);
      wake();
      await running;
      await Promise.all(busy.values());
    },
  };
}

/** Nothing is put off for longer. */
const isDueNow = (sql: Sql) => sql`not ${stillToCome(sql, sql`q.due`, 2 * LONGEST_PAUSE_S)}`;

/** Takes the oldest messages that are due and wait for nobody before them. */
async function take(owner: Sql, lease: string, count: number): Promise<Due[]> {
  return owner<Due[]>`
    with free as (
      select q.seq from message_queue q
      where ${isDueNow(owner)} and (q.leased is null or q.leased not between now() and now() + make_interval(secs => ${2 * LEASE_S}))
        and not exists (
          select from message_lane own join message_lane before on before.lane = own.lane and before.seq < own.seq
          where own.seq = q.seq)
      order by q.seq limit ${count} for update of q skip locked),
    taken as (
      update message_queue q set leased = now() + make_interval(secs => ${LEASE_S}), lease = ${lease}
      from free where q.seq = free.seq
      returning q.seq, q.id, q.received, q.attempts, q.replay)
    select taken.seq::text, taken.id, taken.received::text, taken.attempts, taken.replay, m.content, m.document, m.size,
      s.facility, s.client, s.name, s.facility_name, s.scopes
    from taken join message m on m.id = taken.id and m.received = taken.received
    join message_sender s on s.id = m.sender
    order by taken.seq`;
}

/** Keeps what is being filed for longer; a row that is being settled is left alone. */
async function renew(owner: Sql, lease: string, seqs: readonly string[]): Promise<void> {
  if (seqs.length === 0) return;
  await owner`
    update message_queue set leased = now() + make_interval(secs => ${LEASE_S})
    where seq in (select seq from message_queue where seq = any(${[...seqs]}::bigint[]) and lease = ${lease} for update skip locked)`;
}

async function isDue(owner: Sql): Promise<boolean> {
  const [row] = await owner<{ due: boolean }[]>`
    select exists (select from message_queue q where ${isDueNow(owner)}) as due`;
  return row!.due;
}
