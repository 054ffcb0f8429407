import { facilityOf, plannedEach } from '../rows/session.ts';
import type { Db, PendingQuery } from '../rows/session.ts';
import type { Reach } from '../ports.ts';
import { BATCH_BYTES } from '../rows/page-bytes.ts';
import { columns } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { isRegistry, typeNumber } from '../rows/resource-type.ts';
import { isTrusted, SINCE_WIDE } from './plan.ts';
import type { Plan, Position, TermGroup } from './plan.ts';

/** A row that may match, with the body of its frame unless a row before it brings that, or the batch is full. */
export type Candidate = Row & { body: Buffer | null };

/** No text is longer, in bytes. */
const ANY_LENGTH = 2_147_483_647;

/** The Patients open to the caller, with the placements their rows lie in. */
export type Opened = { placements: readonly string[]; patients: readonly string[] };

/**
 * The next rows that may match, in the plan's order, after `from`. Row-level security decides what is visible; the
 * branches below only say where to look, so that each can walk one index in order. Each frame comes with the first of
 * its rows, as long as the rows before it are not more than BATCH_BYTES and it is not more than `most` bytes itself: what
 * then has no body is asked for again.
 */
export async function candidates(
  db: Db,
  reach: Reach,
  opened: Opened,
  plan: Plan,
  from: Position | undefined,
  limit: number,
  most?: number,
): Promise<Candidate[]> {
  return planned(
    db,
    plan,
    () => db<Candidate[]>`${candidatesQuery(db, reach, opened, plan, from, limit, most)}`,
  );
}

/** The statement of `candidates`, to be run or explained. */
export function candidatesQuery(
  db: Db,
  reach: Reach,
  opened: Opened,
  plan: Plan,
  from: Position | undefined,
  limit: number,
  most = ANY_LENGTH,
): Fragment {
  const parts = partsOf(db, reach, opened, plan, from, limit);
  const only = onlyPlacement(plan);
  const found =
    parts.length === 1
      ? parts[0]!
      : db`select * from (${unionOf(db, parts)}) as part ${order(db, plan)} limit ${limit}`;
  return db`
    select found.*, case when row_number() over (partition by found.frame ${order(db, plan)}) > 1
        or sum(found.len) over (${order(db, plan)} rows unbounded preceding) - found.len > ${BATCH_BYTES}::int
        or found.len > ${most}::int then null
      when found.person is null then (select body from shared_frame f where f.id = found.frame)
      else (select body from frame f where f.person = ${only === undefined ? db`found.person` : db`${only}::uuid`} and f.id = found.frame) end as body
    from (${found}) as found ${order(db, plan)}`;
}

/** How many rows the plan gives in all. They are counted where they lie; no text is fetched. */
export async function countRows(db: Db, reach: Reach, opened: Opened, plan: Plan): Promise<number> {
  const parts = partsOf(db, reach, opened, plan, undefined, null);
  const [row] = await planned(
    db,
    plan,
    () => db<{ count: number }[]>`select count(*) as count from (${unionOf(db, parts)}) as found`,
  );
  return row!.count;
}

/**
 * What finds its index whatever the values is planned once: a chart, named rows, a rare term, and a facility's rows in
 * their order. With a common term the planner weighs index against walk, and must know the value: it takes 0.5 % of the
 * table for granted. Registries are not partitioned, so planning them is cheap; several types are asked too seldom to keep.
 */
export function planned<T>(db: Db, plan: Plan, ask: () => Promise<T>): Promise<T> {
  const { types, chart, rows, indexed, complete } = plan;
  const isRare = indexed.some(({ rare, since }) => rare && since <= complete);
  const once =
    chart || (types.length === 1 && !isRegistry(types[0]!) && (rows || isRare || indexed.length === 0));
  return once ? ask() : plannedEach(db, ask);
}

/** A piece of SQL; what rows it would give alone does not matter. */
type Fragment = PendingQuery<any>; // oxlint-disable-line no-explicit-any -- rows of a fragment have no type

/** How a branch meets the date range: rows within it, or the wide ones that may match from outside. */
type Arm = 'within' | 'wide' | 'all';

function partsOf(
  db: Db,
  reach: Reach,
  opened: Opened,
  plan: Plan,
  from: Position | undefined,
  limit: number | null,
): Fragment[] {
  const scan: Scan = { db, reach, opened, plan, from, limit };
  if (plan.chart) {
    const placed = armsOf(plan).map((arm) => chartBranch(scan, arm));
    return plan.chart.beside ? [...placed, sharedBranch(scan)] : placed;
  }
  const patients = plan.types.filter((type) => !isRegistry(type));
  const placed =
    patients.length > 0 ? armsOf(plan).flatMap((arm) => patientBranches(scan, patients, arm)) : [];
  return [...placed, sharedBranch(scan)];
}

type Scan = {
  db: Db;
  reach: Reach;
  opened: Opened;
  plan: Plan;
  from: Position | undefined;
  limit: number | null;
};

/** Rows of an older extraction are not marked as wide: then one arm looks at all of them. */
function armsOf({ occurred, complete }: Plan): Arm[] {
  if (!occurred) return ['all'];
  if (complete < SINCE_WIDE) return ['all'];
  return occurred.wide ? ['within', 'wide'] : ['within'];
}

const unionOf = (db: Db, parts: readonly Fragment[]): Fragment =>
  db`${parts.map((part, index) => db`${index > 0 ? db`union all` : db``} (${part})`)}`;

function order(db: Db, { order: { column, ascending } }: Plan): Fragment {
  if (column === 'occurred')
    return ascending ? db`order by occurred, id` : db`order by occurred desc, id desc`;
  return ascending ? db`order by updated, id` : db`order by updated desc, id desc`;
}

/**
 * Each placement's rows are walked in order, as far as the page needs: a long chart costs no more than a short one. A chart
 * that lies in one place names it outright: then PostgreSQL makes ready one partition, not all of them.
 */
function chartBranch(scan: Scan, arm: Arm): Fragment {
  const { db, plan, limit } = scan;
  const { placements, patients } = plan.chart!;
  const kinds = kindsOf(scan, plan.types);
  const only = onlyPlacement(plan);
  const rows = db`
    select ${columns(db, false)} from resource
    where resource.person = ${only === undefined ? db`placement.person` : db`${only}::uuid`} and patient = any(${patients as string[]}::uuid[])
      and ${kinds.condition} and ${filter(scan, arm, undefined)}
    ${order(db, plan)} limit ${limit}`;
  if (only !== undefined && plan.types.length === 1) return rows;
  const places = only === undefined ? placements : [only];
  return db`
    select hit.* from unnest(${places as string[]}::uuid[]) as placement(person) ${kinds.from}
    cross join lateral (${rows}) as hit
    ${order(db, plan)} limit ${limit}`;
}

/** Where the whole chart lies, when that is one place: most persons were never linked. */
function onlyPlacement({ chart }: Plan): string | undefined {
  return chart?.placements.length === 1 ? chart.placements[0] : undefined;
}

/** Several types are walked one by one, each in its order. */
function kindsOf(
  { db }: Pick<Scan, 'db'>,
  types: readonly string[],
): { from: Fragment; condition: Fragment } {
  const [type] = types;
  if (types.length === 1) return { from: db``, condition: db`type = ${typeNumber(type!)}` };
  return {
    from: db`cross join unnest(${types.map(typeNumber)}::smallint[]) as kind(type)`,
    condition: db`type = kind.type`,
  };
}

function patientBranches(scan: Scan, types: readonly string[], arm: Arm): Fragment[] {
  const { db, reach, opened, plan, limit } = scan;
  const facility = facilityOf(reach);
  const kinds = kindsOf(scan, types);
  const own = ownBranch(scan, types, arm, reach.everything ? undefined : facility);
  if (opened.patients.length === 0 || reach.everything) return [own];
  const shown = db`
    select hit.* from unnest(${opened.placements as string[]}::uuid[]) as placement(person) ${kinds.from}
    cross join lateral (
      select ${columns(db, false)} from resource
      where resource.person = placement.person and patient = any(${opened.patients as string[]}::uuid[])
        and facility <> ${facility} and ${kinds.condition} and ${filter(scan, arm, undefined)}
      ${order(db, plan)} limit ${limit}
    ) as hit
    ${order(db, plan)} limit ${limit}`;
  return [own, shown];
}

/**
 * Rows of one facility. Named rows, and those with a rare indexed term, are found first and sorted after: a materialised
 * step, and conditions no index has, keep the planner from walking the facility or reading its whole index beside. With a common one (a code)
 * the planner weighs the index against the walk; without any the facility's rows are walked in order.
 */
function ownBranch(scan: Scan, types: readonly string[], arm: Arm, facility: number | undefined): Fragment {
  const { db, plan, limit } = scan;
  const indexed = plan.indexed.filter((group) => isTrusted(group, plan.complete, facility));
  const rare = indexed.filter((group) => group.rare);
  if (plan.rows || rare.length > 0) {
    const scope = facility === undefined ? db`true` : db`facility + 0 = ${facility}`;
    return db`
      select * from (
        select ${columns(db, false)} from resource
        where ${scope} and type + 0 = any(${types.map(typeNumber)}::int[]) and ${filter(scan, arm, facility)} ${indexOverlaps(db, rare)}
        offset 0
      ) as hit ${order(db, plan)} limit ${limit}`;
  }
  const scope = facility === undefined ? db`true` : db`facility = ${facility}`;
  const kinds = kindsOf(scan, types);
  const rows = db`
    select ${columns(db, false)} from resource
    where ${scope} and ${kinds.condition} and ${filter(scan, arm, facility, indexed)} ${indexOverlaps(db, indexed)}
    ${order(db, plan)} limit ${limit}`;
  if (types.length === 1) return rows;
  return db`
    select hit.* from (select 1) as once ${kinds.from} cross join lateral (${rows}) as hit
    ${order(db, plan)} limit ${limit}`;
}

/** Shared rows have all their terms in the index. */
function sharedBranch(scan: Scan): Fragment {
  const { db, reach, plan, limit } = scan;
  const facility = facilityOf(reach);
  const registries = plan.types.filter(isRegistry);
  const others = plan.types.filter((type) => !isRegistry(type));
  const own = reach.everything ? db`true` : db`facility = ${facility}`;
  const scopes = [
    ...(registries.length > 0 ? [typesIn(db, registries)] : []),
    ...(others.length > 0 ? [db`${typesIn(db, others)} and ${own}`] : []),
  ];
  const onlyOwn = registries.length === 0 && !reach.everything ? facility : undefined;
  const indexed = plan.terms.filter((group) => isTrusted(group, plan.complete, onlyOwn));
  return db`
    select * from (
      select ${columns(db, true)} from shared_resource
      where ${scopes.length === 1 ? scopes[0]! : db`((${scopes[0]!}) or (${scopes[1]!}))`} and ${filter(scan, 'all', onlyOwn)}
        ${indexOverlaps(db, indexed)}
      ${indexed.length > 0 ? db`offset 0` : db``}
    ) as hit ${order(db, plan)} limit ${limit}`;
}

function indexOverlaps(db: Db, groups: readonly TermGroup[]): Fragment {
  return joined(
    db,
    groups.map(({ hashes }) => db`and (terms[1:indexed]) && ${literal(hashes)}::bigint[]`),
  );
}

/** Fragments one after another. The driver would send an empty list as a value. */
function joined(db: Db, parts: readonly Fragment[]): Fragment {
  return parts.reduce<Fragment>((sql, part) => db`${sql} ${part}`, db``);
}

function typesIn(db: Db, types: readonly string[]): Fragment {
  return types.length === 1
    ? db`type = ${typeNumber(types[0]!)}`
    : db`type = any(${types.map(typeNumber)}::smallint[])`;
}

/**
 * What every row must meet wherever it lies. `facility`: the only one whose rows the branch looks at, when there is one;
 * `met`: terms that another condition asks for already, which the planner would count twice.
 */
function filter(
  scan: Scan,
  arm: Arm,
  facility: number | undefined,
  met: readonly TermGroup[] = [],
): Fragment {
  const { db, plan } = scan;
  const conditions = [
    ...(plan.rows ? [db`id = any(${plan.rows as string[]}::uuid[])`] : []),
    ...plan.terms
      .filter(({ hashes }) => !met.some((one) => one.hashes.join() === hashes.join()))
      .map((group) => overlap(db, group, plan.complete, facility)),
    ...ranges(scan, arm),
    ...after(scan),
  ];
  return db`not deleted ${joined(
    db,
    conditions.map((condition) => db`and ${condition}`),
  )}`;
}

/** The row has one of the terms, or was written before such rows had them. */
function overlap(db: Db, group: TermGroup, complete: number, facility: number | undefined): Fragment {
  const has = db`terms && ${literal(group.hashes)}::bigint[]`;
  if (isTrusted(group, complete, facility)) return has;
  const others =
    group.facility === undefined || group.facility === facility ? db`` : db`or facility <> ${group.facility}`;
  return db`(${has} or extractor < ${group.since} ${others})`;
}

function ranges({ db, plan }: Scan, arm: Arm): Fragment[] {
  const { occurred, updated } = plan;
  const conditions: Fragment[] = [];
  if (occurred) {
    const inside = between(db, db`occurred`, occurred);
    // written out, as the partial indexes of migration 0012 have it
    const wide = db`terms @> '{3147519957932629}'::bigint[]`;
    if (arm === 'within') conditions.push(...inside);
    else if (arm === 'wide') conditions.push(wide, ...outside(db, inside));
    else conditions.push(...allOf(db, inside, wide, occurred.wide, plan.complete));
  }
  if (updated) conditions.push(...between(db, db`updated`, updated));
  return conditions;
}

function outside(db: Db, inside: readonly Fragment[]): Fragment[] {
  return inside.length === 0 ? [db`false`] : [db`not (${conjunction(db, inside)})`];
}

function allOf(
  db: Db,
  inside: readonly Fragment[],
  wide: Fragment,
  orWide: boolean,
  complete: number,
): Fragment[] {
  if (inside.length === 0) return [];
  const others = orWide ? [db`or ${wide}`] : [];
  // an older extraction did not mark what is wide
  const older = orWide && complete < SINCE_WIDE ? [db`or extractor < ${SINCE_WIDE}`] : [];
  return [db`((${conjunction(db, inside)}) ${joined(db, [...others, ...older])})`];
}

const conjunction = (db: Db, parts: readonly Fragment[]): Fragment =>
  db`${parts.map((part, index) => db`${index > 0 ? db`and` : db``} ${part}`)}`;

function between(db: Db, column: Fragment, { from, to }: { from: number; to: number }): Fragment[] {
  return [
    ...(from > FIRST ? [db`${column} >= ${instant(db, Math.min(from, LAST))}`] : []),
    ...(to <= LAST ? [db`${column} < ${instant(db, Math.max(to, FIRST + 1))}`] : []),
  ];
}

/** PostgreSQL and JavaScript both know the years 1 to 9999; rows outside stand at the first and last moment. */
const FIRST = -62135596800000;
const LAST = 253402300799999;

const instant = (db: Db, ms: number): Fragment => db`to_timestamp(${ms}::float8 / 1000.0)`;

function after({ db, plan, from }: Scan): Fragment[] {
  if (!from) return [];
  const { column, ascending } = plan.order;
  const by = column === 'occurred' ? db`(occurred, id)` : db`(updated, id)`;
  const place = db`(to_timestamp(${from.time}::float8 / 1000.0), ${from.id}::uuid)`;
  return [ascending ? db`${by} > ${place}` : db`${by} < ${place}`];
}

function literal(hashes: readonly number[]): string {
  return `{${hashes.join(',')}}`;
}
