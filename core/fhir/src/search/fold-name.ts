import { fold } from './fold.ts';

const notWord = /[^\p{L}\p{N}]+/u;

/** Syllables whose last vowel is written y or i: Lý and Lí, Mỹ and Mĩ, Quý and Quí. Thy and Thi are two names. */
const eitherVowel = /(^|[^\p{L}\p{N}])(qu|[hklmstv])y(?![\p{L}\p{N}])/gu;

/** A name as it is compared: folded, and one spelling where y and i are both in use. */
export function foldName(text: string): string {
  return fold(text).replace(eitherVowel, '$1$2i');
}

/** The words of a name as they are compared. */
export function foldedNameWords(text: string): string[] {
  return foldName(text)
    .split(notWord)
    .filter((word) => word !== '');
}
