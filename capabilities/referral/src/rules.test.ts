import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWorkingDay, validUntil } from './rules.ts';

const until = (signed: string, yearLong = false) => validUntil(new Date(signed), yearLong).toISOString();

test('a transfer paper holds to the end of its tenth working day in Viet Nam', () => {
  // a Monday: ten working days are two weeks
  assert.equal(until('2026-11-09T09:00:00+07:00'), '2026-11-23T16:59:59.000Z');
  // signed on a Saturday, and at an hour that is still Friday in Greenwich
  assert.equal(until('2026-11-28T01:00:00+07:00'), '2026-12-11T16:59:59.000Z');
});

test('Tết and other public holidays do not count', () => {
  assert.equal(isWorkingDay('2026-02-17'), false);
  assert.equal(isWorkingDay('2026-04-30'), false);
  assert.equal(isWorkingDay('2026-11-28'), false, 'a Saturday');
  assert.equal(isWorkingDay('2026-11-27'), true);
  // five days of Tết fall between: three weeks
  assert.equal(until('2026-02-09T09:00:00+07:00'), '2026-03-02T16:59:59.000Z');
});

test('for a disease of annex III it holds a year, to the last day of a shorter month', () => {
  assert.equal(until('2026-11-28T09:00:00+07:00', true), '2027-11-28T16:59:59.000Z');
  assert.equal(until('2028-02-29T09:00:00+07:00', true), '2029-02-28T16:59:59.000Z');
});
