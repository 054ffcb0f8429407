import { compareWaiting } from '@yba/client-registry';
import type { Repository } from '@yba/repository';
import type { DatabasePools } from './pools.ts';

/** Patients compared with everybody at a time, and how much longer than the work the rest lasts. */
const COMPARED = 20;
const REST = 4;

/** How long to wait when nobody waits, in ms. */
const IDLE_MS = 1_000;

/** Compares newcomers with everybody for the identity work list: a fifth of a processor at most. Answers how to stop. */
export function runComparisons(
  repository: Pick<Repository, 'current'>,
  { owner }: Pick<DatabasePools, 'owner'>,
  onError: (error: unknown, doing: string) => void,
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let turn: Promise<void> = Promise.resolve();
  const schedule = (ms: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      turn = take();
    }, ms).unref();
  };
  const take = async () => {
    const from = performance.now();
    const taken = await compareWaiting(owner, repository, COMPARED).catch((error: unknown) => {
      if (!stopped) onError(error, 'comparing newcomers');
      return 0;
    });
    schedule(taken === 0 ? IDLE_MS : Math.max(20, (performance.now() - from) * REST));
  };
  schedule(IDLE_MS);
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await turn;
  };
}
