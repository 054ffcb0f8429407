import type { LiveSource } from '../../fhir/live-sources.ts';
import { isWithdrawn } from '../../fhir/withdrawn.ts';
import type {
  AllergyIntolerance,
  Appointment,
  Condition,
  DiagnosticReport,
  DocumentReference,
  Encounter,
  MedicationRequest,
  Observation,
  Organization,
  Patient,
  Resource,
  ServiceRequest,
} from './fhir.ts';

/** Everything of one person that the book shows, as the hospitals wrote it. */
export type HealthRecord = {
  Patient: Patient[];
  Organization: Organization[];
  Encounter: Encounter[];
  Condition: Condition[];
  AllergyIntolerance: AllergyIntolerance[];
  MedicationRequest: MedicationRequest[];
  Observation: Observation[];
  DiagnosticReport: DiagnosticReport[];
  DocumentReference: DocumentReference[];
  ServiceRequest: ServiceRequest[];
  Appointment: Appointment[];
  /** What hospitals took back, of whatever kind. */
  withdrawn: Resource[];
  /** Hospitals that keep detail at home and were asked, with how each stands. */
  sources: LiveSource[];
  /** Kinds that could not be read: what is shown of them is not all there is. */
  missing: RecordKind[];
};

export type RecordKind = Exclude<keyof HealthRecord, 'missing' | 'withdrawn' | 'sources'>;

/** The kinds read for a person, in the order they are asked. */
export const recordKinds = [
  'Patient',
  'Organization',
  'Encounter',
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Observation',
  'DiagnosticReport',
  'DocumentReference',
  'ServiceRequest',
  'Appointment',
] as const satisfies RecordKind[];

/** The search that reads all of one kind for a person. `patient` is a `Patient/{id}`. */
export const searchFor = (kind: RecordKind, patient: string): string => {
  const page = '_count=1000';
  if (kind === 'Organization') return `Organization?${page}`;
  if (kind === 'Patient') return `Patient?_id=${patient.replace('Patient/', '')}`;
  return `${kind}?patient=${patient}&${page}`;
};

/** Sorts resources into a record; what was withdrawn (`entered-in-error`) stands apart. */
export const recordOf = (
  resources: readonly Resource[],
  missing: readonly RecordKind[] = [],
  sources: readonly LiveSource[] = [],
): HealthRecord => {
  const kinds = Object.fromEntries(recordKinds.map((kind) => [kind, [] as Resource[]]));
  const withdrawn = resources.filter(isWithdrawn);
  for (const resource of resources) if (!isWithdrawn(resource)) kinds[resource.resourceType]?.push(resource);
  return {
    ...(kinds as Pick<HealthRecord, RecordKind>),
    withdrawn,
    missing: [...missing],
    sources: [...sources],
  };
};

/** Whether it is known that no hospital has put anything in the book yet. */
export const isEmpty = (record: HealthRecord): boolean =>
  record.missing.length === 0 &&
  recordKinds.every((kind) => kind === 'Patient' || kind === 'Organization' || record[kind].length === 0);
