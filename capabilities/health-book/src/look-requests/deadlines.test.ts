import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueOf } from './deadlines.ts';

const local = (text: string) => new Date(`${text}+07:00`);
const told = (due: Date) => new Date(due.getTime() + 7 * 3_600_000).toISOString().slice(0, 16);

test('a question is answered within two working days, weekends left out', () => {
  assert.equal(told(dueOf('ask', local('2026-11-23T09:00'))), '2026-11-25T23:59'); // Monday
  assert.equal(told(dueOf('ask', local('2026-11-26T09:00'))), '2026-11-30T23:59'); // Thursday
  assert.equal(told(dueOf('ask', local('2026-11-27T23:30'))), '2026-12-01T23:59'); // Friday night
  assert.equal(told(dueOf('ask', local('2026-11-28T00:10'))), '2026-12-01T23:59'); // Saturday
});

test('a correction is acted on within ten days, an objection within fifteen', () => {
  assert.equal(told(dueOf('correct', local('2026-11-23T09:00'))), '2026-12-03T23:59');
  assert.equal(told(dueOf('object', local('2026-11-23T09:00'))), '2026-12-08T23:59');
});
