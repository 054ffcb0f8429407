import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extract, terms } from '../index.ts';
import { anObservation, aPatient } from '../testing.ts';

test('gives a resource the terms of its tokens, references and names, each once', () => {
  const found = terms(extract({ ...anObservation(), id: 'o' }));
  for (const term of [
    'status|final',
    'status|http://hl7.org/fhir/observation-status|final',
    'code|GLU',
    'code|https://yba.vn/fhir/CodeSystem/test|GLU',
    'subject|Patient/example',
    'patient|Patient/example',
  ])
    assert.ok(found.includes(term), term);
  assert.ok(!found.some((term) => term.startsWith('_id') || term.startsWith('date')));
  assert.equal(new Set(found).size, found.length);
  const names = terms(extract(aPatient({ name: [{ text: 'Nguyễn Lan' }] }))).filter((term) =>
    term.startsWith('name^'),
  );
  assert.deepEqual(names, [
    'name^ng',
    'name^ngu',
    'name^nguy',
    'name^nguye',
    'name^nguyen',
    'name^la',
    'name^lan',
  ]);
});
