/**
 * Why a source's part of an answer is missing or not whole:
 * - `asked`    it has been asked and has not answered yet; what it says comes later
 * - `silent`   it did not answer in time, or answered that it cannot
 * - `down`     it failed several times and is left alone for a while
 * - `refused`  it does not let us read
 * - `faulty`   what it answered cannot be used: not FHIR, or about somebody else
 * - `cut`      it answered, and there is more than was taken
 * - `unasked`  the question cannot be put to it, or comes with the last page
 */
export type Missing = 'asked' | 'silent' | 'down' | 'refused' | 'faulty' | 'cut' | 'unasked';

/** A source that was asked in vain. The message names no patient and no address. */
export class SourceFault extends Error {
  readonly missing: 'silent' | 'refused' | 'faulty';

  constructor(missing: SourceFault['missing'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.missing = missing;
  }
}
