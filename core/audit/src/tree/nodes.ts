import { hash } from 'node:crypto';

/** A SHA-256 value, 32 bytes. */
export type Hash = Buffer;

const NODE = Buffer.of(1);
/** Before a leaf's text: as UTF-8 it is the one byte 0. */
const LEAF = '\0';

/** Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1 */
export function leafOf(entry: string): Hash {
  return sha256(LEAF + entry);
}

/** Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1 */
export function nodeOf(left: Hash, right: Hash): Hash {
  return sha256(Buffer.concat([NODE, left, right]));
}

export function sha256(bytes: Uint8Array | string): Hash {
  return hash('sha256', bytes, 'buffer');
}

/** The root of no leaves. */
export const EMPTY_ROOT: Hash = sha256('');

/** The node over 2^n hashes that lie side by side. */
export function topOf(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, n) => nodeOf(row[2 * n]!, row[2 * n + 1]!));
  return row[0]!;
}

/** The hashes of a run of bytes. */
export function split(bytes: Uint8Array): Hash[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: buffer.length / 32 }, (_, n) => buffer.subarray(n * 32, n * 32 + 32));
}

/** The right edge of a growing tree: enough to tell its root at any moment, leaf by leaf. */
export class GrowingRoot {
  /** At `n` the node over 2^n leaves that has no sibling yet. */
  readonly #edge: (Hash | undefined)[] = [];
  size = 0;

  add(leaf: Hash): void {
    let node = leaf;
    let height = 0;
    for (let left = this.#edge[height]; left; left = this.#edge[++height]) {
      node = nodeOf(left, node);
      this.#edge[height] = undefined;
    }
    this.#edge[height] = node;
    this.size++;
  }

  root(): Hash {
    const nodes = this.#edge.filter((node) => node !== undefined);
    return nodes.length === 0 ? EMPTY_ROOT : nodes.reduce((right, left) => nodeOf(left, right));
  }
}
