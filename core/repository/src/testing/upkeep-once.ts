import { connect } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { erase } from '../upkeep/erase.ts';
import { repack } from '../upkeep/repack.ts';
import { scanForTraces } from '../upkeep/traces.ts';
import { verify } from '../upkeep/verify.ts';

const silent = { progress: () => {} };

const withOwner =
  <Args extends unknown[], T>(work: (owner: Sql, ...args: Args) => Promise<T>) =>
  (url: string, ...args: Args): Promise<T> =>
    work(connect(url, { max: 4 }), ...args);

/** What `yba admin verify`, `repack` and `erase` do to a store, each to be done in a process of its own. */
export const verifyOnce = withOwner(async (owner) => (await verify(owner, silent)).problems);
export const repackOnce = withOwner(
  async (owner) => (await repack(owner, { ...silent, graceMs: 0 })).persons,
);
export const scanOnce = withOwner((owner, strings: string[]) => scanForTraces(owner, strings, silent));
export const eraseOnce = withOwner(async (owner, reference: string) => {
  const erased = await erase(owner, { reference }, { by: 'test', reason: 'test' });
  return [erased.versions, erased.frames, erased.survivors];
});
