import { Hl7v2Error } from '../hl7v2-error.ts';
import type { Message, Segment } from '../message.ts';
import {
  address,
  compact,
  contactPoint,
  date,
  dateTime,
  humanName,
  type Identifier,
  patientIdentifiers,
  present,
  repetitions,
  tableConcept,
} from './data-types.ts';
import type { Built, MapOptions } from './systems.ts';

const GENDERS: Readonly<Record<string, string>> = {
  M: 'male',
  F: 'female',
  O: 'other',
  A: 'other',
  U: 'unknown',
  N: 'unknown',
  '1': 'male',
  '2': 'female',
};

/** PID, PD1 and NK1 as Patient, and its record number. Throws Hl7v2Error at PID-3 without one. Source: v2-to-FHIR PID[Patient] */
export function patientOf(message: Message, { systems }: MapOptions): { patient: Built; number: string } {
  const pid = message.first('PID');
  if (!pid) throw missing({ segment: 'PID', sequence: 1 });
  const identifier = distinct([3, 2, 4, 19].flatMap((field) => identifiersAt(pid, field, systems)));
  const number = identifier.find(({ system }) => system === systems.recordNumber)?.value;
  if (!number) throw missing({ segment: 'PID', sequence: 1, field: 3 });
  const died = dateTime(pid, 29);
  const patient = compact({
    resourceType: 'Patient',
    identifier,
    name: present(repetitions(pid, 5).map((at) => humanName(pid, 5, at))),
    gender: GENDERS[pid.text(8).toUpperCase()],
    birthDate: date(pid, 7),
    address: present(repetitions(pid, 11).map((at) => address(pid, 11, at))),
    telecom: [
      ...present(repetitions(pid, 13).map((at) => contactPoint(pid, 13, 'home', at))),
      ...present(repetitions(pid, 14).map((at) => contactPoint(pid, 14, 'work', at))),
    ],
    communication: languageOf(pid),
    maritalStatus: maritalStatus(pid),
    multipleBirthInteger: /^[1-9]$/.test(pid.text(25)) ? Number(pid.text(25)) : undefined,
    multipleBirthBoolean: pid.text(25) === '' && pid.text(24) !== '' ? pid.text(24) === 'Y' : undefined,
    deceasedDateTime: died,
    deceasedBoolean: died === undefined && pid.text(30) !== '' ? pid.text(30) === 'Y' : undefined,
    contact: message
      .all('NK1')
      .map(contactOf)
      .filter((each) => Object.keys(each).length > 0),
    generalPractitioner: generalPractitioner(message, systems.local),
  });
  return { patient, number };
}

/** The Patients that were merged away (A40): each with its own number, replaced by the one that stays. */
export function mergedAway(message: Message, number: string, { systems }: MapOptions): Built[] {
  const stays = { system: systems.recordNumber, value: number };
  const gone = message.all('MRG').flatMap((mrg) => patientIdentifiers(mrg, 1, systems));
  const own = gone.filter(({ system }) => system === systems.recordNumber);
  if (own.length === 0) throw missing({ segment: 'MRG', sequence: 1, field: 1 });
  return own.map((identifier) => ({
    resourceType: 'Patient',
    identifier: [identifier],
    active: false,
    link: [{ other: { identifier: stays }, type: 'replaced-by' }],
  }));
}

/** PID-19 has no type: what has the form of a person number is one. */
function identifiersAt(pid: Segment, field: number, systems: MapOptions['systems']): Identifier[] {
  if (field !== 19) return patientIdentifiers(pid, field, systems);
  const value = pid.text(19);
  if (/^\d{12}$/.test(value)) return [{ system: systems.person, value }];
  return /^\d{10}$/.test(value) ? [{ system: systems.insurance, value }] : [];
}

function distinct(identifiers: readonly Identifier[]): Identifier[] {
  return [...new Map(identifiers.map((each) => [`${each.system}|${each.value}`, each])).values()];
}

function languageOf(pid: Segment): object[] {
  const code = pid.text(15);
  return code
    ? [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: code.toLowerCase() }] }, preferred: true }]
    : [];
}

const MARITAL = new Set(['A', 'D', 'I', 'L', 'M', 'P', 'S', 'T', 'U', 'W']);

function maritalStatus(pid: Segment): object | undefined {
  const code = pid.text(16);
  if (!MARITAL.has(code)) return code ? { text: pid.text(16, 2) || code } : undefined;
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code }] };
}

/** NK1 as a contact. Source: v2-to-FHIR NK1[Patient.contact] */
function contactOf(nk1: Segment): Record<string, unknown> {
  const relationship = tableConcept(nk1, 3, '0131');
  return compact({
    relationship: relationship ? [relationship] : [],
    name: humanName(nk1, 2),
    telecom: present([contactPoint(nk1, 5, 'home'), contactPoint(nk1, 6, 'work')]),
    address: address(nk1, 4),
    gender: GENDERS[nk1.text(15).toUpperCase()],
  });
}

function generalPractitioner(message: Message, local: string): object[] {
  const pd1 = message.first('PD1');
  const name = pd1 && [pd1.text(4, 2), pd1.text(4, 4), pd1.text(4, 3)].filter(Boolean).join(' ');
  const number = pd1?.text(4);
  if (!name && !number) return [];
  return [
    {
      ...(number ? { identifier: { system: `${local}/staff`, value: number } } : {}),
      display: name || number,
    },
  ];
}

function missing(place: Hl7v2Error['place']): Hl7v2Error {
  return new Hl7v2Error('101', place, {
    vi: 'Thiếu mã người bệnh của bệnh viện (loại MR). Không có mã này thì không biết của ai.',
    en: 'The hospital’s own record number (type MR) is missing; without it nobody knows whose this is.',
  });
}
