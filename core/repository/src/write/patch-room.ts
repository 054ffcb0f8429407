import { outcomeError } from '@yba/fhir';

/**
 * Bytes of resources that patches under way in one process change, as much as one page: read, parsed, checked and
 * written, one takes about eight times its length beside the bodies at work, and what asks for that is a few bytes.
 */
export const PATCHED_BYTES = 8 * 1024 * 1024;

/** What one request holds of it. */
export type Patched = { bytes: number };

/** Keeps what is patched at the same time, and what conditional creates show of what was there, within limits. */
export class PatchRoom {
  #taken = 0;

  /**
   * Room for one more resource of a request; the first of a request alone always fits. Throws `too-costly` when one
   * request patches too much, `transient` while others do.
   */
  take(held: Patched, bytes: number): void {
    if (!this.fits(held, bytes))
      throw outcomeError(
        'too-costly',
        `One transaction may patch ${PATCHED_BYTES / 1024 / 1024} MiB of resources; send this patch in another, or alone`,
      );
    const others = this.#taken - held.bytes;
    if (others > 0 && this.#taken + bytes > PATCHED_BYTES)
      throw outcomeError(
        'transient',
        'As much is patched at once as the server can hold; try again shortly.',
      );
    held.bytes += bytes;
    this.#taken += bytes;
  }

  /** Whether one request may hold so much more. */
  fits(held: Patched, bytes: number): boolean {
    return held.bytes === 0 || held.bytes + bytes <= PATCHED_BYTES;
  }

  /** Gives back all that a request holds. */
  leave(held: Patched): void {
    this.#taken -= held.bytes;
    held.bytes = 0;
  }
}
