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
function keysOf(
  table: Table,
  row: number,
  which: readonly (typeof KEYS)[number][] = [...KEYS, ...NARROW_KEYS],
): number[] {
  const keys = which.map(({ of }) => of(table, row) | 0);
  return [...new Set(keys)].filter((key) => key !== 0);
}

/** The keys to ask for with a registration: the narrow ones when it says too little for the others. */
export function askedKeys(registration: Registration): number[] {
  const table = newTable(1);
  table.add(registration);
  const keys = keysOf(table, 0, KEYS);
  return keys.length > 0 ? keys : keysOf(table, 0, NARROW_KEYS);
}
