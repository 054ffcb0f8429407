import type { Role } from '@yba/fhir';

/** Types about no patient that everybody who signs in may read. */
const REGISTRIES: readonly string[] = [
  'Organization',
  'Location',
  'Practitioner',
  'PractitionerRole',
  'HealthcareService',
  'Endpoint',
  'CodeSystem',
  'ValueSet',
  'ConceptMap',
  'NamingSystem',
  'StructureDefinition',
  'SearchParameter',
  'OperationDefinition',
  'CapabilityStatement',
];

/** What the reception desk works with: who someone is, when they come, what covers them. */
const DESK: readonly string[] = [
  'Patient',
  'RelatedPerson',
  'Encounter',
  'Appointment',
  'AppointmentResponse',
  'Schedule',
  'Slot',
  'Coverage',
];

export type RoleLimit = { read: ReadonlySet<string> | 'all'; write: ReadonlySet<string> | 'all' };

const NONE: ReadonlySet<string> = new Set();

/** Which types each role may read and write at all; whose rows they see is for `decide`. */
export const ROLE_LIMITS: Readonly<Record<Role, RoleLimit>> = {
  system: { read: 'all', write: 'all' },
  platform: { read: 'all', write: 'all' },
  doctor: { read: 'all', write: 'all' },
  nurse: { read: 'all', write: 'all' },
  receptionist: {
    read: new Set([...REGISTRIES, ...DESK]),
    write: new Set(['Patient', 'RelatedPerson', 'Encounter', 'Appointment', 'Coverage']),
  },
  'identity-officer': {
    read: new Set([...REGISTRIES, 'Patient', 'RelatedPerson', 'Encounter', 'Coverage']),
    write: new Set(['Patient']),
  },
  'privacy-officer': { read: new Set([...REGISTRIES, 'Patient', 'AuditEvent']), write: NONE },
  admin: { read: new Set([...REGISTRIES, 'AuditEvent']), write: NONE },
  citizen: { read: 'all', write: NONE },
  ministry: { read: new Set(REGISTRIES), write: NONE },
};

/** The types that `limit` leaves out of `types`. */
export function beyond(limit: ReadonlySet<string> | 'all', types: readonly string[]): string[] {
  return limit === 'all' ? [] : types.filter((type) => !limit.has(type));
}
