import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayOf, dayText, dayTyped } from './day-text.ts';

const typed = (keys: string, time = false) =>
  [...keys].reduce((text, key) => dayTyped(text, text + key, time), '');

test('a day is read however it is typed, day before month', () => {
  for (const text of ['1/3/2026', '01/03/2026', ' 01.03.2026 ', '1-3-2026', '01032026', '2026-03-01'])
    assert.equal(dayOf(text), '2026-03-01', text);
});

test('what is no day is none', () => {
  for (const text of ['', '31/02/2026', '29/02/2025', '03/13/2026', '0/1/2026', '1/3/26', '01/03', 'mai'])
    assert.equal(dayOf(text), undefined, text);
  assert.equal(dayOf('29/02/2024'), '2024-02-29');
});

test('a time belongs to the day where one is asked for', () => {
  for (const text of ['1/3/2026 8:05', '01/03/2026 08:05', '01/03/2026 8h05', '2026-03-01T08:05'])
    assert.equal(dayOf(text, true), '2026-03-01T08:05', text);
  assert.equal(dayOf('01/03/2026 8', true), '2026-03-01T08:00');
  for (const text of ['01/03/2026', '01/03/2026 24:00', '01/03/2026 8:60', '8:05'])
    assert.equal(dayOf(text, true), undefined, text);
});

test('strokes come by themselves, may be typed as well, and can be taken back', () => {
  assert.equal(typed('01032026'), '01/03/2026');
  assert.equal(typed('01/03/2026'), '01/03/2026');
  assert.equal(typed('1/3/2026'), '1/3/2026');
  assert.equal(typed('010320260805', true), '01/03/2026 08:05');
  assert.equal(typed('01/03/2026 08:05', true), '01/03/2026 08:05');
  assert.equal(dayTyped('01/', '01'), '01');
});

test('a day is shown as it is typed', () => {
  assert.equal(dayText('2026-03-01'), '01/03/2026');
  assert.equal(dayText('2026-03-01T08:05'), '01/03/2026 08:05');
  assert.equal(dayText(''), '');
});
