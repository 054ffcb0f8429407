import { hasMarks, isSyllable } from './syllable.ts';

/** How text was spoilt: read with the letters of an old font, or encoded as UTF-8 once too often. */
export type Spoilt = 'TCVN3' | 'VNI' | 'UTF-8 twice';

/** Letters of TCVN3 (ABC) fonts as Latin-1 shows them, each with the letter it stands for. Source: TCVN 5712:1993 */
const tcvn3 = pairs(
  '¡Ă¢Â£Ê¤Ô¥Ơ¦Ư§Đ¨ă©âªê«ô¬ơ\u00adư®đµà¶ả·ã¸á¹ạ»ằ¼ẳ½ẵ¾ắÆặÇầÈẩÉẫÊấËậÌèÎẻÏẽÐéÑẹÒềÓểÔễÕếÖệ×ìØỉÜĩÝíÞịßòáỏâõãóäọåồæổçỗèốéộêờëởìỡíớîợïùñủòũóúôụõừöử÷ữøứùựúỳûỷüỹýýþỵ',
);

/** Marks that VNI fonts write after a vowel, by vowel. Source: VNI-Windows table */
const vniMarks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  a: pairs('øàùáûảõãïạââàầáấåẩãẫäậêăèằéắúẳüẵëặ'),
  e: pairs('øèùéûẻõẽïẹâêàềáếåểãễäệ'),
  o: pairs('øòùóûỏõõïọâôàồáốåổãỗäộ'),
  u: pairs('øùùúûủõũïụ'),
  y: pairs('øỳùýûỷõỹ'),
  ô: pairs('øờùớûởõỡïợ'),
  ö: pairs('øừùứûửõữïự'),
};
const vniAlone = pairs('ôơöưíííìììæỉóĩòịîỵñđÑĐÔƠÖƯ');

function pairs(text: string): Readonly<Record<string, string>> {
  const letters = [...text];
  return Object.fromEntries(
    letters.flatMap((letter, at) => (at % 2 === 0 ? [[letter, letters[at + 1]!]] : [])),
  );
}

const fromTcvn3 = (word: string) => [...word].map((letter) => tcvn3[letter] ?? letter).join('');

function fromVni(word: string): string {
  let text = '';
  for (let at = 0; at < word.length; at++) {
    const letter = word[at]!;
    const mark = vniMarks[letter.toLowerCase()]?.[(word[at + 1] ?? '').toLowerCase()];
    const alone = vniAlone[letter];
    if (mark) {
      text += letter === letter.toLowerCase() ? mark : mark.toUpperCase();
      at++;
    } else text += alone ?? letter;
  }
  return text;
}

const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function fromTwice(text: string): string {
  const bytes = [...text].map((letter) => {
    const code = letter.codePointAt(0)!;
    const high = WINDOWS_1252.indexOf(letter);
    return code < 256 ? code : high >= 0 ? 0x80 + high : -1;
  });
  if (bytes.includes(-1)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return text;
  }
}

const words = (text: string) => text.split(/[\s\u0021-\u0040[\]{}|~\\^_`]+/).filter((word) => word !== '');

/**
 * How a text was spoilt and what it says, or undefined when it reads well. Judged by Vietnamese spelling: every word
 * with marks that is no syllable as it stands must become one when it is read anew.
 */
export function spoiltText(text: string): { how: Spoilt; reads: string } | undefined {
  if (!/[\u0080-\u02ff]/.test(text)) return undefined;
  const twice = fromTwice(text);
  if (twice !== text && words(twice).some((word) => hasMarks(word) && isSyllable(word)))
    return { how: 'UTF-8 twice', reads: twice.normalize('NFC') };
  for (const [how, read] of [
    ['TCVN3', fromTcvn3],
    ['VNI', fromVni],
  ] as const) {
    const reads = readsAnew(text, read);
    if (reads !== undefined) return { how, reads };
  }
  return undefined;
}

function readsAnew(text: string, read: (word: string) => string): string | undefined {
  let mended = 0;
  let plain = true;
  for (const word of words(text)) {
    if (!hasMarks(word)) {
      plain &&= isSyllable(word) || word.length === 1;
      continue;
    }
    if (isSyllable(word)) continue; // “Thò” reads well either way
    const anew = read(word);
    if (anew === word || !isSyllable(anew) || !/[A-Za-z]/.test(word)) return undefined;
    mended++;
  }
  if (mended === 0 || (mended === 1 && !plain)) return undefined;
  return text.replace(/[^\s\u0021-\u0040]+/g, (word) => (hasMarks(word) ? read(word) : word));
}
