import { type Issue, type IssueType, OutcomeError } from '@yba/fhir';
import { extension } from '@yba/vietnam';

/** The codes of `MessageHeader.eventCoding`; the database keeps their places, counted from 1. */
export const EVENTS = [
  'visit',
  'record',
  'dossier-xml',
  'retraction',
  'patient-identity',
  'audit-event',
] as const;
export type MessageEvent = (typeof EVENTS)[number];
export const EVENT_SYSTEM = 'https://yba.vn/fhir/CodeSystem/message-event';

/** What became of a message, in the same way. */
export const STATES = ['received', 'retrying', 'filed', 'refused'] as const;
export type MessageState = (typeof STATES)[number];

/** What filing did, in the same way. */
export const DISPOSITIONS = ['created', 'replaced', 'withdrawn', 'updated', 'duplicate'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** The number a code is kept as. */
export const numberOf = <T extends string>(codes: readonly T[], code: T): number => codes.indexOf(code) + 1;

/** The code of a number that is kept. */
export function codeOf<T extends string>(codes: readonly T[], number: number): T {
  return codes[number - 1]!;
}

/** Source: https://hl7.org/fhir/R4/valueset-response-code.html */
export const RESPONSE_CODES: Readonly<Record<MessageState, 'ok' | 'transient-error' | 'fatal-error'>> = {
  received: 'transient-error',
  retrying: 'transient-error',
  filed: 'ok',
  refused: 'fatal-error',
};

export const STATE_EXTENSION = extension('message-state');
export const RECEIVED_EXTENSION = extension('message-received');
export const SETTLED_EXTENSION = extension('message-settled');
export const DISPOSITION_EXTENSION = extension('message-disposition');

/** What is wrong and how it is mended, in both languages; `expression` names the element. */
export function issueOfMessage(
  code: IssueType,
  [vi, en]: readonly [vi: string, en: string],
  expression?: string,
  severity: Issue['severity'] = 'error',
): Issue {
  return { severity, code, diagnostics: `${vi} ${en}`, ...(expression ? { expression: [expression] } : {}) };
}

/** One issue as an error. */
export function refusal(
  code: IssueType,
  words: readonly [vi: string, en: string],
  expression?: string,
): OutcomeError {
  return new OutcomeError([issueOfMessage(code, words, expression)]);
}
