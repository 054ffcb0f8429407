import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extract, filterTerms, matches, parseSearch, terms } from '../index.ts';
import { anObservation, aPatient } from '../testing.ts';

test('contact points are found in any case', () => {
  const { filters } = parseSearch('Patient', new URLSearchParams('email=Lan@Example.VN&phone=|0912'), {
    handling: 'strict',
    baseUrl: 'https://yba.example/fhir',
    now: 0,
  });
  const telecom = [
    { system: 'email', value: 'lan@EXAMPLE.vn' },
    { system: 'phone', value: '0912' },
  ];
  const found = terms(extract(aPatient({ telecom })));
  assert.ok(filterTerms(filters[0]!)!.some(([term]) => found.includes(term!)));
  assert.ok(matches(filters[0]!, aPatient({ telecom })));
  assert.ok(!matches(filters[0]!, aPatient({ telecom: [{ system: 'phone', value: 'lan@example.vn' }] })));
  assert.ok(!matches(filters[1]!, aPatient({ telecom })), 'its system is phone');
});

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
