import { compare, newLevels } from './compare.ts';
import { countNames, Frequencies } from './frequencies.ts';
import { guard } from './guards.ts';
import { KEYS } from './block.ts';
import { estimate } from './estimate.ts';
import { priorBits, Scale, THRESHOLDS } from './model.ts';
import type { Model } from './model.ts';
import { Blocks, PairList } from './pairs.ts';
import { isOtherNumber } from './read-numbers.ts';
import { NEWBORN } from './table.ts';
import type { Table } from './table.ts';

export type Linkage = {
  /** For each row the row that stands for its person. */
  person: Uint32Array;
  /** Pairs for a person to decide. */
  review: PairList;
  model: Model;
  compared: number;
  /** Blocks passed over because they were too large, by key. */
  passedOver: Record<string, number>;
};

export type LinkOptions = {
  start: Model;
  /** Bits of "same" and "review"; THRESHOLDS unless told. */
  thresholds?: { same: number; review: number };
  /** Whether m and u are learnt from the table; else `start` is used as it is. */
  learn?: boolean;
};

/** Links all rows of a table: who is one person, and which pairs a person must look at. */
export function link(table: Table, { start, thresholds = THRESHOLDS, learn = true }: LinkOptions): Linkage {
  const blocks = new Blocks(table);
  const model = learn ? estimate(table, blocks, start) : start;
  const scale = new Scale(
    model,
    new Frequencies(table.words, countNames(table), table.rules.has('name-frequency')),
  );
  const prior = priorBits(table.size);
  const [same, review] = [new PairList(), new PairList()];
  const levels = newLevels();
  let compared = 0;
  for (let key = 0; key < KEYS.length; key++) {
    blocks.forEachPair(key, (one, other) => {
      compared++;
      compare(table, one, other, levels);
      const bits = scale.weigh(table, one, other, levels) + prior;
      if (bits < thresholds.review) return;
      const isSame = bits >= thresholds.same && guard(table, one, other, levels) === undefined;
      (isSame ? same : review).add(one, other, bits);
    });
  }
  const person = join(table, same, review);
  return {
    person,
    review,
    model,
    compared,
    passedOver: Object.fromEntries(KEYS.map(({ name }, at) => [name, blocks.tooLarge[at]!.size])),
  };
}

/** How much surer the first of two answers must be before a newborn is joined to a named child, in bits. */
const SURER = 6;

/** Joins the pairs, the surest first, unless what is already joined speaks against it: those go to review. */
function join(table: Table, same: PairList, review: PairList): Uint32Array {
  const groups = new Groups(table);
  const newborns: number[] = [];
  for (const at of same.bySureness()) {
    const [one, other] = [same.one[at]!, same.other[at]!];
    const isMixed = ((table.flags[one]! ^ table.flags[other]!) & NEWBORN) !== 0;
    if (isMixed) newborns.push(at);
    else if (!groups.join(one, other)) review.add(one, other, same.bits[at]!);
  }
  joinNewborns(table, same, review, groups, newborns);
  return groups.all();
}

/** A newborn belongs to one named child: to none when two fit about as well, as twins do. */
function joinNewborns(
  table: Table,
  same: PairList,
  review: PairList,
  groups: Groups,
  pairs: readonly number[],
): void {
  const best = new Map<number, { child: number; bits: number; rival: number }>();
  for (const at of pairs) {
    const [one, other] = [same.one[at]!, same.other[at]!];
    const [newborn, child] = (table.flags[one]! & NEWBORN) !== 0 ? [one, other] : [other, one];
    const group = groups.of(newborn);
    const known = best.get(group);
    if (!known) best.set(group, { child, bits: same.bits[at]!, rival: -Infinity });
    else if (groups.of(known.child) !== groups.of(child)) known.rival = Math.max(known.rival, same.bits[at]!);
  }
  for (const [newborn, { child, bits, rival }] of best)
    if (bits - rival < SURER || !groups.join(newborn, child)) review.add(newborn, child, bits);
}

/** Rows joined so far (union–find), each group with the person and insurance numbers it goes by. */
class Groups {
  readonly #parent: Uint32Array;
  readonly #numbers: readonly Float64Array[];
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
    this.#parent = Uint32Array.from({ length: table.size }, (_, row) => row);
    this.#numbers = [table.person.slice(0, table.size), table.insurance.slice(0, table.size)];
  }

  of(row: number): number {
    let root = row;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    while (this.#parent[row] !== root) [this.#parent[row], row] = [root, this.#parent[row]!];
    return root;
  }

  /** False when the two groups go by numbers that are more than one slip apart, and the rows share no number. */
  join(one: number, other: number): boolean {
    const [first, second] = [this.of(one), this.of(other)];
    if (first === second) return true;
    const isApart = this.#numbers.some(
      (number) =>
        number[first] !== 0 && number[second] !== 0 && isOtherNumber(number[first]!, number[second]!),
    );
    if (isApart && !this.#shareNumber(one, other)) return false;
    this.#parent[second] = first;
    for (const number of this.#numbers) if (number[first] === 0) number[first] = number[second]!;
    return true;
  }

  #shareNumber(one: number, other: number): boolean {
    const { person, insurance, old } = this.#table;
    return [person, insurance, old].some((column) => column[one] !== 0 && column[one] === column[other]);
  }

  all(): Uint32Array {
    return Uint32Array.from({ length: this.#parent.length }, (_, row) => this.of(row));
  }
}
