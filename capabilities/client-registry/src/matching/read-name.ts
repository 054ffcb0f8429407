import type { Rules } from './rules.ts';

/** A name taken apart into words as written; for a newborn under the mother's name, `mother` are the words. */
export type NameWords = { words: string[]; mother?: string[]; twin?: boolean };

/** Most words of a name that are looked at. */
export const MOST_WORDS = 6;

/** CON BÀ, CB, bé con bà, sơ sinh con bà, con của bà: and then the mother's name, of twins with a number behind. */
const NEWBORN = /^(?:(?:be|so sinh|ss|tre so sinh)\s+)*(?:con\s+(?:cua\s+)?(?:ba|chi|san phu)|cb)\s+/;

/** Reads a name. Never fails: what is no word is left out. */
export function readName(text: string, rules: Rules): NameWords {
  const words = split(rules.has('unicode') ? text.normalize('NFC') : text);
  if (!rules.has('newborn')) return { words: words.slice(0, MOST_WORDS) };
  const folded = bare(words.join(' '));
  const prefix = NEWBORN.exec(folded)?.[0];
  if (!prefix) return { words: words.slice(0, MOST_WORDS) };
  const behind = words.slice(prefix.trim().split(/\s+/).length);
  const order = /^(\d|[abc]|i{1,3})$/i.test(behind.at(-1) ?? '');
  return { words: [], mother: (order ? behind.slice(0, -1) : behind).slice(0, MOST_WORDS), twin: order };
}

const split = (text: string): string[] =>
  text
    .replace(/[\u200b-\u200d\ufeff]/g, '')
    .split(/[^\p{L}\p{N}\p{M}’']+/u)
    .filter((word) => word !== '');

const bare = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase();
