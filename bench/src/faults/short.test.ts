// The short form of `yba bench faults`: every process is killed, every line breaks, and nothing is lost, doubled or hidden.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFaults } from './run.ts';

test('what two hospitals sent while everything failed is on the charts once, and no answer hid what it lacked', async () => {
  const { findings, tally } = await runFaults({
    seed: 7,
    faults: 25,
    forMs: 6_000,
    persons: 3,
    messages: 60,
    pauseMs: 60,
    workers: 1,
    ownDisk: false,
    only: [
      'connections cut',
      'partition',
      'line refuses',
      'kill -9 hospital',
      'kill -9 hub',
      'kill -9 edge',
      'restart of the edge',
      'kill -9 PostgreSQL',
      'disk full',
      'source away',
      'source answers about somebody else',
    ],
    log: () => {},
  });
  assert.deepEqual(findings, []);
  assert.ok(tally.acknowledged >= 3, `only ${tally.acknowledged} messages were acknowledged`);
  assert.ok(tally.shown >= 3, `only ${tally.shown} things on the charts`);
  assert.ok(Object.keys(tally.faults).length >= 4, JSON.stringify(tally.faults));
});
