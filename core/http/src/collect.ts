import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** From how many bytes on a body or an answer is large: what comes of it lies outside V8's heap. */
export const LARGE_BYTES = 1024 * 1024;

/** How much may lie outside the heap, used or not, before large work goes on, in bytes; what is kept there on purpose is 32 MiB. */
const OUTSIDE_BYTES = 40 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Clears away what large bodies and answers left behind, once that is much. V8 goes by its own heap, in which a scan of
 * 12 MB is a few words: it let 200 MB of them lie, two fifths of all that the server may hold. Takes about 60 ms; the
 * work on such a scan takes a second.
 */
export function collectLarge(): void {
  if (getHeapStatistics().external_memory > OUTSIDE_BYTES) collect();
}
