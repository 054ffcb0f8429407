import { outcomeError } from '@yba/fhir';
import { collectTexts, LARGE_BYTES } from '@yba/http';
import type { Desk } from './desk.ts';

/** How long a document waits for its turn, in ms: it is kept, and so many before it are large. */
const PATIENCE_MS = 10 * 60_000;

/** The part of the room that one takes at most: small bodies of requests have the rest. */
const MOST = 3 / 4;

const full = () =>
  outcomeError('transient', 'More large documents are filed than the server can hold; try again shortly.');

/**
 * Files a message or dossier of so many bytes when there is room for what comes of it, in the turns of the bodies that requests
 * bring: as theirs it takes about eight times its length. Eight messages of 14 MB that were filed side by side took more than
 * the server may hold, and did so again after each start. Throws `transient` when it takes too long.
 */
export async function inRoom<T>(
  { room }: Pick<Desk, 'room'>,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  const isLarge = bytes >= LARGE_BYTES;
  const weight = Math.min(isLarge ? 2 * bytes : bytes, MOST * room.capacity);
  const begin = () => {
    if (isLarge) collectTexts();
    return work();
  };
  return room.during(weight, full, begin, PATIENCE_MS);
}
