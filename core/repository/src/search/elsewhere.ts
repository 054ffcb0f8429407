import { extractParameter, isHierarchySearch, namedResource, OutcomeError, searchParameter } from '@yba/fhir';
import type {
  ChainFilter,
  HasFilter,
  ListFilter,
  ReferenceSearch,
  Resource,
  SearchFilter,
  SearchParameter,
  SearchRequest,
  ValueFilter,
} from '@yba/fhir';
import type { NamedRow } from '../rows/locate.ts';
import { typeName } from '../rows/resource-type.ts';
import { publicId } from '../rows/row.ts';
import type { Hit } from './hit.ts';
import { hitsOf } from './hits.ts';
import { hierarchyValues } from './hierarchy.ts';
import { prepare } from './prepare.ts';
import type { Probe, Scope } from './prepare.ts';
import { byReferences } from './references.ts';

/** How many rows a search looks at by its other filters. */
export type Width = 'named' | 'chart' | 'any';

/**
 * What the inside of a chain or `_has` may find, and look at, to be made a list of ids; more, and each row found by the
 * other filters is probed instead. A few rows are probed at once.
 */
const LISTED: Record<Width, number> = { named: 0, chart: 200, any: 1000 };
const LOOKED_AT = 4;

/**
 * A filter that speaks of other resources, as one that does not, as rows, or as a test of each row found. `within`: the
 * chain that the filter was made of, which may lead into a contained resource as well.
 */
export type Resolved =
  | { kind: 'filter'; filter: ValueFilter; within?: ChainFilter }
  | { kind: 'rows'; named: readonly NamedRow[] }
  | { kind: 'probe'; filter: Probe };

/**
 * Resolves a filter from its inside when that finds few resources.
 */
export async function resolveElsewhere(
  scope: Scope,
  types: readonly string[],
  filter: SearchFilter,
  width: Width,
): Promise<Resolved> {
  if (filter.kind === 'list') return { kind: 'rows', named: await listItems(scope, types, filter) };
  if (filter.kind === 'value' && isHierarchySearch(filter))
    return { kind: 'filter', filter: await hierarchyValues(scope, filter) };
  const limit = LISTED[width];
  if (limit === 0 && (filter.kind === 'chain' || filter.kind === 'has')) return { kind: 'probe', filter };
  if (filter.kind === 'chain') {
    if (isContent(filter.param)) return { kind: 'probe', filter };
    const values = await ifFew(() => chainValues(scope, filter, limit));
    return values
      ? { kind: 'filter', filter: { kind: 'value', param: filter.param, values }, within: filter }
      : { kind: 'probe', filter };
  }
  if (filter.kind !== 'has') throw new Error(`${filter.kind} speaks of no other resource`);
  const named = await ifFew(() => referredRows(scope, types, filter, limit));
  return named ? { kind: 'rows', named } : { kind: 'probe', filter };
}

/** True for the parameters of a Bundle whose target lies in it: `composition` and `message`. */
export const isContent = ({ expression }: SearchParameter) => expression === 'Bundle.entry[0].resource';

/** Undefined when there are too many, or when looking for them costs too much. */
async function ifFew<T>(find: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof OutcomeError && error.code === 'too-costly') return undefined;
    throw error;
  }
}

async function chainValues(
  scope: Scope,
  chain: ChainFilter,
  limit: number,
): Promise<ReferenceSearch[] | undefined> {
  const inside = deeper(scope);
  const values: ReferenceSearch[] = [];
  for (const { type, filter } of chain.targets) {
    const prepared = await prepare(inside, searchFor(type, [filter]));
    for await (const { row, resource } of hitsOf(inside, prepared, {
      first: limit,
      most: limit * LOOKED_AT,
    })) {
      if (values.length >= limit) return undefined;
      values.push(...referencesTo(type, publicId(row), resource));
    }
  }
  return values;
}

/** How others may refer to a resource: by type and id, and a definition also by its canonical URL. */
export function referencesTo(type: string, id: string, resource: Resource): ReferenceSearch[] {
  const { url } = resource;
  return [
    { kind: 'reference', type, id },
    ...(typeof url === 'string' ? [{ kind: 'reference' as const, url }] : []),
  ];
}

/** What the inside of a `_has` refers to. */
async function referredRows(
  scope: Scope,
  types: readonly string[],
  has: HasFilter,
  limit: number,
): Promise<NamedRow[] | undefined> {
  const inside = deeper(scope);
  const prepared = await prepare(inside, searchFor(has.type, [has.filter]));
  const named = new Map<string, NamedRow>();
  const urls = new Set<string>();
  for await (const { resource } of hitsOf(inside, prepared, { first: limit, most: limit * LOOKED_AT })) {
    for (const one of namedIn(resource, has, types)) named.set(`${one.type}/${one.id}`, one);
    for (const url of urlsIn(resource, has)) urls.add(url);
    if (named.size + urls.size > limit) return undefined;
  }
  const rows = [...named.values()];
  if (urls.size > 0)
    for await (const { row } of findByUrl(scope, types, [...urls]))
      rows.push({ type: typeName(row.type), id: publicId(row) });
  return rows;
}

/** The resources of the types that a resource refers to by the parameter of a `_has`. */
export function namedIn(
  resource: Resource,
  { param }: Pick<HasFilter, 'param'>,
  types: readonly string[],
): NamedRow[] {
  return extractParameter(param, resource).flatMap((value) => {
    const named = namedResource(value);
    return named && types.includes(named.type) ? [{ type: named.type, id: named.id }] : [];
  });
}

/** The canonical URLs by which a resource refers to definitions under the parameter of a `_has`. */
export function urlsIn(resource: Resource, { param }: Pick<HasFilter, 'param'>): string[] {
  return extractParameter(param, resource).flatMap((value) =>
    value.kind === 'reference' && value.type === undefined && value.url !== undefined ? [value.url] : [],
  );
}

/** The definitions of some types that have one of the canonical URLs, as they are asked for. */
export async function* findByUrl(
  scope: Scope,
  types: readonly string[],
  urls: readonly string[],
): AsyncGenerator<Hit> {
  const inside = deeper(scope);
  for (const type of types) {
    const param = searchParameter(type, 'url');
    if (!param || param.type !== 'uri') continue;
    const values = urls.map((uri) => ({ kind: 'uri' as const, uri }));
    const prepared = await prepare(inside, searchFor(type, [{ kind: 'value', param, values }]));
    yield* hitsOf(inside, prepared);
  }
}

async function listItems({ db }: Scope, types: readonly string[], { ids }: ListFilter): Promise<NamedRow[]> {
  const param = searchParameter('List', 'item')!;
  const items: NamedRow[] = [];
  const references = ids.map((id) => `List/${id}`);
  for await (const lists of byReferences(db, references))
    items.push(...lists.flatMap(({ resource }) => namedIn(resource, { param }, types)));
  return items;
}

/** The same search one link further in. */
export const deeper = (scope: Scope): Scope => ({ ...scope, depth: scope.depth + 1 });

/** A search for all resources of a type that meet the filters. */
export function searchFor(type: string, filters: SearchFilter[]): SearchRequest {
  return {
    type,
    filters,
    sort: [],
    count: 0,
    include: [],
    revinclude: [],
    total: 'none',
    ignored: [],
    selfParams: new URLSearchParams(),
  };
}
