import type { Words } from '../rules/rule.ts';

/** Amounts as whole numbers of 10⁻⁶ đồng: no digit is lost, and there is one way to add. */
export type Money = bigint;

const PLACES = 6;
const UNIT = 10n ** BigInt(PLACES);
/** Half of the last digit the standard keeps of an amount, twice over: 0.01 đồng. */
export const CENT = UNIT / 100n;
export const DONG = UNIT;

/** A number of a dossier as written; undefined when it is none. Empty is nothing: 0. */
export function money(text: string | undefined): Money | undefined {
  if (!text) return 0n;
  const [, whole, part = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || part.length > PLACES) return undefined;
  return BigInt(whole) * UNIT + BigInt(part.padEnd(PLACES, '0'));
}

/** The product of two numbers, kept exactly to the last of the places. */
export const times = (a: Money, b: Money): Money => (a * b + UNIT / 2n) / UNIT;

/** So many percent of an amount. */
export const percent = (a: Money, rate: Money): Money => times(a, rate) / 100n;

/** Rounded half up to two decimals, as the standard writes amounts. */
export const rounded = (a: Money): Money => ((a + CENT / 2n) / CENT) * CENT;

export const apart = (a: Money, b: Money): Money => (a > b ? a - b : b - a);

/** An amount as Vietnamese and English people write it. */
export function written(a: Money): Words {
  const [whole, part] = [a / UNIT, ((a % UNIT) + UNIT) % UNIT];
  const cents = (part / CENT).toString().padStart(2, '0').replace(/0+$/, '');
  const grouped = (mark: string) => whole.toString().replace(/\B(?=(\d{3})+(?!\d))/g, mark);
  return {
    vi: `${grouped('.')}${cents ? `,${cents}` : ''} đ`,
    en: `${grouped(',')}${cents ? `.${cents}` : ''} VND`,
  };
}
