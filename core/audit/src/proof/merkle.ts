import { isSame, sha256 } from './hash.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1 */
export function leafHash(entry: string): Promise<Uint8Array> {
  return sha256(LEAF, entry);
}

/** Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  return sha256(NODE, left, right);
}

/** The hashes of a proof that came one after the other. Throws when it is not whole hashes. */
export function hashesOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length % 32 !== 0) throw new Error('A proof is not made of whole hashes');
  return Array.from({ length: bytes.length / 32 }, (_, n) => bytes.subarray(n * 32, n * 32 + 32));
}

/**
 * Whether the leaf stands at `index` of the tree of `size` leaves with this root.
 * Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2
 */
export async function verifyInclusion(proof: {
  leaf: Uint8Array;
  index: number;
  size: number;
  path: readonly Uint8Array[];
  root: Uint8Array;
}): Promise<boolean> {
  const { leaf, index, size, path, root } = proof;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = await nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else r = await nodeHash(r, p);
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && isSame(r, root);
}

/**
 * Whether the tree of `first` leaves is the beginning of the tree of `second` leaves: nothing was taken out, changed
 * or put in between. Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.2
 */
export async function verifyConsistency(proof: {
  first: number;
  firstRoot: Uint8Array;
  second: number;
  secondRoot: Uint8Array;
  path: readonly Uint8Array[];
}): Promise<boolean> {
  const { first, firstRoot, second, secondRoot } = proof;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second)
    return false;
  if (first === second) return proof.path.length === 0 && isSame(firstRoot, secondRoot);
  if (first === 0) return proof.path.length === 0; // an empty tree is the beginning of every tree
  const isPowerOfTwo = Number.isInteger(Math.log2(first));
  const path = isPowerOfTwo ? [firstRoot, ...proof.path] : proof.path;
  const [start, ...rest] = path;
  if (!start) return false;
  let fn = first - 1;
  let sn = second - 1;
  while (fn % 2 === 1) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr = start;
  let sr = start;
  for (const c of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = await nodeHash(c, fr);
      sr = await nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else sr = await nodeHash(sr, c);
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && isSame(fr, firstRoot) && isSame(sr, secondRoot);
}

/** Beyond 32 bits, where `>>` ends. */
const half = (n: number) => Math.floor(n / 2);
