import { canonicalExact, type CanonicalExact, comparable, convertExact } from '../ucum/index.ts';
import {
  type add,
  compareExact,
  divide,
  Exact,
  multiply,
  roundTo,
  subtract,
  trimZeros,
} from '../ucum/exact.ts';
import { compareRational, type Rational } from '../ucum/rational.ts';
import {
  type CalendarUnit,
  calendarUnit,
  codeOfCalendar,
  convertCalendar,
  unitOfCode,
} from './calendar-unit.ts';

/**
 * A number with a unit: a UCUM code, or a calendar unit (`calendar`). One that was read from a FHIR Quantity
 * (`fromFhir`) may be either where UCUM's `a` and `mo` are a year and a month.
 * Source: https://hl7.org/fhirpath/N1/#quantity (System.Quantity)
 */
export class QuantityValue {
  readonly value: Exact;
  /** As it was written: `days` for a calendar unit in the plural. */
  readonly unit: string;
  readonly calendar: boolean;
  readonly fromFhir: boolean;

  constructor(value: Exact, unit: string, calendar = false, fromFhir = false) {
    this.value = value;
    this.unit = unit;
    this.calendar = calendar;
    this.fromFhir = fromFhir;
  }

  toString(): string {
    const unit = this.calendar ? this.unit : `'${this.unit}'`;
    return `${this.value.toString()} ${unit}`;
  }
}

/** The calendar unit a quantity is in, if it is; a calendar word in quotes is one too. */
const calendarOf = ({ unit }: QuantityValue): CalendarUnit | undefined => calendarUnit(unit);

const codeOf = (quantity: QuantityValue): string => {
  const own = calendarOf(quantity);
  return own === undefined ? quantity.unit : codeOfCalendar(own);
};

/** The calendar unit that dates may be moved by; undefined for the `a` and `mo` of UCUM, whose length is an average. */
export function movingUnit(quantity: QuantityValue): CalendarUnit | undefined {
  const own = calendarOf(quantity) ?? unitOfCode(quantity.unit);
  const averaged = quantity.unit === 'a' || quantity.unit === 'mo';
  return averaged && !quantity.fromFhir ? undefined : own;
}

const ofMonths = (unit: CalendarUnit | undefined): boolean => unit === 'year' || unit === 'month';

/** A year or month of one kind against a time of the other kind: neither equal nor not, neither more nor less. */
export function isVague(a: QuantityValue, b: QuantityValue): boolean {
  const [x, y] = [calendarOf(a), calendarOf(b)];
  if ((x === undefined) === (y === undefined)) return false;
  const [own, code] = x === undefined ? [y!, a] : [x, b];
  const other = unitOfCode(code.unit);
  if (other === undefined) return false;
  if (code.fromFhir && other === own) return false;
  return [own, other].some(ofMonths);
}

/** The quantity in UCUM base units; undefined when its unit is not of UCUM. */
export const canonical = (quantity: QuantityValue): CanonicalExact | undefined =>
  canonicalExact(quantity.value, codeOf(quantity));

/**
 * Less than, equal to or more than 0 as `a` is to `b`; undefined when they do not compare: other dimensions,
 * units unknown to UCUM, or a calendar year or month against a length of time.
 */
export function compareQuantity(a: QuantityValue, b: QuantityValue): number | undefined {
  if (isVague(a, b)) return undefined;
  if (codeOf(a) === codeOf(b)) return compareExact(a.value, b.value);
  const [x, y] = [calendarOf(a), calendarOf(b)];
  if (x !== undefined && y !== undefined) return compareExact(convertCalendar(a.value, x, y), b.value);
  const [left, right] = [canonical(a), canonical(b)];
  if (!left || !right || left.unit !== right.unit) return undefined;
  return compareRational(left.value, right.value);
}

/** Whether the units of both measure the same. */
export const areComparable = (a: QuantityValue, b: QuantityValue): boolean =>
  codeOf(a) === codeOf(b) || comparable(codeOf(a), codeOf(b));

const one = new Exact(1n, 0);
const exactOfRational = ({ top, bottom }: Rational): Exact =>
  divide(new Exact(top, 0), new Exact(bottom, 0)) ?? new Exact(0n, 0);

/** Whether the unit of `a` is finer than that of `b`, which measures the same. */
function isFiner(a: QuantityValue, b: QuantityValue): boolean {
  const zero = new Exact(0n, 0);
  const [ofOne, ofZero] = [one, zero].map((value) => convertExact(value, codeOf(a), codeOf(b)));
  if (!ofOne || !ofZero) return false;
  return compareExact(subtract(exactOfRational(ofOne), exactOfRational(ofZero)), one) < 0;
}

/**
 * Whether both are equal in the coarser of their units when rounded to the digits of the less precise.
 * Source: https://hl7.org/fhirpath/N1/#equivalent
 */
export function equivalentQuantity(a: QuantityValue, b: QuantityValue): boolean {
  if (codeOf(a) === codeOf(b)) return equivalentExact(a.value, b.value);
  const [coarse, fine] = isFiner(a, b) ? [b, a] : [a, b];
  const converted = convertExact(fine.value, codeOf(fine), codeOf(coarse));
  return converted !== undefined && equivalentExact(coarse.value, exactOfRational(converted));
}

/** Equal when rounded to the scale of the one with fewer digits after the point. */
export function equivalentExact(a: Exact, b: Exact): boolean {
  const scale = Math.min(trimZeros(a).scale, trimZeros(b).scale);
  return compareExact(roundTo(a, scale), roundTo(b, scale)) === 0;
}

/** The quantity in another unit, given as it is written; undefined when they do not measure the same. */
export function inUnit(quantity: QuantityValue, unit: string): QuantityValue | undefined {
  const word = calendarUnit(unit);
  const own = calendarOf(quantity);
  const target = word ?? unitOfCode(unit);
  if (own !== undefined && target !== undefined)
    return new QuantityValue(convertCalendar(quantity.value, own, target), unit, word !== undefined);
  const code = word === undefined ? unit : codeOfCalendar(word);
  if (code === codeOf(quantity)) return new QuantityValue(quantity.value, unit, word !== undefined);
  const converted = convertExact(quantity.value, codeOf(quantity), code);
  return converted && new QuantityValue(exactOfRational(converted), unit, word !== undefined);
}

/**
 * `a + b` or `a - b` in the finer of their units: a calendar year is 12 months. Undefined when they do not measure
 * the same, and for years and months that would have to be turned into other units than each other.
 */
export function sum(a: QuantityValue, b: QuantityValue, operation: typeof add): QuantityValue | undefined {
  if (a.unit === b.unit && a.calendar === b.calendar)
    return new QuantityValue(operation(a.value, b.value), a.unit, a.calendar);
  if (!areComparable(a, b)) return undefined;
  const units = [calendarOf(a), calendarOf(b)];
  const calendar = units.some((unit) => unit !== undefined);
  const years = [a, b].map((one) => calendarOf(one) ?? unitOfCode(one.unit));
  if (calendar && codeOf(a) !== codeOf(b) && years.some(ofMonths) && !units.every(ofMonths)) return undefined;
  if (isVague(a, b)) return undefined;
  const finer = isFiner(b, a) ? b : a;
  const unit = calendar ? (calendarOf(finer) ?? unitOfCode(finer.unit) ?? finer.unit) : finer.unit;
  const [left, right] = [inUnit(a, unit), inUnit(b, unit)];
  return left && right && new QuantityValue(operation(left.value, right.value), unit, calendar);
}

const isPlain = ({ unit }: QuantityValue) => unit === '1';

/**
 * `a × b` or `a / b`. Units that are not the same come out in base units; undefined for calendar units, which
 * have no powers, and for a division by zero.
 */
export function product(a: QuantityValue, b: QuantityValue, operator: '*' | '/'): QuantityValue | undefined {
  const value = operator === '*' ? multiply(a.value, b.value) : divide(a.value, b.value);
  if (!value) return undefined;
  if (isPlain(b)) return new QuantityValue(value, a.unit, a.calendar, a.fromFhir);
  if (isPlain(a) && operator === '*') return new QuantityValue(value, b.unit, b.calendar, b.fromFhir);
  if (calendarOf(a) !== undefined || calendarOf(b) !== undefined) return undefined;
  if (operator === '/' && a.unit === b.unit) return new QuantityValue(value, '1');
  const code = operator === '*' ? `(${a.unit}).(${b.unit})` : `(${a.unit})/(${b.unit})`;
  const base = canonicalExact(value, code);
  return base && new QuantityValue(exactOfRational(base.value), base.unit);
}

/** A quantity, or a number as one of unit '1'. */
export function asQuantity(item: unknown): QuantityValue | undefined {
  if (item instanceof QuantityValue) return item;
  if (typeof item === 'number') return new QuantityValue(new Exact(BigInt(item), 0), '1');
  return item instanceof Exact ? new QuantityValue(item, '1') : undefined;
}
