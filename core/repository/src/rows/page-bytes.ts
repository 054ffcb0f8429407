/**
 * Bytes of resources that one page may hold. A page ends early rather than with more; one resource alone is always
 * shown. Fewer than `_count` may come: https://hl7.org/fhir/R4/search.html#count
 */
export const PAGE_BYTES = 8 * 1024 * 1024;

/** Bytes of resources that are fetched at a time. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/** How many of the first rows are as many bytes as one page may hold, or `most`: at least one, where there is one. */
export function withinPage(rows: readonly { len: number }[], most = PAGE_BYTES): number {
  let bytes = 0;
  const over = rows.findIndex(({ len }) => (bytes += len) > most);
  return over === -1 ? rows.length : Math.max(over, 1);
}

/** The rows in lots whose bytes make one page each, or `most`. */
export function* pagesOf<R extends { len: number }>(
  rows: readonly R[],
  most = PAGE_BYTES,
): Generator<readonly R[]> {
  for (let left = rows; left.length > 0;) {
    const size = withinPage(left, most);
    yield left.slice(0, size);
    left = left.slice(size);
  }
}
