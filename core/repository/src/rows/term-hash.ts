/**
 * The 53-bit hash under which a search term is stored: exact in a JavaScript number and in a bigint.
 * Two 32-bit multiplicative lanes mixed at the end (the construction of cyrb53, public domain).
 * A collision can only cost a look at one more row: every hit is checked again on the resource itself.
 */
export function termHash(term: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < term.length; i++) {
    const unit = term.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
