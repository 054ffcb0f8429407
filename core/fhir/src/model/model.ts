import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { SearchParameter } from '../search/search-parameter.ts';

/** An invariant: a FHIRPath expression that must not be false for an element. */
export type Constraint = {
  key: string;
  severity: 'error' | 'warning';
  human: string;
  expression: string;
  /** Advice rather than a rule. */
  best?: true;
};

/** A binding that is checked. Source: https://hl7.org/fhir/R4/terminologies.html#strength */
export type Bound = {
  strength: 'required' | 'extensible' | 'preferred';
  valueSet: string;
  /** Value set that no code may be outside of, whatever the strength. */
  max?: string;
};

/** One element of a type, as its StructureDefinition snapshot has it. */
export type ElementModel = {
  /** JSON property; of a choice `value[x]` the part before `[x]`. */
  name: string;
  /** Types it may have: FHIR types, or the path of a nested one such as `Patient.contact`. */
  types: string[];
  choice?: true;
  /** Least number of repetitions when not 0. */
  min?: number;
  /** Set when it may repeat; then a JSON array. */
  many?: true;
  /** Shown with `_summary=true`. */
  summary?: true;
  /** Resource types a Reference or canonical may point to; absent = any. */
  targets?: string[];
  /** Canonical of the value set of a required binding: a key of `Model.valueSets`. */
  binding?: string;
  /** Its binding, when that is required, extensible or has an outer limit. */
  bound?: Bound;
  /** By type: the profile that values must meet. */
  profiles?: Record<string, string>;
  /** Invariants beyond those of its type. */
  constraints?: Constraint[];
};

/** A type: a resource, a data type, a nested element (named by its path) or a primitive. */
export type TypeModel = {
  kind: 'resource' | 'complex' | 'primitive';
  base?: string;
  abstract?: true;
  constraints?: Constraint[];
  elements: ElementModel[];
  /** Of a primitive: its text form. */
  regex?: string;
};

/** FHIR R4 as this platform needs it; made from the official definitions by `scripts/build-model.ts`. */
export type Model = {
  fhirVersion: string;
  types: Record<string, TypeModel>;
  /** By value set: codes by code system. Only sets that the definitions list in full. */
  valueSets: Record<string, Record<string, string[]>>;
  /** By resource type, with `Resource` and `DomainResource` for those that many share. */
  searchParameters: Record<string, SearchParameter[]>;
  /** By resource type, the paths of the elements that say when it happened, the most telling first. */
  clinicalDates: Record<string, string[]>;
  /** By compartment (Patient, Encounter, …) and resource type: the parameters that place a resource in it. */
  compartments: Record<string, Record<string, string[]>>;
};

/** Reads the committed model. About 20 ms, once. */
export const model: Model = JSON.parse(
  gunzipSync(readFileSync(new URL('../../data/r4-model.json.gz', import.meta.url))).toString(),
) as Model;

/** The 146 concrete resource types of R4. */
export const resourceTypes: ReadonlySet<string> = new Set(
  Object.keys(model.types).filter(
    (name) => model.types[name]!.kind === 'resource' && !model.types[name]!.abstract,
  ),
);
