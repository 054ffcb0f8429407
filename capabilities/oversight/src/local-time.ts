/** Days and hours are those of Viet Nam, which keeps UTC+7 all year. */
export const TIME_ZONE = 'Asia/Ho_Chi_Minh';

const OFFSET_MS = 7 * 60 * 60 * 1000;

const local = (at: Date): string => new Date(at.getTime() + OFFSET_MS).toISOString();

/** The local day that holds this instant: `2026-11-22`. */
export const localDay = (at: Date): string => local(at).slice(0, 10);

/** The local hour, 0 to 23. */
export const localHour = (at: Date): number => Number(local(at).slice(11, 13));

/** The local minute: `2026-11-22 08:05`. */
export const localMinute = (at: Date): string => local(at).slice(0, 16).replace('T', ' ');

/** The day so many days before. */
export const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
