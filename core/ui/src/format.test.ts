import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ageAt,
  facilityLetters,
  formatDate,
  formatDateTime,
  formatNumber,
  formatPersonNumber,
  initials,
} from './format.ts';

test('writes dates as dd/MM/yyyy in Viet Nam, and leaves a partial date partial', () => {
  assert.equal(formatDate('1963-03-14'), '14/03/1963');
  assert.equal(formatDate('1963-03'), '03/1963');
  assert.equal(formatDate('1963'), '1963');
  assert.equal(formatDate(undefined), '');
  assert.equal(formatDateTime('2026-11-22T18:30:00Z'), '23/11/2026 01:30');
  assert.equal(formatDateTime('2026-11-22'), '22/11/2026');
});

test('keeps every digit of a number, with the marks of the language', () => {
  assert.equal(formatNumber('1284.50'), '1.284,50');
  assert.equal(formatNumber('1284.50', 'en'), '1,284.50');
  assert.equal(formatNumber(-5.6), '−5,6');
  assert.equal(formatNumber('< 5'), '< 5');
});

test('counts age in years, then months under three years, then days under two months', () => {
  const now = new Date('2026-11-22T03:00:00+07:00');
  assert.deepEqual(ageAt('1963-03-14', now), { value: 63, unit: 'years' });
  assert.deepEqual(ageAt('1941', now), { value: 85, unit: 'years' });
  assert.deepEqual(ageAt('2024-11-23', now), { value: 23, unit: 'months' });
  assert.deepEqual(ageAt('2026-11-19', now), { value: 3, unit: 'days' });
  assert.equal(ageAt(undefined, now), undefined);
});

test('takes the letters of a badge from the words that tell a facility from others', () => {
  assert.equal(facilityLetters('Bệnh viện Đa khoa Bắc Ninh'), 'BN');
  assert.equal(facilityLetters('Trạm Y tế xã Phước Lộc'), 'PL');
  assert.equal(facilityLetters('Bệnh viện Bạch Mai'), 'BM');
});

test('groups a person number by three and takes initials of the last two words', () => {
  assert.equal(formatPersonNumber('027163000001'), '027 163 000 001');
  assert.equal(formatPersonNumber('12'), '12');
  assert.equal(initials('Trịnh Thị Kim Liên'), 'KL');
});
