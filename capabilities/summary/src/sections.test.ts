import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECTIONS } from './sections.ts';

const section = (code: string) => SECTIONS.find((one) => one.code === code)!;

test('problems, allergies and medications say so when nothing is known; the others are left out', () => {
  const required = SECTIONS.filter(({ nothing }) => nothing).map(({ code }) => code);
  assert.deepEqual(required, ['11450-4', '48765-2', '10160-0']);
});

test('what is over or was entered in error is not in the summary', () => {
  const condition = (clinical: string, verification = 'confirmed') => ({
    resourceType: 'Condition',
    clinicalStatus: { coding: [{ code: clinical }] },
    verificationStatus: { coding: [{ code: verification }] },
  });
  const { holds } = section('11450-4');
  assert.equal(holds(condition('active')), true);
  assert.equal(holds(condition('resolved')), false);
  assert.equal(holds(condition('active', 'entered-in-error')), false);
  const taken = section('10160-0').holds;
  assert.equal(taken({ resourceType: 'MedicationRequest', status: 'active' }), true);
  assert.equal(taken({ resourceType: 'MedicationRequest', status: 'stopped' }), false);
});

test('a result without a value, and one that was cancelled, is no result', () => {
  const lab = { resourceType: 'Observation', category: [{ coding: [{ code: 'laboratory' }] }] };
  const { holds } = section('30954-2');
  assert.equal(holds({ ...lab, status: 'final', valueString: 'âm tính' }), true);
  assert.equal(holds({ ...lab, status: 'final' }), false);
  assert.equal(holds({ ...lab, status: 'cancelled', valueString: 'âm tính' }), false);
});
