import { parseJson, type Resource } from '@yba/fhir';
import type { Outbox } from '../outbox/outbox.ts';
import { peopleIn } from './people-in.ts';
import type { Twin } from './twin.ts';

/** Messages copied with one commit. */
const BATCH = 10;
/** How far the outbox has been copied. */
const COPIED = 'copied-through';

type Options = { outbox: Outbox; twin: Twin; facility: string; onError(error: unknown): void };

/**
 * Copies what passes the edge into the twin, from where it ended last: each message once, whatever ends the process. A message
 * is in the outbox before, so nothing waits for this.
 */
export function copyPassed({ outbox, twin, facility, onError }: Options): {
  /** Resolves when what has passed until now is copied. */
  done(): Promise<void>;
  stop(): Promise<void>;
} {
  let stopped = false;
  let running: Promise<void> | undefined;
  let again = false;

  const round = async () => {
    while (!stopped) {
      const rows = outbox.passedSince(Number(twin.fact(COPIED) ?? 0), BATCH);
      if (rows.length === 0) return;
      const told = await Promise.all(
        rows.map(async (row) => ({ row, people: await peopleOf(row.text, facility, onError) })),
      );
      twin.atomic(() => {
        for (const { row, people } of told) {
          const { seq, patient, ...passed } = row;
          for (const person of people) twin.notePerson(person, passed.keptAt);
          const patients = new Set([...people.map((person) => person.patient), patient]);
          twin.keepPassed(
            seq,
            [...patients].filter((each) => each !== '' && each !== '*'),
            passed,
          );
        }
        twin.setFact(COPIED, String(rows.at(-1)!.seq));
      });
    }
  };
  const start = () => {
    if (running) {
      again = true;
      return;
    }
    running = round()
      .catch(onError)
      .finally(() => {
        running = undefined;
        if (again && !stopped) {
          again = false;
          start();
        }
      });
  };
  const off = outbox.onChange(start);
  start();
  return {
    async done() {
      start();
      while (running) await running;
    },
    async stop() {
      stopped = true;
      off();
      await running;
    },
  };
}

/** The people of a message; of one that cannot be read nobody, so that it holds up none behind it. */
async function peopleOf(text: string, facility: string, onError: (error: unknown) => void) {
  try {
    const { entry = [] } = parseJson(text) as { entry?: { resource?: Resource }[] };
    return await peopleIn(
      entry.flatMap(({ resource }) => resource ?? []),
      facility,
    );
  } catch (error) {
    onError(error);
    return [];
  }
}
