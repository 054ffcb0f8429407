import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { AccessEvent } from '@yba/fhir';
import { groupedWriter } from './grouped-writer.ts';

const event = (requestId: string) => ({ requestId }) as AccessEvent;

/** A writer whose commits end when told, and what it has written. */
function slowWriter() {
  const groups: string[][] = [];
  const ends: (() => void)[] = [];
  const writer = groupedWriter((events) => {
    groups.push(events.map(({ requestId }) => requestId));
    return new Promise((end) => ends.push(end));
  });
  return { ...writer, groups, endCommit: () => ends.shift()!() };
}

test('a lone read leaves at once, and waits for nobody', async () => {
  const { coming, add, groups, endCommit } = slowWriter();
  const ended = coming();
  const durable = add(event('alone'));
  await turn();
  assert.deepEqual(groups, [['alone']]);
  endCommit();
  await durable;
  ended();
});

test('of many reads under way a group leaves when as many wait as are still on their way', async () => {
  const { coming, add, groups, endCommit } = slowWriter();
  const ends = Array.from({ length: 8 }, () => coming());
  const durable = ['1', '2', '3', '4'].map((one) => add(event(one)));
  await turn();
  assert.deepEqual(groups, [['1', '2', '3', '4']]);
  const later = ['5', '6'].map((one) => add(event(one)));
  await turn();
  assert.equal(groups.length, 1, 'one commit at a time');
  endCommit();
  await Promise.all(durable);
  for (const end of ends.splice(0, 4)) end();
  const last = add(event('7'));
  await turn();
  assert.deepEqual(groups[1], ['5', '6', '7'], 'those answered are no longer on their way');
  endCommit();
  await Promise.all([...later, last]);
});

test('who is on their way and does not come holds nobody up for good', async () => {
  const { coming, add, groups, endCommit } = slowWriter();
  for (let n = 0; n < 40; n++) coming();
  const durable = add(event('patient'));
  while (groups.length === 0) await turn();
  endCommit();
  await durable;
  assert.deepEqual(groups, [['patient']]);
});

test('a commit that fails refuses the reads of its group alone, as something to try again', async () => {
  let fails = true;
  const { add } = groupedWriter(async () => {
    if (fails) throw new Error('disk full');
  });
  await assert.rejects(add(event('first')), { code: 'transient' });
  fails = false;
  await add(event('second'));
});
