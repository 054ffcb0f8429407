import type { Interactions } from '@yba/fhir';
import type { Capability } from '@yba/http';
import { sweepAnswers } from './answers.ts';
import { FanOut } from './fan-out.ts';
import { withLiveSources } from './federate.ts';
import type { LiveDesk, LiveSourceOptions } from './live-desk.ts';
import { retrieveOperation } from './retrieve.ts';
import { sourceBook } from './sources.ts';

/** Hospitals that keep detail at home, asked when somebody asks. Decision: docs/decisions/0082-live-sources.md */
export type LiveSources = {
  capability: Capability;
  /** The interactions of the door, where searches about a person ask these sources too. */
  interactions(store: Interactions): Interactions;
  /** Calls with a person key when a late answer about them has come, in any process. Answers how to stop. */
  listen(came: (person: string) => void): Promise<() => Promise<void>>;
  /** Drops answers that are too old to be shown. */
  sweep(): Promise<number>;
};

const CHANNEL = 'live_answer';

/** Late answers about one person within this time are told once, in ms. */
const TOGETHER_MS = 200;

export async function createLiveSources(options: LiveSourceOptions): Promise<LiveSources> {
  const { sql, secrets, onError } = options;
  const book = await sourceBook(sql, secrets, onError);
  const toTell = new Set<string>();
  const onLate = (person: string) => {
    if (toTell.size === 0)
      setTimeout(() => {
        const persons = [...toTell];
        toTell.clear();
        for (const one of persons) sql`select pg_notify(${CHANNEL}, ${one})`.catch(onError);
      }, TOGETHER_MS).unref();
    toTell.add(person);
  };
  const desk: LiveDesk = { ...options, book, fanOut: new FanOut({ ...options, book, onLate }) };
  return {
    capability: { name: 'live-sources', operations: [retrieveOperation(desk)] },
    interactions: (store) => withLiveSources(desk, store),
    async listen(came) {
      const { unlisten } = await sql.listen(CHANNEL, came);
      return unlisten;
    },
    sweep: () => sweepAnswers(sql),
  };
}
