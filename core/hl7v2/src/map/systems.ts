/** The identifier and code systems that a hospital's messages are mapped to. */
export type Systems = {
  /** The hospital's own record numbers. */
  recordNumber: string;
  /** The hospital's keys of visits. */
  visit: string;
  /** The national person number. */
  person: string;
  insurance: string;
  insuranceCard: string;
  passport: string;
  oldIdCard: string;
  /** Diagnoses coded I10, ICD10 or ICD-10. */
  icd10: string;
  /** Prefix of systems for what only the hospital names: orders, results, own codes. */
  local: string;
  /** By the names that messages use for code systems. */
  codeSystems: Readonly<Record<string, string>>;
};

export type MapOptions = {
  systems: Systems;
  /** A UUID made of these parts: the same parts, the same UUID. */
  uuid(...parts: string[]): string;
  /** A number that keeps its digits in JSON. */
  decimal(text: string): unknown;
};

/** A FHIR resource as it is built here. */
export type Built = { resourceType: string } & Record<string, unknown>;

export type BuiltEntry = { fullUrl: string; resource: Built };
