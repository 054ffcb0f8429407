import { outcomeError, type AccessEvent } from '@yba/fhir';

/** Events waiting beyond this many are refused: the reads they belong to fail rather than go unlogged. */
const WAITING_MAX = 10_000;

/** Most events in one insert. */
const GROUP_MAX = 500;

type Waiting = { event: AccessEvent; done: () => void; failed: (error: unknown) => void };

/**
 * Groups single events into multi-row inserts. A group leaves as soon as the one before it is durable, so a lone
 * read waits for one commit and a thousand at once share a few; nothing waits for a timer.
 * `add` resolves when the event is durable. Throws `transient` when the log cannot be written.
 */
export function groupedWriter(write: (events: readonly AccessEvent[]) => Promise<void>) {
  let waiting: Waiting[] = [];
  let writing = false;

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

  const run = async () => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_MAX);
      waiting = waiting.slice(GROUP_MAX);
      await writeGroup(group);
    }
    writing = false;
  };

  return {
    add(event: AccessEvent): Promise<void> {
      if (waiting.length >= WAITING_MAX)
        return Promise.reject(outcomeError('transient', 'The access log is behind; try again shortly.'));
      return new Promise((done, failed) => {
        waiting.push({ event, done, failed });
        if (writing) return;
        writing = true;
        setImmediate(() => void run()); // what arrives in the same turn of the loop goes along
      });
    },
  };
}
