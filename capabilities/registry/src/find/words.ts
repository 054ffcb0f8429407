import { foldedNameWords } from '@yba/fhir';

/** Longest key kept: what is typed is shorter. */
const KEY_LENGTH = 80;

/** Words of a name that are indexed; more make no name easier to find. */
const WORDS = 16;

/**
 * The keys an entry is found by: each word of its names and codes, folded, followed by all words of that text. A range
 * scan over the first word tells of the others without a look elsewhere.
 */
export function keysOf(texts: readonly string[]): string[] {
  const keys = new Set<string>();
  for (const text of texts) {
    const words = foldedNameWords(text).slice(0, WORDS);
    for (const [at, word] of words.entries())
      keys.add([word, ...words.slice(at + 1), ...words.slice(0, at)].join(' ').slice(0, KEY_LENGTH));
  }
  return [...keys];
}

/** What was typed as words that begin words of an entry; eight at most. */
export const typedWords = (text: string): string[] => [...new Set(foldedNameWords(text))].slice(0, 8);
