import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameCache } from './frame-cache.ts';

test('a kept frame holds no more memory than is counted, however it was cut out of a larger one', () => {
  const limit = 64 * 1024;
  const cache = new FrameCache(limit);
  for (let n = 0; n < 1_000; n++) cache.keep(`frame ${n}`, Buffer.from(`body of frame ${n}`));
  let held = 0;
  let count = 0;
  for (let n = 0; n < 1_000; n++) {
    const body = cache.get(`frame ${n}`);
    if (!body) continue;
    assert.equal(body.toString(), `body of frame ${n}`);
    held += body.buffer.byteLength;
    count += 1;
  }
  assert.ok(cache.get('frame 999'), 'the latest is kept');
  assert.ok(count > 50 && count < 1_000);
  assert.ok(
    held <= cache.bytes && cache.bytes <= limit,
    `${held} bytes held, ${cache.bytes} counted, of ${limit}`,
  );
});
