/**
 * What is certain of ICD-10 without its list: how its chapters and notes bound the use of a code. Categories are compared as
 * texts of three characters. Source: WHO ICD-10 volume 1 (notes at blocks and chapters) and volume 2, 4.4
 */

type Range = readonly [from: string, to: string];
const within = (category: string, ranges: readonly Range[]) =>
  ranges.some(([from, to]) => category >= from && category <= to);

/** Pregnancy and birth, female genital organs, and encounters for them. */
const FEMALE: readonly Range[] = [
  ['C51', 'C58'],
  ['D25', 'D28'],
  ['N70', 'N77'],
  ['N80', 'N98'],
  ['O00', 'O99'],
  ['Z32', 'Z36'],
  ['Z39', 'Z39'],
];
const MALE: readonly Range[] = [
  ['C60', 'C63'],
  ['D29', 'D29'],
  ['N40', 'N51'],
];
/** Agents, manifestations and external causes, which stand beside another code. */
const NEVER_PRINCIPAL: readonly Range[] = [
  ['B95', 'B98'],
  ['U82', 'U85'],
  ['V01', 'Y98'],
  ['Z37', 'Z37'],
];

/** The category, `J18` of `J18.9`. */
export const categoryOf = (code: string): string => code.slice(0, 3).toUpperCase();

/** The only sex a code is about; undefined for both. */
export const sexOf = (code: string): 'male' | 'female' | undefined =>
  within(categoryOf(code), FEMALE) ? 'female' : within(categoryOf(code), MALE) ? 'male' : undefined;

/** Whether a code stands only beside another: `*`, agents, external causes. */
export const isNeverPrincipal = (code: string): boolean =>
  code.endsWith('*') || within(categoryOf(code), NEVER_PRINCIPAL);
