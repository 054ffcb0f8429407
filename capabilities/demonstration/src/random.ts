/** A stream of reproducible chance: the same keys give the same sequence on every machine. */
export type Random = {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** A number in [low, high). */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the values, as often as its weight says. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
  /** Normally distributed, cut at 2.5 standard deviations. */
  normal(mean: number, deviation: number): number;
  /** A UUID in the shape of version 4. */
  uuid(): string;
};

/** Mixes the keys into 32 bits (FNV-1a over their text). */
function fold(keys: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of keys.join('\u0000')) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}

/** Four words of state from one. Source: https://prng.di.unimi.it/splitmix64.c (the 32-bit form). */
function expand(seed: number): [number, number, number, number] {
  const word = () => {
    seed = (seed + 0x9e3779b9) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return [word(), word(), word(), word()];
}

/**
 * The stream named by these keys: xoshiro128**, seeded by splitmix. One stream per person keeps every person
 * the same whatever was generated before. Source: https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function random(...keys: readonly (string | number)[]): Random {
  let [a, b, c, d] = expand(fold(keys));
  const word = (): number => {
    const spun = Math.imul(b, 5);
    const result = Math.imul((spun << 7) | (spun >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const next = () => word() / 0x100000000;
  const hex = () => word().toString(16).padStart(8, '0');
  return {
    next,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
    weighted: <T>(choices: readonly (readonly [T, number])[]) => {
      let rest = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [value, weight] of choices) if ((rest -= weight) < 0) return value;
      return choices[choices.length - 1]![0];
    },
    normal: (mean, deviation) => {
      const spread = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return mean + deviation * Math.max(-2.5, Math.min(2.5, spread));
    },
    uuid: () => {
      const [one, two, three] = [hex(), hex(), hex()];
      return `${one}-${two.slice(0, 4)}-4${two.slice(5)}-a${three.slice(1, 4)}-${three.slice(4)}${hex()}`;
    },
  };
}
