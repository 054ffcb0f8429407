import assert from 'node:assert/strict';
import { OutcomeError, type Resource } from '@yba/fhir';
import { maLk, mrn, PERSON } from '@yba/vietnam';
import { contextOf, type TestRepository } from '../testing.ts';

/** The two facilities of these tests. */
export const A = contextOf('01013');
export const B = contextOf('27001');

export const strict = { handling: 'strict' as const };

let serial = 0;
/** A person number that nobody else has. */
export const number = () => String(1099000000 + ++serial).padStart(12, '0');

/** A Patient of this number, as a facility creates it. */
export function patient(cccd: string, over: object = {}): Resource {
  return {
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: cccd }],
    name: [{ text: 'Nguyễn Thị Hạnh', family: 'Nguyễn', given: ['Thị', 'Hạnh'] }],
    gender: 'female',
    birthDate: '1963-03-14',
    ...over,
  };
}

/** The transaction of a visit: its Patient, an Encounter with this key, a result. */
export function visit(cccd: string, key: string, facility = '01013'): Resource {
  const subject = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' };
  const encounter = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000002' };
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: subject.reference,
        resource: patient(cccd, {
          identifier: [
            { system: PERSON, value: cccd },
            { system: mrn(facility), value: `BN${cccd}` },
          ],
        }),
        request: { method: 'PUT', url: `Patient?identifier=${mrn(facility)}|BN${cccd}` },
      },
      {
        fullUrl: encounter.reference,
        resource: {
          resourceType: 'Encounter',
          identifier: [{ system: maLk(facility), value: key }],
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
          subject,
          period: { start: '2026-11-20T08:00:00+07:00', end: '2026-11-20T09:30:00+07:00' },
        },
        request: { method: 'POST', url: 'Encounter' },
      },
      {
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'HBA1C' }] },
          subject,
          encounter,
          effectiveDateTime: '2026-11-20T08:30:00+07:00',
          valueQuantity: { value: 7.2, unit: '%' },
        },
        request: { method: 'POST', url: 'Observation' },
      },
    ],
  };
}

/** Sends Bundles to the store under test, by A unless said. */
export const sendTo =
  (store: () => TestRepository) =>
  (bundle: Resource, context = A, options = {}) =>
    store().repository.transaction(context, bundle, { ...strict, ...options });

/** Why something was refused. */
export async function outcome(promise: Promise<unknown>): Promise<OutcomeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof OutcomeError, String(error));
    return error;
  }
  return assert.fail('expected an OutcomeError');
}

/** The ids in the answer to a transaction, in its order. */
export async function idsOf(answer: { text: string }): Promise<string[]> {
  return (JSON.parse(answer.text) as { entry: { response: { location: string } }[] }).entry.map(
    ({ response }) => response.location.split('/')[1]!,
  );
}
