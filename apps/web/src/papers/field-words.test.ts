import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardsOf, dayWords, minuteWords } from './field-words.ts';

test('a birth date is printed as far as it is known', () => {
  assert.equal(dayWords('198503020000'), '02/03/1985');
  assert.equal(dayWords('198503000000'), '03/1985');
  assert.equal(dayWords('198500000000'), '1985');
  assert.equal(dayWords(undefined), '');
});

test('a moment is printed with hour and day', () => {
  assert.equal(minuteWords('202611281430'), '14 giờ 30, ngày 28/11/2026');
  assert.equal(minuteWords('20261128'), '28/11/2026');
});

test('each insurance card stands beside its own day', () => {
  assert.deepEqual(cardsOf({ MA_THE_BHYT: 'HT3270123456789;DN4010000000001', GT_THE_DEN: '20261231;' }), [
    { card: 'HT3270123456789', until: '31/12/2026' },
    { card: 'DN4010000000001', until: '' },
  ]);
  assert.deepEqual(cardsOf({}), []);
});
