import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, packFrames, RAW_LIMIT } from './frame.ts';
import { decompress } from './zstd.ts';

const textsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `{"tên":"${name} ${n}","ghi chú":"Đau ${'ê'.repeat(n)}"}`);

const inPieces = (text: string) => [text.slice(0, 3), text.slice(3)];

test('texts of several frames are taken in any order, two readers in turns', () => {
  const all = ['một', 'hai', 'ba'].map((name) => textsOf(name, 30));
  const packed = all.map((texts) => packFrames(texts.map(inPieces), undefined, 1));
  const readers = [new FrameReader(), new FrameReader()];
  for (const { frames } of packed)
    for (const { id, body } of frames) for (const reader of readers) reader.add(id, body);
  for (let n = 0; n < 30; n++)
    packed.forEach(({ places }, at) => {
      assert.equal(readers[n % 2]!.text(places[n]!), all[at]![n]);
      decompress(packed[(at + 1) % 3]!.frames[0]!.body); // somebody else opens another one between
    });
});

test('a frame is closed before it is longer than the limit, and a longer text has one to itself', () => {
  const texts = ['a'.repeat(RAW_LIMIT - 10), 'ế'.repeat(4), 'b'.repeat(3 * RAW_LIMIT), 'c', 'd'];
  const { frames, places } = packFrames(texts.map(inPieces), undefined, 1);
  assert.deepEqual(
    places.map(({ frame }) => frames.findIndex(({ id }) => id === frame)),
    [0, 1, 2, 3, 3],
  );
  const reader = new FrameReader();
  for (const { id, body } of frames) reader.add(id, body);
  assert.deepEqual(
    places.map((place) => reader.text(place)),
    texts,
  );
});
