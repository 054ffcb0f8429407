import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimit } from './rate-limit.ts';

test('a clock of the machine that is set back by an hour empties no bucket', async () => {
  const clock = Date.now;
  let setBackMs = 0;
  Date.now = () => clock() - setBackMs;
  try {
    const limit = createRateLimit({ perMinute: 60, burst: 3 });
    await limit.take('one');
    setBackMs = 3_600_000;
    await limit.take('one');
    await limit.take('one');
    await assert.rejects(limit.take('one'), { code: 'throttled' });
  } finally {
    Date.now = clock;
  }
});
