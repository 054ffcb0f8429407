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

type Types = ReadonlySet<string> | 'all';

export type RoleLimit = { read: Types; write: Types; delete: Types };

const NONE: ReadonlySet<string> = new Set();

/** What people may delete of what they entered; a Patient is removed by the facility's own software alone. */
const CLINICAL_DELETES: ReadonlySet<string> = new Set([
  'AllergyIntolerance',
  'Appointment',
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'MedicationRequest',
  'Observation',
  'Procedure',
  'ServiceRequest',
  'Task',
]);

/** Which types each role may read, write and delete at all; whose rows they see is for `decide`. */
export const ROLE_LIMITS: Readonly<Record<Role, RoleLimit>> = {
  system: { read: 'all', write: 'all', delete: 'all' },
  platform: { read: 'all', write: 'all', delete: 'all' },
  doctor: { read: 'all', write: 'all', delete: CLINICAL_DELETES },
  nurse: { read: 'all', write: 'all', delete: CLINICAL_DELETES },
  receptionist: {
    read: new Set([...REGISTRIES, ...DESK]),
    write: new Set(['Patient', 'RelatedPerson', 'Encounter', 'Appointment', 'Coverage']),
    delete: new Set(['Appointment']),
  },
  'identity-officer': {
    read: new Set([...REGISTRIES, 'Patient', 'RelatedPerson', 'Encounter', 'Coverage']),
    write: new Set(['Patient']),
    delete: NONE,
  },
  'privacy-officer': { read: new Set([...REGISTRIES, 'Patient', 'AuditEvent']), write: NONE, delete: NONE },
  admin: { read: new Set([...REGISTRIES, 'AuditEvent']), write: NONE, delete: NONE },
  citizen: { read: 'all', write: NONE, delete: NONE },
  ministry: { read: new Set(REGISTRIES), write: NONE, delete: NONE },
};

/** The types that `limit` leaves out of `types`. */
export function beyond(limit: Types, types: readonly string[]): string[] {
  return limit === 'all' ? [] : types.filter((type) => !limit.has(type));
}
