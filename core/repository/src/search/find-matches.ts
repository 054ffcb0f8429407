import { extract, filterTerms, isPatientOfCompartment, matches, parseJson } from '@yba/fhir';
import type { Resource, SearchFilter, SearchRequest, SearchValue, ValueFilter } from '@yba/fhir';
import { outcomeError } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { linkedPatients, patientLinks, takenIds } from '../rows/locate.ts';
import { publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { FrameReader } from '../rows/frame.ts';
import { isUuid } from '../rows/row-id.ts';
import type { Db } from '../rows/session.ts';
import { termHash } from '../rows/term-hash.ts';
import { candidates, countRows } from './candidates.ts';
import type { Opened, Plan, Position } from './candidates.ts';
import { isIndexed } from './indexed-terms.ts';
import { isClinicalOrder } from './sorted.ts';

/** A row that matches, with the resource it was checked on. */
export type Hit = { row: Row; text: string; resource: Resource };

/** What a chain or `_has` may find on its inside before it is refused as too broad. */
const CHAIN_LIMIT = 1000;

/** Rows fetched at a time: more than a page, so that a selective recheck does not need many rounds. */
const BATCH = 200;

/** A search made ready to run: filters without chains, and where their matches can lie. */
export type Prepared = { plan: Plan; filters: readonly SearchFilter[]; opened: Opened; empty: boolean };

/** The first `limit` rows that match, in clinical order, newest first. */
export async function findMatches(
  db: Db,
  reach: Reach,
  request: SearchRequest,
  limit: number,
): Promise<Row[]> {
  const prepared = await prepare(db, reach, request);
  const hits = [];
  for await (const hit of hitsOf(db, reach, prepared)) {
    hits.push(hit.row);
    if (hits.length === limit) break;
  }
  return hits;
}

/** Resolves chains and patients, and decides where to look. */
export async function prepare(db: Db, reach: Reach, request: SearchRequest): Promise<Prepared> {
  const type = request.type!;
  const opened = await openedPlacements(db, reach);
  const filters: SearchFilter[] = [];
  let rows: Set<string> | undefined;
  let chart: Plan['chart'];
  for (const given of request.filters) {
    if (given.kind === 'has') {
      const ids = await referrers(db, reach, type, given);
      rows = intersect(rows, await rowIds(db, type, ids));
      continue;
    }
    const filter = given.kind === 'chain' ? await chainAsReference(db, reach, given) : given;
    if (filter.kind === 'value' && filter.param.code === '_id' && !filter.modifier) {
      rows = intersect(
        rows,
        await rowIds(
          db,
          type,
          filter.values.flatMap((value) => (value.kind === 'token' && value.code ? [value.code] : [])),
        ),
      );
      filters.push(filter);
      continue;
    }
    const patient = filter.kind === 'value' ? await asPatients(db, filter) : undefined;
    filters.push(patient?.filter ?? filter);
    if (patient && namesChart(type, filter as ValueFilter)) {
      chart = { placements: patient.placements, patients: patient.patients };
    }
  }
  const terms = filters.flatMap((filter) => termGroups(filter));
  const indexed = filters
    .filter((filter) => filter.kind === 'value' && isIndexed(type, filter.param.code))
    .flatMap((filter) => termGroups(filter));
  const plan: Plan = {
    type,
    terms,
    indexed,
    ascending: isAscending(request),
    ...(rows ? { rows: [...rows] } : {}),
    ...(chart ? { chart } : {}),
  };
  // the inside of a chain may have matched nothing
  const hopeless = filters.some((filter) => filter.kind === 'value' && filter.values.length === 0);
  return { plan, filters, opened, empty: hopeless || rows?.size === 0 || chart?.patients.length === 0 };
}

/** How many match in all: counted by the rows' terms when these tell all, else by looking at each. */
export async function countMatches(db: Db, reach: Reach, prepared: Prepared): Promise<number> {
  if (prepared.empty) return 0;
  if (prepared.filters.every(isToldByTerms)) return countRows(db, reach, prepared.opened, prepared.plan);
  let total = 0;
  for await (const _ of hitsOf(db, reach, prepared)) total++;
  return total;
}

/** True when the terms of a row, or its id, tell whether the filter is met, so that its text need not be read. */
function isToldByTerms(filter: SearchFilter): boolean {
  if (filter.kind !== 'value' || filter.modifier) return false;
  return filter.values.every((value) => {
    if (filter.param.code === '_id')
      return value.kind === 'token' && value.code !== undefined && value.system === undefined;
    if (value.kind === 'token') return value.code !== undefined && value.system !== '';
    if (value.kind !== 'reference' || value.version !== undefined || value.identifier) return false;
    return value.url !== undefined || value.id !== undefined;
  });
}

/** All matches after `from`, in order, fetched in batches as they are asked for. */
export async function* hitsOf(
  db: Db,
  reach: Reach,
  prepared: Prepared,
  from?: Position,
): AsyncGenerator<Hit> {
  if (prepared.empty) return;
  let position = from;
  for (;;) {
    const rows = await candidates(db, reach, prepared.opened, prepared.plan, position, BATCH);
    const frames = await readFrames(db, rows, new FrameReader());
    for (const row of rows) {
      const text = frames.text(row);
      const resource = parseJson(text);
      if (isMatch(prepared.filters, resource)) yield { row, text, resource };
    }
    if (rows.length < BATCH) return;
    position = positionOf(rows.at(-1)!);
  }
}

export function positionOf(row: Row): Position {
  return { occurred: row.occurred.getTime(), id: row.id };
}

function isMatch(filters: readonly SearchFilter[], resource: Resource): boolean {
  if (filters.length === 0) return true;
  const extracted = extract(resource);
  return filters.every((filter) => matches(filter, resource, extracted));
}

/** The hashes one of which a matching row has, when the filter can be said by terms: else nothing is narrowed. */
function termGroups(filter: SearchFilter): number[][] {
  if (filter.kind !== 'value') return [];
  const groups = filterTerms(filter);
  if (!groups || groups.length === 0) return [];
  const [first] = groups;
  if (groups.length === 1) return first!.map((term) => [termHash(term)]);
  return [groups.map((group) => termHash(group[0]!))];
}

async function openedPlacements(db: Db, reach: Reach): Promise<Opened> {
  if (reach.patients.length === 0) return { placements: [], patients: [] };
  const rows = await db<{ placement: string }[]>`
    select distinct placement from patient_link where patient = any(${reach.patients as string[]}::uuid[])`;
  return { placements: rows.map(({ placement }) => placement), patients: reach.patients };
}

/** `subject=Patient/x` means the person: it finds what every linked Patient of that person has. */
async function asPatients(
  db: Db,
  filter: ValueFilter,
): Promise<{ filter: ValueFilter; placements: string[]; patients: string[] } | undefined> {
  if (filter.param.type !== 'reference' || (filter.modifier && filter.modifier !== undefined))
    return undefined;
  const named = filter.values.flatMap((value) =>
    value.kind === 'reference' && value.id && !value.url && (value.type ?? 'Patient') === 'Patient'
      ? [value.id]
      : [],
  );
  if (named.length === 0 || !filter.param.targets.includes('Patient')) return undefined;
  const links = await patientLinks(db, named);
  const linked = await linkedPatients(db, [...new Set([...links.values()].map(({ person }) => person))]);
  if (links.size === 0 && filter.values.some((value) => value.kind === 'reference' && !value.type))
    return undefined;
  return {
    filter: {
      ...filter,
      values: [
        ...filter.values,
        ...linked.map((link) => ({
          kind: 'reference' as const,
          type: 'Patient',
          id: link.client_id ?? link.patient,
        })),
      ],
    },
    placements: [...new Set(linked.map(({ placement }) => placement))],
    patients: linked.map(({ patient }) => patient),
  };
}

/**
 * True when all matches lie in the charts of the Patients named: none is another server's, and none may be a Group,
 * as an id chosen by a client might.
 */
function namesChart(type: string, { param, values }: ValueFilter): boolean {
  const surely = (value: SearchValue) =>
    value.kind === 'reference' && (value.type === 'Patient' || isUuid(value.id ?? ''));
  const ours = values.every((value) => value.kind === 'reference' && value.id !== undefined && !value.url);
  return ours && isPatientOfCompartment(type, param) && (param.code === 'patient' || values.every(surely));
}

async function chainAsReference(
  db: Db,
  reach: Reach,
  chain: Extract<SearchFilter, { kind: 'chain' }>,
): Promise<ValueFilter> {
  const values: { kind: 'reference'; type: string; id: string }[] = [];
  for (const { type, filter } of chain.targets) {
    const rows = await findMatches(db, reach, inner(type, filter), CHAIN_LIMIT + 1);
    if (rows.length > CHAIN_LIMIT) throw tooBroad(`${chain.param.code}:${type}`);
    values.push(...rows.map((row) => ({ kind: 'reference' as const, type, id: publicId(row) })));
  }
  return { kind: 'value', param: chain.param, values };
}

async function referrers(
  db: Db,
  reach: Reach,
  type: string,
  has: Extract<SearchFilter, { kind: 'has' }>,
): Promise<string[]> {
  const prepared = await prepare(db, reach, inner(has.type, has.filter));
  const ids = new Set<string>();
  for await (const { resource } of hitsOf(db, reach, prepared)) {
    for (const { param, values } of extract(resource)) {
      if (param.code !== has.param.code) continue;
      for (const value of values)
        if (value.kind === 'reference' && value.type === type && value.id) ids.add(value.id);
    }
    if (ids.size > CHAIN_LIMIT) throw tooBroad(`_has:${has.type}`);
  }
  return [...ids];
}

function inner(type: string, filter: SearchFilter): SearchRequest {
  return {
    type,
    filters: [filter],
    sort: [],
    count: CHAIN_LIMIT,
    include: [],
    revinclude: [],
    total: 'none',
    ignored: [],
    selfParams: new URLSearchParams(),
  };
}

function tooBroad(parameter: string) {
  return outcomeError(
    'too-costly',
    `The inside of ${parameter} matches more than ${CHAIN_LIMIT} resources; narrow it`,
    parameter,
  );
}

async function rowIds(db: Db, type: string, ids: readonly string[]): Promise<string[]> {
  const entries = await takenIds(db, type, ids);
  return ids.flatMap((id) => [
    ...(isUuid(id) ? [id] : []),
    ...(entries.has(id) ? [entries.get(id)!.row] : []),
  ]);
}

function intersect(known: Set<string> | undefined, more: readonly string[]): Set<string> {
  return known ? new Set(more.filter((id) => known.has(id))) : new Set(more);
}

/** Clinical time runs newest first unless the only sort key asks for the opposite. */
function isAscending(request: SearchRequest): boolean {
  return isClinicalOrder(request) && request.sort[0]?.descending === false;
}
