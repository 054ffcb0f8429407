const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;

const RHYME =
  'a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iêu|iu|oa|oă|oai|oao|oay|oe|oeo|oi|oo|ôi|ơi|ua|uâ|uây|uê|' +
  'uêu|ui|uô|uôi|uơ|uy|uya|uyê|uyu|ưa|ươ|ươi|ươu|ưi|ưu|yê|yêu';
const SYLLABLE = new RegExp(
  `^(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|r|s|th|tr|t|v|x)?(?:${RHYME})(?:ch|c|m|ng|nh|n|p|t)?$`,
);

/** Whether a word could be one of Vietnamese: an onset, a rhyme, at most one tone. Case does not matter. */
export function isSyllable(word: string): boolean {
  const apart = word.toLowerCase().normalize('NFD');
  const tones = apart.match(TONES)?.length ?? 0;
  return tones <= 1 && SYLLABLE.test(apart.replace(TONES, '').normalize('NFC'));
}

/** Whether a word carries a mark that only Vietnamese spelling puts there: a tone, a horn, a stroke. */
export const hasMarks = (word: string): boolean => /[^\u0000-\u007f]/.test(word);
