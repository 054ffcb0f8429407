const combining = /\p{M}+/gu;
/** Đ, and the letter eth that looks like it in capitals: texts brought over from older encodings have Ð for Đ. */
const dStroke = /[đĐðÐ]/g;
const notWord = /[^\p{L}\p{N}]+/u;
// oxlint-disable-next-line no-control-regex -- the range of ASCII is meant
const ascii = /^[\x00-\x7f]*$/;

/**
 * Text as string search compares it: lower case, without any diacritics, spaces run together.
 * `Nguyễn  Thị Hòa`, `nguyen thi hoà` and `NGUYEN THI HOA` are one; đ is d, also where it was typed as ð, ư is u, ơ is o.
 * Source: https://hl7.org/fhir/R4/search.html#string
 */
export function fold(text: string): string {
  const plain = ascii.test(text) ? text : text.normalize('NFD').replace(combining, '').replace(dStroke, 'd');
  return plain.toLowerCase().replace(/\s+/g, ' ').trim();
}

/** The words of a text, folded: letters and digits between anything else. */
export function foldedWords(text: string): string[] {
  return fold(text)
    .split(notWord)
    .filter((word) => word !== '');
}
