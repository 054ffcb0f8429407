import { readFileSync } from 'node:fs';
import { parseCsv } from './csv.ts';

/** Days that are off, or worked though at a weekend, by the law or a decision. Days as `2026-02-17`. */
export type PublicHoliday = {
  from: string;
  to: string;
  kind: 'off' | 'work';
  name: string;
  nameEn: string;
  /** False where the law leaves the day to a decision that is not known, or the decision could not be checked. */
  certain: boolean;
  source: string;
};

let known: readonly PublicHoliday[] | undefined;

/**
 * The public holidays of 2025 to 2030, those by the lunar calendar of Viet Nam among them. A year that is not listed has
 * weekends alone. Source: Luật Lao động 45/2019/QH14 điều 111, 112, and the yearly decisions each row names
 */
export function publicHolidays(): readonly PublicHoliday[] {
  known ??= parseCsv(readFileSync(new URL('../data/public-holidays.csv', import.meta.url), 'utf8')).map(
    (row) => ({
      from: row.from!,
      to: row.to!,
      kind: row.kind as PublicHoliday['kind'],
      name: row.name_vi!,
      nameEn: row.name_en!,
      certain: row.certain === 'yes',
      source: row.source!,
    }),
  );
  return known;
}

/**
 * Whether offices work on a day (`2026-02-17`). A day off that is not certain counts as worked: a deadline is then told
 * a day too early rather than a day too late.
 */
export function isWorkingDay(day: string): boolean {
  const decided = publicHolidays().find(({ from, to, certain }) => certain && from <= day && day <= to);
  if (decided) return decided.kind === 'work';
  return ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

/** A day (`2026-02-17`) as people in Viet Nam write it: `17/02/2026`. */
export function writtenDay(day: string): string {
  return day.slice(0, 10).split('-').reverse().join('/');
}

/** The day after. */
export function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
