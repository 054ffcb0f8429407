import type { Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from '../rows/facility-number.ts';
import { columns } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { isRegistry, typeNumber } from '../rows/resource-type.ts';
import type { Db, PendingQuery } from '../rows/session.ts';

/** Where a page goes on: the clinical time (ms) and row id of the last row seen. */
export type Position = { occurred: number; id: string };

/**
 * Which rows may hold matches. Narrow first: named rows, then a person's chart, then terms that are indexed,
 * then the rows of the caller's facility in clinical order.
 */
export type Plan = {
  type: string;
  /** Only these rows (`_id`, and what chains found). */
  rows?: readonly string[];
  /** Charts: placements and Patients, when the search names its patient. */
  chart?: { placements: readonly string[]; patients: readonly string[] };
  /** Each array of hashes must overlap the row's terms. */
  terms: readonly (readonly number[])[];
  /** Of these, those that are in the index. */
  indexed: readonly (readonly number[])[];
  ascending: boolean;
};

/**
 * The next rows that may match, newest clinical time first (or oldest), after `from`. Row-level security decides
 * what is visible; the branches below only say where to look, so that each can walk one index in order.
 */
export async function candidates(
  db: Db,
  reach: Reach,
  opened: Opened,
  plan: Plan,
  from: Position | undefined,
  limit: number,
): Promise<Row[]> {
  const order = plan.ascending ? db`order by occurred, id` : db`order by occurred desc, id desc`;
  const after =
    from &&
    (plan.ascending
      ? db`and (occurred, id) > (to_timestamp(${from.occurred}::float8 / 1000.0), ${from.id}::uuid)`
      : db`and (occurred, id) < (to_timestamp(${from.occurred}::float8 / 1000.0), ${from.id}::uuid)`);
  const parts = partsOf(db, reach, opened, plan, after ?? db``, order, limit);
  if (parts.length === 1) return db<Row[]>`${parts[0]!}`;
  return db<Row[]>`select * from (${parts}) as found ${order} limit ${limit}`;
}

/** How many rows the plan gives in all. They are counted where they lie; no text is fetched. */
export async function countRows(db: Db, reach: Reach, opened: Opened, plan: Plan): Promise<number> {
  const parts = partsOf(db, reach, opened, plan, db``, db``, null);
  const [row] = await db<{ count: number }[]>`select count(*) as count from (${parts}) as found`;
  return row!.count;
}

function partsOf(
  db: Db,
  reach: Reach,
  opened: Opened,
  plan: Plan,
  after: Fragment,
  order: Fragment,
  limit: number | null,
): Fragment[] {
  const branches = [
    ...(plan.chart ? [chartBranch(db, plan)] : patientBranches(db, reach, opened, plan)),
    ...(plan.chart ? [] : [sharedBranch(db, reach, plan)]),
  ];
  const filter = db`type = ${typeNumber(plan.type)} and not deleted
    ${plan.rows ? db`and id = any(${plan.rows as string[]}::uuid[])` : db``}
    ${overlaps(db, db`terms`, plan.terms)}
    ${after}`;
  return branches.map(
    (branch, index) => db`${index > 0 ? db`union all` : db``} (${branch(filter, order, limit)})`,
  );
}

/** A piece of SQL; what rows it would give alone does not matter. */
type Fragment = PendingQuery<any>; // oxlint-disable-line no-explicit-any -- rows of a fragment have no type
type Branch = (filter: Fragment, order: Fragment, limit: number | null) => Fragment;

/** The Patients open to the caller, with the placements their rows lie in. */
export type Opened = { placements: readonly string[]; patients: readonly string[] };

/** Each placement's rows are walked in order, as far as the page needs: a long chart costs no more than a short one. */
function chartBranch(db: Db, { chart }: Plan): Branch {
  return (filter, order, limit) => db`
    select hit.* from unnest(${chart!.placements as string[]}::uuid[]) as placement(person)
    cross join lateral (
      select ${columns(db, false)} from resource
      where resource.person = placement.person and patient = any(${chart!.patients as string[]}::uuid[]) and ${filter}
      ${order} limit ${limit}
    ) as hit
    ${order} limit ${limit}`;
}

function patientBranches(db: Db, reach: Reach, opened: Opened, plan: Plan): Branch[] {
  if (isRegistry(plan.type)) return [];
  const whole = reach.everything ? db`true` : undefined;
  const facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  const own: Branch = (filter, order, limit) =>
    indexedFirst(db, plan, whole ?? db`facility = ${facility}`, filter, order, limit);
  const shown: Branch = (filter, order, limit) => db`
    select ${columns(db, false)} from resource
    where person = any(${opened.placements as string[]}::uuid[]) and patient = any(${opened.patients as string[]}::uuid[])
      and facility <> ${facility} and ${filter}
    ${order} limit ${limit}`;
  return [own, ...(opened.patients.length > 0 && !reach.everything ? [shown] : [])];
}

/**
 * A rare indexed term is found first and sorted after (a materialised step keeps the planner from walking the whole
 * facility in order instead, the trap of fhir-store measurements); without one the facility's rows are walked in order.
 */
function indexedFirst(
  db: Db,
  plan: Plan,
  scope: Fragment,
  filter: Fragment,
  order: Fragment,
  limit: number | null,
): Fragment {
  if (plan.indexed.length === 0) {
    return db`select ${columns(db, false)} from resource where ${scope} and ${filter} ${order} limit ${limit}`;
  }
  return db`
    select * from (
      select ${columns(db, false)} from resource
      where ${scope} and ${filter} ${overlaps(db, db`(terms[1:indexed])`, plan.indexed)}
      offset 0
    ) as hit ${order} limit ${limit}`;
}

function sharedBranch(db: Db, reach: Reach, plan: Plan): Branch {
  const facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  const scope = isRegistry(plan.type) || reach.everything ? db`true` : db`facility = ${facility}`;
  return (filter, order, limit) => db`
    select * from (
      select ${columns(db, true)} from shared_resource
      where ${scope} and ${filter} ${overlaps(db, db`(terms[1:indexed])`, plan.terms)}
      ${plan.terms.length > 0 ? db`offset 0` : db``}
    ) as hit ${order} limit ${limit}`;
}

/** `and column && …` for each group. An empty list must be an empty fragment: the driver would send it as a value. */
function overlaps(db: Db, column: Fragment, groups: Plan['terms']): Fragment {
  return groups.reduce<Fragment>(
    (sql, group) => db`${sql} and ${column} && ${literal(group)}::bigint[]`,
    db``,
  );
}

function literal(hashes: readonly number[]): string {
  return `{${hashes.join(',')}}`;
}
