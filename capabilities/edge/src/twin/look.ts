import { randomUUID } from 'node:crypto';
import type { Resource } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { messageBundle } from '../intake/message-bundle.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** Who looked at whom in the twin, and why. */
export type Look = {
  who: string;
  why: string;
  /** Their record, or their name in a list. */
  at: 'record' | 'list';
  patient: string;
  facility: string;
  endpoint: string;
  when: Date;
};

const interaction = (code: string, action: string) => ({
  subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code, display: code }],
  action,
});
const INTERACTIONS = { record: interaction('read', 'R'), list: interaction('search', 'E') };

/**
 * Keeps a look in the outbox as an AuditEvent; resolves when it is on the disk, which is before anything is shown. It travels to
 * the hub as any other message, and becomes a row of the person's access log there. Source: IHE BALP, Patient Read and Patient Query; DICOM PS3.15 A.5.3
 */
export async function keepLook(
  outbox: Outbox,
  { who, why, at, patient, facility, endpoint, when }: Look,
): Promise<void> {
  const id = randomUUID();
  const [patientUrl, eventUrl] = [`urn:uuid:${randomUUID()}`, `urn:uuid:${randomUUID()}`];
  const event = {
    resourceType: 'AuditEvent',
    id,
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    ...INTERACTIONS[at],
    period: { start: when.toISOString(), end: when.toISOString() },
    recorded: when.toISOString(),
    outcome: '0',
    outcomeDesc: why,
    purposeOfEvent: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
            code: 'ETREAT',
            display: 'Emergency Treatment',
          },
        ],
        text: why,
      },
    ],
    agent: [{ name: who, requestor: true, role: [{ text: 'Nhân viên y tế, mã khẩn cấp của bản sao' }] }],
    source: { site: facility, observer: { display: 'Trạm biên' } },
    entity: [
      {
        what: { reference: patientUrl },
        type: {
          system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
          code: '1',
          display: 'Person',
        },
        role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1', display: 'Patient' },
      },
    ],
  } as unknown as Resource;
  const about = {
    resourceType: 'Patient',
    identifier: [{ system: mrn(facility), value: patient }],
  } as unknown as Resource;
  await outbox.keep({
    id,
    patient,
    event: 'audit-event',
    source: 'twin',
    origin: '',
    text: messageBundle({
      id,
      event: 'audit-event',
      endpoint,
      entries: [
        { fullUrl: patientUrl, resource: about },
        { fullUrl: eventUrl, resource: event },
      ],
      focus: [{ reference: eventUrl }],
    }),
  });
}
