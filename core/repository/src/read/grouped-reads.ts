import type { Reach } from '../ports.ts';
import { FrameReader } from '../rows/frame.ts';
import { isSharedRowId, isUuid, placementRange } from '../rows/row-id.ts';
import { typeNumber } from '../rows/resource-type.ts';
import { asReader } from '../rows/session.ts';
import type { Db, Pools } from '../rows/session.ts';

/** What a read found: a version's facts, the persons it is about, its text ('' when it is deleted). */
export type Found = {
  type: number;
  id: string;
  version: number;
  updated: Date;
  deleted: boolean;
  persons: string[];
  text: string;
};

/** Answers what the caller's own facility holds, or all share, under an id; undefined when it is neither. */
export type GroupedReads = (
  facility: string | undefined,
  type: string,
  id: string,
) => Promise<Found | undefined>;

type Asked = {
  facility: string | undefined;
  type: number;
  id: string;
  answer(found: Found | undefined): void;
  fail(error: unknown): void;
};

/** Where to look for an asked resource: its row, and the placements that can lie in; none for a shared row. */
type Place = { asked: Asked; row: string; within: { from: string; to: string } | undefined };

/** Most reads in one statement. */
const GROUP_MAX = 200;

/** Groups under way at once: while the database answers one, the next is made ready. */
const UNDER_WAY_MAX = 2;

/**
 * Reads that wait in the same moment go to the database together: one statement for each facility that asks, under
 * row-level security set to that facility alone. A group leaves as soon as one of those before it is back, so a lone
 * read waits for nobody. A statement costs both sides about the same for one row as for sixty.
 */
export function groupedReads(pools: Pools): GroupedReads {
  let waiting: Asked[] = [];
  let underWay = 0;
  let scheduled = false;

  const leave = () => {
    scheduled = false;
    while (waiting.length > 0 && underWay < UNDER_WAY_MAX) {
      const group = waiting.slice(0, GROUP_MAX);
      waiting = waiting.slice(GROUP_MAX);
      underWay++;
      void readGroup(pools, group).finally(() => {
        underWay--;
        leave();
      });
    }
  };

  return (facility, type, id) =>
    new Promise((answer, fail) => {
      waiting.push({ facility, type: typeNumber(type), id, answer, fail });
      if (scheduled || underWay === UNDER_WAY_MAX) return;
      scheduled = true;
      setImmediate(leave); // what arrives in the same turn of the loop goes along
    });
}

async function readGroup(pools: Pools, group: readonly Asked[]): Promise<void> {
  const byFacility = Map.groupBy(group, ({ facility }) => facility);
  await Promise.all([...byFacility].map(([facility, some]) => readOf(pools, facility, some)));
}

async function readOf(pools: Pools, facility: string | undefined, group: readonly Asked[]): Promise<void> {
  const reach: Reach = { ...(facility ? { facility } : {}), patients: [], self: false };
  try {
    const found = await asReader(pools, reach, (db) => findAll(db, group), 'once');
    for (const asked of group) asked.answer(found.get(asked));
  } catch (error) {
    for (const { fail } of group) fail(error);
  }
}

/** By ids of ours first; what is not found so may be a client's own id, which the directory knows. */
async function findAll(db: Db, group: readonly Asked[]): Promise<Map<Asked, Found>> {
  const frames = new FrameReader();
  const found = new Map<Asked, Found>();
  await findAt(
    db,
    group.filter(({ id }) => isUuid(id)).map((asked) => placeOf(asked)),
    frames,
    found,
  );
  const others = group.filter((asked) => !found.has(asked));
  if (others.length > 0) await findAt(db, await directed(db, others), frames, found);
  return found;
}

function placeOf(asked: Asked): Place {
  return {
    asked,
    row: asked.id,
    within: isSharedRowId(asked.id) ? undefined : placementRange(asked.id),
  };
}

/** What an id looks like; nothing else is in the directory. Source: https://hl7.org/fhir/R4/datatypes.html#id */
const wellFormedId = /^[A-Za-z0-9.-]{1,64}$/;

async function directed(db: Db, group: readonly Asked[]): Promise<Place[]> {
  const asked = group.filter(({ id }) => wellFormedId.test(id));
  if (asked.length === 0) return [];
  const rows = await db<{ n: number; row_id: string; person: string | null }[]>`
    select asked.n::int as n, c.row_id, c.person
    from unnest(${array(asked, ({ id }) => id)}::text[], ${array(asked, ({ type }) => type)}::smallint[])
      with ordinality as asked(id, type, n)
    join client_id c on c.client_id = asked.id and c.type = asked.type`;
  return rows.map(({ n, row_id: row, person }) => ({
    asked: asked[n - 1]!,
    row,
    within: person === null ? undefined : { from: person, to: person },
  }));
}

type GroupRow = {
  n: number;
  id: string;
  version: number;
  updated: Date;
  deleted: boolean;
  at: number;
  len: number;
  frame: string;
  body: Buffer | null;
  whose: string | null;
};

async function findAt(
  db: Db,
  places: readonly Place[],
  frames: FrameReader,
  found: Map<Asked, Found>,
): Promise<void> {
  const placed = places.filter(({ within }) => within);
  const shared = places.filter(({ within }) => !within);
  const [placedRows, sharedRows] = await Promise.all([
    placed.length > 0 ? readPlaced(db, placed) : [],
    shared.length > 0 ? readShared(db, shared) : [],
  ]);
  for (const row of placedRows) keep(placed[row.n - 1]!.asked, row);
  for (const row of sharedRows) keep(shared[row.n - 1]!.asked, row);

  function keep(asked: Asked, row: GroupRow): void {
    if (row.body) frames.add(row.frame, row.body);
    else if (!row.deleted) return; // its frame was erased a moment ago
    found.set(asked, {
      type: asked.type,
      id: row.id,
      version: row.version,
      updated: row.updated,
      deleted: row.deleted,
      persons: row.whose === null ? [] : [row.whose],
      text: row.deleted ? '' : frames.text(row),
    });
  }
}

/** `offset 0` keeps each look-up a look-up by key, however small the tables were when the statement was planned. */
function readPlaced(db: Db, places: readonly Place[]): Promise<GroupRow[]> {
  return db<GroupRow[]>`
    select asked.n::int as n, coalesce(r.client_id, asked.id::text) as id, r.version, r.updated, r.deleted, r.at, r.len, r.frame,
      (select body from frame f where f.person = r.person and f.id = r.frame) as body,
      (select l.person from patient_link l where l.patient = r.patient) as whose
    from unnest(${array(places, ({ row }) => row)}::uuid[], ${array(places, ({ within }) => within!.from)}::uuid[],
        ${array(places, ({ within }) => within!.to)}::uuid[], ${array(places, ({ asked }) => asked.type)}::smallint[])
      with ordinality as asked(id, low, high, type, n)
    cross join lateral (
      select person, patient, frame, at, len, version, updated, deleted, client_id from resource
      where person >= asked.low and person <= asked.high and id = asked.id and type = asked.type
      offset 0
    ) r`;
}

function readShared(db: Db, places: readonly Place[]): Promise<GroupRow[]> {
  return db<GroupRow[]>`
    select asked.n::int as n, coalesce(r.client_id, asked.id::text) as id, r.version, r.updated, r.deleted, r.at, r.len, r.frame,
      (select body from shared_frame f where f.id = r.frame) as body, null as whose
    from unnest(${array(places, ({ row }) => row)}::uuid[], ${array(places, ({ asked }) => asked.type)}::smallint[])
      with ordinality as asked(id, type, n)
    cross join lateral (
      select frame, at, len, version, updated, deleted, client_id from shared_resource
      where id = asked.id and type = asked.type
      offset 0
    ) r`;
}

/** A PostgreSQL array of values that need no quotes: ids and numbers. */
function array<T>(list: readonly T[], value: (one: T) => string | number): string {
  return `{${list.map(value).join(',')}}`;
}
