/** Codes of the 63 provinces before July 2025; person numbers keep them for life. */
const birthProvinces = new Set(
  (
    '01 02 04 06 08 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 48 49 51 52 ' +
    '54 56 58 60 62 64 66 67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 96'
  ).split(' '),
);

export type Sex = 'male' | 'female';

/** What a person number says about its holder; `warnings` never make it invalid. */
export type PersonNumber =
  | {
      valid: true;
      number: string;
      /** 2-digit code in the province list before July 2025; absent for a country block or an unknown prefix. */
      province?: string;
      sex: Sex;
      birthYear: number;
      warnings: PersonNumberWarning[];
    }
  | { valid: false; why: 'length' | 'characters' };

export type PersonNumberWarning = 'birth-province' | 'sex' | 'birth-year' | 'future-birth';

/**
 * Reads a 12-digit person number. Spaces, dots and hyphens a person types are ignored. What is `known` of the
 * person is compared, as a warning only: sex corrections and re-issued numbers exist, and there is no check digit.
 */
export function parsePersonNumber(
  text: string,
  known: { gender?: string; birthDate?: string; year?: number } = {},
): PersonNumber {
  const number = text.replace(/[\s.\-\u200b\ufeff]/g, '');
  if (!/^\d*$/.test(number)) return { valid: false, why: 'characters' };
  if (number.length !== 12) return { valid: false, why: 'length' };
  const era = Number(number[3]);
  const sex: Sex = era % 2 === 0 ? 'male' : 'female';
  const birthYear = 1900 + Math.floor(era / 2) * 100 + Number(number.slice(4, 6));
  const prefix = number.slice(1, 3);
  const province = number.startsWith('0') && birthProvinces.has(prefix) ? prefix : undefined;

  const warnings: PersonNumberWarning[] = [];
  if (number.startsWith('0') && !province) warnings.push('birth-province');
  if ((known.gender === 'male' || known.gender === 'female') && known.gender !== sex) warnings.push('sex');
  if (known.birthDate && Number(known.birthDate.slice(0, 4)) !== birthYear) warnings.push('birth-year');
  if (birthYear > (known.year ?? new Date().getFullYear())) warnings.push('future-birth');
  return { valid: true, number, ...(province ? { province } : {}), sex, birthYear, warnings };
}

/**
 * A person number with these facts. `province` is a 2-digit code of the list before July 2025, `serial` 0 to
 * 999,999. Throws RangeError when a part does not fit.
 */
export function makePersonNumber(of: {
  province: string;
  sex: Sex;
  birthYear: number;
  serial: number;
}): string {
  const century = Math.floor(of.birthYear / 100) - 19;
  if (!birthProvinces.has(of.province)) throw new RangeError(`no birth province ${of.province}`);
  if (century < 0 || century > 4) throw new RangeError(`no century digit for ${of.birthYear}`);
  if (!Number.isInteger(of.serial) || of.serial < 0 || of.serial > 999_999) throw new RangeError('serial');
  const digit = century * 2 + (of.sex === 'female' ? 1 : 0);
  const year = String(of.birthYear % 100).padStart(2, '0');
  return `0${of.province}${digit}${year}${String(of.serial).padStart(6, '0')}`;
}
