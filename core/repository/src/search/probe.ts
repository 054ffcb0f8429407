import { extractParameter, matches, namedResource } from '@yba/fhir';
import type { ChainFilter, HasFilter, Resource, SearchFilter } from '@yba/fhir';
import type { NamedRow } from '../rows/locate.ts';
import { publicId } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { deeper, findByUrl, isContent, namedIn, referencesTo, searchFor, urlsIn } from './elsewhere.ts';
import type { Hit } from './hit.ts';
import { hitsOf, lotsOf } from './hits.ts';
import { prepare } from './prepare.ts';
import type { Probe, Scope, WithinProbe } from './prepare.ts';
import { byReferences } from './references.ts';
import { MARK_CONTAINED } from './told-by-terms.ts';

/**
 * Those of a batch of hits that a filter on other resources holds for, in their order. Each link is resolved for the
 * whole batch at once, so a chain costs a few queries a batch however much its inside would find alone.
 */
export async function passing<F extends Found>(
  scope: Scope,
  filter: SearchFilter | Probe,
  hits: readonly F[],
): Promise<readonly F[]> {
  if (hits.length === 0) return hits;
  if (filter.kind === 'chain')
    return isContent(filter.param) ? throughContent(scope, filter, hits) : throughChain(scope, filter, hits);
  if (filter.kind === 'within') return knownOrWithin(scope, filter, hits);
  if (filter.kind === 'has') return referredBy(scope, filter, hits);
  return hits.filter(({ resource }) => matches(filter, resource));
}

/** What is told of a hit by looking into it; of a contained resource `container` is the one it lies in. */
type Found = Pick<Hit, 'row' | 'resource'> & { text?: string; container?: Resource };

/** Those that refer to one of the known ends, or to a resource they contain that meets the rest of the chain. */
async function knownOrWithin<F extends Found>(
  scope: Scope,
  { known, chain }: WithinProbe,
  hits: readonly F[],
): Promise<readonly F[]> {
  const doubtful = hits.filter((hit) => mayReferWithin(hit) && !matches(known, hit.resource));
  const good = await throughContained(scope, chain, doubtful);
  const bad = new Set(doubtful.filter((hit) => !good.has(hit)));
  return hits.filter((hit) => !bad.has(hit));
}

/** Told by the text alone for almost all: it is kept without escapes that it does not need. */
const mayReferWithin = ({ text }: Found): boolean => text === undefined || text.includes(MARK_CONTAINED);

/** Source: https://hl7.org/fhir/R4/search.html#contained “A chained condition will be evaluated inside contained resources” */
function throughContained<F extends Found>(
  scope: Scope,
  chain: ChainFilter,
  hits: readonly F[],
): Promise<Set<F>> {
  const contents = hits.flatMap((hit) => {
    const container = hit.container ?? hit.resource;
    const contained = (container['contained'] ?? []) as Resource[];
    return extractParameter(chain.param, hit.resource).flatMap((value) => {
      if (value.kind !== 'reference' || value.fragment === undefined) return [];
      const resource = value.fragment === '' ? container : contained.find(({ id }) => id === value.fragment);
      return resource ? [{ hit, row: hit.row, resource, container }] : [];
    });
  });
  return meetingRest(scope, chain, contents);
}

/** Of what lies within hits and has no row of its own: the hits it meets the rest of a chain in. Nothing refers to it by `_has`. */
async function meetingRest<F extends Found>(
  scope: Scope,
  chain: ChainFilter,
  contents: readonly (Found & { hit: F })[],
): Promise<Set<F>> {
  const good = new Set<F>();
  for (const { type, filter } of chain.targets) {
    if (filter.kind === 'has') continue;
    const ofType = contents.filter(({ resource }) => resource.resourceType === type);
    for (const { hit } of await passing(deeper(scope), filter, ofType)) good.add(hit);
  }
  return good;
}

/**
 * A document's Composition, a message's MessageHeader: it lies in the Bundle, with no row of its own, and nothing refers
 * to it from outside. Source: https://hl7.org/fhir/R4/bundle.html#search
 */
async function throughContent<F extends Found>(
  scope: Scope,
  chain: ChainFilter,
  hits: readonly F[],
): Promise<readonly F[]> {
  const contents = hits.flatMap((hit) => {
    const [first] = (hit.resource['entry'] ?? []) as { resource?: Resource }[];
    return first?.resource ? [{ hit, row: hit.row, resource: first.resource }] : [];
  });
  const good = await meetingRest(scope, chain, contents);
  return hits.filter((hit) => good.has(hit));
}

async function throughChain<F extends Found>(
  scope: Scope,
  chain: ChainFilter,
  hits: readonly F[],
): Promise<readonly F[]> {
  const references = hits.map((hit) => referencesOf(hit, chain));
  const linked = await samePersons(scope, references.flat());
  const targets = [...new Set(references.flat().flatMap((one) => linked.get(one) ?? [one]))];
  const good = new Set<string>();
  for await (const found of behind(scope, chain, targets))
    for (const { type, filter } of chain.targets) {
      const ofType = found.filter(({ row }) => typeName(row.type) === type);
      for (const { row, resource } of await passing(deeper(scope), filter, ofType)) {
        good.add(`${type}/${publicId(row)}`);
        if (typeof resource['url'] === 'string') good.add(`${CANONICAL}${resource['url']}`);
      }
    }
  const within = await throughContained(scope, chain, hits);
  return hits.filter(
    (hit, at) =>
      within.has(hit) ||
      references[at]!.some(
        (one) => good.has(one) || (linked.get(one) ?? []).some((other) => good.has(other)),
      ),
  );
}

/** Marks a canonical URL among references `Type/id`. */
const CANONICAL = '|';

function referencesOf({ resource }: Found, { param, targets }: ChainFilter): string[] {
  return extractParameter(param, resource).flatMap((value) => {
    const named = namedResource(value);
    if (named) return targets.some(({ type }) => type === named.type) ? [nameOf(named)] : [];
    return value.kind === 'reference' && value.type === undefined && value.url !== undefined
      ? [`${CANONICAL}${value.url}`]
      : [];
  });
}

/** By `Patient/id` the other Patients of the same person: a chain through a Patient means the person. */
async function samePersons({ people }: Scope, references: readonly string[]): Promise<Map<string, string[]>> {
  const ids = [
    ...new Set(
      references.filter((one) => one.startsWith('Patient/')).map((one) => one.slice('Patient/'.length)),
    ),
  ];
  const linked = new Map<string, string[]>();
  if (ids.length === 0) return linked;
  const links = await people.named(ids);
  const all = await people.linked(ids);
  const byPerson = Map.groupBy(all, ({ person }) => person);
  for (const [id, { person }] of links) {
    const patients = byPerson.get(person) ?? [];
    linked.set(
      `Patient/${id}`,
      patients.map(({ client_id, patient }) => `Patient/${client_id ?? patient}`),
    );
  }
  return linked;
}

/** The resources that a chain leads to, in lots. */
async function* behind(
  scope: Scope,
  chain: ChainFilter,
  targets: readonly string[],
): AsyncGenerator<readonly Hit[]> {
  const [urls, references] = [
    targets.filter((one) => one.startsWith(CANONICAL)).map((one) => one.slice(1)),
    targets.filter((one) => !one.startsWith(CANONICAL)),
  ];
  yield* byReferences(scope.db, references);
  if (urls.length === 0) return;
  const types = chain.targets.map(({ type }) => type);
  yield* lotsOf(findByUrl(scope, types, urls));
}

const nameOf = ({ type, id }: NamedRow) => `${type}/${id}`;

async function referredBy<F extends Found>(
  scope: Scope,
  has: HasFilter,
  hits: readonly F[],
): Promise<readonly F[]> {
  const types = [...new Set(hits.map(({ row }) => typeName(row.type)))];
  const values = hits.flatMap(({ row, resource }) =>
    referencesTo(typeName(row.type), publicId(row), resource),
  );
  const inside = deeper(scope);
  const request = searchFor(has.type, [{ kind: 'value', param: has.param, values }, has.filter]);
  const referred = new Set<string>();
  for await (const { resource } of hitsOf(inside, await prepare(inside, request)))
    for (const name of [...namedIn(resource, has, types).map(nameOf), ...urlsIn(resource, has)])
      referred.add(name);
  return hits.filter(
    ({ row, resource }) =>
      referred.has(nameOf({ type: typeName(row.type), id: publicId(row) })) ||
      referred.has(String(resource['url'] ?? '')),
  );
}
