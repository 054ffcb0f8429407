import { filterTerms, looksElsewhere, occurredRange, updatedRange } from '@yba/fhir';
import type { ChainFilter, SearchFilter, SearchParameter, SearchRequest, ValueFilter } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { directoryEntries } from '../rows/locate.ts';
import type { NamedRow } from '../rows/locate.ts';
import { isUuid, NO_PLACEMENT, NOBODY } from '../rows/row-id.ts';
import type { Db } from '../rows/session.ts';
import { termHash } from '../rows/term-hash.ts';
import type { Opened } from './candidates.ts';
import { resolveElsewhere } from './elsewhere.ts';
import type { Width } from './elsewhere.ts';
import { isIndexed, isName, isRare } from './indexed-terms.ts';
import { asPatients, namesChart } from './patients.ts';
import type { People } from './people.ts';
import { SINCE_NAMES } from './plan.ts';
import type { IndexedGroup, Plan, TermGroup } from './plan.ts';
import { orderOf } from './sorted.ts';

/** A filter that other resources decide, tested on the rows found so far. */
export type Probe = Extract<SearchFilter, { kind: 'chain' | 'has' }> | WithinProbe;

/** A chain whose ends outside are known: what refers to none of them may contain one. */
export type WithinProbe = { kind: 'within'; known: ValueFilter; chain: ChainFilter };

/** A search made ready to run: filters told by the resource alone, those told by others, and where matches can lie. */
export type Prepared = {
  plan: Plan;
  filters: readonly SearchFilter[];
  probes: readonly Probe[];
  opened: Opened;
  /** Nothing can match. */
  empty: boolean;
};

/** What a search knows beside its request. */
export type Scope = {
  db: Db;
  reach: Reach;
  /** Every row carries at least this revision of extraction; 0 when that is not known. */
  complete: number;
  /** How deep in chains the search stands: the innermost give up sooner. */
  depth: number;
  people: People;
  /** Hashes of indexed terms that many rows have. */
  common: ReadonlySet<number>;
  /** Whether large resources may be fetched; absent where the connection knows. */
  room?: boolean;
};

/** Resolves patients, ids, and the insides of chains that are small, and decides where to look. */
export async function prepare(scope: Scope, request: SearchRequest): Promise<Prepared> {
  const types = request.type === undefined ? request.types! : [request.type];
  const found: Found = { filters: [], rows: undefined, chart: undefined };
  const later: SearchFilter[] = [];
  for (const filter of request.filters) {
    if (looksElsewhere(filter)) later.push(filter);
    else await takeFilter(scope, types, filter, found);
  }
  const probes: Probe[] = [];
  for (const filter of later) {
    const resolved = await resolveElsewhere(scope, types, filter, widthOf(found));
    if (resolved.kind === 'probe') probes.push(resolved.filter);
    else if (resolved.kind === 'rows')
      found.rows = intersect(found.rows, await rowIds(scope.db, resolved.named));
    else if (resolved.within)
      probes.push(await takeChain(scope, types, resolved.filter, resolved.within, found));
    else await takeFilter(scope, types, resolved.filter, found);
  }
  const plan = planOf(scope, request, types, found);
  // the inside of a chain may have matched nothing
  const hopeless = found.filters.some((filter) => filter.kind === 'value' && filter.values.length === 0);
  return {
    plan,
    filters: found.filters,
    probes,
    opened: plan.chart ? { placements: [], patients: [] } : await openedPlacements(scope), // a chart is looked into alone
    empty: hopeless || plan.rows?.length === 0 || plan.chart?.patients.length === 0 || types.length === 0,
  };
}

/** How many rows the other filters leave: a few that were named, a chart, or any number. */
function widthOf({ rows, chart, filters }: Found): Width {
  const isNamed = (filter: SearchFilter) =>
    filter.kind === 'value' && filter.param.code === 'identifier' && !filter.modifier;
  if (rows !== undefined || filters.some(isNamed)) return 'named';
  return chart ? 'chart' : 'any';
}

type Found = { filters: SearchFilter[]; rows: Set<string> | undefined; chart: Plan['chart'] };

async function takeFilter(
  { db, people }: Scope,
  types: readonly string[],
  filter: SearchFilter,
  found: Found,
): Promise<void> {
  if (filter.kind === 'value' && filter.param.code === '_id' && !filter.modifier) {
    const ids = idsAsked([filter]);
    found.rows = intersect(
      found.rows,
      await rowIds(
        db,
        types.flatMap((type) => ids.map((id) => ({ type, id }))),
      ),
    );
    found.filters.push(filter);
    return;
  }
  if (filter.kind === 'any') {
    await takeAny(people, types, filter, found);
    return;
  }
  const patient = filter.kind === 'value' ? await asPatients(people, filter) : undefined;
  found.filters.push(patient?.filter ?? filter);
  if (patient && types.every((type) => namesChart(type, filter as ValueFilter, patient)))
    found.chart = { placements: patient.placements, patients: patient.patients };
}

/**
 * A chain whose ends are known: what refers to one of them, or to what it contains itself. A Patient who is contained has
 * no chart: that row is beside those of the charts.
 */
async function takeChain(
  scope: Scope,
  types: readonly string[],
  ends: ValueFilter,
  chain: ChainFilter,
  found: Found,
): Promise<WithinProbe> {
  const before = found.chart;
  await takeFilter(scope, types, ends, found);
  const known = found.filters.pop() as ValueFilter;
  found.filters.push({ ...known, values: [...known.values, { kind: 'reference', contained: true }] });
  const nobody = { filter: ends, placements: [NO_PLACEMENT], patients: [NOBODY] };
  if (ends.values.length === 0 && types.every((type) => namesChart(type, ends, nobody))) found.chart = nobody;
  if (found.chart && found.chart !== before) found.chart = { ...found.chart, beside: true };
  return { kind: 'within', known, chain };
}

/** A Patient's compartment lies in the chart when every way into it names the chart's own patient. */
async function takeAny(
  people: People,
  types: readonly string[],
  filter: Extract<SearchFilter, { kind: 'any' }>,
  found: Found,
): Promise<void> {
  const ways = await Promise.all(
    filter.filters.map(async (one) => ({ one, patient: await asPatients(people, one) })),
  );
  found.filters.push({ kind: 'any', filters: ways.map(({ one, patient }) => patient?.filter ?? one) });
  const [first] = ways;
  const inChart = ways.every(
    ({ one, patient }) => patient && types.every((type) => namesChart(type, one, patient)),
  );
  if (inChart && first?.patient)
    found.chart = { placements: first.patient.placements, patients: first.patient.patients };
}

function planOf(scope: Scope, request: SearchRequest, types: readonly string[], found: Found): Plan {
  const { filters, rows, chart } = found;
  const occurred = meet(filters.map((filter) => occurredIn(types, filter)));
  const updated = meet(filters.map(updatedRange));
  return {
    types,
    terms: filters.flatMap(termGroups),
    indexed: filters
      .filter((filter) => types.every((one) => isIndexedFilter(one, filter)))
      .flatMap((filter) => indexedGroups(filter, scope.common)),
    order: orderOf(request),
    complete: scope.complete,
    ...(rows ? { rows: [...rows] } : {}),
    ...(chart ? { chart } : {}),
    ...(occurred ? { occurred: { ...occurred, wide: occurred.wide ?? false } } : {}),
    ...(updated ? { updated } : {}),
  };
}

/** The range that holds for the rows of all types. */
function occurredIn(types: readonly string[], filter: SearchFilter): Range | undefined {
  const ranges = types.map((type) => occurredRange(type, filter));
  return ranges.every((range) => range !== undefined) ? ranges[0] : undefined;
}

type Range = { from: number; to: number; wide?: boolean };

/** The range that meets all; rows that may match outside one of them may match outside. */
function meet(ranges: readonly (Range | undefined)[]): Range | undefined {
  return ranges.reduce<Range | undefined>((all, one) => {
    if (!all || !one) return all ?? one;
    return {
      from: Math.max(all.from, one.from),
      to: Math.min(all.to, one.to),
      wide: (all.wide ?? false) || (one.wide ?? false),
    };
  }, undefined);
}

/** A chain that found nothing outside leaves the rows that contain what they refer to: few, and always in the index. */
const asksWithin = (filter: SearchFilter): boolean =>
  filter.kind === 'value' &&
  filter.values.length > 0 &&
  filter.values.every((value) => value.kind === 'reference' && value.contained);

function isIndexedFilter(type: string, filter: SearchFilter): boolean {
  if (asksWithin(filter)) return true;
  if (filter.kind === 'any') return filter.filters.every((one) => isIndexedFilter(type, one));
  return filter.kind === 'value' && !filter.param.custom && isIndexed(type, filter.param.code);
}

/** The hashes one of which a matching row has, when the filter can be said by terms: else nothing is narrowed. */
function termGroups(filter: SearchFilter): TermGroup[] {
  const groups = filterTerms(filter);
  if (!groups || groups.length === 0) return [];
  const trust = filter.kind === 'value' ? trustOf(filter.param, groups) : { since: 0 };
  const [first] = groups;
  if (groups.length === 1) return first!.map((term) => ({ hashes: [termHash(term)], ...trust }));
  return [{ hashes: groups.map((group) => termHash(group[0]!)), ...trust }];
}

/** The part of a name that many have, as a family name, is left to the walk of the facility's rows. */
function indexedGroups(filter: SearchFilter, common: ReadonlySet<number>): IndexedGroup[] {
  const code = filter.kind === 'value' ? filter.param.code : '';
  return termGroups(filter)
    .filter(({ hashes }) => !isName(code) || !hashes.some((hash) => common.has(hash)))
    .map((group) => ({ ...group, rare: isRare(code) || asksWithin(filter) }));
}

function trustOf(param: SearchParameter, groups: readonly string[][]): Omit<TermGroup, 'hashes'> {
  if (param.custom)
    return {
      since: param.custom.since,
      ...(param.custom.facility ? { facility: param.custom.facility } : {}),
    };
  return { since: groups.some((group) => group.some((term) => term.includes('^'))) ? SINCE_NAMES : 0 };
}

async function openedPlacements({ db, reach }: Scope): Promise<Opened> {
  if (reach.patients.length === 0 || reach.everything) return { placements: [], patients: [] };
  const rows = await db<{ placement: string }[]>`
    select distinct placement from patient_link where patient = any(${reach.patients as string[]}::uuid[])`;
  return { placements: rows.map(({ placement }) => placement), patients: reach.patients };
}

/** The ids that a search names by `_id`. */
export function idsAsked(filters: readonly SearchFilter[]): string[] {
  return filters.flatMap((filter) =>
    filter.kind === 'value' && filter.param.code === '_id' && !filter.modifier
      ? filter.values.flatMap((value) => (value.kind === 'token' && value.code ? [value.code] : []))
      : [],
  );
}

async function rowIds(db: Db, named: readonly NamedRow[]): Promise<string[]> {
  const ids = new Set(named.map(({ id }) => id));
  return [
    ...[...ids].filter(isUuid),
    ...(await directoryEntries(db, named)).flatMap((entry) => entry?.row ?? []),
  ];
}

function intersect(known: Set<string> | undefined, more: readonly string[]): Set<string> {
  return known ? new Set(more.filter((id) => known.has(id))) : new Set(more);
}
