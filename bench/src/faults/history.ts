import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** One thing a message makes true on the chart: the resource with this key shows this marker. */
export type Effect = { key: string; marker: string };

/** What was planned to be sent, before anything was. */
export type Planned = {
  kind: 'planned';
  id: string;
  hospital: string;
  person: number;
  /** The document it is about and which version of it: a correction is the next one. */
  document: string;
  version: number;
  effects: readonly Effect[];
  /** The hospital's record number of the person, under which it is said. */
  record: string;
  /** The person's records of that hospital are on the chart from then on. */
  links: boolean;
};

/** The moments are those of one clock of the machine that nobody sets (CLOCK_MONOTONIC), in ms. */
export type Event = { at: number } & (
  | Planned
  | { kind: 'fault'; fault: string; on: string }
  | { kind: 'sent'; id: string; attempt: number }
  /** The hospital's edge agent has answered for it; `edgeId` is what it calls the message towards the hub. */
  | { kind: 'kept'; id: string; edgeId: string }
  /** It is filed in the chart, as the hub said, or the agent after the hub. */
  | { kind: 'acknowledged'; id: string; duplicate: boolean }
  /** A page of an agent that was green: asked at `began`, answered at `at`. */
  | { kind: 'green'; hospital: string; began: number }
  /** How the hub's own books have a message at the end; `seq` is the order of receipt, `settled` when its filing began. */
  | {
      kind: 'book';
      edgeId: string;
      state: 'received' | 'retrying' | 'filed' | 'refused';
      seq: number;
      settled?: number;
    }
  /** From here on everything is mended. */
  | { kind: 'healed' }
  | { kind: 'refused'; id: string; status: number; why: string }
  | {
      kind: 'read';
      person: number;
      reader: string;
      /** When it was asked; `at` is when the answer had come. */
      began: number;
      /** By key what is shown, each as often as it is shown. */
      shown: readonly (Effect & { version: number })[];
      /** Whether the answer itself says that it may lack something of what was sent here. */
      declared: boolean;
      /** What the live source holds of this person: whether it was shown, and how the answer says the source stands. */
      source?: { shown: boolean; state: string | undefined };
      /** A reading after everything was healed: then nothing may be missing, and all readers see the same. */
      last: boolean;
    }
);

/** Now, by the clock that all processes of the machine share and none can set. */
export const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

type Bare<E> = E extends unknown ? Omit<E, 'at'> : never;

/** A history as it is written: each event is on disk before the call returns, so that a killed process has told all it knew. */
export type Recorder = { note(event: Bare<Event>): void; close(): void };

export function recordTo(file: string): Recorder {
  const descriptor = openSync(file, 'a');
  return {
    note(event) {
      writeSync(descriptor, `${JSON.stringify({ at: now(), ...event })}\n`);
      fsyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
}

/** The events of some files in the order of their moments; a line that a kill cut off is left out. */
export function readHistory(files: readonly string[]): Event[] {
  const events = files.flatMap((file) =>
    readFileSync(file, { encoding: 'utf8', flag: 'a+' })
      .split('\n')
      .flatMap((line): Event[] => {
        try {
          return line === '' ? [] : [JSON.parse(line) as Event];
        } catch {
          return [];
        }
      }),
  );
  return events.sort((a, b) => a.at - b.at);
}

/** Writes one history of many. */
export function joinHistory(file: string, events: readonly Event[]): void {
  for (let at = 0; at < events.length; at += 1_000)
    appendFileSync(
      file,
      `${events
        .slice(at, at + 1_000)
        .map((event) => JSON.stringify(event))
        .join('\n')}\n`,
    );
}
