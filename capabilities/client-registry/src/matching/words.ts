import { similar } from './similar.ts';
import type { Rules } from './rules.ts';

const TONE: Record<string, string> = {
  '\u0300': '2',
  '\u0301': '1',
  '\u0303': '4',
  '\u0309': '3',
  '\u0323': '5',
};

/**
 * The words of names, each known once by a number. `toned` keeps letters and tone, wherever the tone was written;
 * `folded` has no marks at all.
 */
export class Words {
  readonly #rules: Rules;
  readonly #ids = new Map<string, number>();
  readonly #folds = new Map<string, number>();
  readonly #similar = new Map<number, boolean>();
  readonly toned: string[] = [''];
  readonly folded: string[] = [''];
  /** Number shared by all words with the same letters without marks. */
  readonly fold: number[] = [0];
  /** Whether nothing of the word is lost when marks are. */
  readonly plain: boolean[] = [true];
  /** Whether it was left half typed, and says nothing of marks. */
  readonly unsure: boolean[] = [false];

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Number of a word as written; 0 for none. */
  id(written: string): number {
    const known = this.#ids.get(written);
    if (known !== undefined) return known;
    const { toned, folded, unsure } = readWord(written, this.#rules);
    const key = `${unsure ? '?' : ''}${toned}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.toned.length;
      this.toned.push(toned);
      this.folded.push(folded);
      this.plain.push(toned === folded);
      this.unsure.push(unsure);
      let fold = this.#folds.get(folded);
      if (fold === undefined) this.#folds.set(folded, (fold = this.#folds.size + 1));
      this.fold.push(fold);
      this.#ids.set(key, id);
    }
    this.#ids.set(written, id);
    return id;
  }

  get size(): number {
    return this.toned.length;
  }

  /** Whether one slip of hand or ear, or a lost mark, makes one word the other. */
  similar(one: number, other: number): boolean {
    if (this.fold[one] === this.fold[other]) return true;
    if (!this.#rules.has('similar-words')) return false;
    const key = one < other ? one * 0x400000 + other : other * 0x400000 + one;
    let answer = this.#similar.get(key);
    if (answer === undefined) {
      if (this.#similar.size > 2_000_000) this.#similar.clear();
      this.#similar.set(key, (answer = similar(this.folded[one]!, this.folded[other]!)));
    }
    return answer;
  }
}

function readWord(written: string, rules: Rules): { toned: string; folded: string; unsure: boolean } {
  let word = (rules.has('unicode') ? written.normalize('NFC').replace(/[Ðð]/g, 'đ') : written).toLowerCase();
  let unsure = false;
  if (rules.has('typing-leftovers')) {
    const typed = typedLetters(word);
    unsure = typed !== word;
    word = typed;
  }
  if (rules.has('i-y')) word = yToI(word);
  const folded = rules.has('missing-marks') ? withoutMarks(word, rules) : word;
  return { toned: rules.has('tone-placement') ? toneLast(word) : word, folded, unsure };
}

/** Letters alone of what Telex or VNI typing left behind; the word itself when nothing was left. */
function typedLetters(word: string): string {
  if (/^[a-zà-ỹđ]+\d[a-z\d]*$/u.test(word)) return word.replace(/\d/g, '');
  if (!/^[a-zđ]+$/.test(word) || !/[fjw]|(?<=[aeiouy])[srx]|aa|ee|oo|dd/.test(word)) return word;
  const letters = word
    .replace(/w/g, '')
    .replace(/([aeod])\1/g, '$1')
    .replace(/(?<=[aeiouy][a-z]*)[sfrxj]/g, '');
  return letters === '' ? word : letters;
}

const yToI = (word: string): string =>
  /^[^aeiou]*y\p{M}*$/iu.test(word.normalize('NFD'))
    ? word
        .normalize('NFD')
        .replace(/(?<=[hklmst])y(?=\p{M}*$)/u, 'i')
        .normalize('NFC')
    : word;

/** The tone taken out of the word and written behind it: hoà and hòa are hoa2. */
function toneLast(word: string): string {
  let tone = '';
  const bare = Array.from(word, (letter) => {
    const [base, ...marks] = letter.normalize('NFD');
    const kept = marks.filter((mark) => {
      if (!TONE[mark]) return true;
      tone = TONE[mark];
      return false;
    });
    return (base + kept.join('')).normalize('NFC');
  });
  return bare.join('') + tone;
}

function withoutMarks(word: string, rules: Rules): string {
  const bare = rules.has('unicode')
    ? word.normalize('NFD').replace(/\p{M}/gu, '')
    : Array.from(word, (letter) => letter.normalize('NFD')[0]).join('');
  return rules.has('d-stroke') ? bare.replace(/đ/g, 'd') : bare;
}
