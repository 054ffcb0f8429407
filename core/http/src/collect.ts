import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** From how many bytes on a body is large: what comes of it lies outside V8's heap. */
export const LARGE_BYTES = 1024 * 1024;

/** The same of what is read and answered: many more of them than of bodies come at once. */
export const LARGE_READ_BYTES = 256 * 1024;

/** How much may lie outside the heap, used or not, before large work goes on, in bytes; what is kept there on purpose is 32 MiB. */
const OUTSIDE_BYTES = 40 * 1024 * 1024;

/** How much is read and answered between two collections, in bytes: behind each of many answers of 300 kB it would take longer than they. */
const APART_BYTES = 8 * 1024 * 1024;

/** A process that holds more than so many times what V8's heap may grow to has to give memory back to the system. */
const TIGHT = 1.1;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'major'; flavor: 'last-resort' }) => void;

let sinceBytes = 0;

/**
 * Clears away what large bodies and answers left behind, once that is much. V8 goes by its own heap, in which a scan of
 * 12 MB is a few words: it let 200 MB of them lie, two fifths of all that the server may hold. Takes 5 to 60 ms; the
 * work on such a scan takes a second. Of what is smaller, `bytes`, it is done once in a while. A process that holds much
 * gives back what V8 keeps for later, its empty nursery and pages, in 100 ms.
 */
export function collectLarge(bytes = APART_BYTES): void {
  sinceBytes += bytes;
  if (sinceBytes < APART_BYTES || getHeapStatistics().external_memory <= OUTSIDE_BYTES) return;
  sinceBytes = 0;
  if (!collectTexts()) collect();
}

/**
 * As `collectLarge`, where what was left behind lies in the heap: the pieces of a file of 60 MB, the texts of its tables. V8
 * would let them lie until its heap is full. Answers whether the process held so much that it was done.
 */
export function collectTexts(): boolean {
  if (process.memoryUsage.rss() <= TIGHT * getHeapStatistics().heap_size_limit) return false;
  collect({ type: 'major', flavor: 'last-resort' });
  return true;
}
