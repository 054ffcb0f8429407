import { ALL_RULES, KEYS, NARROW_KEYS, Table, Words } from '../matching/index.ts';
import type { Registration } from '../matching/index.ts';

/** Words of names seen by this process are kept, up to here: names repeat. */
const MOST_WORDS_KEPT = 200_000;

let words = new Words(ALL_RULES);

/** An empty table over the words this process knows. */
export function newTable(capacity: number): Table {
  if (words.size > MOST_WORDS_KEPT) words = new Words(ALL_RULES);
  return new Table(capacity, ALL_RULES, words);
}

/** The hashed keys by which a registration is found, each once; int4. */
export function indexKeys(registration: Registration): number[] {
  const table = newTable(1);
  table.add(registration);
  return keysOf(table, 0);
}

/** The keys of a row, the surest first. */
export function keysOf(table: Table, row: number): number[] {
  const keys = [...KEYS, ...NARROW_KEYS].map(({ of }) => of(table, row) | 0);
  return [...new Set(keys)].filter((key) => key !== 0);
}
