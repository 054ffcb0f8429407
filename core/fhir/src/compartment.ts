import { model } from './model/model.ts';
import type { SearchParameter } from './search/search-parameter.ts';
import { searchParameter } from './search/search-parameters.ts';

/** The types that have a compartment: Device, Encounter, Patient, Practitioner, RelatedPerson. */
export const compartmentTypes: ReadonlySet<string> = new Set(Object.keys(model.compartments));

/**
 * The parameters by which resources of a type are in a compartment: one of them refers to the compartment's owner.
 * Empty when the type is never in it. An Encounter is in its own compartment by its id, which no parameter says.
 * Source: https://hl7.org/fhir/R4/compartmentdefinition.html
 */
export function compartmentParameters(compartment: string, type: string): SearchParameter[] {
  const codes = model.compartments[compartment]?.[type] ?? [];
  return codes.flatMap((code) => searchParameter(type, code) ?? []);
}
