import type { WordsSearch } from './search-request.ts';
import { fold } from './fold.ts';

const words = /[\p{L}\p{M}\p{N}]+/gu;

/** `_text` and `_content`: parameters that look at words instead of an element. */
export function isFullText(code: string): boolean {
  return code === '_text' || code === '_content';
}

/** Words of a query; those in "double quotes" stand side by side. Undefined when there is none. */
export function parseWords(text: string): WordsSearch | undefined {
  const phrases: string[][] = [];
  for (const [at, part] of text.split('"').entries()) {
    const found = wordsOf(part);
    if (at % 2 === 1) phrases.push(found);
    else phrases.push(...found.map((word) => [word]));
  }
  const some = phrases.filter((phrase) => phrase.length > 0);
  return some.length > 0 ? { kind: 'words', phrases: some } : undefined;
}

/**
 * True when the text holds every phrase. A word written without marks finds it with any: `benh` finds bệnh; one written
 * with marks finds those marks, wherever the tone mark stands, and a text that was typed without any.
 */
export function holdsWords({ phrases }: WordsSearch, text: string): boolean {
  const found = wordsOf(text).map(wordForms);
  return phrases.every((phrase) => {
    const wanted = phrase.map(wordForms);
    return found.some((_, at) =>
      wanted.every((word, n) => found[at + n] !== undefined && isSame(word, found[at + n]!)),
    );
  });
}

type Forms = { plain: string; marks: string };

const isSame = (wanted: Forms, found: Forms) =>
  wanted.plain === found.plain && (wanted.marks === '' || found.marks === '' || wanted.marks === found.marks);

/** A word without its marks, and its marks apart, in one order: hoà and hòa are the same. */
function wordForms(word: string): Forms {
  const plain = fold(word);
  if (plain === word.toLowerCase()) return { plain, marks: '' };
  const lower = word.normalize('NFD').toLowerCase();
  const tone = /[\u0300\u0301\u0303\u0309\u0323]/u.exec(lower)?.[0] ?? '';
  return { plain, marks: lower.replace(tone, '') + tone };
}

function wordsOf(text: string): string[] {
  return text.match(words) ?? [];
}
