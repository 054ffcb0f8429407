import { createHash } from 'node:crypto';

/** Characters of one mark: 48 bits tell a few thousand references apart. */
const LENGTH = 8;
/** Marks that one link carries; of more the oldest are forgotten, and shown once more. */
const MOST = 700;

/**
 * What the pages of one answer have shown of the directory, so that each entry comes once: it travels in the link to the next
 * page, which is sealed.
 */
export class ShownBefore {
  readonly #marks: Set<string>;

  /** With what pages before had shown, as `marksWith` told. */
  constructor(marks = '') {
    this.#marks = new Set(marks.match(/.{8}/g));
  }

  /** Those of the references (`Practitioner/1`) that were not shown. */
  fresh(references: Iterable<string>): string[] {
    return [...references].filter((reference) => !this.#marks.has(mark(reference)));
  }

  /** What will have been shown with these, as text. */
  marksWith(fresh: readonly string[]): string {
    return [...this.#marks, ...fresh.map(mark)].slice(-MOST).join('');
  }
}

const mark = (reference: string) =>
  createHash('sha256').update(reference).digest('base64url').slice(0, LENGTH);
