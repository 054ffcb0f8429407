import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearch } from '@yba/fhir';
import type { Row } from '../rows/row.ts';
import { Hit } from './hit.ts';
import type { Plan } from './plan.ts';
import { checker } from './told-by-terms.ts';

const resource = JSON.stringify({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }] },
  subject: { reference: 'Patient/p1' },
  effectiveDateTime: '2026-03-01',
});

/** Whether rows that the plan found by their terms are a match when looked at. */
function isMatch(query: string, text: string, { since = 0, complete = 2 } = {}): boolean {
  const { filters } = parseSearch('Observation', new URLSearchParams(query), { handling: 'strict' });
  const plan = { terms: [{ hashes: [], since }] } as unknown as Plan;
  return checker(filters, plan, complete)(new Hit({} as Row, text));
}

test('a row found by its terms is a match when the values stand in its text, and is not read for it', () => {
  const unread = 'no JSON: 2345-7 of Patient/p1';
  assert.equal(isMatch('code=http://loinc.org|2345-7&subject=Patient/p1', unread), true);
  assert.equal(isMatch('code=718-7,2345-7', unread), true);
});

test('a row whose hashes collide with those of a value it does not have is no match', () => {
  assert.equal(isMatch('code=718-7', resource), false);
  assert.equal(isMatch('subject=Patient/p2', resource), false);
});

test('a value that stands in the text with escapes is found by reading it', () => {
  assert.equal(isMatch('code=2345-7', resource.replace('2345-7', '2345\\u002d7')), true);
});

test('dates, modifiers, and rows of an older extraction are looked at as they are', () => {
  assert.equal(isMatch('code=2345-7&date=ge2026-03-01', resource), true);
  assert.equal(isMatch('code=2345-7&date=gt2026-03-01', resource), false);
  assert.equal(isMatch('code:not=2345-7', resource), false);
  // the word stands in the text, the code is another
  const older = resource.replace('"2345-7"', '"718-7","display":"not 2345-7"');
  assert.equal(isMatch('code=2345-7', older, { since: 3 }), false);
});
