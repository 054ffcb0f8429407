import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closePools, connectionsMost, openPools } from './pools.ts';

test('the database is made for the connections of all processes, and some beside', async () => {
  const pools = openPools('postgres://nobody@localhost/nothing'); // connects to nothing until it is asked
  const each = Object.values(pools).reduce((sum, { options }) => sum + options.max, 0);
  await closePools(pools);
  for (const [workers, processes] of [
    [1, 1],
    [2, 3],
    [8, 9],
    [64, 65],
  ] as const)
    assert.ok(connectionsMost({ workers }) >= processes * (each + 1) + 10, String(workers));
});
