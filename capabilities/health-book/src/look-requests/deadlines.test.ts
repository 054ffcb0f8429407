import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueOf, remindFrom } from './deadlines.ts';

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

test('public holidays are no working days, and a deadline that falls on one ends with the next working day', () => {
  assert.equal(told(dueOf('ask', local('2026-02-13T09:00'))), '2026-02-24T23:59', 'Friday before Tết');
  assert.equal(told(dueOf('ask', local('2026-04-29T09:00'))), '2026-05-05T23:59', '30 April, 1 May');
  assert.equal(told(dueOf('correct', local('2026-08-23T09:00'))), '2026-09-03T23:59', '2 September');
  assert.equal(told(dueOf('object', local('2026-11-27T09:00'))), '2026-12-14T23:59', 'a Saturday');
});

test('the facility is reminded from the working day before the last', () => {
  const from = (asked: string) => told(remindFrom(dueOf('ask', local(asked))));
  assert.equal(from('2026-11-23T09:00'), '2026-11-24T00:00');
  assert.equal(from('2026-11-26T09:00'), '2026-11-27T00:00', 'due on a Monday');
  assert.equal(from('2026-02-13T09:00'), '2026-02-23T00:00');
});
