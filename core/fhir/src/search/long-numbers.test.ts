import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, parseJson, parseSearch } from '../index.ts';

/** Whether a quantity is found by the very digits it was written with, or by others. */
function finds(search: string, written = search): boolean {
  const { filters } = parseSearch('Observation', new URLSearchParams({ 'value-quantity': search }), {
    handling: 'strict',
    baseUrl: 'https://yba.example/fhir',
    now: 0,
  });
  const observation = parseJson(`{"resourceType":"Observation","valueQuantity":{"value":${written}}}`);
  return filters.every((filter) => matches(filter, observation));
}

test('a quantity is found by its own digits, more of them too than a number of JavaScript holds', () => {
  for (const digits of [
    '0',
    '-0.0',
    '1e-400',
    '0.000000000000000000000001',
    '9007199254740993',
    '-9007199254740993',
    '100000000000000000000',
    '123456789012345678901234567890.123456789',
    '1.10e+3',
    '1E400',
    '-2.50E400',
    '1e400000000',
    '1e-400000000',
  ])
    assert.ok(finds(digits), digits);
  assert.ok(!finds('9007199254740993', '9007199254740000'));
  assert.ok(!finds('0.1', '0.2'));
});

test('numbers that JavaScript would round are told apart, and compared by all their digits', () => {
  const [large, larger] = ['9007199254740992', '9007199254740993'];
  assert.ok(!finds(large, larger) && !finds(larger, large));
  for (const [less, more] of [
    [large, larger],
    ['-9007199254740993', '-9007199254740992'],
    ['1E400', '2E400'],
    ['-2E400', '-1E400'],
    ['1e-400', '2e-400'],
    ['5', '1E400'],
    ['-1E400', '5'],
    ['1e-400', '5'],
    ['1E400', '1E400000000'],
  ] as const) {
    assert.ok(finds(`lt${more}`, less) && finds(`le${more}`, less) && finds(`eb${more}`, less), less);
    assert.ok(finds(`gt${less}`, more) && finds(`ge${less}`, more) && finds(`sa${less}`, more), more);
    assert.ok(!finds(`gt${more}`, less) && !finds(`lt${less}`, more) && finds(`ne${less}`, more), less);
    assert.ok(!finds(`gt${less}`, less) && finds(`ge${less}`, less) && finds(`le${less}`, less), less);
  }
  assert.ok(finds('1E400', '1.04E400') && !finds('1E400', '1.05E400') && !finds('1.00E400', '1.04E400'));
  assert.ok(finds('ap10E400', '10.9E400') && !finds('ap10E400', '12E400'));
  assert.ok(finds('lt1E400|http://unitsofmeasure.org|g', '5') === false);
});
