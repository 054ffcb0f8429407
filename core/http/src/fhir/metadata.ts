import { compartmentTypes, type Caller, type Interactions } from '@yba/fhir';
import type { Operation } from '../capability.ts';
import type { Binding } from './binding.ts';

/** A search parameter as the CapabilityStatement tells it. */
export type ToldParameter = {
  code: string;
  type: string;
  url?: string;
  /** Types that a reference may lead to; any when empty or absent. */
  targets?: readonly string[];
};

/** Search parameters added to a type; the same function as long as they stay. */
export type AddedParameters = (type: string) => readonly ToldParameter[];

/** What the statement says besides what is registered. */
export type About = {
  version: string;
  /** The search parameters that really work for a type; for all types without one. */
  searchParameters(type: string | undefined): readonly ToldParameter[];
  /** Those in force for a caller besides; without a caller what is in force for everybody. */
  added?(caller: Caller | undefined): Promise<AddedParameters>;
  /** Whether an update of an unknown id creates it; true unless told. */
  updateCreate?: boolean;
  /** When this build was made, ISO date. */
  date: string;
};

/** What the statement tells of: all but itself. */
type Described = Omit<Binding, 'statement'>;

const codes: readonly [keyof Interactions, readonly string[]][] = [
  ['read', ['read']],
  ['vread', ['vread']],
  ['history', ['history-instance', 'history-type']],
  ['create', ['create']],
  ['update', ['update']],
  ['patch', ['patch']],
  ['delete', ['delete']],
  ['search', ['search-type']],
];

/** Canonical URLs of our own definitions; a name, not a place. */
const OWN = 'https://yba.vn/fhir/OperationDefinition';

const definitionOf = ({ code, on, definition }: Operation) =>
  definition ?? `${OWN}/${[on.type, code].filter(Boolean).join('-')}`;

/** Types that have `$everything`. */
const CHARTS: ReadonlySet<string> = new Set(['Patient', 'Encounter']);

/** The operations of a type, each told once though it may be called on the type and on one resource. */
function operationsOf(type: string, operations: readonly Operation[]) {
  const told = new Map<string, string>();
  if (CHARTS.has(type)) told.set('everything', `http://hl7.org/fhir/OperationDefinition/${type}-everything`);
  for (const operation of operations)
    if (operation.on.type === type || operation.on.type === '*')
      told.set(operation.code, definitionOf(operation));
  return [...told].map(([name, definition]) => ({ name, definition }));
}

/** What a client would not expect of a type. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  Subscription:
    'Kept as it is sent, and nothing is sent for it: its status stays as it came. Changes are asked for by _history with _since.',
};

function resourceOf(
  binding: Described,
  type: string,
  about: About,
  revIncludes: ReadonlyMap<string, readonly string[]>,
) {
  const served = (binding.resources.get(type) ?? binding.interactions) as Partial<Interactions>;
  const offered = codes.filter(([name]) => served[name] !== undefined);
  const own = !binding.resources.has(type);
  return {
    type,
    documentation: DOCUMENTED[type],
    interaction: offered.flatMap(([, names]) => names.map((code) => ({ code }))),
    versioning: own ? 'versioned-update' : 'versioned',
    ...(own
      ? {
          readHistory: true,
          updateCreate: about.updateCreate ?? true,
          conditionalCreate: true,
          conditionalUpdate: true,
          conditionalDelete: 'single',
        }
      : {}),
    ...(own ? { conditionalRead: 'full-support' } : {}),
    ...(own ? { searchInclude: includesOf(type, about), searchRevInclude: revIncludes.get(type) } : {}),
    searchParam: told(about.searchParameters(type)),
    operation: operationsOf(type, binding.operations),
  };
}

const told = (parameters: readonly ToldParameter[]) =>
  parameters.map(({ code, type, url }) => ({ name: code, ...(url ? { definition: url } : {}), type }));

/** What `_revinclude` takes for each type: the references of all types that may lead to it. */
function revIncludesOf({ resourceTypes, resources }: Described, about: About): Map<string, string[]> {
  const found = new Map([...resourceTypes].map((type) => [type, [] as string[]]));
  for (const type of [...resourceTypes].sort()) {
    if (resources.has(type)) continue;
    for (const { code, type: kind, targets = [] } of about.searchParameters(type)) {
      if (kind !== 'reference') continue;
      for (const target of targets.length > 0 ? targets : resourceTypes)
        found.get(target)?.push(`${type}:${code}`);
    }
  }
  return found;
}

/** What `_include` takes for the type: each of its references. */
function includesOf(type: string, about: About): string[] {
  return about
    .searchParameters(type)
    .filter((param) => param.type === 'reference')
    .map(({ code }) => `${type}:${code}`);
}

/** Drops empty lists, which FHIR JSON does not allow. */
const withoutEmpty = (_key: string, value: unknown) =>
  Array.isArray(value) && value.length === 0 ? undefined : value;

/**
 * The CapabilityStatement, as text: made from what is registered and nothing else.
 * Source: https://hl7.org/fhir/R4/capabilitystatement.html
 */
export function capabilityStatement(binding: Described, about: About): string {
  const { operations } = binding;
  const origin = binding.base.replace(/\/fhir$/, '');
  const revIncludes = revIncludesOf(binding, about);
  const statement = {
    resourceType: 'CapabilityStatement',
    id: 'yba',
    url: `${binding.base}/metadata`,
    version: about.version,
    name: 'YBa',
    title: 'Y Bạ: one person, one record, every hospital',
    status: 'active',
    date: about.date,
    publisher: 'Y Bạ',
    kind: 'instance',
    software: { name: 'Y Bạ', version: about.version },
    implementation: { description: 'Y Bạ, the open health data coordination platform', url: binding.base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [
                { url: 'token', valueUri: `${origin}/oauth/token` },
                { url: 'authorize', valueUri: `${origin}/oauth/authorize` },
                { url: 'introspect', valueUri: `${origin}/oauth/introspect` },
                { url: 'revoke', valueUri: `${origin}/oauth/revoke` },
              ],
            },
          ],
          description:
            'OAuth 2 bearer tokens; see .well-known/smart-configuration. Finding a person is not opening the record: $match, then $open with a purpose. To copy, export or print is a right of its own beside reading: it is asked at $everything and $copy.',
        },
        resource: [...binding.resourceTypes]
          .sort()
          .map((type) => resourceOf(binding, type, about, revIncludes)),
        interaction: ['transaction', 'batch', 'history-system', 'search-system'].map((code) => ({ code })),
        searchParam: told(about.searchParameters(undefined)),
        operation: operations
          .filter(({ on }) => !on.type)
          .map((operation) => ({ name: operation.code, definition: definitionOf(operation) })),
        compartment: [...compartmentTypes].map(
          (type) => `http://hl7.org/fhir/CompartmentDefinition/${type[0]!.toLowerCase()}${type.slice(1)}`,
        ),
      },
    ],
  };
  return JSON.stringify(statement, withoutEmpty);
}
