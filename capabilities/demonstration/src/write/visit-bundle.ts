import type { Resource } from '@yba/fhir';
import { ACT_CODE, FACILITY, LICENCE, maLk, mrn, SENSITIVITY, VISIT_TYPE } from '@yba/vietnam';
import { imagingKinds, type PlannedVisit } from '../journey/planned-visit.ts';
import type { Allergy, Person } from '../people/person.ts';
import { doctorOf, type Member } from '../people/staff.ts';
import { random } from '../random.ts';
import { date, dateTime, DAY, HOUR, MINUTE } from '../time.ts';
import { NO_KNOWN_ALLERGY } from '../catalogue/allergens.ts';
import { documents, findings } from './documents.ts';
import { type Frame, laboratory, vitalSigns } from './observations.ts';
import { appointment, medicationRequest } from './orders.ts';
import { addReferral } from './referral.ts';
import { coverage, patient, patientNumber } from './patient.ts';
import {
  concept,
  departmentConcept,
  diagnosisConcept,
  facilityReference,
  hl7,
  memberReference,
  own,
  worded,
} from './terms.ts';

/** Which visit of the person it is, and what its facility has already been sent. */
export type Occasion = {
  seed: number;
  number: number;
  /** The first visit of this person at this facility. */
  first: boolean;
  /** The first one there in this calendar year. */
  firstOfYear: boolean;
  /** Day the demonstration ends, in milliseconds. */
  until: number;
};

type Entry = { fullUrl: string; resource: Resource; request: Record<string, string> };

/** Marks visits of the demonstration as practice data. Source: https://hl7.org/fhir/R4/valueset-security-labels.html */
const practice = { system: hl7('v3-ActReason'), code: 'HTEST' };

/** The transaction Bundle with which the facility's own system would send this visit. */
export function visitBundle(person: Person, visit: PlannedVisit, occasion: Occasion): Resource {
  const chance = random(occasion.seed, 'ids', person.index, occasion.number);
  const entries: Entry[] = [];
  const add = (
    resource: Resource,
    request: Record<string, string> = { method: 'POST', url: resource.resourceType },
  ) => {
    const fullUrl = `urn:uuid:${chance.uuid()}`;
    entries.push({ fullUrl, resource: labelled(resource, visit), request });
    return { reference: fullUrl };
  };

  const { facility } = visit;
  const doctor = doctorOf(facility, visit.department);
  const key = `${date(visit.start).replaceAll('-', '').slice(2)}${String(person.index + 1).padStart(6, '0')}${String(occasion.number).padStart(2, '0')}`;
  const known = `identifier=${mrn(facility)}|${patientNumber(person, facility)}`;
  const subject = add(patient(person, facility), { method: 'POST', url: 'Patient', ifNoneExist: known });
  const frame: Frame = { subject, encounter: { reference: `urn:uuid:${chance.uuid()}` } };

  const insured = occasion.firstOfYear ? coverage(person, subject) : undefined;
  if (insured) add(insured);
  const conditions = conditionsOf(frame, visit, occasion).flatMap((condition) => {
    const reference = add(condition.resource);
    return condition.diagnosed ? [reference] : [];
  });
  entries.push({
    fullUrl: frame.encounter.reference,
    resource: labelled(encounter(frame, visit, { doctor, key, conditions }), visit),
    request: { method: 'POST', url: 'Encounter' },
  });
  const allergies = visit.allergies ?? (occasion.number === 1 ? person.allergies : undefined);
  for (const allergy of allergiesOf(subject, allergies, visit)) add(allergy);
  for (const sign of vitalSigns(frame, person, visit.vitals, visit.start)) add(sign);
  addLaboratory(add, frame, person, visit);
  addImaging(add, frame, visit, doctor);
  const requester = memberReference(doctor);
  for (const line of visit.drugs) add(medicationRequest(frame, line, visit, requester, occasion.until));
  addReferral(add, frame, person, visit, doctor, occasion.until);
  for (const each of documents(frame, person, visit, doctor)) add(each);
  for (const each of appointment(subject, visit, requester, occasion.until)) add(each);

  return {
    resourceType: 'Bundle',
    identifier: {
      system: `https://yba.vn/fhir/sid/submission/${facility}`,
      value: `${occasion.seed}-${key}`,
    },
    type: 'transaction',
    timestamp: dateTime(visit.end ?? visit.start + 10 * MINUTE),
    entry: entries,
  };
}

/** What everybody who treats the person must know stays without a label. */
const NEVER_LABELLED: ReadonlySet<string> = new Set(['Patient', 'Coverage', 'AllergyIntolerance']);

/** Everything else of a visit for a sensitive illness carries its label. */
function labelled(resource: Resource, visit: PlannedVisit): Resource {
  if (!visit.sensitive || NEVER_LABELLED.has(resource.resourceType)) return resource;
  const label =
    visit.sensitive === 'PSY'
      ? { system: ACT_CODE, code: 'PSY' }
      : { system: SENSITIVITY, code: visit.sensitive };
  return { ...resource, meta: { ...resource.meta, security: [label] } };
}

const classes = { outpatient: 'AMB', inpatient: 'IMP', emergency: 'EMER' } as const;
const kinds = {
  outpatient: ['01', 'Khám bệnh'],
  inpatient: ['03', 'Điều trị nội trú'],
  emergency: ['01', 'Khám cấp cứu'],
} as const;

function encounter(
  frame: Frame,
  visit: PlannedVisit,
  of: { doctor: Member; key: string; conditions: { reference: string }[] },
): Resource {
  const [code, words] = kinds[visit.kind];
  return {
    resourceType: 'Encounter',
    meta: { tag: [practice] },
    identifier: [{ system: maLk(visit.facility), value: of.key }],
    status: visit.end === undefined ? 'in-progress' : 'finished',
    class: { system: hl7('v3-ActCode'), code: classes[visit.kind] },
    type: [worded(VISIT_TYPE, code, words)],
    serviceType: departmentConcept(visit.department),
    subject: frame.subject,
    participant: [
      {
        individual: {
          reference: `Practitioner?identifier=${LICENCE}|${of.doctor.licence}`,
          display: of.doctor.title,
        },
      },
    ],
    period: {
      start: dateTime(visit.start),
      ...(visit.end === undefined ? {} : { end: dateTime(visit.end) }),
    },
    reasonCode: [{ text: visit.reason }],
    diagnosis: of.conditions.map((condition, n) => ({ condition, rank: n + 1 })),
    ...(visit.kind === 'inpatient' && visit.end !== undefined
      ? {
          hospitalization: {
            dischargeDisposition: visit.referral
              ? concept(hl7('discharge-disposition'), 'other-hcf')
              : concept(hl7('discharge-disposition'), 'home'),
          },
        }
      : {}),
    serviceProvider: {
      reference: `Organization?identifier=${FACILITY}|${visit.facility}`,
      display: facilityReference(visit.facility).display,
    },
  };
}

/**
 * Diagnoses of the visit first, principal one leading. A long-term problem is sent to the problem list when the
 * facility first learns of it; later visits name only the principal one again.
 */
function conditionsOf(
  frame: Frame,
  visit: PlannedVisit,
  occasion: Occasion,
): { resource: Resource; diagnosed: boolean }[] {
  const problems = new Map((visit.problems ?? []).map((problem) => [problem.code, problem.since]));
  const listed = new Map((visit.found ?? []).map((problem) => [problem.code, problem.since]));
  if (occasion.first) for (const [code, since] of problems) listed.set(code, since);
  const repeated = (code: string, n: number) => n > 0 && problems.has(code) && !listed.has(code);
  const diagnosedHere = visit.diagnoses.filter((code, n) => !repeated(code, n));
  const sent = [...new Set([...diagnosedHere, ...listed.keys()])];
  const list = concept(hl7('condition-category'), 'problem-list-item');
  const diagnosed = concept(hl7('condition-category'), 'encounter-diagnosis');
  return sent.map((code) => {
    const since = listed.get(code) ?? problems.get(code);
    const here = visit.diagnoses.includes(code);
    const over = since === undefined && visit.start < occasion.until - 45 * DAY;
    const resource: Resource = {
      resourceType: 'Condition',
      clinicalStatus: concept(hl7('condition-clinical'), over ? 'resolved' : 'active'),
      verificationStatus: concept(hl7('condition-ver-status'), 'confirmed'),
      category: [...(listed.has(code) ? [list] : []), ...(here ? [diagnosed] : [])],
      code: diagnosisConcept(code),
      ...frame,
      ...(since === undefined ? {} : { onsetDateTime: since }),
      recordedDate: dateTime(visit.start),
    };
    return { resource, diagnosed: here };
  });
}

/** Allergies as asked: none known is a fact of its own; not asked leaves nothing. */
function allergiesOf(
  subject: { reference: string },
  allergies: readonly Allergy[] | undefined,
  visit: PlannedVisit,
): Resource[] {
  const base = {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: concept(hl7('allergyintolerance-clinical'), 'active'),
    verificationStatus: concept(hl7('allergyintolerance-verification'), 'confirmed'),
  };
  const asked = { patient: subject, recordedDate: dateTime(visit.start + 5 * MINUTE) };
  if (!allergies) return [];
  if (allergies.length === 0) {
    const none = {
      coding: [{ system: 'http://snomed.info/sct', code: NO_KNOWN_ALLERGY.code }],
      text: NO_KNOWN_ALLERGY.vi,
    };
    return [{ ...base, code: none, ...asked }];
  }
  return allergies.map(({ allergen, reaction, severity, since }) => ({
    ...base,
    type: 'allergy',
    category: [allergen.category],
    criticality: severity === 'severe' ? 'high' : 'low',
    code: worded(own('allergen'), allergen.code, allergen.vi),
    ...asked,
    onsetDateTime: since,
    reaction: [{ manifestation: [{ text: reaction }], severity }],
  }));
}

type Add = (resource: Resource) => { reference: string };

/** Results with one report for each time blood was taken. */
function addLaboratory(add: Add, frame: Frame, person: Person, visit: PlannedVisit): void {
  const performer = facilityReference(visit.facility);
  const taken = visit.start + 20 * MINUTE;
  const grouped = new Map<number, { reference: string }[]>();
  for (const result of visit.results) {
    const at = result.at ?? taken;
    const list = grouped.get(at) ?? grouped.set(at, []).get(at)!;
    list.push(add(laboratory(frame, person, result, at, performer)));
  }
  for (const [at, result] of grouped) {
    add({
      resourceType: 'DiagnosticReport',
      status: 'final',
      category: [concept(hl7('v2-0074'), 'LAB')],
      code: worded(own('report'), 'laboratory', 'Kết quả xét nghiệm'),
      ...frame,
      effectiveDateTime: dateTime(at),
      issued: dateTime(visit.end === undefined ? at : Math.min(at + 90 * MINUTE, visit.end)),
      performer: [performer],
      result,
      ...(at === taken ? { conclusion: findings(person, visit) } : {}),
    });
  }
  if (visit.bloodGroup) {
    add(laboratory(frame, person, { test: 'ABO', value: person.blood }, taken, performer));
  }
}

function addImaging(add: Add, frame: Frame, visit: PlannedVisit, doctor: Member): void {
  if (!visit.imaging) return;
  const { code, vi, category } = imagingKinds[visit.imaging.kind];
  const at = visit.start + 40 * MINUTE;
  add({
    resourceType: 'DiagnosticReport',
    status: 'final',
    category: [concept(hl7('v2-0074'), category)],
    code: worded(own('report'), code, vi),
    ...frame,
    effectiveDateTime: dateTime(at),
    issued: dateTime(at + HOUR / 2),
    performer: [memberReference(doctor)],
    conclusion: visit.imaging.finding,
  });
}
