import { randomUUID } from 'node:crypto';
import type { Resource } from '@yba/fhir';
import { maLk, mrn, PERSON } from '@yba/vietnam';

/** The facility that sends. */
export const FACILITY = '01013';

let people = 0;
/** A person of the facility, under a record number of their own. */
export const aPerson = () => {
  const value = `BN-${++people}`;
  return {
    resourceType: 'Patient',
    identifier: [
      { system: mrn(FACILITY), value },
      { system: PERSON, value: `001085${String(people).padStart(6, '0')}` },
    ],
    name: [{ text: `Nguyễn Thị ${people}` }],
    gender: 'female',
    birthDate: '1985-03-02',
  };
};

type MadeVisit = { patient?: object; visit: string; glucose?: number; more?: object[]; encounter?: object };

export function message(
  event: string,
  entries: object[],
  over: { id?: string; header?: object } = {},
): Resource {
  return {
    resourceType: 'Bundle',
    type: 'message',
    identifier: { system: 'urn:ietf:rfc:3986', value: over.id ?? randomUUID() },
    entry: [
      {
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: {
          resourceType: 'MessageHeader',
          eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code: event },
          source: { endpoint: 'https://edge.example' },
          ...over.header,
        },
      },
      ...entries,
    ],
  };
}

export const idOf = (bundle: Resource) => (bundle.identifier as { value: string }).value;

/** A visit with one laboratory result, its numbers as told. */
export function aVisit(
  { patient = aPerson(), visit, glucose = 5.1, more = [], encounter = {} }: MadeVisit,
  id?: string,
): Resource {
  const [who, when] = [`urn:uuid:${randomUUID()}`, `urn:uuid:${randomUUID()}`];
  const about = { subject: { reference: who }, encounter: { reference: when } };
  return message(
    'visit',
    [
      { fullUrl: who, resource: patient },
      {
        fullUrl: when,
        resource: {
          resourceType: 'Encounter',
          identifier: [{ system: maLk(FACILITY), value: visit }],
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
          subject: { reference: who },
          period: { start: '2026-11-20T08:00:00+07:00', end: '2026-11-20T09:00:00+07:00' },
          ...encounter,
        },
      },
      {
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }] },
          effectiveDateTime: '2026-11-20T08:30:00+07:00',
          valueQuantity: { value: glucose, unit: 'mmol/L' },
          ...about,
        },
      },
      ...more.map((resource) => ({
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: { ...resource, ...about },
      })),
    ],
    id === undefined ? {} : { id },
  );
}
