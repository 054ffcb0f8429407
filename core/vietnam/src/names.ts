/**
 * A name as two spellings of it compare equal: no tones or marks (so old and new tone placement agree), đ as d,
 * final y after a consonant as i (Lý, Lí), small letters, single spaces.
 */
export function foldName(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/(?<=^| )(qu|[b-df-hj-np-tv-xz]*)y(?= |$)/g, '$1i');
}

/**
 * A name as it is shown: NFC, single spaces, and when it was written in capitals or small letters only, each word
 * with one capital (`NGUYỄN THỊ HOÀ` gives `Nguyễn Thị Hoà`). A name in mixed case is kept.
 */
export function displayName(text: string): string {
  const name = text.normalize('NFC').replace(/\s+/g, ' ').trim();
  const mixed = name !== name.toLocaleUpperCase('vi') && name !== name.toLocaleLowerCase('vi');
  if (mixed) return name;
  return name
    .toLocaleLowerCase('vi')
    .replace(
      /(^|[\s'’\-.(])(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toLocaleUpperCase('vi'),
    );
}

/** A Vietnamese name as FHIR HumanName: the family name is first, the name a person is called by is last. */
export function humanName(text: string): {
  use: 'official';
  text: string;
  family?: string;
  given?: string[];
} {
  const shown = displayName(text);
  const [family, ...given] = shown.split(' ');
  if (!family) return { use: 'official', text: shown };
  return given.length
    ? { use: 'official', text: shown, family, given }
    : { use: 'official', text: shown, given: [family] };
}
