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
  /** Kinds that could not be read: what is shown of them is not all there is. */
  missing: RecordKind[];
};

export type RecordKind = Exclude<keyof HealthRecord, 'missing'>;

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

/** Sorts resources into a record; what was withdrawn (`entered-in-error`) is left out. */
export const recordOf = (
  resources: readonly Resource[],
  missing: readonly RecordKind[] = [],
): HealthRecord => {
  const kinds = Object.fromEntries(recordKinds.map((kind) => [kind, [] as Resource[]]));
  for (const resource of resources) if (!withdrawn(resource)) kinds[resource.resourceType]?.push(resource);
  return { ...(kinds as Omit<HealthRecord, 'missing'>), missing: [...missing] };
};

const withdrawn = (resource: Resource): boolean => {
  const { status, verificationStatus } = resource as Resource & {
    status?: string;
    verificationStatus?: { coding?: { code?: string }[] };
  };
  return (
    status === 'entered-in-error' ||
    (verificationStatus?.coding?.some((coding) => coding.code === 'entered-in-error') ?? false)
  );
};

/** Whether it is known that no hospital has put anything in the book yet. */
export const isEmpty = (record: HealthRecord): boolean =>
  record.missing.length === 0 &&
  recordKinds.every((kind) => kind === 'Patient' || kind === 'Organization' || record[kind].length === 0);
