import type { Sql } from '@yba/postgres';
import { packFrames, RAW_LIMIT } from '../rows/frame.ts';
import { BATCH_BYTES, pagesOf } from '../rows/page-bytes.ts';
import { decompress } from '../rows/zstd.ts';
import { partitions, placementsOf } from './placements.ts';

/** What a repack did. Bytes are what the tables of rows and frames take with their indexes, and what frames hold. */
export type Repacked = {
  persons: number;
  resources: number;
  framesBefore: number;
  framesAfter: number;
  frameBytesBefore: number;
  frameBytesAfter: number;
  tableBytesBefore: number;
  tableBytesAfter: number;
};

export type RepackOptions = {
  progress(text: string): void;
  signal?: AbortSignal;
  /** How long a replaced frame is kept for readers that saw its id, in ms. */
  graceMs?: number;
  /** Also gives the freed room back to the disk: each partition is locked while it is written anew. */
  returnSpace?: boolean;
};

const PERSONS = 200;
const GRACE_MS = 60_000;
/** A chart is left as it is unless this many of its frames become one. */
const WORTH = 2;

/**
 * Merges the small frames that single writes leave into bigger ones, and moves rows into the order (person, type,
 * date), one person a transaction: texts of one kind compress well together, and a chart lies on few pages. Rows are
 * updated in place under their lock, so a writer that waits goes on with the row it wanted; a frame is kept for a minute
 * after nothing points at it. Cut off at any moment, it leaves a whole store, and goes on with what is left.
 */
export async function repack(owner: Sql, options: RepackOptions): Promise<Repacked> {
  const { progress, signal, graceMs = GRACE_MS, returnSpace = false } = options;
  const sums = { persons: 0, resources: 0, framesBefore: 0, framesAfter: 0 };
  const before = await sizes(owner);
  await removeRetired(owner, graceMs);
  for (const { rows, frames } of await partitions(owner)) {
    for await (const persons of placementsOf(owner, rows, PERSONS)) {
      for (const person of await scattered(owner, persons)) {
        signal?.throwIfAborted();
        const done = await repackPerson(owner, person);
        sums.persons += done.replaced > 0 ? 1 : 0;
        sums.resources += done.resources;
        sums.framesBefore += done.replaced;
        sums.framesAfter += done.made;
      }
      progress(
        `repacked ${sums.persons} charts: ${sums.framesBefore} frames became ${sums.framesAfter} (${rows})`,
      );
    }
    await removeRetired(owner, graceMs);
    await owner.unsafe(`vacuum (analyze) ${rows}, ${frames}`);
  }
  if (sums.persons > 0) await settle(owner, graceMs, progress);
  if (returnSpace) await giveBack(owner, progress);
  const after = await sizes(owner);
  return {
    ...sums,
    frameBytesBefore: before.frames,
    frameBytesAfter: after.frames,
    tableBytesBefore: before.tables,
    tableBytesAfter: after.tables,
  };
}

/** Removes frames that were replaced longer ago than any reader remembers. */
async function removeRetired(owner: Sql, graceMs: number): Promise<void> {
  await owner.begin(async (db) => {
    const gone = await db<{ person: string; id: string }[]>`
      delete from retired_frame where at <= clock_timestamp() - make_interval(secs => ${graceMs / 1000}) returning person, id`;
    if (gone.length === 0) return;
    await db`
      delete from frame using unnest(${gone.map(({ person }) => person)}::uuid[], ${gone.map(({ id }) => id)}::uuid[]) as retired (person, id)
      where frame.person = retired.person and frame.id = retired.id`;
  });
}

/** Waits until the last replaced frames may go, and frees their room. */
async function settle(owner: Sql, graceMs: number, progress: RepackOptions['progress']): Promise<void> {
  for (;;) {
    await removeRetired(owner, graceMs);
    const [left] = await owner<{ count: number; seconds: number }[]>`
      select count(*), coalesce(ceil(extract(epoch from max(at) - clock_timestamp()) + ${graceMs / 1000}), 0)::int as seconds from retired_frame`;
    if (left!.count === 0) break;
    progress(`${left!.count} replaced frames wait for readers: ${Math.max(1, left!.seconds)} s`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(5_000, Math.max(50, left!.seconds * 1000))));
  }
  for (const { rows, frames } of await partitions(owner)) await owner.unsafe(`vacuum ${rows}, ${frames}`);
}

/**
 * Those of these persons whose current texts lie in more frames than they would fill: each is filled but for what the longest
 * text would take, and of two that follow one another one is half full. Long texts stay where they are.
 */
async function scattered(owner: Sql, persons: readonly string[]): Promise<string[]> {
  const rows = await owner<{ person: string }[]>`
    select person from (
      select person, count(distinct frame) as frames, ceil(sum(len) / greatest(${RAW_LIMIT} - max(len), ${RAW_LIMIT / 2})::numeric) as needed
      from resource where person = any(${persons as string[]}::uuid[]) and len > 0 and len <= ${RAW_LIMIT}
      group by person, patient, facility, label) as piles
    group by person having bool_or(frames >= needed + ${WORTH}) order by person`;
  return rows.map(({ person }) => person);
}

type Version = {
  id: string;
  version: number;
  updated: string;
  patient: string;
  frame: string;
  at: number;
  len: number;
  facility: number;
  label: number;
  type: number;
  current: boolean;
};

async function repackPerson(owner: Sql, person: string) {
  return (await owner.begin(async (db) => {
    // the lock comes first: what another writer did with these rows is seen by every later statement
    const current = await db<Version[]>`
      select id, version, updated::text, patient, frame, at, len, facility, label, type, true as current
      from resource where person = ${person} order by type, occurred, id for update`;
    const past = await db<Version[]>`
      select id, version, updated::text, patient, frame, at, len, facility, label, type, false as current
      from history where id = any(${current.map(({ id }) => id)}::uuid[]) and person = ${person} order by id, version`;
    const versions = [...current, ...past].filter(({ len }) => len > 0);
    const large = new Set(versions.filter(({ len }) => len > RAW_LIMIT).map(({ frame }) => frame));
    const small = versions.filter(({ frame }) => !large.has(frame)); // a long text has a frame of its own already
    const whole = await wholeFrames(db, person, small);
    const movable = small.filter(({ frame }) => whole.has(frame));
    const used = new Set(movable.map(({ frame }) => frame));
    const piles = Map.groupBy(movable, ({ patient, facility, label, current: now }) =>
      [patient, facility, label, now].join(),
    );
    let made = 0;
    for (const pile of piles.values()) for (const lot of lotsOf(pile)) made += await rewrite(db, person, lot);
    await db`insert into retired_frame (person, id) select ${person}, id from unnest(${[...used]}::uuid[]) as id`;
    return { resources: current.length, replaced: used.size, made };
  })) as { resources: number; replaced: number; made: number };
}

type Db = Parameters<Parameters<Sql['begin']>[1]>[0];

/**
 * The frames that these versions fill completely, a few opened at a time. One with a text of somebody else in it (a resource
 * that was moved to another placement) is left alone.
 */
async function wholeFrames(db: Db, person: string, versions: readonly Version[]): Promise<Set<string>> {
  const known = new Map<string, number>();
  for (const { frame, len } of versions) known.set(frame, (known.get(frame) ?? 0) + len);
  const whole = new Set<string>();
  for (const lot of pagesOf(
    [...known].map(([id, len]) => ({ id, len })),
    BATCH_BYTES,
  )) {
    const ids = lot.map(({ id }) => id);
    for (const { id, body } of await framesOf(db, person, ids))
      if (decompress(body).length === known.get(id)) whole.add(id);
  }
  return whole;
}

const framesOf = (db: Db, person: string, ids: readonly string[]) => db<{ id: string; body: Uint8Array }[]>`
  select id, body from frame where person = ${person} and id = any(${[...new Set(ids)]}::uuid[])`;

/** A pile in lots of as many bytes as are fetched at a time, each of which ends where a frame would: they fill the same frames. */
function* lotsOf(pile: readonly Version[]): Generator<readonly Version[]> {
  let [from, bytes, inFrame] = [0, 0, 0];
  for (const [at, { len }] of pile.entries()) {
    if (inFrame + len > RAW_LIMIT) {
      inFrame = 0;
      if (bytes > BATCH_BYTES) {
        yield pile.slice(from, at);
        [from, bytes] = [at, 0];
      }
    }
    inFrame += len;
    bytes += len;
  }
  yield pile.slice(from);
}

/** The texts of these versions, in their order: each frame is opened once and let go. */
async function textsOf(db: Db, person: string, pile: readonly Version[]): Promise<string[]> {
  const texts: string[] = Array.from({ length: pile.length });
  const places = Map.groupBy(pile.keys(), (n) => pile[n]!.frame);
  for (const lot of pagesOf(
    [...places.keys()].map((id) => ({ id, len: RAW_LIMIT })),
    BATCH_BYTES,
  ))
    for (const { id, body } of await framesOf(
      db,
      person,
      lot.map((one) => one.id),
    )) {
      const opened = decompress(body);
      for (const n of places.get(id)!) {
        const { at, len } = pile[n]!;
        texts[n] = opened.toString('utf8', at, at + len);
      }
    }
  return texts;
}

/** Packs texts that the same callers may see into new frames, and points their rows there. */
async function rewrite(db: Db, person: string, pile: readonly Version[]): Promise<number> {
  const { patient, facility, label } = pile[0]!;
  const texts = await textsOf(db, person, pile);
  const { frames, places } = packFrames(
    texts.map((text) => [text]),
    person,
    Date.now(),
  );
  const types = new Map(frames.map(({ id }) => [id, new Set<number>()]));
  pile.forEach(({ type }, n) => types.get(places[n]!.frame)!.add(type));
  for (const { id, body } of frames)
    await db`insert into frame (person, id, patient, facility, label, types, body)
      values (${person}, ${id}, ${patient}, ${facility}, ${label}, ${[...types.get(id)!]}::smallint[], ${body})`;
  const moved = db`unnest(${pile.map(({ id }) => id)}::uuid[], ${pile.map(({ version }) => version)}::int[], ${pile.map(({ updated }) => updated)}::timestamptz[],
    ${places.map(({ frame }) => frame)}::uuid[], ${places.map(({ at }) => at)}::int[]) as moved (id, version, updated, frame, at)`;
  if (pile[0]!.current)
    await db`update resource set frame = moved.frame, at = moved.at from ${moved}
      where resource.person = ${person} and resource.id = moved.id`;
  else
    await db`update history set frame = moved.frame, at = moved.at from ${moved}
      where history.id = moved.id and history.version = moved.version and history.updated = moved.updated`;
  return frames.length;
}

/** Writes each partition anew in chart order, without gaps; nobody reads or writes it meanwhile. */
async function giveBack(owner: Sql, progress: RepackOptions['progress']): Promise<void> {
  const tables = await partitions(owner);
  for (const [index, { rows, frames }] of tables.entries()) {
    progress(`writing partition ${index + 1} of ${tables.length} anew: its charts wait`);
    const [chart] = await owner<{ name: string }[]>`
      select indexrelid::regclass::text as name from pg_index join pg_inherits on inhrelid = indexrelid
      where inhparent = 'resource_chart'::regclass and indrelid = ${rows}::regclass`;
    await owner.unsafe(`cluster ${rows} using ${chart!.name}`);
    await owner.unsafe(`vacuum (full, analyze) ${frames}`);
  }
}

async function sizes(owner: Sql): Promise<{ frames: number; tables: number }> {
  const [row] = await owner<{ frames: number; tables: number }[]>`
    select (select coalesce(sum(octet_length(body)), 0)::bigint from frame) as frames,
      (select sum(pg_total_relation_size(relid))::bigint from (
        select relid from pg_partition_tree('resource'::regclass) where isleaf
        union all select relid from pg_partition_tree('frame'::regclass) where isleaf) as leaves) as tables`;
  return row!;
}
