import type {
  Attachment,
  CodeableConcept,
  Coding,
  HumanName,
  Identifier,
  Period,
  Quantity,
  Reference,
} from '../../fhir/types.ts';

export type { Attachment, CodeableConcept, Coding, Identifier, Quantity, Reference };

/** The parts of each kind of resource that the book reads. Source: https://hl7.org/fhir/R4/resourcelist.html */
export type Resource = {
  resourceType: string;
  id?: string;
  meta?: { source?: string; lastUpdated?: string; security?: Coding[] };
};

export type Patient = Resource & {
  name?: HumanName[];
  gender?: string;
  birthDate?: string;
  identifier?: Identifier[];
};

export type Organization = Resource & { name?: string; alias?: string[]; identifier?: Identifier[] };

export type Encounter = Resource & {
  status?: string;
  class?: Coding;
  type?: CodeableConcept[];
  serviceType?: CodeableConcept;
  period?: Period;
  reasonCode?: CodeableConcept[];
  diagnosis?: { condition: Reference; rank?: number }[];
  participant?: { individual?: Reference }[];
  serviceProvider?: Reference;
  hospitalization?: { dischargeDisposition?: CodeableConcept };
};

export type Condition = Resource & {
  clinicalStatus?: CodeableConcept;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  encounter?: Reference;
  recordedDate?: string;
  onsetDateTime?: string;
  note?: { text?: string }[];
};

export type AllergyIntolerance = Resource & {
  code?: CodeableConcept;
  criticality?: string;
  clinicalStatus?: CodeableConcept;
  reaction?: { manifestation?: CodeableConcept[]; severity?: string }[];
};

export type Dosage = {
  text?: string;
  patientInstruction?: string;
  timing?: {
    code?: CodeableConcept;
    repeat?: {
      when?: string[];
      timeOfDay?: string[];
      frequency?: number;
      period?: number;
      periodUnit?: string;
      boundsPeriod?: Period;
      boundsDuration?: Quantity & { code?: string };
    };
  };
  doseAndRate?: { doseQuantity?: Quantity }[];
  route?: CodeableConcept;
};

export type MedicationRequest = Resource & {
  status?: string;
  medicationCodeableConcept?: CodeableConcept;
  medicationReference?: Reference;
  authoredOn?: string;
  encounter?: Reference;
  requester?: Reference;
  reportedBoolean?: boolean;
  dosageInstruction?: Dosage[];
  dispenseRequest?: {
    validityPeriod?: Period;
    quantity?: Quantity;
    expectedSupplyDuration?: Quantity & { code?: string };
  };
};

export type Observation = Resource & {
  status?: string;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  encounter?: Reference;
  effectiveDateTime?: string;
  effectivePeriod?: Period;
  issued?: string;
  valueQuantity?: Quantity;
  valueString?: string;
  valueInteger?: number;
  valueCodeableConcept?: CodeableConcept;
  interpretation?: CodeableConcept[];
  referenceRange?: { low?: Quantity; high?: Quantity; text?: string }[];
  component?: {
    code?: CodeableConcept;
    valueQuantity?: Quantity;
    interpretation?: CodeableConcept[];
    referenceRange?: { low?: Quantity; high?: Quantity; text?: string }[];
  }[];
  performer?: Reference[];
  note?: { text?: string }[];
};

export type DiagnosticReport = Resource & {
  status?: string;
  code?: CodeableConcept;
  category?: CodeableConcept[];
  encounter?: Reference;
  effectiveDateTime?: string;
  issued?: string;
  conclusion?: string;
  result?: Reference[];
  presentedForm?: Attachment[];
  performer?: Reference[];
};

export type DocumentReference = Resource & {
  status?: string;
  type?: CodeableConcept;
  description?: string;
  date?: string;
  content?: { attachment?: Attachment }[];
  context?: { encounter?: Reference[] };
  author?: Reference[];
};

export type ServiceRequest = Resource & {
  status?: string;
  intent?: string;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  encounter?: Reference;
  authoredOn?: string;
  occurrenceDateTime?: string;
  performer?: Reference[];
  reasonCode?: CodeableConcept[];
  note?: { text?: string }[];
};

export type Appointment = Resource & {
  identifier?: { system?: string; value?: string }[];
  status?: string;
  start?: string;
  end?: string;
  description?: string;
  comment?: string;
  patientInstruction?: string;
  serviceType?: CodeableConcept[];
  specialty?: CodeableConcept[];
  participant?: { actor?: Reference; status?: string }[];
};

export type AuditEvent = Resource & {
  recorded?: string;
  /** When it happened, of what came into the log later. */
  period?: { start?: string; end?: string };
  type?: Coding;
  subtype?: Coding[];
  action?: string;
  purposeOfEvent?: CodeableConcept[];
  outcome?: string;
  agent?: {
    type?: CodeableConcept;
    role?: CodeableConcept[];
    who?: Reference;
    name?: string;
    requestor?: boolean;
    purposeOfUse?: CodeableConcept[];
    location?: Reference;
  }[];
  source?: { site?: string; observer?: Reference };
  entity?: {
    what?: Reference;
    role?: Coding;
    name?: string;
    description?: string;
    detail?: { type?: string; valueString?: string }[];
  }[];
  extension?: { url: string; valueString?: string; valueCode?: string }[];
};

/** Words of a coded concept: its text, else the first display, else the first code. */
export const words = (concept: CodeableConcept | undefined): string | undefined =>
  concept?.text ??
  concept?.coding?.find((coding) => coding.display)?.display ??
  concept?.coding?.find((coding) => coding.code)?.code;

/** The id a literal reference `Type/id` points to; undefined for other references. */
export const idOf = (reference: Reference | undefined, type: string): string | undefined => {
  const match = reference?.reference?.match(/(?:^|\/)([A-Z]\w+)\/([^/|]+)/);
  return match?.[1] === type ? match[2] : undefined;
};

/** When a resource was true for the person: its clinical time, else when the server took it. */
export const timeOf = (observation: Observation | DiagnosticReport): string | undefined =>
  observation.effectiveDateTime ??
  ('effectivePeriod' in observation ? observation.effectivePeriod?.start : undefined) ??
  observation.issued ??
  observation.meta?.lastUpdated;
