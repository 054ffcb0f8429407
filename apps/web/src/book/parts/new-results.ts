import type { Result } from '../record/results.ts';

const kept = 'yba.book.resultsSeen';
/** A book opened for the first time calls "new" what came in the last two weeks. */
const firstTimeMs = 14 * 86_400_000;

/** How many results came since the list was last opened on this device. */
export const countNew = (results: readonly Result[]): number => {
  const since = seenAt();
  return results.filter(({ at }) => Date.parse(at) > since).length;
};

/** Notes that the list has been seen now. */
export const noteSeen = (): void => {
  try {
    localStorage.setItem(kept, new Date().toISOString());
  } catch {
    // a browser without storage counts the last two weeks as new each time
  }
};

const seenAt = (): number => {
  try {
    return Date.parse(localStorage.getItem(kept) ?? '') || Date.now() - firstTimeMs;
  } catch {
    return Date.now() - firstTimeMs;
  }
};
