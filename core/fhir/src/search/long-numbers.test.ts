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
  ])
    assert.ok(finds(digits), digits);
  assert.ok(!finds('9007199254740993', '9007199254740000'));
  assert.ok(!finds('0.1', '0.2'));
});
