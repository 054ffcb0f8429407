import { nodeOf, split, topOf, EMPTY_ROOT, type Hash } from './nodes.ts';

/** Hashes of one tile, and levels of the tree it spans. Source: https://c2sp.org/tlog-tiles */
export const TILE = 256;
const TILE_HEIGHT = 8;

/** Which tile: `level` 0 holds leaves, level n nodes over 256^n of them. */
export type TileKey = { level: number; index: number };

/** Leaves `start` to before `end`. */
export type Range = readonly [start: number, end: number];

const nameOf = ({ level, index }: TileKey) => `${level}/${index}`;

/** Tiles that were read, by their keys. */
export class Tiles {
  readonly #tiles = new Map<string, Hash[]>();
  /** Subtrees that were hashed: the paths of many leaves have most of them in common. A complete one never changes. */
  readonly #hashed = new Map<string, Hash>();

  add(key: TileKey, hashes: Uint8Array): void {
    this.#tiles.set(nameOf(key), split(hashes));
  }

  /** The hashes of a tile; none when it was not read. */
  hashes(key: TileKey): readonly Hash[] {
    return this.#tiles.get(nameOf(key)) ?? [];
  }

  /** The hash over these leaves. Throws when a tile it needs was not read or is too short. */
  over([start, end]: Range): Hash {
    const nodes = completeNodes([start, end]).map((node) => this.#node(node));
    return nodes.length === 0 ? EMPTY_ROOT : nodes.reduceRight((right, left) => nodeOf(left, right));
  }

  #node(node: Node): Hash {
    const name = `${node.height}/${node.index}`;
    const hashed = this.#hashed.get(name) ?? this.#hash(node);
    this.#hashed.set(name, hashed);
    return hashed;
  }

  #hash({ height, index }: Node): Hash {
    const { key, from, to } = spanOf({ height, index });
    const hashes = this.hashes(key).slice(from, to);
    if (hashes.length < to - from) throw new Error(`Tile ${nameOf(key)} of the tree is missing or too short`);
    return topOf(hashes);
  }
}

/** The tiles one needs to hash these ranges. */
export function tilesOf(ranges: readonly Range[]): TileKey[] {
  const keys = new Map<string, TileKey>();
  for (const range of ranges) {
    for (const node of completeNodes(range)) {
      const { key } = spanOf(node);
      keys.set(nameOf(key), key);
    }
  }
  return [...keys.values()];
}

/** The subtrees whose hashes prove that a leaf is in the tree. Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.1 */
export function inclusionRanges(index: number, size: number): Range[] {
  return pathOf(index, [0, size]);
}

function pathOf(index: number, [start, end]: Range): Range[] {
  if (end - start <= 1) return [];
  const middle = start + largestPowerBelow(end - start);
  return index < middle
    ? [...pathOf(index, [start, middle]), [middle, end]]
    : [...pathOf(index, [middle, end]), [start, middle]];
}

/** The subtrees whose hashes prove that one tree is the beginning of another. Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.1 */
export function consistencyRanges(first: number, second: number): Range[] {
  if (first === 0 || first === second) return [];
  return subproof(first, [0, second], true);
}

function subproof(m: number, [start, end]: Range, isWhole: boolean): Range[] {
  const n = end - start;
  if (m === n) return isWhole ? [] : [[start, end]];
  const k = largestPowerBelow(n);
  return m <= k
    ? [...subproof(m, [start, start + k], isWhole), [start + k, end]]
    : [...subproof(m - k, [start + k, end], false), [start, start + k]];
}

type Node = { height: number; index: number };

/** The complete subtrees a range is made of, from the left: its start is that of a subtree at least as large. */
function completeNodes([start, end]: Range): Node[] {
  const nodes: Node[] = [];
  for (let at = start; at < end;) {
    const height = Math.floor(Math.log2(end - at));
    nodes.push({ height, index: at / 2 ** height });
    at += 2 ** height;
  }
  return nodes;
}

function spanOf({ height, index }: Node): { key: TileKey; from: number; to: number } {
  const level = Math.floor(height / TILE_HEIGHT);
  const width = 2 ** (height % TILE_HEIGHT);
  const first = index * width;
  const tile = Math.floor(first / TILE);
  return { key: { level, index: tile }, from: first - tile * TILE, to: first - tile * TILE + width };
}

function largestPowerBelow(n: number): number {
  return 2 ** (Math.ceil(Math.log2(n)) - 1);
}
