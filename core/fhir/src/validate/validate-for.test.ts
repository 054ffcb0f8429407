import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateFor } from '../index.ts';
import { anObservation, aPatient } from '../testing.ts';

const bp = 'http://hl7.org/fhir/StructureDefinition/bp';
const issues = (...given: Parameters<typeof validateFor>) =>
  validateFor(...given).issue.map(({ severity, code, expression }) => [severity, code, expression?.[0]]);

test('says so when nothing is wrong', () => {
  assert.deepEqual(issues(aPatient(), {}), [['information', 'informational', undefined]]);
  assert.deepEqual(issues({ resourceType: 'Nonsense' }, { mode: 'delete' }), [
    ['information', 'informational', undefined],
  ]);
});

test('judges by a profile that is asked for though not claimed', () => {
  const found = issues(anObservation(), { profile: bp });
  assert.ok(found.some(([severity, , at]) => severity === 'error' && at === 'Observation.component'));
  assert.deepEqual(issues(anObservation(), {}), [['information', 'informational', undefined]]);
});

test('refuses a profile that is not known, and mode profile without one', () => {
  assert.throws(() => validateFor(aPatient(), { profile: 'http://example.org/none' }), /is not known here/);
  assert.throws(() => validateFor(aPatient(), { mode: 'profile' }), /needs the parameter profile/);
  assert.deepEqual(issues(aPatient(), { profile: bp }), [['error', 'structure', 'Patient.meta.profile[0]']]);
});

test('an update names the id of the address', () => {
  assert.deepEqual(issues(aPatient({ id: 'a' }), { mode: 'update', id: 'b' }), [
    ['error', 'value', 'Patient.id'],
  ]);
});
