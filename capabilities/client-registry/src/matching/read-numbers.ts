import type { Rules } from './rules.ts';

/** Digits of a person number; 0 when there is none that can be used. A lost leading zero is put back by itself. */
export function readPersonNumber(text: string | undefined, rules: Rules): number {
  const digits = digitsOf(text);
  if (digits.length === 12) return Number(digits);
  return digits.length === 11 && rules.has('old-numbers') ? Number(digits) : 0;
}

export function readOldNumber(text: string | undefined, rules: Rules): number {
  const digits = digitsOf(text);
  return digits.length === 9 && rules.has('old-numbers') ? Number(digits) : 0;
}

/** The ten digits that stay with a person; 0 for none, for letters, and for the card of a child without a number yet. */
export function readInsurance(text: string | undefined): number {
  const code = (text ?? '').replace(/[\s.-]/g, '').toUpperCase();
  if (!/^(?:[A-Z]{2}\d{3})?\d{10}$/.test(code)) return 0;
  return Number(code.slice(-10));
}

const NEW_PREFIX: Record<string, string> = {
  '0162': '032', '0163': '033', '0164': '034', '0165': '035', '0166': '036', '0167': '037', '0168': '038',
  '0169': '039', '0120': '070', '0121': '079', '0122': '077', '0126': '076', '0128': '078', '0123': '083',
  '0124': '084', '0125': '085', '0127': '081', '0129': '082', '0186': '056', '0188': '058', '0199': '059',
}; // prettier-ignore

/** A phone number without its leading zero, in the numbering since September 2018; 0 for none. */
export function readPhone(text: string | undefined): number {
  let digits = digitsOf(text);
  if (digits.startsWith('84') && digits.length >= 11) digits = `0${digits.slice(2)}`;
  const prefix = digits.length === 11 ? NEW_PREFIX[digits.slice(0, 4)] : undefined;
  if (prefix) digits = prefix + digits.slice(4);
  return /^0[1-9]\d{8}$/.test(digits) ? Number(digits) : 0;
}

/** The date as year × 10,000 + month × 100 + day, zero for what is not known; 0 for none. */
export function readBirth(date: string | undefined): number {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/.exec(date ?? '') ?? [];
  return year ? Number(year) * 10_000 + Number(month ?? 0) * 100 + Number(day ?? 0) : 0;
}

/** Whether one digit is wrong, or two neighbours are exchanged. */
export function isOneDigitOff(one: number, other: number, length: number): boolean {
  const [a, b] = [String(one).padStart(length, '0'), String(other).padStart(length, '0')];
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  if (a.slice(at + 1) === b.slice(at + 1)) return true;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

const digitsOf = (text: string | undefined): string => (text ?? '').replace(/\D/g, '');

/** Whether two person numbers are more than one slip apart. */
export const isOtherNumber = (one: number, other: number): boolean =>
  one !== other && !isOneDigitOff(one, other, 12);
