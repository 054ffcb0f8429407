import { outcomeError } from '@yba/fhir';
import { Turns } from '@yba/http';
import type { Draft } from './change.ts';

/** How many conditions one process carries out at once: each is a question, and some kilobytes until it is answered. */
export const CONDITIONS_MOST = 10_000;

/** Whether so many are more than any visit asks. */
export const areMany = (conditions: number): boolean => conditions > 100;

/** How long one waits for its turn, in ms; then who asked is told to come again. */
const PATIENCE_MS = 15_000;

const turns = new Turns({ capacity: CONDITIONS_MOST, patienceMs: PATIENCE_MS });

const full = () =>
  outcomeError(
    'transient',
    'More conditions are looked up at once than the server can hold; try again shortly.',
  );

/**
 * Does what carries out so many conditions when there is room for it: six Bundles of 700 kB with ten thousand each ended the
 * server. Few wait for nobody. Throws `transient` when it takes too long.
 */
export function inTurnOfConditions<T>(conditions: number, work: () => Promise<T>): Promise<T> {
  return areMany(conditions) ? turns.during(conditions, full, work) : work();
}

/** How many conditions a request has, each as often as it stands there. */
export function conditionsIn(drafts: readonly Draft[]): number {
  let count = 0;
  for (const { condition, places } of drafts) {
    if (condition) count++;
    for (const { reference } of places) if (reference.includes('?')) count++;
  }
  return count;
}
