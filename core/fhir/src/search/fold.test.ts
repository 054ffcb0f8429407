import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold, foldedWords } from '../index.ts';

test('folds case, tones, both placements of the tone mark, đ, and spaces', () => {
  for (const text of [
    'Nguyễn Thị Hòa',
    'nguyễn  thị hoà',
    'NGUYEN THI HOA',
    'Nguye\u0302\u0303n Thi\u0323 Ho\u0300a',
  ])
    assert.equal(fold(text), 'nguyen thi hoa');
  assert.equal(fold('Đặng Thuỳ Trâm'), fold('đặng thùy trâm'));
  assert.equal(fold('\u00d0ặng Thùy Trâm, \u00f0'), fold('Đặng Thùy Trâm, đ'));
  assert.equal(fold('Ươ Ưỡ'), 'uo uo');
  assert.deepEqual(foldedWords("O'Brien-Trần, (Lan)"), ['o', 'brien', 'tran', 'lan']);
});
