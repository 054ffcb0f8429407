export type TemporalKind = 'date' | 'dateTime' | 'time';

/** How far a date or time is known, in parts: year, month, day, hour, minute, second. */
const yearPart = 1;
const monthPart = 2;
const dayPart = 3;
const hourPart = 4;
const minutePart = 5;
const secondPart = 6;

type Parts = [year: number, month: number, day: number, hour: number, minute: number, milliseconds: number];

/**
 * A date, dateTime or time as far as it is known. Seconds and their fraction are one part.
 * Source: https://hl7.org/fhirpath/N1/#date
 */
export class Temporal {
  readonly kind: TemporalKind;
  readonly text: string;
  /** Parts beyond `known` hold the least value they may have. */
  readonly parts: Parts;
  /** Number of the last part that is known. */
  readonly known: number;
  /** Digits of the fraction of a second. */
  readonly fraction: number;
  /** Minutes east of UTC, when given. */
  readonly offset: number | undefined;

  constructor(kind: TemporalKind, parts: Parts, known: number, fraction: number, offset: number | undefined) {
    this.kind = kind;
    this.parts = parts;
    this.known = known;
    this.fraction = fraction;
    this.offset = offset;
    this.text = textOf(this);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

const datePattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?(Z|[+-]\d\d:\d\d)?)?)?|(?:-(\d\d))?T)?$/;
const timePattern = /^T?(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?$/;

/** Reads `2024`, `2024-03-31T08:00:00+07:00`, `08:00`; undefined when it is no date or time that exists. */
export function temporalOf(text: string, kind: TemporalKind): Temporal | undefined {
  if (text.length > 40) return undefined;
  if (kind === 'time') {
    const match = timePattern.exec(text);
    if (!match) return undefined;
    const [, hour, minute, second, fraction = ''] = match;
    return checked(kind, ['1970', '01', '01', hour, minute, second], fraction, undefined);
  }
  const match = datePattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone, monthBeforeT] = match;
  if (kind === 'date' && text.includes('T')) return undefined;
  return checked(kind, [year, month ?? monthBeforeT, day, hour, minute, second], fraction, zone);
}

function checked(
  kind: TemporalKind,
  texts: (string | undefined)[],
  fraction: string,
  zone: string | undefined,
): Temporal | undefined {
  const known = texts.findIndex((text) => text === undefined);
  const [year, month, day, hour, minute, second] = texts.map((text, index) =>
    text === undefined ? least[index]! : Number(text),
  ) as Parts;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const milliseconds = second * 1000 + (fraction === '' ? 0 : Number(`0.${fraction}`) * 1000);
  const parts: Parts = [year, month, day, hour, minute, milliseconds];
  return new Temporal(
    kind,
    parts,
    known < 0 ? secondPart : known,
    fraction.length,
    zone === undefined ? undefined : offsetOf(zone),
  );
}

const least: Parts = [1, 1, 1, 0, 0, 0];

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return zone.startsWith('-') ? -minutes : minutes;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const pad = (value: number, length = 2) => String(value).padStart(length, '0');

function textOf({ kind, parts, known, fraction, offset }: Temporal): string {
  const [year, month, day, hour, minute, milliseconds] = parts;
  const date = [pad(year, 4), pad(month), pad(day)].slice(0, known).join('-');
  const whole = Math.floor(milliseconds / 1000 + 1e-9);
  const rest =
    fraction > 0 ? `.${((milliseconds - whole * 1000) / 1000).toFixed(Math.min(fraction, 20)).slice(2)}` : '';
  const time =
    known < hourPart ? '' : [pad(hour), pad(minute), pad(whole) + rest].slice(0, known - dayPart).join(':');
  if (kind === 'time') return time;
  return known < hourPart ? date : `${date}T${time}${zoneText(offset)}`;
}

function zoneText(offset: number | undefined): string {
  if (offset === undefined) return '';
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/**
 * Less than, equal to or more than 0 as `a` is to `b`; undefined when that hangs on a part one of them lacks,
 * or on a time zone only one of them has. Source: https://hl7.org/fhirpath/N1/#comparison
 */
export function compareTemporal(a: Temporal, b: Temporal): number | undefined {
  const timed = a.known >= hourPart && b.known >= hourPart && a.kind !== 'time';
  if (timed && (a.offset === undefined) !== (b.offset === undefined)) return undefined;
  const zoned = timed && a.offset !== undefined && a.offset !== b.offset;
  const left = zoned ? inUtc(a) : a.parts;
  const right = zoned ? inUtc(b) : b.parts;
  const shared = Math.min(a.known, b.known);
  for (let index = 0; index < shared; index++) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return a.known === b.known ? 0 : undefined;
}

function inUtc({ parts, offset = 0 }: Temporal): Parts {
  return partsOf(momentOf(parts) - offset * 60_000);
}

function momentOf([year, month, day, hour, minute, milliseconds]: Parts): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() + (hour * 60 + minute) * 60_000 + milliseconds;
}

function partsOf(moment: number): Parts {
  const date = new Date(Math.floor(moment));
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds() * 1000 + date.getUTCMilliseconds() + (moment - Math.floor(moment)),
  ];
}

/** The same value at no more than the day, as a date; for a dateTime compared or added up as one. */
export function asKind(value: Temporal, kind: TemporalKind): Temporal {
  if (value.kind === kind) return value;
  const known = kind === 'date' ? Math.min(value.known, dayPart) : value.known;
  return new Temporal(
    kind,
    value.parts,
    known,
    kind === 'date' ? 0 : value.fraction,
    known < hourPart ? undefined : value.offset,
  );
}

/** Calendar units a date or time may be moved by, with how many make the next coarser one. */
const unitParts: Record<string, { part: number; milliseconds?: number; months?: number }> = {
  year: { part: yearPart, months: 12 },
  month: { part: monthPart, months: 1 },
  week: { part: dayPart, milliseconds: 604_800_000 },
  day: { part: dayPart, milliseconds: 86_400_000 },
  hour: { part: hourPart, milliseconds: 3_600_000 },
  minute: { part: minutePart, milliseconds: 60_000 },
  second: { part: secondPart, milliseconds: 1000 },
  millisecond: { part: secondPart, milliseconds: 1 },
};

/**
 * A date or time moved by an amount of a calendar unit; undefined when it leaves the years 1 to 9999 or the
 * unit is none. Parts finer than the value knows are first turned into the finest that it knows, with their
 * fraction dropped; the last day of a month stays in its month.
 * Source: https://hl7.org/fhirpath/N1/#datetime-arithmetic
 */
export function move(value: Temporal, amount: number, unit: string): Temporal | undefined {
  const step = unitParts[unit];
  if (!step) return undefined;
  const exact = unit === 'second' ? amount : Math.trunc(amount);
  if (value.kind === 'time') {
    if (step.milliseconds === undefined || step.part < hourPart) return undefined;
    const day = 86_400_000;
    const moved = (momentOf(value.parts) + wholeSteps(exact * step.milliseconds, value.known)) % day;
    return moved === moved ? withParts(value, partsOf(((moved % day) + day) % day)) : undefined;
  }
  const months = monthsOf(exact, step, value.known);
  const parts =
    months === undefined
      ? partsOf(momentOf(value.parts) + wholeSteps(exact * step.milliseconds!, value.known))
      : addMonths(value.parts, months);
  return parts[0] >= 1 && parts[0] <= 9999 ? withParts(value, parts) : undefined;
}

/** A move as months when the unit is one of months, or the value knows no days. */
function monthsOf(
  amount: number,
  step: { milliseconds?: number; months?: number },
  known: number,
): number | undefined {
  if (step.months !== undefined) {
    const months = amount * step.months;
    return known === yearPart ? Math.trunc(months / 12) * 12 : months;
  }
  if (known >= dayPart) return undefined;
  const days = Math.trunc((amount * step.milliseconds!) / 86_400_000);
  return known === yearPart ? Math.trunc(days / 365) * 12 : Math.trunc(days / 30);
}

/** Milliseconds cut to whole steps of the finest part a value knows. */
function wholeSteps(milliseconds: number, known: number): number {
  const size =
    known <= dayPart ? 86_400_000 : known === hourPart ? 3_600_000 : known === minutePart ? 60_000 : 0;
  return size === 0 ? milliseconds : Math.trunc(milliseconds / size) * size;
}

function addMonths([year, month, day, ...time]: Parts, months: number): Parts {
  const total = year * 12 + month - 1 + months;
  const newYear = Math.floor(total / 12);
  const newMonth = total - newYear * 12 + 1;
  return [newYear, newMonth, Math.min(day, daysIn(newYear, newMonth)), ...time];
}

function withParts(value: Temporal, parts: Parts): Temporal {
  const fraction =
    value.fraction === 0 && value.known === secondPart && parts[5] % 1000 !== 0 ? 3 : value.fraction;
  return new Temporal(value.kind, parts, value.known, fraction, value.offset);
}

/** Digits that write a value to each part; 17 and 9 are milliseconds. Source: https://build.fhir.org/ig/HL7/FHIRPath/#precision--integer */
const digitsOfParts: Record<TemporalKind, Record<number, number>> = {
  date: { 4: yearPart, 6: monthPart, 8: dayPart },
  dateTime: {
    4: yearPart,
    6: monthPart,
    8: dayPart,
    10: hourPart,
    12: minutePart,
    14: secondPart,
    17: secondPart,
  },
  time: { 2: hourPart, 4: minutePart, 6: secondPart, 9: secondPart },
};

/** How many digits the value is written with. */
export function digitsKnown({ kind, known, fraction }: Temporal): number {
  const before = kind === 'time' ? 0 : 2;
  const parts = kind === 'time' ? known - dayPart : known;
  return before + parts * 2 + fraction;
}

/**
 * The earliest or latest moment the value may mean, to the given number of digits; undefined when its kind
 * has no such precision. An unknown zone is the one that makes it extreme (+14:00 or -12:00).
 */
export function temporalBoundary(
  value: Temporal,
  end: 'low' | 'high',
  digits?: number,
): Temporal | undefined {
  const { kind, known, parts, fraction } = value;
  const finest = kind === 'date' ? 8 : kind === 'time' ? 9 : 17;
  const wanted = digits ?? finest;
  const part = digitsOfParts[kind][wanted];
  if (part === undefined) return undefined;
  const high = end === 'high';
  const filled: Parts = [...parts];
  if (known < monthPart) filled[1] = high ? 12 : 1;
  if (known < dayPart) filled[2] = high ? daysIn(filled[0], filled[1]) : 1;
  if (known < hourPart) filled[3] = high ? 23 : 0;
  if (known < minutePart) filled[4] = high ? 59 : 0;
  if (known < secondPart) filled[5] = high ? 59_999 : 0;
  else if (high && fraction < 3) filled[5] += 10 ** (3 - fraction) - 1;
  const offset = kind === 'dateTime' && part >= hourPart ? (value.offset ?? (high ? -720 : 840)) : undefined;
  const wantedFraction = wanted === finest && part === secondPart ? 3 : 0;
  for (let index = part; index < secondPart; index++) filled[index] = least[index]!;
  return new Temporal(kind, filled, part, wantedFraction, offset);
}
