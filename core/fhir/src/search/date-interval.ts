import type { DateValue } from './values.ts';

const pattern =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?$/;

/** Dates without a time zone are those of Viet Nam, UTC+7. Source: https://hl7.org/fhir/R4/search.html#date */
const localOffsetMs = 7 * 3_600_000;

/**
 * The interval a date, dateTime or instant covers by its precision: `2024-03` is the whole of March,
 * `…:05Z` one second. Undefined for what is no date. Allows minutes without seconds, as searches do.
 */
export function dateInterval(text: string): DateValue | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const [y, m, d, h, min, s] = [
    Number(year),
    Number(month ?? 1) - 1,
    Number(day ?? 1),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  ];
  if (m < 0 || m > 11 || d < 1 || d > 31 || h > 24 || min > 59 || s > 60) return undefined;
  const ms = fraction ? Math.floor(Number(fraction) * 1000) : 0;
  const shift = offsetMs(zone);
  const from = utc(y, m, d, h, min, s, ms) - shift;
  if (day !== undefined && new Date(utc(y, m, d, 0, 0, 0, 0)).getUTCDate() !== d) return undefined;
  if (hour !== undefined) return { kind: 'date', from, to: from + width(second, fraction) };
  if (day !== undefined) return { kind: 'date', from, to: from + 86_400_000 };
  return {
    kind: 'date',
    from,
    to: utc(month === undefined ? y + 1 : y, month === undefined ? 0 : m + 1, 1, 0, 0, 0, 0) - shift,
  };
}

/** A fraction is as wide as its last digit, but no narrower than the millisecond we keep. */
function width(second: string | undefined, fraction: string | undefined): number {
  if (second === undefined) return 60_000;
  return fraction === undefined ? 1000 : Math.max(1, 1000 / 10 ** (fraction.length - 1));
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined) return localOffsetMs;
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone[0] === '-' ? -minutes : minutes) * 60_000;
}

/** Date.UTC, but years below 100 are not taken for 19xx. */
function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
): number {
  if (year >= 100) return Date.UTC(year, month, day, hour, minute, second, ms);
  return new Date(Date.UTC(2000, month, day, hour, minute, second, ms)).setUTCFullYear(year, month, day);
}

/** The interval of a Period; a side that is absent or no date is open. */
export function periodInterval(start: unknown, end: unknown): DateValue | undefined {
  const first = typeof start === 'string' ? dateInterval(start) : undefined;
  const last = typeof end === 'string' ? dateInterval(end) : undefined;
  if (!first && !last) return undefined;
  return { kind: 'date', from: first?.from ?? -Infinity, to: last?.to ?? Infinity };
}
