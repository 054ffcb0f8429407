// The short form of `yba bench faults`: every process is killed, every line breaks, and nothing is lost, doubled or hidden.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFaults } from './run.ts';

test('what two hospitals sent while everything failed is on the charts once, and no answer hid what it lacked', async () => {
  const { findings, tally } = await runFaults({
    seed: 7,
    faults: 0,
    forMs: 0,
    persons: 2,
    messages: 16,
    pauseMs: 50,
    workers: 1,
    ownDisk: false,
    script: [
      'connections cut',
      'kill -9 edge',
      'kill -9 hub',
      'partition',
      'kill -9 hospital',
      'source away',
      'kill -9 PostgreSQL',
      'connections cut',
      'line refuses',
      'disk full',
      'connections cut',
    ],
    log: () => {},
  });
  assert.deepEqual(findings, []);
  assert.ok(tally.acknowledged >= 6, `only ${tally.acknowledged} messages were acknowledged`);
  assert.ok(tally.kept >= 3, `only ${tally.kept} messages went by an agent`);
  assert.ok(tally.shown >= 6, `only ${tally.shown} things on the charts`);
  assert.ok(Object.keys(tally.faults).length >= 8, JSON.stringify(tally.faults));
});
