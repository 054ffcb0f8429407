import { formatNumber, type Language } from '@yba/ui';
import type { Withdrawn } from './withdrawn.ts';

/** The value of something withdrawn as people of this language write numbers, with a space before it; '' without one. */
export function withdrawnValue({ value, unit }: Withdrawn, language: Language): string {
  const [, sign = '', digits] = /^([<>]=?)?(-?\d+(?:\.\d+)?)$/.exec(value) ?? [];
  const text = digits === undefined ? value : `${sign}${formatNumber(digits, language)}`;
  return text && ` ${text} ${unit}`.trimEnd();
}
