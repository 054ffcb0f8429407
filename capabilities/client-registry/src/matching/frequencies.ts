import { AT } from './fields.ts';
import type { FieldName } from './fields.ts';
import { MOST_WORDS } from './read-name.ts';
import { PLAIN } from './table.ts';
import type { Table } from './table.ts';
import type { Words } from './words.ts';

/** How often each word stands in a place of the names. */
export type WordCounts = { total: number; toned: Map<string, number>; folded: Map<string, number> };

type Kind = 'toned' | 'folded';

export const PLACES = ['family', 'middle', 'given'] as const;
export type Place = (typeof PLACES)[number];
export type NameCounts = Record<Place, WordCounts>;

/** The rarest a word is taken for: slips make rare words too. */
const RAREST = 2e-5;

/**
 * Frequency adjustment: agreeing on a word that few bear says more than the average agreement, agreeing on Nguyễn
 * says less. In bits, added to the weight of a level "same" or "same letters".
 */
export class Frequencies {
  readonly #on: boolean;
  readonly #words: Words;
  readonly #counts: NameCounts;
  readonly #average: Record<Place, Record<Kind, number>>;
  /** Bits by place, kind and number of the word, as they are asked for. */
  readonly #known: Record<Place, Record<Kind, number[]>>;

  constructor(words: Words, counts: NameCounts, on: boolean) {
    this.#on = on;
    this.#words = words;
    this.#counts = counts;
    const each = <T>(make: (place: Place, kind: Kind) => T) =>
      Object.fromEntries(
        PLACES.map((place) => [place, { toned: make(place, 'toned'), folded: make(place, 'folded') }]),
      ) as Record<Place, Record<Kind, T>>;
    this.#average = each((place, kind) => averageShare(counts[place], kind));
    this.#known = each(() => []);
  }

  #bits(place: Place, kind: Kind, id: number): number {
    const known = this.#known[place][kind];
    const bits = known[id];
    if (bits !== undefined) return bits;
    const counts = this.#counts[place];
    const share = Math.max(RAREST, (counts[kind].get(this.#words[kind][id]!) ?? 0) / counts.total);
    return (known[id] = Math.log2(this.#average[place][kind] / share));
  }

  adjust(table: Table, one: number, other: number, levels: Uint8Array): number {
    if (!this.#on) return 0;
    return (
      this.part('family', table, one, other, levels) +
      this.part('middle', table, one, other, levels) +
      this.part('given', table, one, other, levels)
    );
  }

  part(field: FieldName, table: Table, one: number, other: number, levels: Uint8Array): number {
    if (!this.#on || (field !== 'family' && field !== 'middle' && field !== 'given')) return 0;
    const level = levels[AT[field]]!;
    if (level !== 1 && level !== 2) return 0;
    const length = table.length(one);
    const turned =
      levels[AT.order] === 2 && table.length(other) === length && this.#isTurned(table, one, other);
    const word = (at: number) => table.name[one * MOST_WORDS + (turned ? (at + 1) % length : at)]!;
    const plain = (table.flags[one]! & table.flags[other]! & PLAIN) !== 0;
    const kind = level === 1 && !plain ? 'toned' : 'folded';
    if (field === 'given') return this.#bits(field, kind, word(length - 1));
    if (field === 'family') return this.#bits(field, kind, word(0));
    let sum = 0;
    for (let at = 1; at < length - 1; at++) sum += this.#bits(field, kind, word(at));
    return sum;
  }

  /** Whether the first of the two is the one whose first word is the given name. */
  #isTurned(table: Table, one: number, other: number): boolean {
    const { fold } = this.#words;
    const last = table.length(other) - 1;
    return fold[table.name[one * MOST_WORDS]!] === fold[table.name[other * MOST_WORDS + last]!];
  }
}

/** The share of the word that an average agreement is on. */
function averageShare(counts: WordCounts, kind: Kind): number {
  let sum = 0;
  for (const count of counts[kind].values()) sum += (count / counts.total) ** 2;
  return sum || 1;
}

/** Counts the words of all names in a table by place. */
export function countNames(table: Table): NameCounts {
  const { words } = table;
  const counts = Object.fromEntries(PLACES.map((place) => [place, new Float64Array(words.size)])) as Record<
    Place,
    Float64Array
  >;
  for (let row = 0; row < table.size; row++) {
    const length = table.length(row);
    for (let at = 0; at < length; at++) {
      const place: Place = at === length - 1 ? 'given' : at === 0 ? 'family' : 'middle';
      counts[place][table.name[row * MOST_WORDS + at]!]!++;
    }
  }
  return Object.fromEntries(
    PLACES.map((place) => {
      const toned = new Map<string, number>();
      const folded = new Map<string, number>();
      let total = 0;
      counts[place].forEach((count, id) => {
        if (count === 0) return;
        total += count;
        toned.set(words.toned[id]!, (toned.get(words.toned[id]!) ?? 0) + count);
        folded.set(words.folded[id]!, (folded.get(words.folded[id]!) ?? 0) + count);
      });
      return [place, { total: Math.max(1, total), toned, folded }];
    }),
  ) as NameCounts;
}
