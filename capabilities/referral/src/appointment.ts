import { createHash, randomUUID } from 'node:crypto';
import { forbidden, outcomeError, parseJson, type Caller, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { FACILITY, ICD10_VN, LICENCE } from '@yba/vietnam';
import type { Coding, Reference } from './elements.ts';
import { locations } from './locations.ts';
import { ofSender, paperNumber, type PaperNumber } from './numbers.ts';
import { parametersOf, type ReferralOptions } from './options.ts';
import { facilityOf, type Facility } from './organizations.ts';
import { APPOINTMENT_PAPER, appointmentNumber } from './systems.ts';

const MINUTES = 15;
const FARTHEST_DAYS = 366;
const at = (name: string) => `Parameters.parameter.where(name='${name}')`;

/**
 * `POST Appointment/$re-appoint` (Parameters `patient`, `when`, `department`, `note`, `diagnosis`, `encounter`,
 * `MA_TTDV`): books
 * when a patient comes again and numbers the paper (XML14). One paper for one course of treatment: a visit that has one
 * already is answered with `business-rule`.
 */
export function reAppointOperation(options: ReferralOptions): Operation {
  return {
    code: 're-appoint',
    on: { type: 'Appointment' },
    methods: ['POST'],
    limit: { perMinute: 120, burst: 60 },
    idempotencyKey: 'kept',
    handle: (request) => reAppoint(options, request),
  };
}

async function reAppoint(
  options: ReferralOptions,
  { context, body, submission }: OperationRequest,
): Promise<OperationResponse> {
  const { caller } = context;
  if ((caller.role !== 'doctor' && caller.role !== 'system') || !caller.facility)
    throw forbidden({
      en: 'A doctor books when a patient comes again, or the facility’s own system in a doctor’s name',
      vi: 'Bác sĩ mới hẹn khám lại, hoặc phần mềm của cơ sở thay mặt bác sĩ. Hãy nhờ bác sĩ.',
    });
  const given = parametersOf(body);
  const now = (options.now ?? (() => new Date()))();
  const subject = /^Patient\/(.+)$/.exec(given.reference('patient') ?? '')?.[1];
  if (!subject)
    throw outcomeError('required', 'Say whom: patient as a Reference to a Patient', at('patient'));
  const start = checkedMoment(given.text('when') ?? '', now);
  const patient = parseJson((await options.repository.read(context, 'Patient', subject)).text);
  const [name] = (patient['name'] ?? []) as { text?: string }[];
  const encounter = given.reference('encounter');
  const key = submission?.key ?? randomUUID();
  const facility = await facilityOf(options, caller.facility);
  const number = await paperNumber(
    options.sql,
    facility.code,
    'appointment',
    encounter ?? ofSender(caller, key),
    now,
  );
  const resource = appointmentOf({
    caller,
    facility,
    patient: { reference: `Patient/${subject}`, ...(name?.text ? { display: name.text } : {}) },
    start,
    number,
    now,
    department: given.text('department'),
    note: given.text('note'),
    diagnoses: given.codings('diagnosis'),
    encounter,
    head: given.text('MA_TTDV'),
  });
  const ifNoneExist = `identifier=${appointmentNumber(facility.code)}|${number.paper}`;
  const answer = await options.repository.transaction(
    context,
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource, request: { method: 'POST', url: 'Appointment', ifNoneExist } }],
    },
    {
      handling: 'strict',
      idempotencyKey: `re-appoint ${key}`,
      bodyHash: createHash('sha256')
        .update(JSON.stringify(body ?? {}))
        .digest('hex'),
    },
  );
  const [entry] = (parseJson(answer.text) as unknown as { entry: { response: { status: string } }[] }).entry;
  if (!answer.duplicate && !entry!.response.status.startsWith('201'))
    throw outcomeError(
      'business-rule',
      {
        en: 'This visit has its appointment paper already: one for one course of treatment (TT 01/2025, annex V). Change that Appointment instead',
        vi: 'Lượt khám này đã có giấy hẹn: mỗi đợt điều trị một giấy (TT 01/2025, phụ lục V). Hãy sửa lịch hẹn đó.',
      },
      at('encounter'),
    );
  return {
    status: answer.duplicate ? 200 : 201,
    resource: {
      resourceType: 'Parameters',
      parameter: [{ name: 'appointment', valueReference: { reference: locations(answer.text)[0] } }],
    },
  };
}

/** When a patient comes again: after now, within a year. Throws what is wrong with it. */
export function checkedMoment(text: string, now: Date): Date {
  const start = new Date(text);
  const isInstant = /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(start.getTime());
  if (!isInstant)
    throw outcomeError('value', 'Say when with day, time and zone: 2026-12-08T08:00:00+07:00', at('when'));
  const days = (start.getTime() - now.getTime()) / 86_400_000;
  if (days <= 0 || days > FARTHEST_DAYS)
    throw outcomeError(
      'value',
      {
        en: 'A patient is asked to come again after today, and within a year',
        vi: 'Ngày hẹn khám lại phải sau hôm nay và trong vòng một năm.',
      },
      at('when'),
    );
  return start;
}

export type Booking = {
  caller: Caller;
  facility: Facility;
  patient: Reference;
  start: Date;
  number: PaperNumber;
  now: Date;
  department: string | undefined;
  note: string | undefined;
  diagnoses: Coding[];
  encounter: string | undefined;
  /** Licence of the head of the facility, or of whoever signs for them (MA_TTDV). */
  head: string | undefined;
};

/** The Appointment that a re-examination paper is. */
export function appointmentOf(booking: Booking): Resource {
  const { caller, facility, patient, start, number, now, department, note, diagnoses } = booking;
  return {
    resourceType: 'Appointment',
    ...(booking.head
      ? {
          extension: [{ url: APPOINTMENT_PAPER, extension: [{ url: 'MA_TTDV', valueString: booking.head }] }],
        }
      : {}),
    identifier: [{ system: appointmentNumber(facility.code), value: number.paper }],
    status: 'booked',
    ...(department ? { serviceType: [{ text: department }] } : {}),
    reasonCode: [
      {
        ...(diagnoses.length > 0
          ? { coding: diagnoses.map((coding) => ({ system: ICD10_VN, ...coding })) }
          : {}),
        text: 'Khám lại theo hẹn',
      },
    ],
    start: start.toISOString(),
    end: new Date(start.getTime() + MINUTES * 60_000).toISOString(),
    created: now.toISOString(),
    ...(note ? { patientInstruction: note } : {}),
    ...(booking.encounter ? { supportingInformation: [{ reference: booking.encounter }] } : {}),
    participant: [
      { actor: patient, status: 'accepted' },
      {
        actor: {
          ...(caller.practitioner ? { reference: caller.practitioner } : { type: 'Practitioner' }),
          ...(caller.licence ? { identifier: { system: LICENCE, value: caller.licence.number } } : {}),
          display: caller.name,
        },
        status: 'accepted',
      },
      {
        actor: {
          type: 'Location',
          identifier: { system: FACILITY, value: facility.code },
          display: facility.name,
        },
        status: 'accepted',
      },
    ],
  };
}

export type Visit = {
  facility: Facility;
  patient: Reference;
  /** The ServiceRequest that is answered. */
  request: Reference | undefined;
  start: Date;
  now: Date;
  department: string | undefined;
  note: string | undefined;
};

/** The Appointment that says when a referred patient is expected; nothing of the illness, for reception writes it too. */
export function visitOf({ facility, patient, request, start, now, department, note }: Visit): Resource {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    ...(request ? { basedOn: [request] } : {}),
    ...(department ? { serviceType: [{ text: department }] } : {}),
    appointmentType: { text: 'Khám theo giấy chuyển' },
    start: start.toISOString(),
    end: new Date(start.getTime() + MINUTES * 60_000).toISOString(),
    created: now.toISOString(),
    ...(note ? { patientInstruction: note } : {}),
    participant: [
      { actor: patient, status: 'accepted' },
      {
        actor: {
          type: 'Location',
          identifier: { system: FACILITY, value: facility.code },
          display: facility.name,
        },
        status: 'accepted',
      },
    ],
  };
}
