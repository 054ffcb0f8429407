const zone = 'Asia/Ho_Chi_Minh';

/** A language of the screens. */
export type Language = 'vi' | 'en';

/** One calendar day in Viet Nam, `2026-11-23`: sortable, comparable. */
export type Day = string;

const dayFormat = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});
const weekdayFormat = {
  vi: new Intl.DateTimeFormat('vi-VN', { timeZone: 'UTC', weekday: 'long' }),
  en: new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long' }),
};

/** The day of an instant in Viet Nam; a FHIR date without a time is that very day. */
export const dayOf = (instant: string | Date): Day => {
  if (typeof instant === 'string' && !instant.includes('T')) return completeDate(instant);
  return dayFormat.format(new Date(instant));
};

const completeDate = (date: string): Day =>
  date.length === 4 ? `${date}-01-01` : date.length === 7 ? `${date}-01` : date.slice(0, 10);

/** `Thứ Hai` or `Monday`. */
export const weekday = (instant: string, language: Language): string =>
  weekdayFormat[language].format(new Date(`${dayOf(instant)}T00:00:00Z`));

/** Whole days from one day to the other; negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

/** The day `count` days later. */
export const addDays = (day: Day, count: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);

/** Things grouped by their day, latest day first, order within a day kept. */
export const byDay = <T>(things: readonly T[], when: (thing: T) => string): { day: Day; items: T[] }[] => {
  const groups = new Map<Day, T[]>();
  for (const thing of things) {
    const day = dayOf(when(thing));
    const group = groups.get(day);
    if (group) group.push(thing);
    else groups.set(day, [thing]);
  }
  return [...groups].sort(([one], [other]) => (one < other ? 1 : -1)).map(([day, items]) => ({ day, items }));
};
