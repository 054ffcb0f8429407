/**
 * What the matcher knows of Vietnamese registrations, each a rule that can be switched off, so that a table can show
 * what each one gives.
 */
export const RULES = [
  'unicode', // composed and decomposed letters are the same; Icelandic Ð is Đ
  'tone-placement', // hoà is hòa
  'i-y', // Lí is Lý
  'd-stroke', // d may stand for đ
  'typing-leftovers', // Nguyeexn and Nguye64n are Nguyễn typed before the keyboard software woke
  'missing-marks', // NGUYEN may be Nguyễn
  'similar-words', // one slip of the hand or the ear
  'name-order', // given name written first
  'middle-sex', // Thị and Văn tell the sex: they are no second witness of it, and stand in where it is missing
  'regional-family', // Hoàng and Huỳnh, Vũ and Võ
  'vague-birth', // only the year, or 1 January, of one who knows no more
  'newborn', // CON BÀ with the mother's name is a child, not its mother
  'twins', // same birth and household with names one slip apart are two children until a number says else
  'old-numbers', // 9-digit numbers lead to 12-digit ones; a lost leading zero is put back
  'shared-phones', // a phone, address or mother is the household's: it tells no brothers apart
  'address-succession', // provinces of before July 2025 lie in those of today
  'name-frequency', // to agree on a rare name says more than to agree on Nguyễn
] as const;

export type Rule = (typeof RULES)[number];

export type Rules = ReadonlySet<Rule>;

export const ALL_RULES: Rules = new Set(RULES);
