/** What is wrong with the log, at the first entry it shows at. */
export type Finding = {
  kind:
    | 'changed'
    | 'removed'
    | 'inserted'
    | 'reordered'
    | 'forked'
    | 'rolled-back'
    | 'tree'
    | 'key'
    | 'unreadable';
  /** Where in the tree, from 0. */
  index?: number;
  /** `AuditEvent/{id}` where the row is known, else `row N`. */
  entry?: string;
  words: string;
};

/** How many findings are kept in words; all are counted. */
const KEPT = 20;

/** What a verification found, the first entry in the log first. */
export class Findings {
  readonly #kept: Finding[] = [];
  count = 0;

  add(finding: Finding): void {
    this.count++;
    this.#kept.push(finding);
    this.#kept.sort((a, b) => (a.index ?? Number.POSITIVE_INFINITY) - (b.index ?? Number.POSITIVE_INFINITY));
    this.#kept.length = Math.min(this.#kept.length, KEPT);
  }

  get list(): readonly Finding[] {
    return this.#kept;
  }
}

/** The result of a verification; `heads` were reached and compared. */
export type VerifiedLog = {
  entries: number;
  heads: number;
  findings: readonly Finding[];
  count: number;
  /** Heads of the database that the witness does not have, instants of the first and last: it was cut, or is a copy of before. */
  unwitnessed?: { heads: number; first: Date; last: Date };
  /** How many heads of the witness the database does not have: taken out of it, or signed as a server was killed. They are compared all the same. */
  unkept?: number;
};
