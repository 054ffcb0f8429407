import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Lanes } from './lanes.ts';

/** Two lanes whose runs end when they are told; `runs` are the names each took, in the order they began. */
function someLanes() {
  const runs: string[][] = [];
  const ends: (() => void)[] = [];
  const lanes = new Lanes<{ name: string; size: number }>(
    { lanes: 2, jobs: 10, size: 100, waiting: 100 },
    async (jobs) => {
      runs.push(jobs.map(({ name }) => name));
      await new Promise<void>((resolve) => ends.push(resolve));
      return [];
    },
  );
  const add = async (...names: string[]) => {
    for (const name of names) lanes.add({ name, size: 1 });
    await nextTurn();
    await nextTurn();
  };
  const end = async (run: number) => {
    ends[run]!();
    await nextTurn();
    await nextTurn();
  };
  return { runs, add, end };
}

test('one that comes alone waits for nobody, nor does the next', async () => {
  const { runs, add } = someLanes();
  await add('a');
  await add('b');
  assert.deepEqual(runs, [['a'], ['b']]);
});

test('beside a run another begins once as many wait as that took', async () => {
  const { runs, add } = someLanes();
  await add('a', 'b', 'c');
  await add('d', 'e');
  assert.deepEqual(runs, [['a', 'b', 'c']]);
  await add('f');
  assert.deepEqual(runs, [
    ['a', 'b', 'c'],
    ['d', 'e', 'f'],
  ]);
});

test('whoever waits is taken when nothing runs any more, however few they are', async () => {
  const { runs, add, end } = someLanes();
  await add('a', 'b', 'c');
  await add('d');
  await end(0);
  assert.deepEqual(runs, [['a', 'b', 'c'], ['d']]);
});
