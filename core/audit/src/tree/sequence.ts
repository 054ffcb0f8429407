import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, Transaction } from '@yba/postgres';
import { leafOf, split, topOf, type Hash } from './nodes.ts';
import { entryColumns, textOf, type EntryRow } from './entry-rows.ts';
import { readTilesAt } from './read-tiles.ts';
import { TILE, type TileKey } from './tiles.ts';

/** Most rows of one turn. */
export const ROWS_MOST = 5_000;

/** Stands where a row has no leaf of its own yet. */
const NO_LEAF = Buffer.alloc(32);

type NewTile = TileKey & { hashes: readonly Hash[] };
type Next = {
  hashes: Buffer | null;
  ids: number[] | null;
  /** Those that were written without a leaf. */
  bare: number[] | null;
  starts: string[] | null;
  last: string | null;
};

/**
 * Puts the next rows of the log into the tree, in the order of their commits, once; answers how many. Only rows below
 * the oldest transaction still running are taken, so one that commits late is never passed over, and no writer waits.
 * Whoever is killed in between leaves everything as it was. Of several servers one does it at a time. Less than
 * ROWS_MOST is all there is: what came meanwhile waits for the next turn, which rewrites the tiles at the edge once for
 * however many.
 */
export async function sequence(sql: Sql): Promise<number> {
  return (await sql.begin(async (tx) => {
    const [tree] = await tx<{ size: number; xid: string; id: number }[]>`
      select size, xid::text, id from audit_tree for update skip locked`;
    if (!tree) return 0;
    const [next] = await tx<Next[]>`
      select string_agg(coalesce(leaf, ${NO_LEAF}), ''::bytea order by n) as hashes, array_agg(id order by n) as ids,
        array_agg(id) filter (where leaf is null) as bare,
        array_agg(xid::text order by n) filter (where (${tree.size}::bigint + n - 1) % ${TILE} = 0) as starts,
        (array_agg(xid::text order by n desc))[1] as last
      from (
        select xid, id, leaf, row_number() over (order by xid, id) as n
        from access_log
        where (xid, id) > (${tree.xid}::xid8, ${tree.id}) and xid < pg_snapshot_xmin(pg_current_snapshot())
        order by xid, id limit ${ROWS_MOST}
      ) rows`;
    if (!next?.hashes || !next.ids) return 0;
    const leaves = split(next.hashes);
    if (next.bare) await makeLeaves(tx, next.bare, tree.xid, next.ids, leaves);
    await addLeaves(tx, tree.size, { leaves, ids: next.ids, starts: next.starts });
    await tx`update audit_tree set size = size + ${next.ids.length}, xid = ${next.last}::xid8, id = ${next.ids.at(-1)!}`;
    return next.ids.length;
  })) as number;
}

/** Brings in everything that is committed now; waits for transactions that began before the last of it. Answers how many. */
export async function sequenceAll(sql: Sql): Promise<number> {
  let rows = 0;
  for (;;) {
    const more = await sequence(sql);
    rows += more;
    if (more > 0) continue;
    const [tree] = await sql<{ behind: boolean }[]>`
      select exists (select from access_log l where (l.xid, l.id) > (t.xid, t.id)) as behind from audit_tree t`;
    if (!tree?.behind) return rows;
    await sleep(20);
  }
}

/** The leaves of rows that were written without, each put at its place. `after`: rows come behind this transaction. */
async function makeLeaves(
  tx: Transaction,
  bare: readonly number[],
  after: string,
  ids: readonly number[],
  leaves: Hash[],
): Promise<void> {
  const rows = await tx<EntryRow[]>`
    select ${entryColumns(tx)} from access_log l join access_agent a on a.id = l.agent
    where l.id = any(${bare.map(String)}::bigint[]) and l.xid >= ${after}::xid8`;
  const places = new Map(ids.map((id, n) => [id, n]));
  for (const row of rows) leaves[places.get(row.id)!] = leafOf(textOf(row));
}

/** The tile of each level that is not full yet, when the tree has this many leaves. */
function edgeOf(size: number): TileKey[] {
  const keys: TileKey[] = [];
  for (let level = 0, nodes = size; nodes > 0; level++, nodes = Math.floor(nodes / TILE))
    if (nodes % TILE > 0) keys.push({ level, index: Math.floor(nodes / TILE) });
  return keys;
}

async function addLeaves(
  tx: Transaction,
  size: number,
  { leaves, ids, starts }: { leaves: Hash[]; ids: number[]; starts: string[] | null },
): Promise<void> {
  const edge = await readTilesAt(tx, edgeOf(size));
  const written: NewTile[] = [];
  let nodes = leaves;
  for (let level = 0, before = size; nodes.length > 0; level++, before = Math.floor(before / TILE)) {
    const index = Math.floor(before / TILE);
    const row = [...edge.hashes({ level, index }), ...nodes];
    const above: Hash[] = [];
    for (let at = 0; at < row.length; at += TILE) {
      const tile = row.slice(at, at + TILE);
      written.push({ level, index: index + at / TILE, hashes: tile });
      if (tile.length === TILE) above.push(topOf(tile));
    }
    nodes = above;
  }
  await writeTiles(tx, written, size, ids, starts ?? []);
}

/** Writes tiles whole; a tile that was there keeps its first rows and where they stand. */
async function writeTiles(
  tx: Transaction,
  tiles: readonly NewTile[],
  size: number,
  ids: readonly number[],
  starts: readonly string[],
): Promise<void> {
  const rows = tiles.map(({ level, index, hashes }) => {
    const base = { level, index, hashes: Buffer.concat(hashes).toString('hex') };
    if (level > 0) return { ...base, ids: null, xid: null, id: null };
    const from = Math.max(0, index * TILE - size);
    const own = ids.slice(from, (index + 1) * TILE - size);
    const isNew = index * TILE >= size;
    const nth = index - Math.ceil(size / TILE);
    return { ...base, ids: `{${own.join(',')}}`, xid: isNew ? starts[nth]! : '0', id: isNew ? own[0]! : 0 };
  });
  await (tx as unknown as Sql)`
    insert into audit_tile (level, index, hashes, ids, xid, id)
    select level, index, decode(hashes, 'hex'), ids::bigint[], xid::xid8, id
    from jsonb_to_recordset(${tx.json(rows)}) as t(level smallint, index bigint, hashes text, ids text, xid text, id bigint)
    on conflict (level, index) do update set hashes = excluded.hashes, ids = audit_tile.ids || excluded.ids`;
}
