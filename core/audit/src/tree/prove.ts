import type { Sql } from '@yba/postgres';
import type { Hash } from './nodes.ts';
import { readTiles } from './read-tiles.ts';
import { consistencyRanges, inclusionRanges } from './tiles.ts';

/** The audit paths of these leaves in the tree of `size`, each as its hashes one behind the other. */
export async function inclusionProofs(sql: Sql, indexes: readonly number[], size: number): Promise<Buffer[]> {
  const paths = indexes.map((index) => inclusionRanges(index, size));
  const tiles = await readTiles(sql, paths.flat());
  return paths.map((path) => Buffer.concat(path.map((range) => tiles.over(range))));
}

/** The consistency path between trees of these sizes; `second` is at most the tree's own. */
export async function consistencyProof(sql: Sql, first: number, second: number): Promise<Hash[]> {
  const ranges = consistencyRanges(first, second);
  const tiles = await readTiles(sql, ranges);
  return ranges.map((range) => tiles.over(range));
}
