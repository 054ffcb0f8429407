import type { Resource } from '@yba/fhir';
import { FACILITY } from '@yba/vietnam';
import type { RequestKind } from './deadlines.ts';

const KIND = 'https://yba.vn/fhir/CodeSystem/look-request';
const TOLD = 'https://yba.vn/fhir/CodeSystem/look-request-reminder';
const ACCOUNT = 'https://yba.vn/fhir/sid/account';
const DUE = 'https://yba.vn/fhir/StructureDefinition/answer-due';

const words: Readonly<Record<RequestKind, string>> = {
  ask: 'Hỏi lý do xem hồ sơ',
  object: 'Phản đối việc xem hồ sơ',
  correct: 'Yêu cầu sửa',
};

/** Shown to the person and, by the operations here, to the facility's privacy officer: never to those who looked. */
const RESTRICTED = {
  security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
};

export type Question = {
  kind: RequestKind;
  event: string;
  patient: string;
  name: string;
  /** Who asks in the person's stead. */
  stead?: { subject: string; name: string };
  facility: string;
  facilityName: string;
  text: string;
  sent: Date;
  due: Date;
};

/** A person's question as a Communication: about the AuditEvent, in progress until it is answered. */
export function questionOf(asked: Question): Resource {
  return {
    resourceType: 'Communication',
    meta: RESTRICTED,
    extension: [{ url: DUE, valueDateTime: asked.due.toISOString() }],
    status: 'in-progress',
    category: [{ coding: [{ system: KIND, code: asked.kind }], text: words[asked.kind] }],
    subject: { reference: `Patient/${asked.patient}`, display: asked.name },
    about: [{ reference: `AuditEvent/${asked.event}` }],
    sent: asked.sent.toISOString(),
    sender: asked.stead
      ? {
          type: 'RelatedPerson',
          identifier: { system: ACCOUNT, value: asked.stead.subject },
          display: asked.stead.name,
        }
      : { reference: `Patient/${asked.patient}`, display: asked.name },
    recipient: [facility(asked)],
    payload: [{ contentString: asked.text }],
  };
}

/** The facility's answer: a Communication in response to the question. */
export function answerTo(
  question: Resource,
  { text, sent, by }: { text: string; sent: Date; by: string },
): Resource {
  const recipients = question['recipient'] as { display?: string }[];
  return {
    resourceType: 'Communication',
    meta: RESTRICTED,
    status: 'completed',
    inResponseTo: [{ reference: `Communication/${question.id!}` }],
    category: question['category'],
    subject: question['subject'],
    about: question['about'],
    sent: sent.toISOString(),
    sender: { ...recipients[0], display: [by, recipients[0]?.display].filter(Boolean).join(', ') },
    recipient: [question['sender']],
    payload: [{ contentString: text }],
  };
}

/** What a facility is told of a request that waits: the deadline comes near, or has passed. */
export type Reminder = 'reminder' | 'overdue';

const reminderWords: Readonly<Record<Reminder, string>> = {
  reminder: 'Sắp hết hạn trả lời',
  overdue: 'Đã quá hạn trả lời',
};

/** What the platform writes to the facility about a question that waits. */
export function reminderOf(question: Resource, kind: Reminder, sent: Date): Resource {
  return {
    resourceType: 'Communication',
    meta: RESTRICTED,
    status: 'completed',
    inResponseTo: [{ reference: `Communication/${question.id!}` }],
    category: [{ coding: [{ system: TOLD, code: kind }], text: reminderWords[kind] }],
    subject: question['subject'],
    about: question['about'],
    sent: sent.toISOString(),
    sender: { display: 'Y Bạ' },
    recipient: question['recipient'],
    payload: [{ contentString: reminderWords[kind] }],
  };
}

function facility({ facility: value, facilityName }: Question): object {
  return { type: 'Organization', identifier: { system: FACILITY, value }, display: facilityName };
}
