/** First wait after a failure, and the longest, in ms. */
const FIRST_MS = 500;
const LONGEST_MS = 60_000;

/** How long to wait after the n-th failure in a row (from 1): doubling, and anywhere in the upper half, so that hospitals do not come back in step. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return most / 2 + (most / 2) * random();
}
