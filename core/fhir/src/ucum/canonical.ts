import type { Decimal } from '../json/decimal.ts';
import { ownText } from '../own-text.ts';
import { type Exact, exactOf } from './exact.ts';
import { parseUnit, type Unit } from './parse-unit.ts';
import { inverse, ofExact, plus, type Rational, rationalOf, times, toNumber } from './rational.ts';
import { baseUnits } from './units.ts';

/** The system of codes of units. Source: https://hl7.org/fhir/R4/ucum.html */
export const UCUM = 'http://unitsofmeasure.org';

type Known = Unit & {
  /** Its dimensions as a UCUM code: the same for all units that compare. */
  canonical: string;
  /** Factor of what the scale of a special unit refers to. */
  reference: Rational;
};

/** Units are few; texts that clients invent must not fill the memory. */
const maxKnown = 5000;
const known = new Map<string, Known | undefined>();

/** Whether a code is one of UCUM, as it must be written: case-sensitive. Source: https://ucum.org/ucum */
export const isUnit = (code: string): boolean => unitOf(code) !== undefined;

function unitOf(code: string): Known | undefined {
  const hit = known.get(code);
  if (hit || known.has(code)) return hit;
  const own = ownText(code);
  const unit = parseUnit(own);
  const found = unit && {
    ...unit,
    canonical: codeOf(unit),
    reference: unit.scale ? parseUnit(unit.scale.unit)!.factor : unit.factor,
  };
  if (known.size >= maxKnown) known.clear();
  known.set(own, found);
  return found;
}

function codeOf({ dimensions }: Unit): string {
  const order = (name: string) => {
    const index = baseUnits.indexOf(name as 'm');
    return index < 0 ? baseUnits.length : index;
  };
  const parts = [...dimensions].sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1));
  return parts.map(([name, exponent]) => (exponent === 1 ? name : `${name}${exponent}`)).join('.') || '1';
}

/** A value in base units, exactly; a plain number where the unit's scale is a curve. */
export type CanonicalExact = { value: Rational; unit: string };

/** The value in base units with all its digits; undefined when the code is no UCUM unit that we know. */
export function canonicalExact(value: Exact, code: string): CanonicalExact | undefined {
  const unit = unitOf(code);
  if (!unit) return undefined;
  return { value: toBase(ofExact(value), unit), unit: unit.canonical };
}

/**
 * A quantity in UCUM base units, so that equal amounts have equal numbers: 5 mg is 0.005 of `g`, 37 Cel is
 * 310.15 of `K`. The nearest JavaScript number to the exact result. Undefined when the code is no UCUM unit
 * that we know. Source: https://hl7.org/fhir/R4/search.html#quantity, https://ucum.org/ucum
 */
export function canonicalQuantity(
  value: number | string | Decimal,
  code: string,
): { value: number; unit: string } | undefined {
  const unit = unitOf(code);
  const exact = exactOf(String(value));
  if (!unit || !exact) return undefined;
  return { value: toNumber(toBase(ofExact(exact), unit)), unit: unit.canonical };
}

/** An amount of one unit in another, exactly. */
export function convertExact(value: Exact, from: string, to: string): Rational | undefined {
  const source = unitOf(from);
  const target = unitOf(to);
  if (!source || !target || source.canonical !== target.canonical) return undefined;
  return fromBase(toBase(ofExact(value), source), target);
}

/** True when amounts of both units can be compared: they have the same dimensions. */
export function comparable(a: string, b: string): boolean {
  const left = unitOf(a);
  return left !== undefined && left.canonical === unitOf(b)?.canonical;
}

/** An amount of one unit in another; undefined when one is unknown or they do not compare. */
export function convert(value: number | string | Decimal, from: string, to: string): number | undefined {
  const exact = exactOf(String(value));
  const converted = exact && convertExact(exact, from, to);
  return converted && toNumber(converted);
}

function toBase(value: Rational, { factor, scale, reference }: Known): Rational {
  const scaled = times(value, factor);
  if (!scale) return scaled;
  const straight =
    'times' in scale
      ? times(plus(scaled, rationalOf(scale.add ?? '0')), rationalOf(scale.times))
      : ofNumber(scale.straighten(toNumber(scaled)));
  return times(straight, reference);
}

function fromBase(value: Rational, { factor, scale, reference }: Known): Rational {
  if (!scale) return times(value, inverse(factor));
  const relative = times(value, inverse(reference));
  const own =
    'times' in scale
      ? plus(times(relative, inverse(rationalOf(scale.times))), rationalOf(`-${scale.add ?? '0'}`))
      : ofNumber(scale.bend(toNumber(relative)));
  return times(own, inverse(factor));
}

/** Zero for what is no finite number: a logarithm of nothing. */
const ofNumber = (value: number): Rational =>
  ofExact((Number.isFinite(value) ? exactOf(String(value)) : undefined) ?? exactOf('0')!);
