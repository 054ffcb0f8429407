import { readAddress } from './read-address.ts';
import { MOST_WORDS, readName } from './read-name.ts';
import { readBirth, readInsurance, readOldNumber, readPersonNumber, readPhone } from './read-numbers.ts';
import type { Registration } from './registration.ts';
import type { Rules } from './rules.ts';
import { Words } from './words.ts';

export const NEWBORN = 1;
/** No word of the name carries a mark: it may have been written without. */
export const PLAIN = 2;
export const TWIN = 4;
export const MOTHER_PLAIN = 8;

/** Registrations as columns of numbers: about 100 bytes each, compared without making an object. */
export class Table {
  readonly rules: Rules;
  readonly words: Words;
  size = 0;
  /** Words of the name, MOST_WORDS for each registration, 0 when it has fewer. */
  readonly name: Uint32Array;
  readonly mother: Uint32Array;
  readonly flags: Uint8Array;
  /** See readBirth. */
  readonly birth: Int32Array;
  /** 1 male, 2 female, 0 unknown. */
  readonly sex: Uint8Array;
  readonly person: Float64Array;
  readonly insurance: Float64Array;
  readonly old: Uint32Array;
  readonly phone: Uint32Array;
  readonly province: Uint8Array;
  readonly commune: Uint32Array;
  readonly line: Uint32Array;
  readonly #texts = new Map<string, number>();

  constructor(capacity: number, rules: Rules, words = new Words(rules)) {
    this.rules = rules;
    this.words = words;
    this.name = new Uint32Array(capacity * MOST_WORDS);
    this.mother = new Uint32Array(capacity * MOST_WORDS);
    this.flags = new Uint8Array(capacity);
    this.birth = new Int32Array(capacity);
    this.sex = new Uint8Array(capacity);
    this.person = new Float64Array(capacity);
    this.insurance = new Float64Array(capacity);
    this.old = new Uint32Array(capacity);
    this.phone = new Uint32Array(capacity);
    this.province = new Uint8Array(capacity);
    this.commune = new Uint32Array(capacity);
    this.line = new Uint32Array(capacity);
  }

  /** Adds a registration; answers its row. */
  add(registration: Registration): number {
    const row = this.size++;
    const { rules } = this;
    const read = readName(registration.name, rules);
    const mother = read.mother ?? (registration.mother ? readName(registration.mother, rules).words : []);
    this.#keep(this.name, row, read.words);
    this.#keep(this.mother, row, mother);
    this.flags[row] =
      (read.mother ? NEWBORN : 0) |
      (read.twin ? TWIN : 0) |
      (this.#isPlain(this.name, row) ? PLAIN : 0) |
      (this.#isPlain(this.mother, row) ? MOTHER_PLAIN : 0);
    this.birth[row] = readBirth(registration.birthDate);
    this.sex[row] = registration.sex === 'male' ? 1 : registration.sex === 'female' ? 2 : 0;
    this.person[row] = readPersonNumber(registration.personNumber, rules);
    this.old[row] = readOldNumber(registration.oldNumber, rules);
    this.insurance[row] = read.mother ? 0 : readInsurance(registration.insurance);
    this.phone[row] = readPhone(registration.phone);
    const address = readAddress(registration.address, rules);
    this.province[row] = address.province;
    this.commune[row] = this.#text(address.commune);
    this.line[row] = this.#text(address.line);
    if (rules.has('middle-sex') && this.sex[row] === 0) this.sex[row] = this.middleSex(row);
    return row;
  }

  /** Number of words in the name. */
  length(row: number, column = this.name): number {
    const from = row * MOST_WORDS;
    let length = 0;
    while (length < MOST_WORDS && column[from + length] !== 0) length++;
    return length;
  }

  /** What the middle word says of the sex: Văn 1, Thị 2, else 0. */
  middleSex(row: number): number {
    const from = row * MOST_WORDS;
    if (this.name[from + 2] === 0) return 0;
    const word = this.words.folded[this.name[from + 1]!];
    return word === 'van' ? 1 : word === 'thi' ? 2 : 0;
  }

  #keep(column: Uint32Array, row: number, words: readonly string[]): void {
    for (let at = 0; at < words.length && at < MOST_WORDS; at++)
      column[row * MOST_WORDS + at] = this.words.id(words[at]!);
  }

  #isPlain(column: Uint32Array, row: number): boolean {
    for (let at = 0; at < MOST_WORDS; at++)
      if (!this.words.plain[column[row * MOST_WORDS + at]!]) return false;
    return true;
  }

  #text(text: string): number {
    if (text === '') return 0;
    let id = this.#texts.get(text);
    if (id === undefined) this.#texts.set(text, (id = this.#texts.size + 1));
    return id;
  }
}
