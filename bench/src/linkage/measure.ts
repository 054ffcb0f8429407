import { ERROR_KINDS } from './rates.ts';
import type { ErrorKind } from './rates.ts';

/** The truth of a data set, kept in numbers: whose each record is, and what is wrong with it. */
export class Truth {
  readonly person: Uint32Array;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  size = 0;

  constructor(capacity: number) {
    this.person = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#high = new Uint32Array(capacity);
  }

  add(person: number, kinds: readonly ErrorKind[]): void {
    this.person[this.size] = person;
    for (const kind of kinds) {
      const at = KIND_AT.get(kind)!;
      if (at < 32) this.#low[this.size]! |= 1 << at;
      else this.#high[this.size]! |= 1 << (at - 32);
    }
    this.size++;
  }

  has(record: number, kind: number): boolean {
    return kind < 32
      ? ((this.#low[record]! >>> kind) & 1) === 1
      : ((this.#high[record]! >>> (kind - 32)) & 1) === 1;
  }
}

const KIND_AT = new Map<ErrorKind, number>(ERROR_KINDS.map((kind, at) => [kind, at]));

export type Score = { pairs: number; found: number; said: number; recall: number; precision: number };

/** Pairs of records of one person, of which were joined, and pairs that were joined: over whole groups, not decisions. */
export function scorePairs(truth: Truth, joined: Uint32Array): Score {
  const [ofPerson, ofGroup, ofBoth] = [
    new Map<number, number>(),
    new Map<number, number>(),
    new Map<number, number>(),
  ];
  const count = (map: Map<number, number>, key: number) => map.set(key, (map.get(key) ?? 0) + 1);
  for (let record = 0; record < truth.size; record++) {
    count(ofPerson, truth.person[record]!);
    count(ofGroup, joined[record]!);
    count(ofBoth, truth.person[record]! * 0x400000 + joined[record]!);
  }
  const pairsOf = (map: Map<number, number>) => {
    let sum = 0;
    for (const n of map.values()) sum += (n * (n - 1)) / 2;
    return sum;
  };
  const [pairs, said, found] = [pairsOf(ofPerson), pairsOf(ofGroup), pairsOf(ofBoth)];
  return { pairs, found, said, recall: found / pairs, precision: said === 0 ? 1 : found / said };
}

export type KindScore = { kind: string; pairs: number; found: number; inReview: number };

/**
 * Recall by kind of error: over the pairs of one person of which at least one record has it, and of the rest how many
 * wait in the work list. "none" are pairs without any.
 */
export function scoreKinds(
  truth: Truth,
  joined: Uint32Array,
  inReview: (one: number, other: number) => boolean,
): KindScore[] {
  const kinds = [...ERROR_KINDS, 'none'] as const;
  const rows: KindScore[] = kinds.map((kind) => ({ kind, pairs: 0, found: 0, inReview: 0 }));
  forEachTruePair(truth, (one, other) => {
    const found = joined[one] === joined[other];
    const review = !found && inReview(one, other);
    let any = false;
    ERROR_KINDS.forEach((_, at) => {
      if (!truth.has(one, at) && !truth.has(other, at)) return;
      any = true;
      add(rows[at]!, found, review);
    });
    if (!any) add(rows.at(-1)!, found, review);
  });
  return rows;
}

function add(row: KindScore, found: boolean, review: boolean): void {
  row.pairs++;
  if (found) row.found++;
  else if (review) row.inReview++;
}

function forEachTruePair(truth: Truth, visit: (one: number, other: number) => void): void {
  // records of a person come one after another
  for (let from = 0; from < truth.size;) {
    let to = from + 1;
    while (to < truth.size && truth.person[to] === truth.person[from]) to++;
    for (let one = from; one < to; one++) for (let other = one + 1; other < to; other++) visit(one, other);
    from = to;
  }
}
