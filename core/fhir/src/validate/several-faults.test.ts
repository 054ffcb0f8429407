import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Resource, validate } from '../index.ts';
import { anObservation, aPatient } from '../testing.ts';

test('tells of invariants beside those violated within, not beside what is misshapen or a code that is none', () => {
  const doubtful = { dataAbsentReason: { text: 'không rõ' } };
  const places = (resource: Resource) => validate(resource).map(({ expression }) => expression?.[0]);
  const backwards = { effectiveDateTime: undefined, effectivePeriod: { start: '2026-03', end: '2026-02' } };
  assert.deepEqual(places(anObservation({ ...doubtful, ...backwards })), [
    'Observation.effective.ofType(Period)',
    'Observation',
  ]);
  assert.deepEqual(places(anObservation({ ...doubtful, status: 'done' })), ['Observation.status']);
  assert.deepEqual(places(anObservation({ ...doubtful, status: 1 })), ['Observation.status']);
  const bundle = {
    resourceType: 'Bundle',
    type: 'collection',
    total: 1,
    entry: [
      { fullUrl: 'urn:uuid:0b0c4b41-9a5e-4e6a-9a9a-000000000001', resource: aPatient({ active: 'x' }) },
    ],
  };
  assert.deepEqual(places(bundle), ['Bundle.entry[0].resource.active', 'Bundle']);
});
