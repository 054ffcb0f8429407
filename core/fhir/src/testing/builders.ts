import { randomUUID } from 'node:crypto';
import type { Resource } from '../interactions.ts';

type Overrides = Record<string, unknown>;

const personSystem = 'https://yba.vn/fhir/sid/cccd';
let people = 0;

/** A woman born in Hà Nội in 1987, each call with another national number. */
export function aPatient(overrides: Overrides = {}): Resource {
  const number = `001187${String(++people).padStart(6, '0')}`;
  return {
    resourceType: 'Patient',
    active: true,
    identifier: [{ system: personSystem, value: number }],
    name: [{ use: 'official', text: 'Nguyễn Thị Lan', family: 'Nguyễn', given: ['Thị', 'Lan'] }],
    gender: 'female',
    birthDate: '1987-03-14',
    ...overrides,
  };
}

/** A finished outpatient visit of half an hour. */
export function anEncounter(overrides: Overrides = {}): Resource {
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: 'Patient/example' },
    period: { start: '2026-05-04T08:00:00+07:00', end: '2026-05-04T08:30:00+07:00' },
    ...overrides,
  };
}

/** A final blood glucose of 5.4 mmol/L. */
export function anObservation(overrides: Overrides = {}): Resource {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' },
        ],
      },
    ],
    code: {
      coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'GLU' }],
      text: 'Đường huyết lúc đói',
    },
    subject: { reference: 'Patient/example' },
    effectiveDateTime: '2026-05-04T08:10:00+07:00',
    valueQuantity: { value: 5.4, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    ...overrides,
  };
}

/** An active, confirmed essential hypertension. */
export function aCondition(overrides: Overrides = {}): Resource {
  return {
    resourceType: 'Condition',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    verificationStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
    },
    code: {
      coding: [{ system: 'https://yba.vn/fhir/CodeSystem/icd-10-vn', code: 'I10' }],
      text: 'Tăng huyết áp',
    },
    subject: { reference: 'Patient/example' },
    recordedDate: '2026-05-04',
    ...overrides,
  };
}

export type VisitOptions = {
  /** The Patient to send; a new one when absent. */
  patient?: Resource;
  /** How many Observations; 3 when absent. */
  observations?: number;
  /** Date of the visit, YYYY-MM-DD. */
  date?: string;
};

/**
 * One closed visit as a transaction Bundle: Patient (created unless its national number is known),
 * Encounter, Condition, Observations, tied together by `urn:uuid:` references.
 */
export function aVisit({
  patient = aPatient(),
  observations = 3,
  date = '2026-05-04',
}: VisitOptions = {}): Resource {
  const [patientUrl, encounterUrl] = [urn(), urn()];
  const subject = { reference: patientUrl };
  const encounter = { reference: encounterUrl };
  const [identifier] = patient['identifier'] as { system: string; value: string }[];
  const at = (minute: number) => `${date}T08:${String(minute % 60).padStart(2, '0')}:00+07:00`;
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      entry(
        patient,
        patientUrl,
        identifier ? { ifNoneExist: `identifier=${identifier.system}|${identifier.value}` } : {},
      ),
      entry(anEncounter({ subject, period: { start: at(0), end: at(30) } }), encounterUrl),
      entry(aCondition({ subject, encounter, recordedDate: date })),
      ...Array.from({ length: observations }, (_, index) =>
        entry(anObservation({ subject, encounter, effectiveDateTime: at(10 + index) })),
      ),
    ],
  };
}

const urn = () => `urn:uuid:${randomUUID()}`;

function entry(resource: Resource, fullUrl = urn(), condition: { ifNoneExist?: string } = {}) {
  return { fullUrl, resource, request: { method: 'POST', url: resource.resourceType, ...condition } };
}
