import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWithdrawn, withdrawnOf } from './withdrawn.ts';

const base = { meta: { source: 'https://yba.vn/fhir/facility/27001', lastUpdated: '2026-11-22T01:00:00Z' } };
const why = (code: string, text?: string) => [
  {
    url: 'https://yba.vn/fhir/StructureDefinition/withdrawal-reason',
    valueCodeableConcept: { coding: [{ code }], ...(text ? { text } : {}) },
  },
];

test('what was withdrawn says what, of whom, when and why; what stands is left out', () => {
  const list = withdrawnOf([
    { ...base, resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'Glucose' } },
    {
      ...base,
      resourceType: 'Observation',
      id: 'o2',
      status: 'entered-in-error',
      code: { text: 'Kali' },
      effectiveDateTime: '2026-11-20',
      valueQuantity: { value: 7.2, digits: '7.20', unit: 'mmol/L' },
      extension: why('retraction', 'nhầm ống máu'),
    },
    {
      resourceType: 'AllergyIntolerance',
      id: 'a1',
      meta: { lastUpdated: '2026-11-23T01:00:00Z' },
      verificationStatus: { coding: [{ code: 'entered-in-error' }] },
      code: { coding: [{ display: 'Penicillin' }] },
      extension: why('other'),
    },
  ]);
  assert.deepEqual(
    list.map(({ id, what, value, unit, facility, reason, words }) => [
      id,
      what,
      `${value} ${unit}`.trim(),
      facility,
      reason,
      words,
    ]),
    [
      ['AllergyIntolerance/a1', 'Penicillin', '', undefined, undefined, undefined],
      ['Observation/o2', 'Kali', '7.20 mmol/L', '27001', 'retraction', 'nhầm ống máu'],
    ],
  );
  assert.equal(isWithdrawn({ status: 'cancelled' }), false);
});
