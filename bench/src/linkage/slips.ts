import type { Chance } from './chance.ts';

/** Slips of the hand, the ear and the software, each on a text. Answer the text unchanged where none can happen. */

const LETTERS = 'abcdeghiklmnopqrstuvxy';

/** Without any mark; đ as d. */
export const withoutMarks = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D');

/** One letter missing, doubled, replaced, or exchanged with its neighbour; never in the first place. */
export function typo(chance: Chance, text: string): string {
  const spots = [...text.matchAll(/(?<=\p{L})\p{L}/gu)].map(({ index }) => index);
  if (spots.length < 2) return text;
  const at = chance.pick(spots);
  const [before, letter, after] = [text.slice(0, at), text[at]!, text.slice(at + 1)];
  switch (chance.whole(0, 3)) {
    case 0:
      return before + after;
    case 1:
      return before + letter + letter + after;
    case 2:
      return before + chance.pick([...LETTERS]) + after;
    default:
      return /^\p{L}/u.test(after) ? before + after[0] + letter + after.slice(1) : before + after;
  }
}

const TONES = ['', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'];

/** One word with another tone or none. */
export function wrongTone(chance: Chance, text: string): string {
  const words = text.split(' ');
  const at = chance.whole(0, words.length - 1);
  const bare = words[at]!.normalize('NFD');
  const toned = /[\u0300\u0301\u0303\u0309\u0323]/.exec(bare);
  const tone = chance.pick(TONES.filter((each) => each !== (toned?.[0] ?? '')));
  if (toned) words[at] = bare.replace(toned[0], chance.happens(0.6) ? '' : tone).normalize('NFC');
  else words[at] = bare.replace(/[aeiouyAEIOUY]/, (vowel) => vowel + tone).normalize('NFC');
  return words.join(' ');
}

const MISHEARD: readonly (readonly [RegExp, string])[] = [
  [/\bx/i, 's'],
  [/\bs(?!i)/i, 'x'],
  [/\btr/i, 'ch'],
  [/\bch/i, 'tr'],
  [/\bd(?=[aeiouư])/i, 'gi'],
  [/\bl/i, 'n'],
  [/\bn(?![gh])/i, 'l'],
  [/n$/i, 'ng'],
  [/ng$/i, 'n'],
  [/t$/i, 'c'],
  [/c$/i, 't'],
];

/** The last word as somebody else hears it. */
export function misheard(chance: Chance, text: string): string {
  const words = text.split(' ');
  const last = words.at(-1)!;
  const able = MISHEARD.filter(([from]) => from.test(last));
  if (able.length === 0) return text;
  const [from, to] = chance.pick(able);
  const heard = last.replace(from, to);
  words[words.length - 1] = heard[0]!.toLocaleUpperCase('vi') + heard.slice(1);
  return words.join(' ');
}

/** hoà, thuý, khoẻ: the tone on the last vowel, as newer spelling has it. */
export const newTonePlacement = (text: string): string =>
  text.replace(/\p{L}+/gu, (word) =>
    word
      .normalize('NFD')
      .replace(/(?<!q)(o|u)([\u0300\u0301\u0303\u0309\u0323])(a|e|y)$/i, '$1$3$2')
      .normalize('NFC'),
  );

export const iForY = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/(?<=\b[hklmst])y(?=\p{M}*(\s|$))/giu, (y) => (y === 'Y' ? 'I' : 'i'))
    .normalize('NFC');

const TELEX: Record<string, string> = {
  '\u0300': 'f',
  '\u0301': 's',
  '\u0303': 'x',
  '\u0309': 'r',
  '\u0323': 'j',
};
const VNI: Record<string, string> = {
  '\u0300': '2',
  '\u0301': '1',
  '\u0303': '4',
  '\u0309': '3',
  '\u0323': '5',
};

/** One word left as it was typed, before the keyboard software turned it into letters. */
export function unconverted(chance: Chance, text: string, how: 'telex' | 'vni'): string {
  const words = text.split(' ');
  const marked = words.flatMap((word, at) => (withoutMarks(word) === word ? [] : [at]));
  if (marked.length === 0) return text;
  const at = chance.pick(marked);
  let tone = '';
  const bare = words[at]!.normalize('NFD')
    .replace(/[\u0300\u0301\u0303\u0309\u0323]/g, (mark) => {
      tone = (how === 'telex' ? TELEX : VNI)[mark]!;
      return '';
    })
    .normalize('NFC')
    .replace(/[âêôăơưđ]/gi, (letter) => {
      const plain = withoutMarks(letter);
      if (how === 'telex') return plain + (/[âêôđ]/i.test(letter) ? plain.toLowerCase() : 'w');
      return plain + (/[âêô]/i.test(letter) ? '6' : /ă/i.test(letter) ? '8' : /đ/i.test(letter) ? '9' : '7');
    });
  words[at] = bare + tone;
  return words.join(' ');
}

/** One digit replaced, or two exchanged. */
export function wrongDigit(chance: Chance, digits: string): string {
  const at = chance.whole(0, digits.length - 2);
  if (chance.happens(0.35) && digits[at] !== digits[at + 1])
    return digits.slice(0, at) + digits[at + 1] + digits[at] + digits.slice(at + 2);
  return digits.slice(0, at) + String((Number(digits[at]) + chance.whole(1, 9)) % 10) + digits.slice(at + 1);
}

/** House and street as another clerk writes them. */
export const rewriteLine = (chance: Chance, line: string): string =>
  chance.pick([
    line.replace(/^Số /, '').replace(' đường ', ' '),
    line.replace('Tổ dân phố', 'TDP').replace('Khu phố', 'KP').replace(' đường ', ', '),
    line.toLocaleUpperCase('vi'),
    line.replace(/^Thôn /, '').replace(/^Ấp /, ''),
  ]);
