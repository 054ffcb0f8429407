import { notSupported, resourceTypes } from '@yba/fhir';

const names = [...resourceTypes].sort();
const numbers = new Map(names.map((name, index) => [name, index + 1]));

/** The number rows carry for a resource type: its place in the sorted list of R4 types, which is closed for ever. */
export function typeNumber(type: string): number {
  const number = numbers.get(type);
  if (number === undefined) throw notSupported(`“${type}” is not a resource type of FHIR R4`);
  return number;
}

/** The resource type of a row's number. */
export function typeName(number: number): string {
  const name = names[number - 1];
  if (name === undefined) throw new Error(`no resource type has number ${number}`);
  return name;
}

/** Directories that every caller may read, whoever wrote them (design: “shared registries”). */
const REGISTRIES = new Set([
  'Organization',
  'OrganizationAffiliation',
  'Location',
  'HealthcareService',
  'Endpoint',
  'Practitioner',
  'PractitionerRole',
  'CodeSystem',
  'ValueSet',
  'ConceptMap',
  'NamingSystem',
  'StructureDefinition',
  'SearchParameter',
  'OperationDefinition',
  'CompartmentDefinition',
  'ImplementationGuide',
  'Questionnaire',
  'Medication',
]);

export function isRegistry(type: string): boolean {
  return REGISTRIES.has(type);
}
