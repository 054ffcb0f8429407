/**
 * What the law says about transfer and re-examination papers, in one place.
 * Source: Thông tư 01/2025/TT-BYT (transfer paper: annex VI, its year-long diseases: annex III; re-examination paper:
 * annex V); public holidays: Bộ luật Lao động 45/2019/QH14, điều 112.
 */
export const TRANSFER_RULES = {
  /** A transfer paper holds this many working days from the day it is signed. */
  workingDays: 10,
  /** For a disease of annex III it holds a year. */
  yearLongMonths: 12,
  law: 'Thông tư 01/2025/TT-BYT',
} as const;

/** Holidays with a date of their own every year, `MM-dd`. */
const FIXED_HOLIDAYS: ReadonlySet<string> = new Set(['01-01', '04-30', '05-01', '09-02']);

/**
 * Holidays that go by the lunar calendar, and the day beside 2 September, as they fall in a year. A year that is not
 * here counts none of them: its papers end a few days early on the screen, never late, until the year is added.
 */
const MOVING_HOLIDAYS: ReadonlySet<string> = new Set([
  '2025-01-27',
  '2025-01-28',
  '2025-01-29',
  '2025-01-30',
  '2025-01-31',
  '2025-04-07',
  '2025-09-01',
  '2026-02-16',
  '2026-02-17',
  '2026-02-18',
  '2026-02-19',
  '2026-02-20',
  '2026-04-27',
  '2026-09-01',
]);

const DAY_MS = 24 * 60 * 60 * 1000;
/** Viet Nam is seven hours ahead of UTC all year. */
const VIETNAM_MS = 7 * 60 * 60 * 1000;

/** The day (`2026-11-28`) of a moment in Viet Nam. */
export const vietnamDay = (at: Date): string =>
  new Date(at.getTime() + VIETNAM_MS).toISOString().slice(0, 10);

/** The first moment of the day in Viet Nam that a moment lies in. */
export const startOfDay = (at: Date): Date => new Date(`${vietnamDay(at)}T00:00:00+07:00`);

/** The last moment of a day in Viet Nam. */
const endOf = (day: string): Date => new Date(Date.parse(`${day}T23:59:59+07:00`));

/** Whether offices work on this day: no weekend, no public holiday. */
export function isWorkingDay(day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !FIXED_HOLIDAYS.has(day.slice(5)) && !MOVING_HOLIDAYS.has(day);
}

/** Until when a transfer paper signed at this moment holds: the end of its tenth working day, or of a year. */
export function validUntil(signed: Date, yearLong: boolean): Date {
  const day = vietnamDay(signed);
  if (yearLong) {
    const [year, month, date] = day.split('-').map(Number) as [number, number, number];
    const months = year * 12 + (month - 1) + TRANSFER_RULES.yearLongMonths;
    const [toYear, toMonth] = [Math.floor(months / 12), months % 12];
    const last = new Date(Date.UTC(toYear, toMonth + 1, 0)).getUTCDate();
    return endOf(new Date(Date.UTC(toYear, toMonth, Math.min(date, last))).toISOString().slice(0, 10));
  }
  let at = new Date(`${day}T00:00:00Z`);
  for (let left = TRANSFER_RULES.workingDays; left > 0;) {
    at = new Date(at.getTime() + DAY_MS);
    if (isWorkingDay(at.toISOString().slice(0, 10))) left--;
  }
  return endOf(at.toISOString().slice(0, 10));
}

/** Why a patient is transferred (MA_LYDO_CT). Source: QĐ 3176/QĐ-BYT, table XML13. */
export const TRANSFER_REASONS = {
  '1': { vi: 'Đủ điều kiện chuyển tuyến', en: 'Meets the criteria for transfer' },
  '2': { vi: 'Vượt khả năng của cơ sở', en: 'Beyond what the facility can do' },
  '3': { vi: 'Theo yêu cầu của người bệnh', en: 'At the patient’s request' },
} as const;
