import type { Sql, Transaction } from '@yba/postgres';
import { Tiles, tilesOf, type Range, type TileKey } from './tiles.ts';

/** Reads the tiles that these ranges need, in one query: a few of a kilobyte each, however long the log. */
export async function readTiles(sql: Sql | Transaction, ranges: readonly Range[]): Promise<Tiles> {
  return readTilesAt(sql, tilesOf(ranges));
}

export async function readTilesAt(sql: Sql | Transaction, keys: readonly TileKey[]): Promise<Tiles> {
  const tiles = new Tiles();
  if (keys.length === 0) return tiles;
  const rows = await (sql as Sql)<{ level: number; index: number; hashes: Buffer }[]>`
    select t.level, t.index, t.hashes
    from unnest(${keys.map(({ level }) => level)}::smallint[], ${keys.map(({ index }) => String(index))}::bigint[]) as k(level, index)
    join audit_tile t on t.level = k.level and t.index = k.index`;
  for (const { level, index, hashes } of rows) tiles.add({ level, index }, hashes);
  return tiles;
}
