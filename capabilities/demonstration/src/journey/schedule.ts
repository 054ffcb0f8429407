import type { Random } from '../random.ts';
import { DAY, HOUR, hourShare, MINUTE, month, startOfDay, weekday, weekdayShare } from '../time.ts';

/** Share of a usual day's visits that the weeks around Tết bring: people stay away, then come at once. */
function tet(at: number): number {
  const days = Math.round((at - lunarNewYear(at)) / DAY);
  return days >= -3 && days <= 6 ? 0.3 : days > 6 && days <= 14 ? 1.25 : 1;
}

/** First day of the lunar year near an instant, for the years of the demonstration; 2 February elsewhere. */
function lunarNewYear(at: number): number {
  const year = new Date(at).getUTCFullYear();
  const known: Record<number, string> = {
    2024: '02-10',
    2025: '01-29',
    2026: '02-17',
    2027: '02-06',
    2028: '01-26',
  };
  return Date.parse(`${year}-${known[year] ?? '02-02'}T00:00:00+07:00`);
}

/** The next day from `at` on that people would choose: few come on Sundays and at Tết, most on Mondays. */
export function likelyDay(chance: Random, at: number): number {
  let day = startOfDay(at);
  for (let tries = 0; tries < 8; tries++, day += DAY) {
    if (chance.next() < (weekdayShare[weekday(day)]! * tet(day)) / 1.35) return day;
  }
  return day;
}

/** An instant of that day in opening hours, most often between seven and nine. */
export const openingTime = (chance: Random, day: number): number =>
  startOfDay(day) + chance.weighted(hourShare) * HOUR + chance.whole(0, 59) * MINUTE;

/** Share of today's patients who came within the last three quarters of an hour: they are still there. */
const JUST_COME = 0.35;

/** An instant between midnight and `until` of the same day, as people come: none later than `until`. */
export function earlierToday(chance: Random, until: number): number {
  const day = startOfDay(until);
  if (chance.chance(JUST_COME)) return Math.max(day + MINUTE, until - chance.whole(6, 45) * MINUTE);
  const open = hourShare.filter(([hour]) => day + (hour + 1) * HOUR <= until);
  if (open.length === 0) return day + chance.between(0.1, 0.95) * (until - day);
  return day + chance.weighted(open) * HOUR + chance.whole(0, 59) * MINUTE;
}

/** An instant within the two years, in season: months named come `times` as often. */
export function seasonalTime(
  chance: Random,
  until: number,
  days: number,
  season?: { months: readonly number[]; times: number },
): number {
  for (let tries = 0; tries < 12; tries++) {
    const at = until - chance.between(2, days) * DAY;
    const weight = season?.months.includes(month(at)) ? season.times : 1;
    if (!season || chance.next() < weight / season.times) return at;
  }
  return until - chance.between(2, days) * DAY;
}
