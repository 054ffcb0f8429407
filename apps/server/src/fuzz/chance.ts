/** Choices that a seed repeats. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). Source: mulberry32, public domain */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)]!;
  }

  /** True in `share` of all cases. */
  happens(share: number): boolean {
    return this.next() < share;
  }

  /** Text of odd characters, `length` of them. */
  oddText(length: number): string {
    return Array.from({ length }, () => this.pick(ODD)).join('');
  }
}

const ODD = [
  ...'abcXYZ019',
  ...'\'"`;:,.|$\\/%&?#=+*()[]{}<>!@^~- ',
  '%00',
  '%zz',
  '%C0%AF',
  '%F0%9F%98%80',
  'é',
  'Ế',
  '\u202e',
  '--',
  '/*',
  '*/',
  "' or 1=1",
  '${x}',
  '{{x}}',
  '../',
  '__proto__',
  'null',
  '1e999',
];
