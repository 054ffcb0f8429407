import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { officialExamples } from '@yba/fhir/testing';
import { compress, decompress } from './zstd.ts';

test('gives back what was put in, small and large, like and unlike the dictionary', () => {
  const examples = officialExamples().map((example) => Buffer.from(JSON.stringify(example)));
  const all = Buffer.concat(examples);
  for (const bytes of [...examples, Buffer.from('{}'), Buffer.alloc(0), randomBytes(200_000), all])
    assert.ok(decompress(compress(bytes)).equals(bytes), `${bytes.length} bytes`);
});

test('opens frames of the first release, which had no dictionary', () => {
  for (const size of [10, 3000, 300_000]) {
    const bytes = Buffer.from('{"resourceType":"Patient"}'.repeat(size / 10));
    assert.ok(decompress(zstdCompressSync(bytes)).equals(bytes));
  }
});

test('refuses a broken frame, and opens the next one', () => {
  const whole = Buffer.from(JSON.stringify(officialExamples()[0]));
  const frame = compress(whole);
  for (const cut of [
    frame.subarray(0, 20),
    frame.subarray(0, -3),
    Buffer.concat([frame.subarray(0, 30), randomBytes(50)]),
  ])
    assert.throws(() => decompress(cut));
  assert.ok(decompress(frame).equals(whole));
  assert.ok(decompress(compress(whole)).equals(whole));
});
