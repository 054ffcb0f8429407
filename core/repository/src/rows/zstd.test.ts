import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compress, decompress } from './zstd.ts';

const visit = Buffer.from('{"resourceType":"Observation","status":"final"}'.repeat(300));

test('what is compressed comes back, whatever its size', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('{}'),
    visit,
    randomBytes(64 * 1024),
    randomBytes(2 ** 21),
    Buffer.alloc(2 ** 22),
  ])
    assert.ok(decompress(compress(bytes)).equals(bytes), `${bytes.length} bytes`);
});

test('frames are those of zstd, both ways', () => {
  assert.ok(zstdDecompressSync(compress(visit)).equals(visit));
  assert.ok(decompress(zstdCompressSync(visit)).equals(visit));
});

test('one after the other, nothing of an earlier frame remains', () => {
  for (let n = 0; n < 100; n++) {
    const bytes = randomBytes(n * 37);
    assert.ok(decompress(compress(bytes)).equals(bytes));
  }
});

test('a broken frame is refused, and the next good one is read', () => {
  const frame = compress(visit);
  const broken = Buffer.from(frame);
  broken.fill(0xff, 4, 40);
  assert.throws(() => decompress(broken));
  assert.throws(() => decompress(frame.subarray(0, frame.length - 20)));
  assert.throws(() => decompress(Buffer.from('no frame')));
  assert.ok(decompress(frame).equals(visit));
});
