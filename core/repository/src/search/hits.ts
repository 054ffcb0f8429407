import { containedTerm, outcomeError } from '@yba/fhir';
import type { SearchRequest } from '@yba/fhir';
import { collectLarge, LARGE_READ_BYTES } from '@yba/http';
import type { Reach } from '../ports.ts';
import { FrameReader } from '../rows/frame.ts';
import { isLargeRead, LargeRead } from '../rows/large-reads.ts';
import { PAGE_BYTES } from '../rows/page-bytes.ts';
import type { Row } from '../rows/row.ts';
import { hasRoom } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { termHash } from '../rows/term-hash.ts';
import { candidates, countRows } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { Hit } from './hit.ts';
import { askLinks, People } from './people.ts';
import { sinceOf } from './plan.ts';
import type { Plan, Position } from './plan.ts';
import { prepare } from './prepare.ts';
import type { Prepared, Scope } from './prepare.ts';
import { passing } from './probe.ts';
import { checker, isToldByTerms } from './told-by-terms.ts';

/** Rows fetched at a time, from a page's worth to many when few of them match. */
const SMALLEST_BATCH = 32;
const LARGEST_BATCH = 500;

/** Rows whose texts one search may look at. */
const EXAMINED = 50_000;

/**
 * The first `limit` that match, newest clinical time first, all of their texts at once. Throws LargeRead where these
 * are large and there is no `room` for them.
 */
export async function findMatches(
  db: Db,
  reach: Reach,
  request: SearchRequest,
  limit: number,
  room: boolean,
): Promise<Hit[]> {
  const people = new People(askLinks(db));
  const scope: Scope = { db, reach, complete: 0, depth: 0, people, common: new Set(), room };
  const hits: Hit[] = [];
  let bytes = 0;
  for await (const hit of hitsOf(scope, await prepare(scope, request), { first: limit })) {
    bytes += hit.row.len;
    if (!room && bytes > PAGE_BYTES) throw new LargeRead(bytes);
    hits.push(hit);
    if (hits.length === limit) break;
  }
  return hits;
}

export type Walk = {
  from?: Position | undefined;
  /** How many are wanted, as far as that is known: the first batch is not much larger. */
  first?: number | undefined;
  /** How many rows may be looked at, where that is less than for a search of its own. */
  most?: number;
};

/** Hits in lots of no more bytes than a page may hold, one alone however large it is. */
export async function* lotsOf(hits: AsyncIterable<Hit>): AsyncGenerator<readonly Hit[]> {
  let lot: Hit[] = [];
  let bytes = 0;
  for await (const hit of hits) {
    bytes += hit.row.len;
    if (bytes > PAGE_BYTES && lot.length > 0) {
      yield lot;
      lot = [];
      bytes = hit.row.len;
    }
    lot.push(hit);
  }
  if (lot.length > 0) yield lot;
}

/** All matches after `from`, in the plan's order, fetched in batches as they are asked for. */
export async function* hitsOf(scope: Scope, prepared: Prepared, walk: Walk = {}): AsyncGenerator<Hit> {
  if (prepared.empty) return;
  const { db, reach, room = hasRoom(db) } = scope;
  const isMatch = checker(prepared.filters, prepared.plan, scope.complete);
  let position = walk.from;
  let batch = Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, (walk.first ?? LARGEST_BATCH) + 4));
  let examined = 0;
  for (;;) {
    const most = room ? undefined : LARGE_READ_BYTES;
    const found = await candidates(db, reach, prepared.opened, prepared.plan, position, batch, most);
    const frames = new FrameReader();
    for (const { frame, body } of found) if (body) frames.add(frame, body);
    const full = found.findIndex(({ frame }) => !frames.has(frame));
    if (!room && full === 0) throw new LargeRead(found[0]!.len);
    const rows = full === -1 ? found : found.slice(0, full);
    const bytes = rows.reduce((sum, { len }) => sum + len, 0);
    if (!room && isLargeRead(bytes, rows.length)) throw new LargeRead(bytes);
    collectLarge(bytes);
    for (const hit of await matching(scope, prepared, rows, frames, isMatch)) yield hit;
    if (full === -1 && rows.length < batch) return;
    examined += rows.length;
    if (examined >= (walk.most ?? EXAMINED)) throw tooMany(prepared);
    position = positionOf(rows.at(-1)!, prepared);
    if (full === -1) batch = Math.min(LARGEST_BATCH, batch * 2);
  }
}

async function matching(
  scope: Scope,
  prepared: Prepared,
  rows: readonly Candidate[],
  frames: FrameReader,
  isMatch: (hit: Hit) => boolean,
): Promise<readonly Hit[]> {
  let passed: readonly Hit[] = rows.map((row) => new Hit(row, frames.text(row))).filter(isMatch);
  for (const probe of prepared.probes) passed = await passing(scope, probe, passed);
  return passed;
}

export function positionOf(row: Row, { plan }: Pick<Prepared, 'plan'>): Position {
  return { time: row[plan.order.column].getTime(), id: row.id };
}

/** How many match in all: counted by the rows' terms when these tell all, else by looking at each. */
export async function countMatches(scope: Scope, prepared: Prepared): Promise<number> {
  if (prepared.empty) return 0;
  const told =
    prepared.probes.every(({ kind }) => kind === 'within') && sinceOf(prepared.plan) <= scope.complete;
  if (!told || !prepared.filters.every(isToldByTerms)) return countHits(scope, prepared);
  const count = (plan: Plan) => countRows(scope.db, scope.reach, prepared.opened, plan);
  const total = await count(prepared.plan);
  if (prepared.probes.length === 0 || total === 0) return total;
  const doubtful = withinAlone(prepared);
  const number = await count(doubtful.plan);
  return number === 0 ? total : total - number + (await countHits(scope, doubtful));
}

async function countHits(scope: Scope, prepared: Prepared): Promise<number> {
  let total = 0;
  for await (const _ of hitsOf(scope, prepared)) total++;
  return total;
}

/** Only the rows that refer to what they contain: of these terms do not tell whether a chain holds. */
function withinAlone(prepared: Prepared): Prepared {
  const { plan, probes } = prepared;
  const hashes = probes.flatMap((probe) =>
    probe.kind === 'within' ? [termHash(containedTerm(probe.chain.param.code))] : [],
  );
  const group = { hashes, since: 0, rare: true };
  return {
    ...prepared,
    plan: { ...plan, terms: [...plan.terms, group], indexed: [...plan.indexed, group] },
  };
}

function tooMany({ plan, filters, probes }: Prepared) {
  const named = [...filters, ...probes].flatMap((filter) => ('param' in filter ? [filter.param.code] : []));
  return outcomeError(
    'too-costly',
    `More than ${EXAMINED} resources would have to be looked at for ${named.join(', ') || plan.types[0]}; name a patient, a code or a narrower date`,
    named[0] ?? plan.types[0],
  );
}
