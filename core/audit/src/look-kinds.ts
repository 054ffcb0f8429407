import { DICOM } from './balp-pattern.ts';

export type LookCoding = { system: string; code: string; display?: string };

/** What kind of event an action of the log is. */
export type LookKind = { action: 'C' | 'R' | 'U' | 'D' | 'E'; type: LookCoding; subtype: LookCoding };

/** AuditEvent.action of each action of the log. Source: https://hl7.org/fhir/R4/valueset-audit-event-action.html */
const ACTIONS: Readonly<Record<string, LookKind['action']>> = {
  read: 'R',
  vread: 'R',
  history: 'R',
  search: 'E',
  create: 'C',
  update: 'U',
  delete: 'D',
  transaction: 'C',
  submit: 'C',
  match: 'E',
  open: 'E',
  operation: 'E',
  'sign-in': 'E',
  'sign-out': 'E',
  export: 'E',
  print: 'E',
  erase: 'D',
  backup: 'E',
  restore: 'E',
  security: 'E',
  lock: 'E',
  unlock: 'E',
  revoke: 'E',
  switch: 'E',
  account: 'U',
};

/** AuditEvent.outcome of each outcome in the log. Source: https://hl7.org/fhir/R4/valueset-audit-event-outcome.html */
export const OUTCOMES: Readonly<Record<string, string>> = { success: '0', denied: '4', failed: '8' };

/** Events that DICOM names. Source: https://hl7.org/fhir/R4/valueset-audit-event-type.html */
const DICOM_EVENTS: Readonly<Record<string, { type: [string, string]; subtype?: [string, string] }>> = {
  'sign-in': { type: ['110114', 'User Authentication'], subtype: ['110122', 'Login'] },
  'sign-out': { type: ['110114', 'User Authentication'], subtype: ['110123', 'Logout'] },
  lock: { type: ['110114', 'User Authentication'] },
  unlock: { type: ['110114', 'User Authentication'] },
  revoke: { type: ['110114', 'User Authentication'] },
  switch: { type: ['110114', 'User Authentication'] },
  account: {
    type: ['110113', 'Security Alert'],
    subtype: ['110137', 'User Security Attributes Changed'],
  },
  export: { type: ['110106', 'Export'] },
  security: { type: ['110113', 'Security Alert'] },
};

/** Interactions that FHIR names. Source: https://hl7.org/fhir/R4/valueset-type-restful-interaction.html */
const RESTFUL: ReadonlySet<string> = new Set([
  'read',
  'vread',
  'history',
  'search',
  'create',
  'update',
  'delete',
  'transaction',
  'operation',
]);

/** The kind of an action; of one that the log has and this release does not know, an execution. */
export function kindOf(action: string): LookKind {
  const event = DICOM_EVENTS[action];
  const ours = { system: 'https://yba.vn/fhir/CodeSystem/interaction', code: action };
  const code = ACTIONS[action] ?? 'E';
  if (event) {
    const coding = ([name, display]: [string, string]) => ({ system: DICOM, code: name, display });
    return { action: code, type: coding(event.type), subtype: event.subtype ? coding(event.subtype) : ours };
  }
  return {
    action: code,
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    subtype: RESTFUL.has(action) ? { system: 'http://hl7.org/fhir/restful-interaction', code: action } : ours,
  };
}

/** The actions of the log whose kind is such a one. */
export const actionsOf = (matches: (kind: LookKind) => boolean): string[] =>
  Object.keys(ACTIONS).filter((action) => matches(kindOf(action)));
