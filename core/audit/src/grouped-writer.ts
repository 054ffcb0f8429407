import { outcomeError, type AccessEvent } from '@yba/fhir';

/** Events waiting beyond this many are refused: the reads they belong to fail rather than go unlogged. */
const WAITING_MAX = 10_000;

/** Most events in one insert. */
const GROUP_MAX = 500;

/**
 * While events come several at once, a group of fewer than this leaves no sooner than so many ms after the one before it:
 * a commit costs 370 µs of processor, a row 25.
 */
const ENOUGH = 16;
const PACE_MS = 8;

type Waiting = { event: AccessEvent; done: () => void; failed: (error: unknown) => void };

/**
 * Groups single events into multi-row inserts. A lone read leaves at once and waits for one commit; many at once share
 * commits, of which one follows the other at a pace.
 * `add` resolves when the event is durable. Throws `transient` when the log cannot be written.
 */
export function groupedWriter(write: (events: readonly AccessEvent[]) => Promise<void>) {
  let waiting: Waiting[] = [];
  let writing = false;
  let hasCompany = false;
  let leftAt = 0;
  let pause: NodeJS.Timeout | undefined;

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
    leftAt = performance.now();
    const group = waiting.slice(0, GROUP_MAX);
    waiting = waiting.slice(GROUP_MAX);
    hasCompany = group.length > 1;
    await writeGroup(group);
    writing = false;
    schedule();
  };

  const schedule = () => {
    if (writing || waiting.length === 0) return;
    const early = hasCompany ? PACE_MS - (performance.now() - leftAt) : 0;
    if (early > 0 && waiting.length < ENOUGH) {
      pause ??= setTimeout(() => {
        pause = undefined;
        schedule();
      }, early);
      return;
    }
    clearTimeout(pause);
    pause = undefined;
    writing = true;
    setImmediate(() => void leave()); // what arrives in the same turn of the loop goes along
  };

  return {
    add(event: AccessEvent): Promise<void> {
      if (waiting.length >= WAITING_MAX)
        return Promise.reject(outcomeError('transient', 'The access log is behind; try again shortly.'));
      return new Promise((done, failed) => {
        waiting.push({ event, done, failed });
        schedule();
      });
    },
  };
}
