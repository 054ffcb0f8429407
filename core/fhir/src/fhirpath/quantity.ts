import { canonicalExact, type CanonicalExact } from '../ucum/index.ts';
import { compareExact, type Exact, roundTo } from '../ucum/exact.ts';
import { compareRational, ofExact } from '../ucum/rational.ts';

/**
 * A number with a unit: a UCUM code, or a calendar unit (`calendar`) in the singular.
 * Source: https://hl7.org/fhirpath/N1/#quantity (System.Quantity)
 */
export class QuantityValue {
  readonly value: Exact;
  readonly unit: string;
  readonly calendar: boolean;

  constructor(value: Exact, unit: string, calendar = false) {
    this.value = value;
    this.unit = unit;
    this.calendar = calendar;
  }

  toString(): string {
    const unit = this.calendar ? this.unit : `'${this.unit}'`;
    return `${this.value.toString()} ${unit}`;
  }
}

const calendarUnits = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'];
const calendarWords = new Set(calendarUnits.flatMap((unit) => [unit, `${unit}s`]));

/** The word when it names a calendar unit, as `days` does. */
export const calendarUnit = (word: string): string | undefined =>
  calendarWords.has(word) ? word : undefined;

const singular = (word: string) => (word.endsWith('s') ? word.slice(0, -1) : word);

/** UCUM codes of the calendar units; those of year and month mean an average length, so they are not equal. */
const ucumOfCalendar: Record<string, string> = {
  year: 'a',
  month: 'mo',
  week: 'wk',
  day: 'd',
  hour: 'h',
  minute: 'min',
  second: 's',
  millisecond: 'ms',
};
const calendarOfUcum: Record<string, string> = Object.fromEntries(
  Object.entries(ucumOfCalendar).map(([word, code]) => [code, word]),
);

/** How FHIR's Quantity reads: UCUM codes of time are calendar units. Source: https://hl7.org/fhir/R4/fhirpath.html#quantity */
export function quantityOfCode(value: Exact, code: string): QuantityValue {
  const word = calendarOfUcum[code];
  return word === undefined || word === 'millisecond'
    ? new QuantityValue(value, code)
    : new QuantityValue(value, word, true);
}

/** The calendar unit that dates may be moved by; undefined for `a` and `mo`, whose length is an average. */
export function movingUnit({ unit, calendar }: QuantityValue): string | undefined {
  if (calendar || calendarWords.has(unit)) return singular(unit);
  return unit === 'a' || unit === 'mo' ? undefined : calendarOfUcum[unit];
}

/** Years and months as calendar units have no fixed length. */
const isVague = ({ unit, calendar }: QuantityValue) =>
  calendar && (singular(unit) === 'year' || singular(unit) === 'month');

const codeOf = ({ unit, calendar }: QuantityValue) =>
  calendar || calendarWords.has(unit) ? ucumOfCalendar[singular(unit)]! : unit;

/** The quantity in UCUM base units; undefined when its unit is not of UCUM. */
export const canonical = (quantity: QuantityValue): CanonicalExact | undefined =>
  canonicalExact(quantity.value, codeOf(quantity));

/**
 * Less than, equal to or more than 0 as `a` is to `b`; undefined when they do not compare: other dimensions,
 * units unknown to UCUM, or a calendar year or month against a length of time.
 */
export function compareQuantity(a: QuantityValue, b: QuantityValue): number | undefined {
  if (codeOf(a) === codeOf(b) && isVague(a) === isVague(b)) return compareExact(a.value, b.value);
  if (isVague(a) !== isVague(b)) return undefined;
  const [left, right] = [canonical(a), canonical(b)];
  if (!left || !right || left.unit !== right.unit) return undefined;
  return compareRational(left.value, right.value);
}

/** Equal when both are rounded to the digits of the less precise, in its unit. Source: https://hl7.org/fhirpath/N1/#equivalent */
export function equivalentQuantity(a: QuantityValue, b: QuantityValue): boolean {
  if (codeOf(a) === codeOf(b)) return equivalentExact(a.value, b.value);
  const [left, right] = [canonical(a), canonical(b)];
  if (!left || !right || left.unit !== right.unit) return false;
  // Each in the unit of the other: 4 'g' and 4040 'mg' are both 4 'g'.
  const coarse = stepOf(a) >= stepOf(b) ? a : b;
  const fine = coarse === a ? right : left;
  const one = canonicalExact(coarse.value, codeOf(coarse))!;
  if (coarse.value.digits === 0n) return fine.value.top === 0n;
  // fine ÷ one × coarse.value, rounded as coarse.value is
  const scaledTop = fine.value.top * one.value.bottom * coarse.value.digits;
  const scaledBottom = fine.value.bottom * one.value.top;
  const [top, bottom] = scaledBottom < 0n ? [-scaledTop, -scaledBottom] : [scaledTop, scaledBottom];
  const rounded = ((top < 0n ? -1n : 1n) * bottom + 2n * top) / (2n * bottom);
  return rounded === coarse.value.digits;
}

/** The size of the last digit, in base units. */
function stepOf(quantity: QuantityValue): number {
  const { top, bottom } = canonicalExact(quantity.value, codeOf(quantity))!.value;
  const value = ofExact(quantity.value);
  const digits = 10 ** -quantity.value.scale;
  return value.top === 0n
    ? digits
    : (digits * Number(top) * Number(value.bottom)) / (Number(bottom) * Number(value.top));
}

/** Equal when rounded to the scale of the one with fewer digits after the point. */
export function equivalentExact(a: Exact, b: Exact): boolean {
  const scale = Math.min(significantScale(a), significantScale(b));
  return compareExact(roundTo(a, scale), roundTo(b, scale)) === 0;
}

function significantScale({ digits, scale }: Exact): number {
  let own = scale;
  let rest = digits;
  while (own > 0 && rest % 10n === 0n) {
    rest /= 10n;
    own--;
  }
  return own;
}
