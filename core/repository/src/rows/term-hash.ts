/** Where the hash of a text stands that is not yet at its end. */
export type HashState = { a: number; b: number };

const START: HashState = { a: 0xdeadbeef, b: 0x41c6ce57 };

/**
 * The 53-bit hash under which a search term is stored: exact in a JavaScript number and in a bigint.
 * Two 32-bit multiplicative lanes mixed at the end (the construction of cyrb53, public domain).
 * A collision can only cost a look at one more row: every hit is checked again on the resource itself.
 */
export function termHash(term: string): number {
  return hashFrom(START, term);
}

/** The state after a text's beginning, from which any number of ends can be hashed. */
export function hashStart(text: string, { a, b }: HashState = START): HashState {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  return { a, b };
}

/** The hash of the beginning that led to the state, followed by the end: `termHash(beginning + end)`. */
export function hashFrom({ a, b }: HashState, end: string): number {
  for (let i = 0; i < end.length; i++) {
    const unit = end.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  return mixed(a, b);
}

/** The hashes of a word's first letters, from `shortest` to `longest` of them, behind a beginning. */
export function hashPrefixes(
  { a, b }: HashState,
  word: string,
  shortest: number,
  longest: number,
  into: number[],
): void {
  const end = Math.min(word.length, longest);
  for (let i = 0; i < end; i++) {
    const unit = word.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
    if (i + 1 >= shortest) into.push(mixed(a, b));
  }
}

function mixed(a: number, b: number): number {
  const high = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const low = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
