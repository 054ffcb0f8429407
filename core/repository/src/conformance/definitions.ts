import { customParameters, findStandard, OutcomeError, parseJson } from '@yba/fhir';
import type { FindParameter, ProfileSource, Resource, SearchParameter } from '@yba/fhir';

/** A definition as stored: whose it is, and for a SearchParameter from which revision on rows carry its terms. */
export type StoredDefinition = { id: string; facility: number; since: number | null; resource: Resource };

/** What is in force for one facility beside R4 and our own profiles. The same object as long as nothing changes. */
export type Definitions = {
  profiles: ProfileSource;
  /** Search parameters added to a type. */
  parameters(type: string): readonly SearchParameter[];
  /** The revision of extraction that rows written with these definitions carry. */
  revision: number;
  /** Every row that is stored carries at least this revision. */
  complete: number;
};

const NONE: readonly SearchParameter[] = [];

/** Definitions made of what is stored: the platform's first, then the facility's own. A later one never replaces an earlier. */
export function makeDefinitions(
  stored: readonly StoredDefinition[],
  { revision, complete }: Pick<Definitions, 'revision' | 'complete'>,
): Definitions {
  const inForce = stored
    .filter(({ resource }) => resource['status'] === 'active')
    .sort((a, b) => a.facility - b.facility || (a.since ?? 0) - (b.since ?? 0));
  return { profiles: profilesOf(inForce), parameters: parametersOf(inForce), revision, complete };
}

/** By URL, and by URL with version; without a version the one that came first. A value set by its address too, as `:in` takes it. */
function profilesOf(stored: readonly StoredDefinition[]): ProfileSource {
  const known = new Map<string, Resource>();
  for (const { resource } of stored) {
    const { resourceType, id, url, version } = resource;
    const names = [String(url), `${String(url)}|${String(version)}`];
    if (resourceType === 'ValueSet') names.push(`ValueSet/${String(id)}`);
    for (const name of names) {
      const key = `${resourceType} ${name}`;
      if (!known.has(key)) known.set(key, resource);
    }
  }
  return {
    structureDefinition: (canonical) => known.get(`StructureDefinition ${canonical}`),
    valueSet: (canonical) => known.get(`ValueSet ${canonical}`),
    codeSystem: (canonical) => known.get(`CodeSystem ${canonical}`),
  };
}

function parametersOf(stored: readonly StoredDefinition[]): Definitions['parameters'] {
  const byType = new Map<string, SearchParameter[]>();
  const find = findAmong(stored);
  for (const { resource, facility, since } of stored) {
    if (resource.resourceType !== 'SearchParameter' || since === null) continue;
    for (const [type, param] of understood(resource, find)) {
      const known = byType.get(type) ?? [];
      byType.set(type, known);
      if (!known.some(({ code }) => code === param.code))
        known.push({ ...param, custom: { ...(resource.id ? { id: resource.id } : {}), facility, since } });
    }
  }
  return (type) => byType.get(type) ?? NONE;
}

/** What a composite may be made of: parameters of R4, and those that are stored. */
function findAmong(stored: readonly StoredDefinition[]): FindParameter {
  const known = new Map<string, ReturnType<FindParameter>>();
  for (const { resource } of stored) {
    const { resourceType, url, type, code } = resource;
    if (resourceType === 'SearchParameter' && type !== 'composite' && !known.has(String(url)))
      known.set(String(url), { type: type as SearchParameter['type'], code: String(code) });
  }
  return (url) => findStandard(url) ?? known.get(url);
}

/** One that was stored before its errors were known is in force for nothing. */
function understood(resource: Resource, find: FindParameter): ReadonlyMap<string, SearchParameter> {
  try {
    return customParameters(resource, find);
  } catch (error) {
    if (error instanceof OutcomeError) return new Map();
    throw error;
  }
}

export function readDefinition(text: string): Resource {
  return parseJson(text);
}
