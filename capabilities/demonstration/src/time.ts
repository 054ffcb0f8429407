/** Milliseconds of a minute, an hour and a day. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Viet Nam keeps UTC+7 all year. */
const OFFSET = 7 * HOUR;

/** Start of the local day that holds this instant, in milliseconds. */
export const startOfDay = (at: number): number => Math.floor((at + OFFSET) / DAY) * DAY - OFFSET;

/** Day of the week in Viet Nam, 0 for Sunday. */
export const weekday = (at: number): number => (Math.floor((at + OFFSET) / DAY) + 4) % 7;

/** Month in Viet Nam, 1 to 12. */
export const month = (at: number): number => new Date(at + OFFSET).getUTCMonth() + 1;

/** Year in Viet Nam. */
export const year = (at: number): number => new Date(at + OFFSET).getUTCFullYear();

/** `2026-11-22` in Viet Nam. */
export const date = (at: number): string => new Date(at + OFFSET).toISOString().slice(0, 10);

/** `22/11/2026` in Viet Nam. */
export const shownDate = (at: number): string => date(at).split('-').reverse().join('/');

/** `2026-11-22T08:30:00+07:00`. */
export const dateTime = (at: number): string => `${new Date(at + OFFSET).toISOString().slice(0, 19)}+07:00`;

/** Whole years between a birth date (or year) and an instant. */
export function ageAt(birthDate: string, at: number): number {
  const today = date(at);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return birthDate.length > 4 && today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** People who come on a day of the week, Sunday first, against a usual day. */
export const weekdayShare: readonly number[] = [0.12, 1.35, 1.05, 1, 1, 0.95, 0.4];

/** Share of visits by the hour they begin; the peak is between 7 and 9. */
export const hourShare: readonly (readonly [hour: number, share: number])[] = [
  [6, 5],
  [7, 18],
  [8, 17],
  [9, 12],
  [10, 9],
  [11, 4],
  [13, 10],
  [14, 10],
  [15, 8],
  [16, 4],
  [18, 1.5],
  [20, 1],
];
