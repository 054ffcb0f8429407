import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clinicalDate, isClinicalDate, searchParameter, type Resource } from './index.ts';
import { aCondition, anEncounter, anObservation, aPatient } from './testing.ts';

test('tells when a thing began, by what its definition calls the beginning', () => {
  const at = (resource: Resource) => {
    const time = clinicalDate(resource);
    return time === undefined ? undefined : new Date(time).toISOString();
  };
  assert.equal(at(anObservation()), '2026-05-04T01:10:00.000Z');
  assert.equal(at(anEncounter()), '2026-05-04T01:00:00.000Z');
  assert.equal(at(anEncounter({ period: { end: '2026-05-04T08:30:00Z' } })), '2026-05-04T08:30:01.000Z');
  assert.equal(at(aCondition()), '2026-05-03T17:00:00.000Z');
  assert.equal(at(aCondition({ onsetDateTime: '2020' })), '2019-12-31T17:00:00.000Z');
  assert.equal(
    at(aCondition({ onsetAge: { value: 30 }, recordedDate: '2020-01-01' })),
    '2019-12-31T17:00:00.000Z',
  );
  assert.equal(
    at({ resourceType: 'MedicationRequest', authoredOn: '2026-05-04T08:30:00Z' }),
    '2026-05-04T08:30:00.000Z',
  );
  assert.equal(
    at({ resourceType: 'MedicationDispense', whenHandedOver: '2026-05-04T08:30:00Z' }),
    '2026-05-04T08:30:00.000Z',
  );
  assert.equal(
    at({
      resourceType: 'Specimen',
      receivedTime: '2026-05-05',
      collection: { collectedDateTime: '2026-05-04T00:00:00Z' },
    }),
    '2026-05-04T00:00:00.000Z',
  );
  assert.equal(at(aPatient()), undefined);
});

test('tells which parameters stand for that beginning', () => {
  const is = (type: string, code: string) => isClinicalDate(type, searchParameter(type, code)!);
  assert.ok(is('Observation', 'date') && is('Encounter', 'date') && is('MedicationRequest', 'authoredon'));
  assert.ok(
    !is('AllergyIntolerance', 'date') && !is('CarePlan', 'date') && !is('Observation', '_lastUpdated'),
  );
});
