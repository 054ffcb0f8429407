import { Decimal, validate, type Resource } from '@yba/fhir';
import { Hl7v2Error, mapMessage, type Mapped, type Message, parseMessage, type Systems } from '@yba/hl7v2';
import { ICD10_VN, INSURANCE, INSURANCE_CARD, maLk, mrn, OLD_ID_CARD, PASSPORT, PERSON } from '@yba/vietnam';
import type { Keeping } from '../outbox/outbox.ts';
import type { Desk } from './desk.ts';
import { messageBundle, messageId, uuidOf } from './message-bundle.ts';

/** The systems that a hospital's HL7 v2 messages are mapped to. */
function systemsOf(facility: string, codeSystems: Readonly<Record<string, string>>): Systems {
  return {
    recordNumber: mrn(facility),
    visit: maLk(facility),
    person: PERSON,
    insurance: INSURANCE,
    insuranceCard: INSURANCE_CARD,
    passport: PASSPORT,
    oldIdCard: OLD_ID_CARD,
    icd10: ICD10_VN,
    local: `https://yba.vn/fhir/facility/${facility}`,
    codeSystems,
  };
}

/**
 * Maps an HL7 v2 message and keeps it as a message of the exchange; resolves when it is on the disk. A sender that repeats a
 * message byte for byte, because the answer was lost, makes no second one. Throws Hl7v2Error naming segment and field, or
 * OutcomeError.
 */
export async function takeHl7v2(
  desk: Desk,
  codeSystems: Readonly<Record<string, string>>,
  message: Message,
  bytes: Buffer,
): Promise<Keeping & { accounts: Mapped['accounts'] }> {
  const { controlId, sendingApplication, processingId } = message.header;
  if (processingId && processingId !== 'P')
    throw new Hl7v2Error(
      '202',
      { segment: 'MSH', sequence: 1, field: 11 },
      {
        vi: `Chỉ nhận bản tin thật (P), không nhận ${processingId}. Bản tin thử gửi tới trung tâm thử.`,
        en: `Only production messages (P) are taken, not ${processingId}. Send tests to a hub for tests.`,
      },
    );
  const mapped = mapFor(message, desk.facility, codeSystems);
  refuseInvalid(mapped);
  const id = messageId('hl7v2', bytes);
  const keeping = await desk.outbox.keep({
    id,
    patient: mapped.patient,
    event: mapped.event,
    source: 'hl7v2',
    origin: controlId,
    text: messageBundle({
      id,
      event: mapped.event,
      endpoint: desk.endpoint,
      ...(sendingApplication ? { software: sendingApplication } : {}),
      entries: mapped.entries as never,
      ...(mapped.focus ? { focus: mapped.focus } : {}),
      ...(mapped.reason ? { reason: mapped.reason } : {}),
    }),
  });
  return { ...keeping, accounts: mapped.accounts };
}

/** What the hub would refuse for its form is refused at once, while the sender listens. */
function refuseInvalid({ entries }: Mapped): void {
  for (const { resource } of entries)
    for (const issue of validate(resource as unknown as Resource))
      if (issue.severity === 'error' || issue.severity === 'fatal')
        throw new Hl7v2Error('102', SEGMENTS[resource.resourceType] ?? { segment: 'MSH', sequence: 1 }, {
          vi: `Dữ liệu không lập được ${issue.expression?.[0] ?? resource.resourceType}: ${issue.diagnostics ?? issue.code}`,
          en: `The data make no valid ${issue.expression?.[0] ?? resource.resourceType}: ${issue.diagnostics ?? issue.code}`,
        });
}

/** The segment that a resource is made of, for the answer. */
const SEGMENTS: Readonly<Record<string, { segment: string; sequence: number }>> = {
  Patient: { segment: 'PID', sequence: 1 },
  Encounter: { segment: 'PV1', sequence: 1 },
  Condition: { segment: 'DG1', sequence: 1 },
  AllergyIntolerance: { segment: 'AL1', sequence: 1 },
  Procedure: { segment: 'PR1', sequence: 1 },
  Coverage: { segment: 'IN1', sequence: 1 },
  Observation: { segment: 'OBX', sequence: 1 },
  DiagnosticReport: { segment: 'OBR', sequence: 1 },
  ServiceRequest: { segment: 'OBR', sequence: 1 },
  Specimen: { segment: 'SPM', sequence: 1 },
  Appointment: { segment: 'SCH', sequence: 1 },
  DocumentReference: { segment: 'TXA', sequence: 1 },
};

/** What a message of a facility becomes, without keeping it. Throws Hl7v2Error. */
export function tryHl7v2(
  bytes: Buffer,
  facility: string,
  codeSystems: Readonly<Record<string, string>> = {},
): Mapped {
  return mapFor(parseMessage(bytes), facility, codeSystems);
}

function mapFor(message: Message, facility: string, codeSystems: Readonly<Record<string, string>>): Mapped {
  return mapMessage(message, {
    systems: systemsOf(facility, codeSystems),
    uuid: uuidOf,
    decimal: (text) => new Decimal(text),
  });
}
