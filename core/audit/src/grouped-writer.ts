import { outcomeError, type AccessEvent } from '@yba/fhir';

/** Events waiting beyond this many are refused: the reads they belong to fail rather than go unlogged. */
const WAITING_MAX = 10_000;

/** Most events in one insert. */
const GROUP_MAX = 500;

/**
 * So many are a group worth its commit, and so long at most, in ms, the first of a group waits for company: a commit costs
 * 370 µs of processor, a row 25.
 */
const ENOUGH = 32;
const PATIENCE_MS = 8;

type Waiting = { event: AccessEvent; since: number; done: () => void; failed: (error: unknown) => void };

/**
 * Groups single events into multi-row inserts. A group leaves when as many wait as are still on their way (`coming`), so
 * that a lone read waits for nobody, and half of many are worked on while the other half is made durable.
 * `add` resolves when the event is durable. Throws `transient` when the log cannot be written.
 */
export function groupedWriter(write: (events: readonly AccessEvent[]) => Promise<void>) {
  let waiting: Waiting[] = [];
  let writing = false;
  let underWay = 0;
  let patience: NodeJS.Timeout | undefined;

  const writeGroup = async (group: Waiting[]) => {
    try {
      await write(group.map(({ event }) => event));
      for (const { done } of group) done();
    } catch (cause) {
      const error = Object.assign(
        outcomeError(
          'transient',
          'The access log cannot be written, so nothing is shown; try again shortly.',
        ),
        { cause },
      );
      for (const { failed } of group) failed(error);
    }
  };

  const leave = async () => {
    const group = waiting.slice(0, GROUP_MAX);
    waiting = waiting.slice(GROUP_MAX);
    await writeGroup(group);
    writing = false;
    schedule();
  };

  const schedule = () => {
    if (writing || waiting.length === 0) return;
    const early = PATIENCE_MS - (performance.now() - waiting[0]!.since);
    const onTheirWay = underWay - waiting.length;
    if (early > 0 && waiting.length < Math.min(ENOUGH, onTheirWay)) {
      patience ??= setTimeout(() => {
        patience = undefined;
        schedule();
      }, early);
      return;
    }
    clearTimeout(patience);
    patience = undefined;
    writing = true;
    setImmediate(() => void leave()); // what arrives in the same turn of the loop goes along
  };

  return {
    /** Something is on its way of which an event will be added, most likely. Answers how to say that it has ended. */
    coming(): () => void {
      underWay += 1;
      return () => void (underWay -= 1);
    },
    add(event: AccessEvent): Promise<void> {
      if (waiting.length >= WAITING_MAX)
        return Promise.reject(outcomeError('transient', 'The access log is behind; try again shortly.'));
      return new Promise((done, failed) => {
        waiting.push({ event, since: performance.now(), done, failed });
        schedule();
      });
    },
  };
}
