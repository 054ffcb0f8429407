/** A stream of reproducible chance: the same seed and keys give the same sequence on every machine. */
export type Chance = {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  happens(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the values of a table made by `weigh`. */
  draw<T>(table: Weighed<T>): T;
};

/** Values with the sums of their weights so far, for quick drawing. */
export type Weighed<T> = { values: readonly T[]; sums: readonly number[] };

/** Prepares values and weights for `draw`. */
export function weigh<T>(pairs: readonly (readonly [T, number])[]): Weighed<T> {
  let sum = 0;
  return { values: pairs.map(([value]) => value), sums: pairs.map(([, weight]) => (sum += weight)) };
}

/** Source: sfc32 of PractRand, seeded by mixing the keys. */
export function chanceOf(...keys: readonly number[]): Chance {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const word = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (const key of keys) {
    a ^= key | 0;
    b = (b + Math.imul(key, 0x85ebca6b)) | 0;
    for (let round = 0; round < 8; round++) word();
  }
  const next = () => word() / 0x1_0000_0000;
  return {
    next,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    happens: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
    draw: <T>({ values, sums }: Weighed<T>) => {
      const at = next() * sums.at(-1)!;
      let [low, high] = [0, sums.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sums[middle]! > at) high = middle;
        else low = middle + 1;
      }
      return values[low]!;
    },
  };
}
