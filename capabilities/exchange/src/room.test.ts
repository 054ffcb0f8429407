import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyTurns } from '@yba/http';
import { inRoom } from './room.ts';

const MIB = 1024 * 1024;
const desk = { room: bodyTurns({ workingBytes: 16 * MIB }) };

test('small documents are filed side by side, large ones one after the other, none too large for its turn', async () => {
  let underWay = 0;
  let most = 0;
  const file = async () => {
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    underWay--;
  };
  await Promise.all(Array.from({ length: 8 }, () => inRoom(desk, 1000, file)));
  assert.equal(most, 8);
  most = 0;
  await Promise.all(Array.from({ length: 8 }, () => inRoom(desk, 14 * MIB, file)));
  assert.equal(most, 1);
});

test('a large document leaves room for the small bodies of requests', async () => {
  let begun = false;
  await inRoom(desk, 14 * MIB, async () => {
    const small = desk.room.take(100_000, () => (begun = true), assert.fail);
    small.leave();
  });
  assert.ok(begun);
});

test('a document that could not be filed gives its room back', async () => {
  await assert.rejects(
    inRoom(desk, 14 * MIB, () => Promise.reject(new Error('refused'))),
    /refused/,
  );
  assert.equal(await inRoom(desk, 14 * MIB, () => Promise.resolve('filed')), 'filed');
});
