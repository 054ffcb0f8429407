import { extension } from '../identifier-systems.ts';

/** A conformance resource of FHIR R4: StructureDefinition, ValueSet or CodeSystem. */
export type Definition = { resourceType: string; url: string; [element: string]: unknown };

/** An element of a differential. `id` in full, `Patient.identifier:person.system`; the path follows from it. */
export type Element = { id: string; [element: string]: unknown };

const hl7 = 'http://hl7.org/fhir/StructureDefinition';

const withPath = ({ id, ...rest }: Element) => ({ id, path: id.replace(/:[^.]*/g, ''), ...rest });

const common = {
  version: '1.0.0',
  status: 'active',
  date: '2026-11-22',
  publisher: 'Y Bạ',
  jurisdiction: [{ coding: [{ system: 'urn:iso:std:iso:3166', code: 'VN' }] }],
};

/** A profile of ours over an R4 type: its kebab-case name, what it is for, and what it adds. */
export function profile(name: string, type: string, description: string, elements: Element[]): Definition {
  return {
    resourceType: 'StructureDefinition',
    url: extension(name),
    ...common,
    name: camel(name),
    title: description,
    fhirVersion: '4.0.1',
    kind: 'resource',
    abstract: false,
    type,
    baseDefinition: `${hl7}/${type}`,
    derivation: 'constraint',
    differential: {
      element: (elements[0]?.id === type ? elements : [{ id: type }, ...elements]).map(withPath),
    },
  };
}

/** An extension of ours that holds one value of the type, on the elements named. */
export function extensionOf(
  name: string,
  on: string[],
  type: string,
  description: string,
  value: Omit<Element, 'id'> = {},
  max = '1',
): Definition {
  return {
    resourceType: 'StructureDefinition',
    url: extension(name),
    ...common,
    name: camel(name),
    title: description,
    fhirVersion: '4.0.1',
    kind: 'complex-type',
    abstract: false,
    context: on.map((expression) => ({ type: 'element', expression })),
    type: 'Extension',
    baseDefinition: `${hl7}/Extension`,
    derivation: 'constraint',
    differential: {
      element: [
        { id: 'Extension', max },
        { id: 'Extension.url', fixedUri: extension(name) },
        { id: 'Extension.value[x]', min: 1, type: [{ code: type }], ...value },
      ].map(withPath),
    },
  };
}

/** A code system of ours with all its codes, and the value set of the same name that holds them. */
export function codes(
  url: string,
  description: string,
  concepts: readonly { code: string; name: string }[],
): Definition[] {
  const name = url.slice(url.lastIndexOf('/') + 1);
  return [
    {
      resourceType: 'CodeSystem',
      url,
      ...common,
      name: camel(name),
      title: description,
      caseSensitive: true,
      content: 'complete',
      concept: concepts.map((concept) => ({ code: concept.code, display: concept.name })),
    },
    valueSet(name, description, [{ system: url }]),
  ];
}

export function valueSet(name: string, description: string, include: object[]): Definition {
  return {
    resourceType: 'ValueSet',
    url: valueSetUrl(name),
    ...common,
    name: camel(name),
    title: description,
    compose: { include },
  };
}

export const valueSetUrl = (name: string): string => `https://yba.vn/fhir/ValueSet/${name}`;

/** A rule of ours in FHIRPath; `key` starts with `vn-`. */
export const rule = (
  key: string,
  human: string,
  expression: string,
  severity: 'error' | 'warning' = 'error',
) => ({ key, severity, human, expression });

/** Slices of a list told apart by a fixed value at the path. */
export const slicedBy = (...paths: string[]) => ({
  discriminator: paths.map((path) => ({ type: 'value', path })),
  rules: 'open',
});

const camel = (name: string) =>
  name
    .split('-')
    .map((part) => part[0]!.toUpperCase() + part.slice(1))
    .join('');
