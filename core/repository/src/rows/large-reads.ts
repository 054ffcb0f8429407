import { outcomeError } from '@yba/fhir';
import { LARGE_READ_BYTES, Turns } from '@yba/http';

/**
 * Large reads of one process at once, in units: one that may fetch as much as a page holds takes all of them, as it takes some
 * eight times that of memory; one of a single resource what it fetches.
 */
const UNITS = 4;
const UNIT_BYTES = LARGE_READ_BYTES;

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
  /** How much is fetched at most when it is done again; not known of a page. */
  readonly most: number | undefined;

  constructor(bytes: number, most?: number) {
    super(`${bytes} bytes of large resources are read in turns`);
    this.bytes = bytes;
    this.most = most;
  }
}

/** Whether so many rows are so many bytes that they are fetched in turns. Most are not, whatever `_count` says. */
export const isLargeRead = (bytes: number, rows: number): boolean =>
  bytes > LARGE_READ_BYTES && bytes > COUNTED_BYTES * rows;

/** Does work when there is room for it, for as much as a page where it is not said. Throws `transient` when that takes too long. */
type Room = <T>(work: () => Promise<T>, bytes?: number) => Promise<T>;

/** Room for large reads, apart from any other. */
export function roomForLarge(): Room {
  const turns = new Turns({ capacity: UNITS, patienceMs: PATIENCE_MS });
  return (work, bytes = Infinity) => turns.during(Math.min(Math.ceil(bytes / UNIT_BYTES), UNITS), full, work);
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
  let most: number | undefined;
  try {
    return await work(env);
  } catch (error) {
    if (!(error instanceof LargeRead)) throw error;
    ({ most } = error);
  }
  return inRoom(() => work({ ...env, room: true }), most);
}
