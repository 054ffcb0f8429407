import { KEYS, LARGEST_BLOCK } from './block.ts';
import type { Table } from './table.ts';

/** The keys of all rows, and the rows in the order of each key. */
export class Blocks {
  readonly #size: number;
  readonly keys: readonly Uint32Array[];
  /** Keys whose blocks were passed over, by place in KEYS. */
  readonly tooLarge: readonly Set<number>[] = KEYS.map(() => new Set());

  constructor(table: Table) {
    this.#size = table.size;
    this.keys = KEYS.map(({ of }) => {
      const keys = new Uint32Array(table.size);
      for (let row = 0; row < table.size; row++) keys[row] = of(table, row);
      return keys;
    });
  }

  /** Calls `visit` for every pair of rows that meet under key `at`; when `fresh`, only those that met under none before it. */
  forEachPair(at: number, visit: (one: number, other: number) => void, fresh = true): void {
    const order = this.#inOrder(at);
    const keys = this.keys[at]!;
    for (let from = 0; from < order.length;) {
      const key = keys[order[from]!]!;
      let to = from + 1;
      while (to < order.length && keys[order[to]!] === key) to++;
      if (to - from > LARGEST_BLOCK) this.tooLarge[at]!.add(key);
      else
        for (let one = from; one < to; one++)
          for (let other = one + 1; other < to; other++)
            if (!fresh || !this.#metBefore(at, order[one]!, order[other]!)) visit(order[one]!, order[other]!);
      from = to;
    }
  }

  #metBefore(at: number, one: number, other: number): boolean {
    for (let before = 0; before < at; before++) {
      const key = this.keys[before]![one]!;
      if (key !== 0 && key === this.keys[before]![other] && !this.tooLarge[before]!.has(key)) return true;
    }
    return false;
  }

  /** Rows that have the key, sorted by it: key and row share the 53 bits of a number. */
  #inOrder(at: number): Uint32Array {
    const keys = this.keys[at]!;
    const rows = 2 ** Math.ceil(Math.log2(Math.max(2, this.#size)));
    const spare = Math.max(0, 32 + Math.log2(rows) - 53);
    const packed = new Float64Array(this.#size);
    let count = 0;
    for (let row = 0; row < this.#size; row++)
      if (keys[row] !== 0) packed[count++] = (keys[row]! >>> spare) * rows + row;
    return Uint32Array.from(packed.subarray(0, count).sort(), (value) => value % rows);
  }
}

/** Pairs with their bits, in columns that grow. */
export class PairList {
  one = new Uint32Array(1024);
  other = new Uint32Array(1024);
  bits = new Float32Array(1024);
  size = 0;

  add(one: number, other: number, bits: number): void {
    if (this.size === this.one.length) {
      this.one = grown(this.one, new Uint32Array(this.size * 2));
      this.other = grown(this.other, new Uint32Array(this.size * 2));
      this.bits = grown(this.bits, new Float32Array(this.size * 2));
    }
    this.one[this.size] = one;
    this.other[this.size] = other;
    this.bits[this.size++] = bits;
  }

  /** Places of the pairs, the surest first. */
  bySureness(): Uint32Array {
    const { bits } = this;
    return Uint32Array.from({ length: this.size }, (_, at) => at).sort(
      (a, b) => bits[b]! - bits[a]! || a - b,
    );
  }
}

function grown<T extends Uint32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
