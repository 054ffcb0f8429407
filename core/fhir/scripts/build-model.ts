// Makes data/r4-model.json.gz from data/r4-definitions.ndjson.gz. Run by hand after a change here:
//   node core/fhir/scripts/build-model.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Constraint, ElementModel, Model, TypeModel } from '../src/model/model.ts';
import type { SearchParameter } from '../src/search/search-parameter.ts';

// The parts of the definitional resources that are read here.
type ElementDefinition = {
  id?: string;
  path: string;
  min: number;
  max: string;
  contentReference?: string;
  isSummary?: boolean;
  type?: {
    code: string;
    profile?: string[];
    targetProfile?: string[];
    extension?: { url: string; valueUrl?: string; valueString?: string }[];
  }[];
  binding?: {
    strength: string;
    valueSet?: string;
    extension?: { url: string; valueCanonical?: string }[];
  };
  constraint?: {
    key: string;
    severity: 'error' | 'warning';
    human: string;
    expression?: string;
    extension?: { url: string; valueBoolean?: boolean }[];
  }[];
  mapping?: { identity: string; map: string }[];
};
type StructureDefinition = {
  resourceType: 'StructureDefinition';
  type: string;
  kind: string;
  abstract: boolean;
  derivation?: string;
  baseDefinition?: string;
  snapshot: { element: ElementDefinition[] };
};
type Concept = { code: string; concept?: Concept[] };
type CodeSystem = { resourceType: 'CodeSystem'; url: string; content: string; concept?: Concept[] };
type Include = { system?: string; concept?: Concept[]; filter?: unknown; valueSet?: string[] };
type ValueSet = {
  resourceType: 'ValueSet';
  url: string;
  compose?: { include: Include[]; exclude?: unknown };
};
type SearchParameterDefinition = {
  resourceType: 'SearchParameter';
  id: string;
  url: string;
  code: string;
  description: string;
  type: SearchParameter['type'];
  base?: string[];
  target?: string[];
  expression?: string;
  component?: { definition: string; expression: string }[];
};
type CompartmentDefinition = {
  resourceType: 'CompartmentDefinition';
  url: string;
  code: string;
  resource: { code: string; param?: string[] }[];
};
export type Definition =
  StructureDefinition | CodeSystem | ValueSet | SearchParameterDefinition | CompartmentDefinition;

const data = (name: string) => new URL(`../data/${name}`, import.meta.url);

/** The official R4 definitions in data/. */
export function readDefinitions(): Definition[] {
  const lines = gunzipSync(readFileSync(data('r4-definitions.ndjson.gz')))
    .toString()
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Definition);
}

export function buildModel(definitions: Definition[]): Model {
  const of = <T extends Definition['resourceType']>(type: T) =>
    definitions.filter(
      (definition): definition is Extract<Definition, { resourceType: T }> =>
        definition.resourceType === type,
    );
  const valueSets = expandValueSets(of('ValueSet'), of('CodeSystem'));
  const structures = of('StructureDefinition').filter(
    ({ kind, derivation }) => kind !== 'logical' && derivation !== 'constraint',
  );
  const types = Object.assign(
    {},
    ...structures.map((structure) => typesOf(structure, valueSets)),
  ) as Model['types'];
  return {
    fhirVersion: '4.0.1',
    types: sorted(types),
    valueSets: sorted(usedValueSets(types, valueSets)),
    searchParameters: sorted(searchParametersByType(of('SearchParameter'))),
    clinicalDates: clinicalDates(structures),
    compartments: compartments(of('CompartmentDefinition')),
  };
}

/** The type itself and one for each of its nested elements. */
function typesOf(structure: StructureDefinition, valueSets: Model['valueSets']): Record<string, TypeModel> {
  const { type, kind, abstract, baseDefinition, snapshot } = structure;
  const elements = snapshot.element.slice(1);
  const root: TypeModel = {
    kind: kind === 'resource' ? 'resource' : kind === 'primitive-type' ? 'primitive' : 'complex',
    ...(baseDefinition ? { base: lastPart(baseDefinition) } : {}),
    ...(abstract ? { abstract: true as const } : {}),
    ...constraintsOf(snapshot.element[0]!, type !== 'DomainResource'),
    elements: [],
  };
  const types: Record<string, TypeModel> = { [type]: root };
  if (root.kind === 'primitive') {
    const regex = elements
      .find(({ path }) => path === `${type}.value`)
      ?.type?.[0]?.extension?.find(({ url }) => lastPart(url) === 'regex');
    if (regex?.valueString) root.regex = regex.valueString;
    return types;
  }
  const parents = new Set(elements.map(({ path }) => parentOf(path)));
  for (const element of elements) {
    const nested = parents.has(element.path);
    if (nested)
      types[element.path] = {
        kind: 'complex',
        base: element.type?.[0]?.code ?? 'Element',
        ...constraintsOf(element),
        elements: [],
      };
    types[parentOf(element.path)]!.elements.push(
      elementModel(element, nested, root.kind === 'resource', valueSets),
    );
  }
  return types;
}

function elementModel(
  element: ElementDefinition,
  nested: boolean,
  ofResource: boolean,
  valueSets: Model['valueSets'],
): ElementModel {
  const { path, min, max, type = [], contentReference, binding, isSummary } = element;
  const targets = [
    ...new Set(type.flatMap(({ targetProfile = [] }) => targetProfile.map((url) => lastPart(url)))),
  ];
  const valueSet = binding?.strength === 'required' ? binding.valueSet?.split('|')[0] : undefined;
  return {
    name: lastPart(path, '.').replace('[x]', ''),
    types: nested
      ? [path]
      : contentReference
        ? [contentReference.slice(1)]
        : type.map((one) => typeCode(one, path, ofResource)),
    ...(path.endsWith('[x]') ? { choice: true } : {}),
    ...(min > 0 ? { min } : {}),
    ...(max !== '1' ? { many: true } : {}),
    ...(isSummary ? { summary: true } : {}),
    ...(targets.length > 0 && !targets.includes('Resource') ? { targets } : {}),
    ...(valueSet && valueSets[valueSet] ? { binding: valueSet } : {}),
    ...boundTo(binding),
    ...profilesOf(type),
    ...(nested ? {} : constraintsOf(element)),
  };
}

/** A binding that says more than an example: its strength, value set and, when it has one, its outer limit. */
function boundTo(binding: ElementDefinition['binding']): Pick<ElementModel, 'bound'> {
  if (!binding?.valueSet) return {};
  const max = binding.extension?.find(({ url }) => lastPart(url) === 'elementdefinition-maxValueSet');
  const { strength } = binding;
  if (strength !== 'required' && strength !== 'extensible' && !max) return {};
  return {
    bound: {
      strength: strength as 'required' | 'extensible' | 'preferred',
      valueSet: binding.valueSet.split('|')[0]!,
      ...(max?.valueCanonical ? { max: max.valueCanonical } : {}),
    },
  };
}

/** Profiles that values of a type must meet, such as SimpleQuantity. */
function profilesOf(types: NonNullable<ElementDefinition['type']>): Pick<ElementModel, 'profiles'> {
  const named = types.flatMap(({ code, profile = [] }) => profile.map((url) => [code, url] as const));
  return named.length > 0 ? { profiles: Object.fromEntries(named) } : {};
}

/**
 * The invariants an element states itself. Left out are ele-1, ext-1 and dom-2, which are part of the
 * structure's check; txt-1 and txt-2, which the check of XHTML is; in resources those of DomainResource.
 */
function constraintsOf(
  { constraint = [] }: ElementDefinition,
  inherited = true,
): { constraints?: Constraint[] } {
  const own = constraint.filter(
    ({ key, expression }) => expression && !everywhere.has(key) && !(inherited && key.startsWith('dom-')),
  );
  if (own.length === 0) return {};
  return {
    constraints: own.map(({ key, severity, human, expression = '', extension = [] }) => ({
      key,
      severity,
      human,
      expression: corrected[key] ?? expression,
      ...(extension.some(({ url }) => lastPart(url) === 'elementdefinition-bestpractice')
        ? { best: true as const }
        : {}),
    })),
  };
}

const everywhere = new Set(['ele-1', 'ext-1', 'txt-1', 'txt-2', 'dom-2']);

/** Expressions of 4.0.1 that do not say what their text says, as later releases and the errata have them. */
const corrected: Readonly<Record<string, string>> = {
  // a contained resource may refer to the one around it by '#'
  'ref-1':
    "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids')) or (reference='#' and %rootResource!=%resource)",
  // the type of FHIR, not that of FHIRPath
  'que-7': "operator = 'exists' implies (answer is boolean)",
};

/** The snapshot gives `id` and `url` the FHIRPath type System.String; the FHIR type stands in an extension. */
function typeCode(
  type: NonNullable<ElementDefinition['type']>[number],
  path: string,
  ofResource: boolean,
): string {
  if (ofResource && /^[A-Za-z]+\.id$/.test(path)) return 'id';
  if (!type.code.startsWith('http://hl7.org/fhirpath/')) return type.code;
  return (
    type.extension?.find(({ url }) => lastPart(url) === 'structuredefinition-fhir-type')?.valueUrl ?? 'string'
  );
}

/** Codes by system of every value set that can be listed from these definitions alone. */
function expandValueSets(valueSets: ValueSet[], codeSystems: CodeSystem[]): Model['valueSets'] {
  const setByUrl = new Map(valueSets.map((set) => [set.url, set]));
  const systemByUrl = new Map(codeSystems.map((system) => [system.url, system]));

  const codesOf = (url: string): Record<string, string[]> | undefined => {
    const compose = setByUrl.get(url)?.compose;
    if (!compose || compose.exclude) return undefined;
    const codes: Record<string, string[]> = {};
    for (const include of compose.include) {
      const part =
        include.valueSet?.length === 1 && !include.system
          ? codesOf(include.valueSet[0]!.split('|')[0]!)
          : included(include);
      if (!part) return undefined;
      for (const [system, more] of Object.entries(part))
        codes[system] = [...new Set([...(codes[system] ?? []), ...more])];
    }
    return codes;
  };
  const included = ({ system, concept, filter, valueSet }: Include): Record<string, string[]> | undefined => {
    if (!system || filter || valueSet) return undefined;
    if (concept) return { [system]: flatten(concept) };
    const complete = systemByUrl.get(system);
    return complete?.content === 'complete' && complete.concept
      ? { [system]: flatten(complete.concept) }
      : undefined;
  };

  const expanded: Model['valueSets'] = {};
  for (const { url } of valueSets) {
    const codes = codesOf(url);
    if (codes) expanded[url] = codes;
  }
  return expanded;
}

const flatten = (concepts: Concept[]): string[] =>
  concepts.flatMap(({ code, concept = [] }) => [code, ...flatten(concept)]);

function usedValueSets(types: Model['types'], valueSets: Model['valueSets']): Model['valueSets'] {
  const used = new Set(
    Object.values(types).flatMap(({ elements }) => elements.flatMap(({ binding }) => binding ?? [])),
  );
  return Object.fromEntries(Object.entries(valueSets).filter(([url]) => used.has(url)));
}

/** Left out: examples, and those without a base or an expression that are no special parameter of every resource. */
function searchParametersByType(definitions: SearchParameterDefinition[]): Model['searchParameters'] {
  const byUrl = new Map(definitions.map((definition) => [definition.url, definition]));
  const byType: Model['searchParameters'] = {};
  for (const definition of definitions) {
    if (definition.id.startsWith('example')) continue;
    if (!definition.expression && !definition.code.startsWith('_') && definition.id !== 'filter') continue;
    for (const base of definition.base ?? [])
      (byType[base] ??= []).push(searchParameter(definition, base, byUrl));
  }
  for (const parameters of Object.values(byType)) parameters.sort((a, b) => compare(a.code, b.code));
  return byType;
}

function searchParameter(
  definition: SearchParameterDefinition,
  base: string,
  byUrl: Map<string, SearchParameterDefinition>,
): SearchParameter {
  const { code, type, url, description, expression, target = [], component = [] } = definition;
  return {
    code,
    type,
    url,
    description: descriptionFor(description, base),
    ...(expression ? { expression: branchesOf(expression, base) } : {}),
    targets: target,
    components: component.map((part, at) => {
      const of = byUrl.get(part.definition);
      if (!of) throw new Error(`${url}: component ${part.definition} is not defined`);
      // 4.0.1 gives the two expressions of this one in the wrong order.
      const { expression } = swapped.has(url) ? component[1 - at]! : part;
      return { expression, type: of.type, code: of.code };
    }),
  };
}

const swapped = new Set(['http://hl7.org/fhir/SearchParameter/DocumentReference-relationship']);

/** A parameter of many types describes each on its line: `* [Type](type.html): text`. */
function descriptionFor(description: string, base: string): string {
  const own = description.split(/\r?\n/).find((line) => line.startsWith(`* [${base}]`));
  return (own?.slice(own.indexOf(': ') + 2) ?? description).trim();
}

/** The branches of a union that start at this type, or relative: `A.x | B.y` for B is `B.y`. */
function branchesOf(expression: string, base: string): string {
  const own = unionBranches(expression).filter((branch) =>
    new RegExp(`^\\(?(?:${base}\\b|[a-z])`).test(branch),
  );
  if (own.length === 0) throw new Error(`${expression}: no branch for ${base}`);
  return own.join(' | ');
}

/** The operands of an expression's top-level `|`. */
export function unionBranches(expression: string): string[] {
  const branches: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= expression.length; at++) {
    const character = expression[at];
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (at === expression.length || (character === '|' && depth === 0)) {
      branches.push(expression.slice(start, at).trim());
      start = at + 1;
    }
  }
  return branches;
}

/** Elements that tell when, in the order that best places a resource on a timeline. Source: https://hl7.org/fhir/R4/fivews.html */
const whens = ['FiveWs.init', 'FiveWs.done[x]', 'FiveWs.recorded', 'FiveWs.planned'];

/** Paths of those elements by resource type; without any, every top-level point or period of time. */
function clinicalDates(structures: StructureDefinition[]): Model['clinicalDates'] {
  const resources = structures.filter(({ kind, abstract }) => kind === 'resource' && !abstract);
  const entries = resources.map(({ type, snapshot }) => {
    const mapped = whens.flatMap((when) =>
      snapshot.element.filter(({ mapping = [] }) => mapping.some(({ map }) => map === when)),
    );
    const times = snapshot.element.filter(
      ({ path, type: types = [] }) =>
        parentOf(path) === type && types.some(({ code }) => timeTypes.has(code)),
    );
    return [
      type,
      (mapped.length > 0 ? mapped : times).map(({ path }) => path.slice(type.length + 1).replace('[x]', '')),
    ] as const;
  });
  return sorted(Object.fromEntries(entries.filter(([, paths]) => paths.length > 0)));
}

const timeTypes = new Set(['dateTime', 'instant', 'Period']);

/** The five compartments that R4 defines; the sixth definition is an example of how to write one. */
function compartments(definitions: CompartmentDefinition[]): Model['compartments'] {
  const ofR4 = definitions.filter(({ url }) => !url.endsWith('/example'));
  return sorted(
    Object.fromEntries(
      ofR4.map(({ code, resource }) => [
        code,
        Object.fromEntries(resource.flatMap(({ code: type, param }) => (param ? [[type, param]] : []))),
      ]),
    ),
  );
}

const lastPart = (path: string, separator = '/') => path.slice(path.lastIndexOf(separator) + 1);
const parentOf = (path: string) => path.slice(0, path.lastIndexOf('.'));
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => compare(a, b)));

if (import.meta.main) {
  const json = JSON.stringify(buildModel(readDefinitions()));
  writeFileSync(data('r4-model.json.gz'), gzipSync(json, { level: 9 }));
  console.log(`data/r4-model.json.gz: ${json.length} characters of JSON`);
}
