import { Hl7v2Error } from '../hl7v2-error.ts';
import type { Message } from '../message.ts';
import { allergyOf, conditionOf, coverageOf, diagnosisRole, notesBehind, procedureOf } from './clinical.ts';
import { appointmentOf } from './appointment.ts';
import { present } from './data-types.ts';
import { documentOf } from './document.ts';
import { encounterOf, visitNumber, visitReference } from './encounter.ts';
import { observationOf } from './observation.ts';
import { type Context, ordersOf, type Record, urn } from './orders.ts';
import { mergedAway, patientOf } from './patient.ts';
import { resultsOf } from './results.ts';
import type { Built, BuiltEntry, MapOptions } from './systems.ts';
import { type Accounts, tracked } from './tracked.ts';

/** What is withdrawn, or what leads a record. */
export type MappedFocus =
  { reference: string } | { type: string; identifier: { system: string; value: string } };

/** A message as FHIR, for the hub's exchange; and the account of its fields. */
export type Mapped = {
  event: 'visit' | 'record' | 'retraction' | 'patient-identity';
  /** The record number of the patient. */
  patient: string;
  entries: BuiltEntry[];
  focus?: MappedFocus[];
  /** Why something is withdrawn, in words. */
  reason?: string;
  accounts: Accounts;
};

type Result = Omit<Mapped, 'accounts'>;
type Mapper = (message: Message, options: MapOptions) => Result;

/** What is made of each message. Types that are not here are answered “unsupported”. */
const MAPPERS: Readonly<{ [type: string]: Mapper }> = {
  'ADT A01': visit, // admitted
  'ADT A02': visit, // moved
  'ADT A03': visit, // discharged
  'ADT A04': visit, // registered
  'ADT A05': visit, // pre-admitted
  'ADT A06': visit, // outpatient becomes inpatient
  'ADT A07': visit, // inpatient becomes outpatient
  'ADT A08': visitOrIdentity,
  'ADT A11': cancelledVisit,
  'ADT A12': visit, // move cancelled: where the patient lies is told
  'ADT A13': visit, // discharge cancelled: the visit goes on
  'ADT A28': identity,
  'ADT A31': identity,
  'ADT A40': merge,
  'ORM O01': (message, options) => record(message, options, ordersOf),
  'OML O21': (message, options) => record(message, options, ordersOf),
  'OML O33': (message, options) => record(message, options, ordersOf),
  'OML O35': (message, options) => record(message, options, ordersOf),
  'ORU R01': (message, options) => record(message, options, resultsOf),
  ...Object.fromEntries(
    ['S12', 'S13', 'S14', 'S15', 'S16', 'S17', 'S26'].map((trigger) => [
      `SIU ${trigger}`,
      (message: Message, options: MapOptions) => record(message, options, appointmentOf),
    ]),
  ),
  ...Object.fromEntries(
    ['T01', 'T02', 'T04', 'T06', 'T08', 'T10', 'T11'].map((trigger) => [
      `MDM ${trigger}`,
      (message: Message, options: MapOptions) => record(message, options, documentOf),
    ]),
  ),
};

/** The messages that are mapped: `ADT A01`, … */
export const mappedMessages: readonly string[] = Object.keys(MAPPERS);

/**
 * A message as FHIR R4 by HL7's v2-to-FHIR guide, in Vietnamese names and the systems given. Every field that says something
 * is mapped or stands in `accounts.setAside` with the reason. Throws Hl7v2Error that names segment and field.
 * Source: https://hl7.org/fhir/uv/v2mappings/STU1/
 */
export function mapMessage(message: Message, options: MapOptions): Mapped {
  const { type, trigger } = message.header;
  const mapper = MAPPERS[`${type} ${trigger}`];
  if (!mapper) {
    const knownType = mappedMessages.some((each) => each.startsWith(`${type} `));
    throw new Hl7v2Error(
      knownType ? '201' : '200',
      { segment: 'MSH', sequence: 1, field: 9 },
      {
        vi: `Không nhận ${type}^${trigger}. Nhận: ${mappedMessages.join(', ')}.`,
        en: `${type}^${trigger} is not taken. Taken are: ${mappedMessages.join(', ')}.`,
      },
    );
  }
  const { message: read, accounts } = tracked(message);
  const result = mapper(read, options);
  return { ...result, accounts: accounts() };
}

type Base = Context & { patientEntry: BuiltEntry };

function baseOf(message: Message, options: MapOptions): Base {
  const { patient, number } = patientOf(message, options);
  const patientEntry = { fullUrl: urn(options.uuid('patient', number)), resource: patient };
  return {
    patientEntry,
    number,
    subject: { reference: patientEntry.fullUrl },
    encounter: visitReference(message, options.systems),
  };
}

function visit(message: Message, options: MapOptions): Result {
  const { patientEntry, number, subject } = baseOf(message, options);
  const visitKey = visitNumber(message);
  const resource = encounterOf(message, subject, options);
  const encounterEntry = { fullUrl: urn(options.uuid('encounter', visitKey)), resource };
  const encounter = { reference: encounterEntry.fullUrl };
  const about = { subject, encounter, key: visitKey };
  const entry = (kind: string, at: number, built: Built | undefined): BuiltEntry | undefined =>
    built && { fullUrl: urn(options.uuid(kind, visitKey, String(at))), resource: built };

  const conditions = message
    .all('DG1')
    .map((dg1, at) => ({ dg1, entry: entry('condition', at, conditionOf(dg1, about, options)) }));
  const diagnosis = conditions.flatMap(({ dg1, entry: built }) =>
    built ? [{ condition: { reference: built.fullUrl }, ...diagnosisRole(dg1) }] : [],
  );
  if (diagnosis.length > 0) resource['diagnosis'] = diagnosis;
  const observations = message
    .all('OBX')
    .map((obx, at) =>
      entry(
        'observation',
        at,
        observationOf(
          obx,
          notesBehind(message, obx),
          { subject, encounter, effective: undefined, key: `visit/${visitKey}`, category: 'vital-signs' },
          options,
        ),
      ),
    );
  return {
    event: 'visit',
    patient: number,
    entries: present([
      patientEntry,
      encounterEntry,
      ...conditions.map(({ entry: built }) => built),
      ...message.all('AL1').map((al1, at) => entry('allergy', at, allergyOf(al1, subject, number, options))),
      ...message.all('PR1').map((pr1, at) => entry('procedure', at, procedureOf(pr1, about, options))),
      ...message.all('IN1').map((in1, at) => entry('coverage', at, coverageOf(in1, subject, options))),
      ...observations,
    ]),
  };
}

/** A08 updates a visit when it names one, else the patient alone. */
function visitOrIdentity(message: Message, options: MapOptions): Result {
  return visitNumber(message) ? visit(message, options) : identity(message, options);
}

function identity(message: Message, options: MapOptions): Result {
  const { patientEntry, number } = baseOf(message, options);
  return { event: 'patient-identity', patient: number, entries: [patientEntry] };
}

function merge(message: Message, options: MapOptions): Result {
  const { patientEntry, number } = baseOf(message, options);
  const gone = mergedAway(message, number, options).map((resource, at) => ({
    fullUrl: urn(options.uuid('merged', number, String(at))),
    resource,
  }));
  return { event: 'patient-identity', patient: number, entries: [patientEntry, ...gone] };
}

function cancelledVisit(message: Message, options: MapOptions): Result {
  const { patientEntry, number, subject } = baseOf(message, options);
  encounterOf(message, subject, options); // asks for the visit number, and says where it is missing
  return {
    event: 'retraction',
    patient: number,
    entries: [patientEntry],
    focus: [
      { type: 'Encounter', identifier: { system: options.systems.visit, value: visitNumber(message) } },
    ],
    reason: 'Hủy nhập viện. Admission cancelled',
  };
}

/** What comes outside a closed visit; withdrawn when the whole of it is. */
function record(
  message: Message,
  options: MapOptions,
  make: (message: Message, context: Context, options: MapOptions) => Record,
): Result {
  const base = baseOf(message, options);
  const { entries, head, withdrawn } = make(message, base, options);
  if (!withdrawn)
    return {
      event: 'record',
      patient: base.number,
      entries: [base.patientEntry, ...entries],
      focus: [{ reference: head.fullUrl }],
    };
  const heads = entries.filter(({ resource }) => resource.resourceType === head.resource.resourceType);
  return {
    event: 'retraction',
    patient: base.number,
    entries: [base.patientEntry],
    focus: heads.map(({ resource }) => ({
      type: resource.resourceType,
      identifier: firstIdentifier(resource),
    })),
    reason: 'Hệ thống nguồn thu hồi. Withdrawn by the source',
  };
}

function firstIdentifier(resource: Built): { system: string; value: string } {
  const [{ system, value }] = resource['identifier'] as [{ system: string; value: string }];
  return { system, value };
}
