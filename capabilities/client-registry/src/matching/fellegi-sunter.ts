/**
 * The probabilistic model of record linkage: how often two records of one person (m), and of two persons (u), agree
 * at each level of each field. Fields are places in a list of levels, level 0 says nothing.
 * Source: I. P. Fellegi, A. B. Sunter, A Theory for Record Linkage, JASA 64 (1969).
 */
export type FieldModel = { m: readonly number[]; u: readonly number[] };

/** How often each list of levels was seen. */
export class Patterns {
  readonly #counts = new Map<string, { levels: Uint8Array; count: number }>();
  total = 0;

  add(levels: Uint8Array): void {
    const key = String.fromCharCode(...levels);
    const known = this.#counts.get(key);
    if (known) known.count++;
    else this.#counts.set(key, { levels: levels.slice(), count: 1 });
    this.total++;
  }

  [Symbol.iterator](): IterableIterator<{ levels: Uint8Array; count: number }> {
    return this.#counts.values();
  }
}

/** Shares of the levels of each field among pairs, with half a pair added to each level so that none is impossible. */
export function shares(patterns: Patterns, sizes: readonly number[], added = 0.5): number[][] {
  const counts = sizes.map((size) => Array.from({ length: size }, () => added));
  for (const { levels, count } of patterns)
    levels.forEach((level, field) => {
      if (level > 0) counts[field]![level - 1]! += count;
    });
  return counts.map(normalise);
}

const normalise = (counts: readonly number[]): number[] => {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.map((count) => count / sum);
};

export type EstimateOptions = {
  /** Levels of each field. */
  sizes: readonly number[];
  /** Shares among pairs of two persons, kept as they are. */
  u: readonly (readonly number[])[];
  /** Fields by which the pairs were chosen: they tell nothing here. */
  except: ReadonlySet<number>;
  /** Where m starts, and what it is drawn to when there is little to learn from. */
  start: readonly (readonly number[])[];
  /** How many pairs `start` counts for. */
  weight: number;
};

/**
 * Estimates m by expectation–maximisation over the pairs of one blocking, and how many of them are of one person.
 * Source: W. E. Winkler, Using the EM Algorithm for Weight Computation in the Fellegi–Sunter Model (1988).
 */
export function estimateM(patterns: Patterns, options: EstimateOptions): { m: number[][]; share: number } {
  const { sizes, u, except, start, weight } = options;
  let m = start.map((levels) => [...levels]);
  let share = 0.5;
  for (let round = 0; round < 30; round++) {
    const counts = start.map((levels) => levels.map((part) => part * weight));
    let matches = 0;
    for (const { levels, count } of patterns) {
      let odds = share / (1 - share);
      levels.forEach((level, field) => {
        if (level > 0 && !except.has(field)) odds *= m[field]![level - 1]! / u[field]![level - 1]!;
      });
      const expected = count * (odds / (1 + odds));
      matches += expected;
      levels.forEach((level, field) => {
        if (level > 0) counts[field]![level - 1]! += expected;
      });
    }
    m = counts.map(normalise);
    const next = Math.min(0.999, Math.max(0.001, matches / Math.max(1, patterns.total)));
    if (Math.abs(next - share) < 1e-5) break;
    share = next;
  }
  return {
    m: m.map((levels, field) => (except.has(field) ? [...start[field]!] : levels.slice(0, sizes[field]))),
    share,
  };
}

/** Weights in bits: log2(m/u) for each level, 0 for level 0. */
export const weightsOf = ({ m, u }: FieldModel): Float64Array =>
  Float64Array.from([0, ...m.map((share, at) => Math.log2(share / u[at]!))]);
