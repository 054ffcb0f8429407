import { divide, Exact, multiply } from '../ucum/exact.ts';

export type CalendarUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

/** UCUM code and length of each; a year and a month have more than one. Source: https://hl7.org/fhirpath/N1/#time-valued-quantities */
const units: Record<CalendarUnit, { code: string; milliseconds: bigint; months?: bigint }> = {
  year: { code: 'a', milliseconds: 365n * 86_400_000n, months: 12n },
  month: { code: 'mo', milliseconds: 30n * 86_400_000n, months: 1n },
  week: { code: 'wk', milliseconds: 604_800_000n },
  day: { code: 'd', milliseconds: 86_400_000n },
  hour: { code: 'h', milliseconds: 3_600_000n },
  minute: { code: 'min', milliseconds: 60_000n },
  second: { code: 's', milliseconds: 1000n },
  millisecond: { code: 'ms', milliseconds: 1n },
};

const byWord = new Map(
  (Object.keys(units) as CalendarUnit[]).flatMap((unit) => [
    [unit as string, unit] as const,
    [`${unit}s`, unit] as const,
  ]),
);
const byCode = new Map((Object.keys(units) as CalendarUnit[]).map((unit) => [units[unit].code, unit]));

/** The calendar unit that a word names, in the singular or plural. */
export const calendarUnit = (word: string): CalendarUnit | undefined => byWord.get(word);

/** The UCUM code that is as long, on average. */
export const codeOfCalendar = (unit: CalendarUnit): string => units[unit].code;

/** The calendar unit of a UCUM code. */
export const unitOfCode = (code: string): CalendarUnit | undefined => byCode.get(code);

/** An amount of one calendar unit in another: 12 months a year, 30 days a month, 365 days a year. */
export function convertCalendar(value: Exact, from: CalendarUnit, to: CalendarUnit): Exact {
  const [source, target] = [units[from], units[to]];
  const inMonths = source.months !== undefined && target.months !== undefined;
  const [top, bottom] = inMonths
    ? [source.months!, target.months!]
    : [source.milliseconds, target.milliseconds];
  return divide(multiply(value, new Exact(top, 0)), new Exact(bottom, 0))!;
}
