import { outcomeError } from '@yba/fhir';
import { LARGE_BYTES, Turns } from '@yba/http';

/** Large reads of one process at once: each fetches as much as one page holds, and takes some eight times that. */
const AT_ONCE = 1;

/** How long one waits for its turn, in ms; then who asked is told to come again. */
const PATIENCE_MS = 15_000;

/** What a page takes for each of its resources is counted where it is asked for, in bytes; what is more is large. */
const COUNTED_BYTES = 25_000;

const full = () =>
  outcomeError(
    'transient',
    'More large resources are read at once than the server can hold; try again shortly.',
  );

/** Thrown where large resources would be fetched by who has no room for them yet: to be done again in a turn. */
export class LargeRead extends Error {
  /** What would have been fetched. */
  readonly bytes: number;

  constructor(bytes: number) {
    super(`${bytes} bytes of large resources are read in turns`);
    this.bytes = bytes;
  }
}

/** Whether so many rows are so many bytes that they are fetched in turns. Most are not, whatever `_count` says. */
export const isLargeRead = (bytes: number, rows: number): boolean =>
  bytes > LARGE_BYTES && bytes > COUNTED_BYTES * rows;

/** Does work when there is room for it. Throws `transient` when that takes too long. */
type Room = <T>(work: () => Promise<T>) => Promise<T>;

/** Room for large reads, apart from any other. */
export function roomForLarge(): Room {
  const turns = new Turns({ capacity: AT_ONCE, patienceMs: PATIENCE_MS });
  return (work) => turns.during(1, full, work);
}

/**
 * Does work that fetches large resources when there is room for it. Nobody knows how large what was asked for is before
 * its rows are found; sixty versions of 5 MB read at once ended the server. Throws `transient` when it takes too long.
 */
export const inRoom: Room = roomForLarge();

/**
 * Does what reads; where it comes upon large resources it gives its connection back, waits for room, and is done again.
 * The room is held until what was read is about to be sent: while their looks are logged many would be held at once.
 */
export async function inRoomIfLarge<Env extends { room?: boolean }, T>(
  env: Env,
  work: (env: Env) => Promise<T>,
): Promise<T> {
  try {
    return await work(env);
  } catch (error) {
    if (!(error instanceof LargeRead)) throw error;
  }
  return inRoom(() => work({ ...env, room: true }));
}
