import type { Language } from './dates.ts';

/** Digits after the point that a number needs to be shown whole (at most 3). */
export const decimalsOf = (value: number): number => {
  const [, fraction = ''] = String(value).split('.');
  return Math.min(fraction.length, 3);
};

/** A number as people write it: `1.284,5` in Vietnamese, `1,284.5` in English. */
export const showNumber = (value: number, language: Language, decimals = decimalsOf(value)): string =>
  new Intl.NumberFormat(language === 'vi' ? 'vi-VN' : 'en-GB', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: Math.max(decimals, 3),
  }).format(value);
