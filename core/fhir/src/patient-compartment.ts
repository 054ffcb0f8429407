import type { Resource } from './interactions.ts';
import { model } from './model/model.ts';
import { extractParameter } from './search/extract.ts';
import { ownParameter, type SearchParameter } from './search/search-parameter.ts';
import { searchParameter } from './search/search-parameters.ts';

const paramsByType = new Map<string, SearchParameter[]>();

/**
 * A Task is in its patient's compartment from R5 on; R4 leaves it out. Here it lies with the patient too, so that the
 * policy that holds for a record holds for what is to be done about it.
 * Source: https://hl7.org/fhir/R5/compartmentdefinition-patient.html
 */
const FROM_R5: Readonly<Record<string, readonly string[]>> = { Task: ['patient'] };

const codesOf = (type: string): readonly string[] =>
  model.compartments['Patient']![type] ?? FROM_R5[type] ?? [];

/**
 * The patients in whose compartment a resource is: `Patient/id`, or the absolute URL as written, each once: whom it
 * is about first, then in the order of the CompartmentDefinition. A Patient is in its own only. A `urn:uuid:` that does
 * not tell its type counts for nothing: rewrite references first (`references`).
 * Source: https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function patientCompartment(resource: Resource): string[] {
  return [...new Set(patientsOf(resource))];
}

/** The id of the first of them that is of this server; what another server calls `Patient/id` is not. */
export function firstPatient(resource: Resource): string | undefined {
  for (const reference of patientsOf(resource)) {
    const id = /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(reference)?.[1];
    if (id) return id;
  }
  return undefined;
}

/** One after the other, as often as they are named: who wants the first does not look for the others. */
function* patientsOf(resource: Resource): Generator<string> {
  const { resourceType, id } = resource;
  if (resourceType === 'Patient') {
    if (id !== undefined) yield `Patient/${id}`;
  } else if (resourceType === 'Binary') yield* securityContext(resource);
  else
    for (const param of paramsOf(resourceType))
      for (const value of extractParameter(param, resource))
        if (value.kind === 'reference' && value.type === 'Patient' && value.id !== undefined)
          yield value.url ?? `Patient/${value.id}`;
}

/**
 * Whose a Binary is: it is guarded as what it names is, so one that names a Patient lies in that record.
 * Source: https://hl7.org/fhir/R4/binary-definitions.html#Binary.securityContext
 */
function securityContext({ securityContext: context }: Resource): string[] {
  const { reference } = (context ?? {}) as { reference?: unknown };
  return typeof reference === 'string' && /(?:^|\/)Patient\/[A-Za-z0-9\-.]{1,64}$/.test(reference)
    ? [reference]
    : [];
}

/** True when resources of the type can be in a patient's compartment. */
export function isPatientCompartmentType(type: string): boolean {
  return type === 'Patient' || codesOf(type).length > 0;
}

/**
 * True when a search by this parameter names the first patient of the compartment, and no other patient can stand
 * there: `Observation.subject`, but not `Account.subject`, of which there may be several, nor `Observation.performer`.
 */
export function isPatientOfCompartment(type: string, param: SearchParameter): boolean {
  const key = `${type}.${param.code}`;
  let known = isPatientKnown.get(key);
  if (known === undefined) isPatientKnown.set(key, (known = isOnlyPatient(type, ownParameter(param, type))));
  return known;
}

const isPatientKnown = new Map<string, boolean>();

function isOnlyPatient(type: string, param: SearchParameter): boolean {
  const [first] = paramsOf(type);
  const element = first && elementOf(type, first);
  if (!element || elementOf(type, param) !== element) return false;
  return model.types[type]!.elements.some(({ name, many }) => name === element && !many);
}

/** `subject` of `Encounter.subject.where(resolve() is Patient)`; undefined for what lies deeper. */
function elementOf(type: string, { expression = '' }: SearchParameter): string | undefined {
  const match = /^(\w+)\.(\w+)(?:\.where\(resolve\(\) is Patient\))?$/.exec(expression);
  return match?.[1] === type ? match[2] : undefined;
}

/** Who is spoken of comes before others that have to do with it: of a Coverage the beneficiary, not the policy holder. */
const about = ['patient', 'subject', 'beneficiary'];

function paramsOf(type: string): SearchParameter[] {
  let params = paramsByType.get(type);
  if (!params) {
    const codes = codesOf(type);
    const ordered = [
      ...about.filter((code) => codes.includes(code)),
      ...codes.filter((code) => !about.includes(code)),
    ];
    params = ordered.flatMap((code) => searchParameter(type, code) ?? []);
    paramsByType.set(type, params);
  }
  return params;
}
