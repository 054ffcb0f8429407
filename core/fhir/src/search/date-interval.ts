import { ownText } from '../own-text.ts';
import type { DateValue } from './values.ts';

const pattern =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?$/;

/** Dates without a time zone are those of Viet Nam, UTC+7. Source: https://hl7.org/fhir/R4/search.html#date */
const localOffsetMs = 7 * 3_600_000;
const dayMs = 86_400_000;

const known = new Map<string, DateValue | undefined>();
const mostKnown = 2000;

/**
 * The interval a date, dateTime or instant covers by its precision: `2024-03` is the whole of March,
 * `…:05Z` one second. Undefined for what is no date. Allows minutes without seconds, as searches do.
 */
export function dateInterval(text: string): DateValue | undefined {
  // the resources of a visit say the same few times again and again
  let interval = known.get(text);
  if (interval !== undefined || text.length > 40) return interval ?? readInterval(text);
  interval = readInterval(text);
  if (known.size >= mostKnown) known.clear();
  known.set(ownText(text), interval);
  return interval;
}

function readInterval(text: string): DateValue | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const [y, m, d, h, min, s] = [
    Number(year),
    Number(month ?? 1),
    Number(day ?? 1),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  ];
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > daysOf(y, m)) return undefined;
  if (h > 23 || min > 59 || s > 60) return undefined;
  const from = dayNumber(y, m, d) * dayMs - offsetMs(zone);
  if (hour !== undefined) {
    const ms = fraction ? Math.floor(Number(fraction) * 1000) : 0;
    const at = from + ((h * 60 + min) * 60 + s) * 1000 + ms;
    return { kind: 'date', from: at, to: at + width(second, fraction) };
  }
  if (day !== undefined) return { kind: 'date', from, to: from + dayMs };
  const next = month === undefined || m === 12 ? dayNumber(y + 1, 1, 1) : dayNumber(y, m + 1, 1);
  return { kind: 'date', from, to: next * dayMs - offsetMs(zone) };
}

/** Days since 1970-01-01 in the Gregorian calendar, counted on before it. */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year; // years from March on, so that a leap day is the last
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
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

/** The interval of a Period; a side that is absent or no date is open. */
export function periodInterval(start: unknown, end: unknown): DateValue | undefined {
  const first = typeof start === 'string' ? dateInterval(start) : undefined;
  const last = typeof end === 'string' ? dateInterval(end) : undefined;
  if (!first && !last) return undefined;
  return { kind: 'date', from: first?.from ?? -Infinity, to: last?.to ?? Infinity };
}
