/** The parts of FHIR R4 that the screens read. Source: https://hl7.org/fhir/R4/resourcelist.html */

export type Coding = { system?: string; code?: string; display?: string };
export type CodeableConcept = { coding?: Coding[]; text?: string };
export type Identifier = { system?: string; value?: string; use?: string; period?: Period };
export type Reference = { reference?: string; display?: string; identifier?: Identifier; type?: string };
export type Period = { start?: string; end?: string };
/** `digits`: the value as the server wrote it, when the number alone would lose digits. */
export type Quantity = {
  value?: number;
  digits?: string;
  unit?: string;
  code?: string;
  system?: string;
  comparator?: string;
};
export type Attachment = {
  contentType?: string;
  url?: string;
  data?: string;
  title?: string;
  size?: number;
  creation?: string;
};
export type HumanName = { use?: string; text?: string; family?: string; given?: string[] };
export type Address = {
  use?: string;
  text?: string;
  line?: string[];
  city?: string;
  district?: string;
  state?: string;
};
export type Extension = {
  url: string;
  valueCode?: string;
  valueString?: string;
  valueBoolean?: boolean;
  valueDate?: string;
  valueDecimal?: number;
  valueInstant?: string;
  valueDateTime?: string;
  valueIdentifier?: Identifier;
  valueCodeableConcept?: CodeableConcept;
  extension?: Extension[];
};
export type ReferenceRange = { low?: Quantity; high?: Quantity; text?: string; type?: CodeableConcept };
export type Annotation = { text?: string; time?: string };

type Base<Type extends string> = {
  resourceType: Type;
  id?: string;
  meta?: { versionId?: string; lastUpdated?: string; source?: string; security?: Coding[]; tag?: Coding[] };
  extension?: Extension[];
};

export type Patient = Base<'Patient'> & {
  active?: boolean;
  identifier?: Identifier[];
  name?: HumanName[];
  gender?: string;
  birthDate?: string;
  deceasedBoolean?: boolean;
  deceasedDateTime?: string;
  address?: Address[];
  telecom?: { system?: string; value?: string }[];
  contact?: { name?: HumanName }[];
  managingOrganization?: Reference;
};

export type Organization = Base<'Organization'> & {
  identifier?: Identifier[];
  name?: string;
  alias?: string[];
  address?: Address[];
};

export type Encounter = Base<'Encounter'> & {
  status?: string;
  class?: Coding;
  type?: CodeableConcept[];
  serviceType?: CodeableConcept;
  subject?: Reference;
  participant?: { individual?: Reference }[];
  period?: Period;
  reasonCode?: CodeableConcept[];
  diagnosis?: { condition: Reference; use?: CodeableConcept; rank?: number }[];
  hospitalization?: { dischargeDisposition?: CodeableConcept };
  location?: { location?: Reference }[];
  serviceProvider?: Reference;
};

export type Condition = Base<'Condition'> & {
  clinicalStatus?: CodeableConcept;
  verificationStatus?: CodeableConcept;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  subject?: Reference;
  encounter?: Reference;
  onsetDateTime?: string;
  recordedDate?: string;
};

export type AllergyIntolerance = Base<'AllergyIntolerance'> & {
  clinicalStatus?: CodeableConcept;
  verificationStatus?: CodeableConcept;
  criticality?: string;
  code?: CodeableConcept;
  recordedDate?: string;
  lastOccurrence?: string;
  onsetDateTime?: string;
  reaction?: {
    substance?: CodeableConcept;
    manifestation?: CodeableConcept[];
    severity?: string;
    onset?: string;
  }[];
};

export type Dosage = {
  text?: string;
  patientInstruction?: string;
  timing?: { repeat?: { when?: string[]; frequency?: number; period?: number; periodUnit?: string } };
  doseAndRate?: { doseQuantity?: Quantity }[];
};

export type MedicationRequest = Base<'MedicationRequest'> & {
  status?: string;
  intent?: string;
  medicationCodeableConcept?: CodeableConcept;
  medicationReference?: Reference;
  authoredOn?: string;
  encounter?: Reference;
  requester?: Reference;
  reportedBoolean?: boolean;
  dosageInstruction?: Dosage[];
  dispenseRequest?: { validityPeriod?: Period; quantity?: Quantity; expectedSupplyDuration?: Quantity };
};

export type Observation = Base<'Observation'> & {
  status?: string;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  encounter?: Reference;
  effectiveDateTime?: string;
  effectiveInstant?: string;
  effectivePeriod?: Period;
  issued?: string;
  valueQuantity?: Quantity;
  valueString?: string;
  valueInteger?: number;
  valueBoolean?: boolean;
  valueCodeableConcept?: CodeableConcept;
  dataAbsentReason?: CodeableConcept;
  interpretation?: CodeableConcept[];
  note?: Annotation[];
  method?: CodeableConcept;
  performer?: Reference[];
  referenceRange?: ReferenceRange[];
  component?: {
    code?: CodeableConcept;
    valueQuantity?: Quantity;
    valueString?: string;
    interpretation?: CodeableConcept[];
    referenceRange?: ReferenceRange[];
  }[];
};

export type DiagnosticReport = Base<'DiagnosticReport'> & {
  status?: string;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  encounter?: Reference;
  effectiveDateTime?: string;
  issued?: string;
  conclusion?: string;
  result?: Reference[];
  presentedForm?: Attachment[];
};

export type DocumentReference = Base<'DocumentReference'> & {
  status?: string;
  type?: CodeableConcept;
  category?: CodeableConcept[];
  date?: string;
  description?: string;
  author?: Reference[];
  content?: { attachment?: Attachment; format?: Coding }[];
  context?: { encounter?: Reference[] };
};

export type ServiceRequest = Base<'ServiceRequest'> & {
  status?: string;
  category?: CodeableConcept[];
  code?: CodeableConcept;
  authoredOn?: string;
  encounter?: Reference;
  occurrenceDateTime?: string;
  occurrencePeriod?: Period;
  identifier?: Identifier[];
  subject?: Reference;
  requester?: Reference;
  performer?: Reference[];
  reasonCode?: CodeableConcept[];
  supportingInfo?: Reference[];
};

export type Task = Base<'Task'> & {
  identifier?: Identifier[];
  status?: string;
  businessStatus?: CodeableConcept;
  statusReason?: CodeableConcept;
  code?: CodeableConcept;
  focus?: Reference;
  for?: Reference;
  authoredOn?: string;
  lastModified?: string;
  requester?: Reference;
  owner?: Reference;
  reasonCode?: CodeableConcept;
  restriction?: { period?: Period };
  output?: { type?: CodeableConcept; valueReference?: Reference; valueString?: string }[];
};

export type Provenance = Base<'Provenance'> & {
  target?: Reference[];
  recorded?: string;
  activity?: CodeableConcept;
  agent?: { who?: Reference; onBehalfOf?: Reference }[];
};

export type Appointment = Base<'Appointment'> & {
  status?: string;
  description?: string;
  start?: string;
  end?: string;
  serviceType?: CodeableConcept[];
  patientInstruction?: string;
  participant?: { actor?: Reference; status?: string }[];
};

export type Coverage = Base<'Coverage'> & {
  status?: string;
  subscriberId?: string;
  identifier?: Identifier[];
  period?: Period;
  class?: { type?: CodeableConcept; value?: string; name?: string }[];
};

export type Procedure = Base<'Procedure'> & {
  status?: string;
  code?: CodeableConcept;
  performedDateTime?: string;
  performedPeriod?: Period;
  encounter?: Reference;
  category?: CodeableConcept;
};

export type Binary = Base<'Binary'> & { contentType?: string; data?: string };

export type Practitioner = Base<'Practitioner'> & { name?: HumanName[]; identifier?: Identifier[] };

export type Parameter = {
  name: string;
  valueString?: string;
  valueCode?: string;
  valueDateTime?: string;
  valueInstant?: string;
  valueUri?: string;
  valueId?: string;
  valueInteger?: number;
  valueUnsignedInt?: number;
  valueDecimal?: number;
  valueDate?: string;
  valueBoolean?: boolean;
  valueReference?: Reference;
  valueCoding?: Coding;
  valueIdentifier?: Identifier;
  resource?: Resource;
  part?: Parameter[];
};

export type Parameters = Base<'Parameters'> & { parameter?: Parameter[] };

export type OperationOutcome = Base<'OperationOutcome'> & {
  issue: {
    severity: string;
    code: string;
    diagnostics?: string;
    details?: CodeableConcept;
    expression?: string[];
    extension?: Extension[];
  }[];
};

export type BundleEntry = {
  fullUrl?: string;
  resource?: Resource;
  search?: { mode?: string; score?: number; extension?: Extension[] };
  request?: { method: string; url: string };
  response?: { status: string; outcome?: Resource };
};

export type Bundle = Base<'Bundle'> & {
  type: string;
  total?: number;
  link?: { relation: string; url: string }[];
  entry?: BundleEntry[];
};

export type AuditEvent = Base<'AuditEvent'> & {
  recorded?: string;
  action?: string;
  outcome?: string;
  subtype?: Coding[];
  agent?: {
    name?: string;
    requestor?: boolean;
    role?: CodeableConcept[];
    purposeOfUse?: CodeableConcept[];
  }[];
  entity?: {
    what?: Reference;
    type?: Coding;
    role?: Coding;
    description?: string;
    detail?: { type?: string; valueString?: string }[];
  }[];
};

/** Any resource that the screens read, told apart by `resourceType`. */
export type Resource =
  | Patient
  | Organization
  | Encounter
  | Condition
  | AllergyIntolerance
  | MedicationRequest
  | Observation
  | DiagnosticReport
  | DocumentReference
  | ServiceRequest
  | Task
  | Provenance
  | Appointment
  | Coverage
  | Procedure
  | Binary
  | Practitioner
  | AuditEvent
  | Parameters
  | OperationOutcome
  | Bundle;

/** The resource of that type name. */
export type ResourceOf<Type extends Resource['resourceType']> = Extract<Resource, { resourceType: Type }>;
