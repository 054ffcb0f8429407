import type { Resource } from './interactions.ts';
import { model } from './model/model.ts';
import { extractParameter } from './search/extract.ts';
import type { SearchParameter } from './search/search-parameter.ts';
import { searchParameter } from './search/search-parameters.ts';

const paramsByType = new Map<string, SearchParameter[]>();

/**
 * The patients in whose compartment a resource is: `Patient/id`, or the absolute URL as written, in the
 * order of the CompartmentDefinition, each once. A Patient is in its own only. A `urn:uuid:` that does
 * not tell its type counts for nothing: rewrite references first (`references`).
 * Source: https://hl7.org/fhir/R4/compartmentdefinition-patient.html
 */
export function patientCompartment(resource: Resource): string[] {
  if (resource.resourceType === 'Patient') return resource.id === undefined ? [] : [`Patient/${resource.id}`];
  const patients: string[] = [];
  for (const param of paramsOf(resource.resourceType)) {
    for (const value of extractParameter(param, resource)) {
      if (value.kind !== 'reference' || value.type !== 'Patient' || value.id === undefined) continue;
      const patient = value.url ?? `Patient/${value.id}`;
      if (!patients.includes(patient)) patients.push(patient);
    }
  }
  return patients;
}

/** True when resources of the type can be in a patient's compartment. */
export function isPatientCompartmentType(type: string): boolean {
  return type === 'Patient' || type in model.patientCompartment;
}

function paramsOf(type: string): SearchParameter[] {
  let params = paramsByType.get(type);
  if (!params) {
    params = (model.patientCompartment[type] ?? []).flatMap((code) => searchParameter(type, code) ?? []);
    paramsByType.set(type, params);
  }
  return params;
}
