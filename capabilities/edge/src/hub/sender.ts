import type { Outbox } from '../outbox/outbox.ts';
import { backoffMs } from './backoff.ts';
import { type HubClient, reasonOf } from './hub-client.ts';

/** What the sending is at, for the status page. */
export type Sending = {
  /** Since when it waits before the next attempt, and why; undefined while all goes well. */
  trouble?: { why: string; retryAt: number; failures: number };
};

export type SenderOptions = {
  outbox: Outbox;
  hub: HubClient;
  now?: () => number;
  /** Messages under way at the same time, each of another patient. */
  atOnce?: number;
  onError(error: unknown): void;
};

/** How often the hub is asked for what became of messages: soon after something moved, rarer while nothing does, in ms. */
const ASK_FIRST_MS = 500;
const ASK_LONGEST_MS = 30_000;
const ASK_AT_ONCE = 500;
/** How often an idle edge looks whether the hub is there, in ms. */
const REACH_MS = 60_000;

/**
 * Brings the messages of the outbox to the hub: in order for each patient, several patients at a time, and asks what became
 * of them. When the hub is away or busy all wait, longer each time. Runs until it is stopped.
 */
export function runSender({ outbox, hub, now = Date.now, atOnce = 4, onError }: SenderOptions) {
  const busy = new Set<string>();
  const under = new Set<Promise<void>>();
  const state: Sending = {};
  let failures = 0;
  let stopped = false;
  let wake = () => {};
  const pulse = () => wake();
  const off = outbox.onChange(pulse);

  /** Until something changes, or a time has passed. */
  const rest = (ms: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, ms);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });

  function wait(why: string, afterMs?: number): void {
    failures++;
    state.trouble = { why, retryAt: now() + (afterMs ?? backoffMs(failures)), failures };
  }

  async function sendOne(id: string): Promise<void> {
    const body = outbox.body(id);
    if (!body) return;
    const sent = await hub.send(body);
    if (sent.kind === 'received') outbox.received(id);
    else if (sent.kind === 'refused') outbox.settled(id, 'refused', sent.answer);
    else {
      wait(sent.why, sent.afterMs);
      outbox.attempted(id);
      return;
    }
    failures = 0;
    delete state.trouble;
  }

  /** What to send now; nothing, and a wait, while the disk does not let itself be read. */
  function due(count: number) {
    try {
      return outbox.toSend(count, busy);
    } catch (error) {
      wait(reasonOf(error));
      onError(error);
      return [];
    }
  }

  async function send(): Promise<void> {
    while (!stopped) {
      const waitMs = (state.trouble?.retryAt ?? 0) - now();
      if (waitMs > 0) {
        await sleepUnlessStopped(waitMs);
        continue;
      }
      // one alone tries a hub that was away
      const free = (failures > 0 ? 1 : atOnce) - under.size;
      const next = free > 0 ? due(free) : [];
      for (const { id, patient } of next) {
        busy.add(patient);
        const task: Promise<void> = sendOne(id)
          .catch((error: unknown) => {
            // what came of it could not be written down: the disk is full. It is sent again, and counts once at the hub
            wait(reasonOf(error));
            onError(error);
          })
          .finally(() => {
            busy.delete(patient);
            under.delete(task);
            pulse();
          });
        under.add(task);
      }
      if (next.length === 0) await rest(1_000);
      else await rest(0);
    }
    await Promise.all(under);
  }

  let stopSleeping = () => {};
  const sleepUnlessStopped = (ms: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, ms);
      stopSleeping = () => {
        clearTimeout(timer);
        done();
      };
    });

  async function askAll(): Promise<boolean> {
    let moved = false;
    const ids = outbox.toAsk(ASK_AT_ONCE);
    if (ids.length === 0) return false;
    const told = new Map((await hub.ask(ids)).map((each) => [each.id, each]));
    for (const id of ids) {
      const one = told.get(id);
      if (!one || one.state === 'pending') continue;
      moved = true;
      if (one.state === 'unknown') outbox.lost(id);
      else outbox.settled(id, one.state, one.answer);
    }
    return moved;
  }

  let stopAsking = () => {};
  async function ask(): Promise<void> {
    let waitMs = ASK_FIRST_MS;
    let reachedAt = 0;
    while (!stopped) {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, waitMs);
        stopAsking = () => {
          clearTimeout(timer);
          done();
        };
      });
      if (stopped) return;
      try {
        const { count } = outbox.figures().received;
        const moved = count > 0 && (await askAll());
        waitMs = moved || count > 0 ? (moved ? ASK_FIRST_MS : Math.min(waitMs * 1.5, 5_000)) : ASK_FIRST_MS;
        if (count === 0 && now() - reachedAt > REACH_MS) {
          reachedAt = now();
          await hub.reach();
        }
      } catch (error) {
        waitMs = Math.min(waitMs * 2, ASK_LONGEST_MS);
        if (!state.trouble) state.trouble = { why: reasonOf(error), retryAt: now(), failures };
      }
    }
  }

  const running = Promise.all([send().catch(onError), ask().catch(onError)]);
  return {
    state: state as Readonly<Sending>,
    /** Tries now, whatever the wait. */
    tryNow() {
      if (state.trouble) state.trouble.retryAt = 0;
      stopSleeping();
      pulse();
    },
    /** Ends when what is under way has ended. */
    async stop() {
      stopped = true;
      off();
      stopSleeping();
      stopAsking();
      pulse();
      await running;
    },
  };
}
