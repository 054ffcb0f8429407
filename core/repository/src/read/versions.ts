import { arrayText } from '@yba/postgres';
import type { Reach } from '../ports.ts';
import { facilityNumber } from '../rows/facility-number.ts';
import { NO_PLACEMENT } from '../rows/row-id.ts';
import { columns } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeNumber } from '../rows/resource-type.ts';
import type { Db } from '../rows/session.ts';
import { LABEL } from '../write/compose.ts';
import type { Position } from './position.ts';

/** Which versions of a history are asked for. */
export type Window = {
  /** Rows to fetch at most. */
  limit: number;
  /** Newest first unless told; of one resource alone. */
  oldestFirst?: boolean;
  /** Written at or after. */
  since?: Date | undefined;
  /** Current at some moment of [from, to). */
  at?: { from: Date; to: Date } | undefined;
  /** Behind this one. */
  after?: Position | undefined;
};

/** The versions of one resource, the current one and those before it. */
export function versionsOf(db: Db, id: string, window: Window) {
  const { since, at, after, limit, oldestFirst = false } = window;
  return db<Row[]>`
    select ${every(db)} from (
      select *, lead(updated) over (order by version) as replaced from (
        select ${columns(db, false)} from resource where id = ${id}
        union all
        select ${columns(db, true)} from shared_resource where id = ${id}
        union all
        select ${past(db)} from history where id = ${id}
      ) as known
    ) as every_version
    where ${since ? db`updated >= ${since}` : db`true`}
      and ${at ? db`updated < ${at.to} and (replaced is null or replaced > ${at.from})` : db`true`}
      and ${after ? db`version ${oldestFirst ? db`>` : db`<`} ${after.version}` : db`true`}
    order by version ${oldestFirst ? db`asc` : db`desc`} limit ${limit}`;
}

/** Versions that are no longer current, by row id and number; those not visible are left out. */
export async function pastVersions(
  db: Db,
  asked: readonly Pick<Row, 'id' | 'type' | 'version'>[],
): Promise<Row[]> {
  if (asked.length === 0) return [];
  return db<Row[]>`
    select found.*
    from unnest(${arrayText(asked, ({ id }) => id)}::uuid[], ${arrayText(asked, ({ version }) => version)}::int[],
      ${arrayText(asked, ({ type }) => type)}::smallint[]) as asked (id, version, type)
    cross join lateral (
      select ${past(db)} from history h
      where h.id = asked.id and h.version = asked.version and h.type = asked.type
      offset 0
    ) as found`;
}

/** How many versions of one resource there are. */
export async function countVersions(db: Db, id: string, window: Window): Promise<number> {
  const [counted] = await db<{ versions: number }[]>`
    select count(*)::int as versions from (${versionsOf(db, id, { ...window, limit: 2 ** 31 - 1 })}) as known`;
  return counted!.versions;
}

/**
 * The versions within the caller's reach, of one type or of all: those of the own facility by the feed, which holds
 * each change in the order of time; those of opened Patients by their charts; those of the shared registries. Each
 * branch brings its newest `limit`, of which the newest are taken. docs/decisions/0043-history-from-the-feed.md
 */
export function versionsWithin(db: Db, reach: Reach, type: string | undefined, window: Window) {
  const { after, limit } = window;
  const behind = after
    ? db`(updated, id, version) < (${new Date(after.time)}, ${after.id}::uuid, ${after.version})`
    : db`true`;
  const asked = db`${type ? db`type = ${typeNumber(type)}` : db`true`} and ${moment(db, window)} and ${behind}`;
  const newest = db`order by updated desc, id desc, version desc limit ${limit}`;
  const branches = [
    ...(reach.facility ? [own(db, facilityNumber(reach.facility), type, window)] : []),
    ...(reach.patients.length > 0 ? [charts(db, reach)] : []),
    registries(db, reach),
  ];
  const all = reach.everything
    ? db`select * from (${everybody(db)}) as seen where ${asked} ${newest}`
    : branches
        .map((branch) => db`(select * from (${branch}) as seen where ${asked} ${newest})`)
        .reduce((sum, branch) => db`${sum} union all ${branch}`);
  return db<Row[]>`select * from (${all}) as every_version ${newest}`;
}

/** The columns of Row of a version that is no longer current; one of a shared row has no placement. */
function past(db: Db) {
  return db`nullif(person, ${NO_PLACEMENT}) as person, patient, id, frame, at, len, version, updated, updated as occurred, facility, type, label, deleted, client_id`;
}

/** The columns of Row. */
function every(db: Db) {
  return db`person, patient, id, frame, at, len, version, updated, occurred, facility, type, label, deleted, client_id`;
}

function moment(db: Db, { since, at }: Window) {
  if (since && at) return db`updated >= ${since} and ${currentAt(db, at)}`;
  if (since) return db`updated >= ${since}`;
  return at ? currentAt(db, at) : db`true`;
}

/** A version is current until the next one is written. */
function currentAt(db: Db, { from, to }: { from: Date; to: Date }) {
  return db`updated < ${to} and not exists (
      select from history next where next.id = seen.id and next.version = seen.version + 1 and next.updated <= ${from})
    and not exists (
      select from resource next where seen.person is not null and next.person = seen.person and next.id = seen.id
        and next.version = seen.version + 1 and next.updated <= ${from})
    and not exists (
      select from shared_resource next where seen.person is null and next.id = seen.id
        and next.version = seen.version + 1 and next.updated <= ${from})`;
}

/**
 * What the facility wrote, newest first, as the feed tells it: walked back only until the page is full, ties whole. A
 * change whose versions are gone (erased, put right to another person) adds nothing, and the walk goes on.
 */
function own(db: Db, facility: number, type: string | undefined, { limit, since, at, after }: Window) {
  const wanted = type
    ? db`change.types @> array[${typeNumber(type)}]::smallint[] and written.type = ${typeNumber(type)}`
    : db`true`;
  const behind = after
    ? db`change.at <= ${new Date(after.time)}
         and (change.at, written.id, written.version) < (${new Date(after.time)}, ${after.id}::uuid, ${after.version})`
    : db`true`;
  return db`
    select version.* from feed change, unnest(change.ids, change.types, change.versions) as written (id, type, version),
      lateral (
        select ${columns(db, false)} from resource r
        where r.person = change.person and r.id = written.id and r.version = written.version
        union all
        select ${columns(db, true)} from shared_resource s
        where change.person is null and s.id = written.id and s.version = written.version
        union all
        select ${past(db)} from history h
        where h.id = written.id and h.version = written.version and h.updated = change.at
      ) as version
    where change.facility = ${facility} and ${wanted} and ${behind}
      and ${since ? db`change.at >= ${since}` : db`true`} and ${at ? db`change.at < ${at.to}` : db`true`}
    order by change.at desc ${at ? db`` : db`fetch first ${limit} rows with ties`}`;
}

/**
 * The charts of the Patients that are open. Of another facility's resource the past is shown only while its present
 * is: one that was labelled since, or put right to another person, is gone with all its versions.
 */
function charts(db: Db, reach: Reach) {
  const patients = db`${reach.patients as string[]}::uuid[]`;
  const placements = db`array(select distinct placement from patient_link where patient = any(${patients}))`;
  const own = reach.facility ? facilityNumber(reach.facility) : -1;
  return db`
    select ${columns(db, false)} from resource
    where person = any(${placements}) and patient = any(${patients}) and facility <> ${own}
    union all
    select h.person, h.patient, h.id, h.frame, h.at, h.len, h.version, h.updated, h.updated, h.facility, h.type, h.label, h.deleted, h.client_id
    from resource now join history h on h.id = now.id and h.person = now.person
    where now.person = any(${placements}) and now.patient = any(${patients}) and now.facility <> ${own}`;
}

/** Directories that everybody reads; those of the own facility come by the feed. */
function registries(db: Db, reach: Reach) {
  const own = reach.facility ? facilityNumber(reach.facility) : -1;
  return db`
    select ${columns(db, true)} from shared_resource where label = ${LABEL.registry} and facility <> ${own}
    union all
    select ${past(db)} from history where label = ${LABEL.registry} and facility <> ${own}`;
}

/** For jobs of the platform itself. */
function everybody(db: Db) {
  return db`
    select ${columns(db, false)} from resource
    union all
    select ${columns(db, true)} from shared_resource
    union all
    select ${past(db)} from history`;
}
