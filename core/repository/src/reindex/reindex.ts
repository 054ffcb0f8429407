import { outcomeError, parseJson } from '@yba/fhir';
import { isConflict } from '@yba/postgres';
import { definitionsOf, FRESH_MS } from '../conformance/index.ts';
import { BATCH_BYTES, withinPage } from '../rows/page-bytes.ts';
import { columns, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import type { Db, Pools } from '../rows/session.ts';
import { rowHashes } from '../search/row-hashes.ts';

/** Rows done by this revision so far, and those still to do; both counted. */
export type ReindexProgress = { revision: number; done: number; left: number };

export type ReindexOptions = {
  onProgress?: (progress: ReindexProgress) => void;
  /** Stops between two batches; the next call goes on from there. */
  signal?: AbortSignal;
  /** Rows a transaction rewrites at most, fewer where these are large: what a live write may have to wait for. */
  batch?: number;
};

/** `complete`: no row of an older revision is left, counted. */
export type Reindexed = { revision: number; rows: number; complete: boolean };

/** Where rows lie: the partitions of patients' rows, and the shared ones. */
const PARTS = [...Array.from({ length: 8 }, (_, n) => `resource_${n}`), 'shared_resource'];

/**
 * Rewrites the search terms of all rows that an older revision of extraction wrote, beside live writes: a batch is a
 * short transaction, and a row that a writer changed meanwhile is left to that writer. Where it stands is kept with
 * each batch, so a killed run is gone on with. It is complete when no older row is counted; until then searches look at
 * older rows too. Throws `conflict` when another process is at it.
 */
export async function reindex(pools: Pools, options: ReindexOptions = {}): Promise<Reindexed> {
  const lock = await pools.owner.reserve();
  try {
    const [row] = await lock<{ got: boolean }[]>`select pg_try_advisory_lock(${LOCK}) as got`;
    if (!row!.got)
      throw outcomeError('conflict', 'Another process is reindexing; it will tell when it is done');
    try {
      return await runAll(pools, options);
    } finally {
      await lock`select pg_advisory_unlock(${LOCK})`;
    }
  } finally {
    lock.release();
  }
}

const LOCK = 7_229_310_041;

/** What is to do: the revision in force, the one all rows carry, and how many do not carry the newest. */
export async function reindexState(
  pools: Pools,
): Promise<{ revision: number; complete: number; left: number }> {
  const [state] = await pools.owner<{ revision: number; complete: number }[]>`
    select revision, complete from definition_state`;
  const { revision, complete } = state!;
  return { revision, complete, left: complete >= revision ? 0 : await countOlder(pools, revision) };
}

async function runAll(pools: Pools, options: ReindexOptions): Promise<Reindexed> {
  const { revision, complete } = await reindexState(pools);
  if (complete >= revision) return { revision, rows: 0, complete: true };
  await writersKnow(pools);
  let rows = 0;
  for (;;) {
    let left = await countOlder(pools, revision);
    if (left === 0) break;
    for (const part of PARTS) {
      for await (const done of passOver(pools, part, revision, options)) {
        rows += done;
        left -= done;
        options.onProgress?.({ revision, done: rows, left: Math.max(0, left) });
      }
      if (options.signal?.aborted) return { revision, rows, complete: false };
    }
    await pools.owner`delete from reindex_progress where revision = ${revision}`;
  }
  await pools.owner`update definition_state set complete = ${revision} where complete < ${revision}`;
  await pools.owner`delete from reindex_progress where revision <= ${revision}`;
  await definitionsOf(pools).refresh();
  options.onProgress?.({ revision, done: rows, left: 0 });
  return { revision, rows, complete: true };
}

/** Returns when every process knows the revision in force, and what was begun before it did has ended. */
async function writersKnow(pools: Pools): Promise<void> {
  await definitionsOf(pools).refresh();
  await sleep(2 * FRESH_MS);
  const [row] = await pools.owner<{ next: string }[]>`
    select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  for (;;) {
    const [now] = await pools.owner<{ ended: boolean }[]>`
      select pg_snapshot_xmin(pg_current_snapshot()) >= ${row!.next}::xid8 as ended`;
    if (now!.ended) return;
    await sleep(50);
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function countOlder({ owner }: Pools, revision: number): Promise<number> {
  const [row] = await owner<{ count: number }[]>`
    select (select count(*) from resource where extractor < ${revision})
         + (select count(*) from shared_resource where extractor < ${revision}) as count`;
  return row!.count;
}

/** One pass over a table in the order of ids; yields how many rows each batch rewrote. */
async function* passOver(
  pools: Pools,
  part: string,
  revision: number,
  { signal, batch = 500 }: ReindexOptions,
): AsyncGenerator<number> {
  for (;;) {
    if (signal?.aborted) return;
    const done = await retried(() => oneBatch(pools, part, revision, batch));
    if (done === undefined) return;
    yield done;
  }
}

/** A writer may have locked the same rows in another order. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 5 || !isConflict(error)) throw error;
      await sleep(20 * attempt);
    }
  }
}

/** Undefined when the table has no more rows behind where the pass stands. */
async function oneBatch(
  pools: Pools,
  part: string,
  revision: number,
  limit: number,
): Promise<number | undefined> {
  return (await pools.owner.begin(async (db) => {
    const [progress] = await db<{ after: string }[]>`
      select after from reindex_progress where revision = ${revision} and part = ${part}`;
    const after = progress?.after ?? '00000000-0000-0000-0000-000000000000';
    const found = await db<Row[]>`
      select ${columns(db, part === 'shared_resource')} from ${db(part)}
      where id > ${after} and extractor < ${revision} order by id limit ${limit}`;
    if (found.length === 0) return undefined;
    const rows = found.slice(0, withinPage(found, BATCH_BYTES));
    const done = await rewrite(pools, db, part, rows);
    await db`
      insert into reindex_progress (revision, part, after, done)
      values (${revision}, ${part}, ${rows.at(-1)!.id}, ${done})
      on conflict (revision, part) do update set after = excluded.after, done = reindex_progress.done + excluded.done`;
    return done;
  })) as number | undefined;
}

/** Rewrites the rows whose version is still the one that was read; answers how many. */
async function rewrite(pools: Pools, db: Db, part: string, rows: readonly Row[]): Promise<number> {
  const frames = await readFrames(db, rows);
  const store = definitionsOf(pools);
  const made = await Promise.all(
    rows.map(async (row) => {
      const { parameters, revision } = await store.of(row.facility);
      if (row.deleted) return { row, revision, terms: [], indexed: 0 };
      const type = typeName(row.type);
      const resource = parseJson(frames.text(row));
      return { row, revision, ...rowHashes(resource, parameters(type), part === 'shared_resource') };
    }),
  );
  const updated = await db`
    update ${db(part)} as stored set terms = line.terms::bigint[], indexed = line.indexed, extractor = line.revision
    from unnest(${made.map(({ row }) => row.id)}::uuid[], ${made.map(({ row }) => row.version)}::int[],
      ${made.map(({ revision }) => revision)}::smallint[], ${made.map(({ indexed }) => indexed)}::int[],
      ${made.map(({ terms }) => `{${terms.join(',')}}`)}::text[]) as line (id, version, revision, indexed, terms)
    where stored.id = line.id and stored.version = line.version`;
  return updated.count;
}
