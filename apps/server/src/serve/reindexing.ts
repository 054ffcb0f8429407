import { OutcomeError } from '@yba/fhir';
import { reindex, reindexState } from '@yba/repository';
import type { DatabasePools } from './pools.ts';

/** How often is looked whether rows carry search terms of an older revision, in ms. */
const LOOK_MS = 10 * 60 * 1000;

/**
 * Rewrites, beside live writes, the search terms that a new SearchParameter or a new release left behind: searches
 * find such rows all the same, but slower. One process at a time does it. Answers how to stop.
 */
export function runReindexing(
  pools: DatabasePools,
  onError: (error: unknown, doing: string) => void,
  lookMs = LOOK_MS,
): () => Promise<void> {
  const stopped = new AbortController();
  let turn: Promise<void> = Promise.resolve();
  const take = async () => {
    try {
      const { left } = await reindexState(pools);
      if (left > 0) await reindex(pools, { signal: stopped.signal });
    } catch (error) {
      const isTaken = error instanceof OutcomeError && error.code === 'conflict';
      if (!isTaken && !stopped.signal.aborted) onError(error, 'reindexing');
    }
  };
  let isTaking = false;
  const timer = setInterval(() => {
    if (isTaking) return;
    isTaking = true;
    turn = take().finally(() => (isTaking = false));
  }, lookMs);
  timer.unref();
  return async () => {
    stopped.abort();
    clearInterval(timer);
    await turn;
  };
}
