import type { LookCoding } from './look-kinds.ts';

/** Each event has that of its request. */
export type EntityKind = 'patient' | 'data' | 'query' | 'account' | 'request';

const typed = (code: string, display: string) => ({
  system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  code,
  display,
});
const played = (code: string, display: string) => ({
  system: 'http://terminology.hl7.org/CodeSystem/object-role',
  code,
  display,
});

/** What an AuditEvent of ours tells as its entities, each of its type and in its role; of the request the profile names no role. */
export const ENTITIES: Readonly<Record<EntityKind, { type: LookCoding; role?: LookCoding }>> = {
  patient: { type: typed('1', 'Person'), role: played('1', 'Patient') },
  data: { type: typed('2', 'System Object'), role: played('4', 'Domain Resource') },
  query: { type: typed('2', 'System Object'), role: played('24', 'Query') },
  account: { type: typed('2', 'System Object'), role: played('11', 'Security User Entity') },
  request: {
    type: { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', code: 'XrequestId' },
  },
};

/** The site that AuditEvents of ours name as where they were observed. */
export const SITE = 'Y Bạ';
