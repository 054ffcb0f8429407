import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimateM, Patterns, shares, weightsOf } from '@yba/client-registry/matching';

/**
 * Febrl's public data set 4: 5,000 records and 5,000 spoilt copies of them, in English. The model is the one of the
 * matcher (m learnt by EM, u from random pairs); only the fields differ.
 */

const FIELDS = [
  'given',
  'surname',
  'number',
  'street',
  'place',
  'suburb',
  'postcode',
  'state',
  'birth',
  'security',
] as const;

type Pair = { one: number; other: number; bits: number };

type Row = { id: string; values: string[] };

/** Levels of a field: same, nearly the same, alike, different; for given name and surname also exchanged. */
const LEVELS = 5;

/** `right` and `wrong` links out of `truth`: of all pairs above the threshold, and when each record is in one link at most. */
export type FebrlScore = {
  truth: number;
  byThreshold: { right: number; wrong: number };
  oneToOne: { right: number; wrong: number };
};

/** Links the two files; undefined when the folder does not hold them. */
export function linkFebrl(folder: string): FebrlScore | undefined {
  const paths = ['dataset4a.csv', 'dataset4b.csv'].map((name) => join(folder, name));
  if (!paths.every((path) => existsSync(path))) return undefined;
  const [left, right] = paths.map((path) => readRows(readFileSync(path, 'utf8'))) as [Row[], Row[]];
  const candidates = block(left, right);
  const sizes = FIELDS.map(() => LEVELS);
  const u = shares(randomPatterns(left, right), sizes);
  const patterns = new Patterns();
  for (const [one, others] of candidates.entries())
    for (const other of others) patterns.add(compare(left[one]!, right[other]!));
  const start = FIELDS.map(() => [0.8, 0.1, 0.05, 0.02, 0.03]);
  const { m } = estimateM(patterns, { sizes, u, except: new Set(), start, weight: 20 });
  const weights = m.map((levels, field) => weightsOf({ m: levels, u: u[field]! }));
  const rarity = FIELDS.map((_, field) => rarityOf([...left, ...right], field));
  const prior = Math.log2(1 / left.length);
  const scored: Pair[] = [];
  for (const [one, others] of candidates.entries())
    for (const other of others) {
      const levels = compare(left[one]!, right[other]!);
      let bits = prior;
      levels.forEach((level, field) => {
        bits += weights[field]![level]!;
        if (level === 1) bits += rarity[field]!(left[one]!.values[field]!);
      });
      if (bits > SURE_BITS) scored.push({ one, other, bits });
    }
  return score(left, right, scored);
}

/** Bits above which a pair is linked. */
const SURE_BITS = 0;

function readRows(text: string): Row[] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id, ...values] = line.split(',').map((value) => value.trim());
      return { id: id!, values };
    });
}

/** Candidates by several keys; a key shared by more than a hundred records on one side is no use. */
function block(left: readonly Row[], right: readonly Row[]): number[][] {
  const found = left.map(() => new Set<number>());
  for (const key of KEYS) {
    const index = Map.groupBy(right.keys(), (row) => key(right[row]!.values));
    left.forEach(({ values }, row) => {
      const name = key(values);
      const others = name === '' ? undefined : index.get(name);
      if (others && others.length <= 100) for (const other of others) found[row]!.add(other);
    });
  }
  return found.map((rows) => [...rows]);
}

const KEYS: readonly ((values: readonly string[]) => string)[] = [
  (values) => values[9]!,
  (values) => values[8]!,
  (values) => pair(values[0]!, values[1]!),
  (values) => pair(values[0]!.slice(0, 3), values[6]!),
  (values) => pair(values[1]!.slice(0, 3), values[6]!),
  (values) => pair(values[3]!, values[2]!),
  (values) => pair(values[0]!, values[5]!),
  (values) => pair(values[1]!, values[5]!),
  (values) => pair(values[3]!.slice(0, 6), values[5]!.slice(0, 5)),
  (values) => pair(values[4]!, values[7]!),
  (values) => pair(values[0]!.slice(0, 3), values[8]!.slice(0, 6)),
];

/** Two values whatever their order; empty when one is. */
const pair = (one: string, other: string) =>
  one === '' || other === '' ? '' : [one, other].sort().join('|');

function compare(one: Row, other: Row): Uint8Array {
  const levels = Uint8Array.from(FIELDS, (_, field) =>
    compareValues(one.values[field]!, other.values[field]!),
  );
  const [given, surname] = [one.values[0]!, one.values[1]!];
  if (given !== '' && surname !== '' && levels[0]! > 2 && levels[1]! > 2) {
    if (compareValues(given, other.values[1]!) <= 2 && compareValues(surname, other.values[0]!) <= 2)
      levels[0] = levels[1] = 4;
  }
  return levels;
}

function compareValues(one: string, other: string): number {
  if (one === '' || other === '') return 0;
  if (one === other) return 1;
  const closeness = jaroWinkler(one, other);
  return closeness > 0.92 ? 2 : closeness > 0.82 ? 3 : 5;
}

/** How alike two words are, 0 to 1. Source: W. E. Winkler, String Comparator Metrics (1990). */
function jaroWinkler(one: string, other: string): number {
  const reach = Math.max(0, Math.floor(Math.max(one.length, other.length) / 2) - 1);
  const taken = new Uint8Array(other.length);
  const matched: string[] = [];
  for (let at = 0; at < one.length; at++)
    for (let beside = Math.max(0, at - reach); beside < Math.min(other.length, at + reach + 1); beside++)
      if (!taken[beside] && one[at] === other[beside]) {
        taken[beside] = 1;
        matched.push(one[at]!);
        break;
      }
  if (matched.length === 0) return 0;
  const theirs = [...other].filter((_, at) => taken[at]);
  const exchanged = matched.filter((letter, at) => letter !== theirs[at]).length / 2;
  const jaro =
    (matched.length / one.length +
      matched.length / other.length +
      (matched.length - exchanged) / matched.length) /
    3;
  let prefix = 0;
  while (prefix < 4 && one[prefix] !== undefined && one[prefix] === other[prefix]) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function randomPatterns(left: readonly Row[], right: readonly Row[]): Patterns {
  const patterns = new Patterns();
  for (let step = 1; step <= 60; step++)
    for (let one = 0; one < left.length; one++) {
      const other = (one * 7 + step * 83 + 11) % right.length;
      const levels = compare(left[one]!, right[other]!);
      if (levels.filter((level) => level === 1).length < 4) patterns.add(levels);
    }
  return patterns;
}

/** Bits that a value says more, or less, than the average value of its field. */
function rarityOf(rows: readonly Row[], field: number): (value: string) => number {
  const counts = new Map<string, number>();
  for (const { values } of rows)
    if (values[field] !== '') counts.set(values[field]!, (counts.get(values[field]!) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const average = [...counts.values()].reduce((sum, count) => sum + (count / total) ** 2, 0);
  return (value) => Math.log2(average / Math.max(2 / total, counts.get(value)! / total));
}

/** Each record in one link at most, the surest first. */
function oneToOne(pairs: Pair[]): Pair[] {
  const [ones, others] = [new Set<number>(), new Set<number>()];
  return pairs
    .sort((a, b) => b.bits - a.bits)
    .filter(({ one, other }) => {
      if (ones.has(one) || others.has(other)) return false;
      ones.add(one);
      others.add(other);
      return true;
    });
}

function score(left: readonly Row[], right: readonly Row[], pairs: Pair[]): FebrlScore {
  const person = (id: string) => /rec-(\d+)-/.exec(id)![1];
  const wanted = new Set(left.map(({ id }) => person(id)));
  const count = (links: readonly Pair[]) => {
    const good = links.filter(({ one, other }) => person(left[one]!.id) === person(right[other]!.id)).length;
    return { right: good, wrong: links.length - good };
  };
  return {
    truth: right.filter(({ id }) => wanted.has(person(id))).length,
    byThreshold: count(pairs),
    oneToOne: count(oneToOne(pairs)),
  };
}
