import { isVague } from './compare.ts';
import { MOST_WORDS } from './read-name.ts';
import type { Table } from './table.ts';

/** A way to find rows worth comparing: rows with equal keys meet; 0 meets nobody. */
export type Key = { name: string; of(table: Table, row: number): number };

/** Several keys, so that a slip in one place is met by another. The surest first. */
export const KEYS: readonly Key[] = [
  { name: 'person number', of: ({ person }, row) => whole(1, person[row]!) },
  { name: 'insurance number', of: ({ insurance }, row) => whole(2, insurance[row]!) },
  { name: 'old number', of: ({ old }, row) => whole(3, old[row]!) },
  {
    name: 'all words of the name, birth year',
    of: (table, row) => mix(4, nameKey(table, row), Math.floor(table.birth[row]! / 10_000)),
  },
  { name: 'given name, day of birth', of: (table, row) => mix(5, givenKey(table, row), dayOf(table, row)) },
  {
    name: 'phone, birth year',
    of: (table, row) => mix(6, table.phone[row]!, Math.floor(table.birth[row]! / 10_000)),
  },
  { name: 'phone, given name', of: (table, row) => mix(7, table.phone[row]!, givenKey(table, row)) },
  {
    name: 'all words of the name, commune',
    of: (table, row) => mix(8, nameKey(table, row), table.commune[row]!),
  },
  {
    name: 'all words of the name, day and month of birth',
    of: (table, row) => mix(9, nameKey(table, row), dayOf(table, row) % 10_000),
  },
  {
    name: 'day of birth, province, sex',
    of: (table, row) => mix(10, dayOf(table, row), table.province[row]! * 3 + table.sex[row]!),
  },
  { name: 'mother, day of birth', of: (table, row) => mix(11, motherKey(table, row), dayOf(table, row)) },
  {
    name: 'day of birth, line of the address',
    of: (table, row) => mix(12, dayOf(table, row), table.line[row]!),
  },
];

/** For one who asks with little: too large to compare everybody with everybody. */
export const NARROW_KEYS: readonly Key[] = [
  {
    name: 'given name, birth year',
    of: (table, row) => mix(13, givenKey(table, row), Math.floor(table.birth[row]! / 10_000)),
  },
];

/** Rows of one block above which a key is no use and its block is passed over. */
export const LARGEST_BLOCK = 120;

const whole = (seed: number, number: number): number =>
  mix(seed, number % 0x1_0000_0000, 1 + Math.floor(number / 0x1_0000_0000), number === 0);

/** Mixes two numbers; 0 when one of them is. Source: the finaliser of MurmurHash3. */
function mix(seed: number, one: number, other: number, isNone = one === 0 || other === 0): number {
  if (isNone) return 0;
  let hash = Math.imul(seed, 0x9e3779b1) ^ one;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + other, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 16)) >>> 0 || 1;
}

const REGIONAL: Record<string, string> = { huynh: 'hoang', vo: 'vu' };
const foldKeys = new WeakMap<object, number[]>();

/** A number of the letters of a word, the same in every table. */
function foldKey({ words }: Table, id: number): number {
  let known = foldKeys.get(words);
  if (!known) foldKeys.set(words, (known = []));
  return (known[id] ??= textKey(words.folded[id]!));
}

export function textKey(text: string): number {
  const word = REGIONAL[text] ?? text;
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** All words whatever their order; 0 for a name of one word. */
function nameKey(table: Table, row: number): number {
  let [sum, product] = [0, 1];
  const length = table.length(row);
  if (length < 2) return 0;
  for (let at = 0; at < length; at++) {
    const key = foldKey(table, table.name[row * MOST_WORDS + at]!);
    sum = (sum + key) | 0;
    product = Math.imul(product, key | 1);
  }
  return mix(20, sum >>> 0 || 1, product >>> 0 || 1);
}

function givenKey(table: Table, row: number): number {
  const length = table.length(row);
  return length === 0 ? 0 : foldKey(table, table.name[row * MOST_WORDS + length - 1]!);
}

function motherKey(table: Table, row: number): number {
  const length = table.length(row, table.mother);
  if (length < 2) return 0;
  const from = row * MOST_WORDS;
  return mix(21, foldKey(table, table.mother[from]!), foldKey(table, table.mother[from + length - 1]!));
}

/** The day of birth when it tells anything. */
const dayOf = ({ birth, rules }: Table, row: number): number =>
  isVague(birth[row]!, rules.has('vague-birth')) ? 0 : birth[row]!;
