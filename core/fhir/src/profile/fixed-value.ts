import { Decimal } from '../json/decimal.ts';
import { canonicalQuantity } from '../ucum/index.ts';

/** Whether a value is exactly the one given. Source: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_ */
export function equalsFixed(value: unknown, fixed: unknown): boolean {
  if (Array.isArray(fixed))
    return (
      Array.isArray(value) &&
      value.length === fixed.length &&
      fixed.every((one, at) => equalsFixed(value[at], one))
    );
  if (!isObject(fixed)) return equalsPlain(value, fixed);
  if (!isObject(value)) return false;
  const names = Object.keys(fixed);
  return (
    Object.keys(value).length === names.length && names.every((name) => equalsFixed(value[name], fixed[name]))
  );
}

/**
 * Whether a value holds at least what the pattern holds: each of its properties, and for each item of an array
 * one that matches. Source: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
 */
export function matchesPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern))
    return Array.isArray(value) && pattern.every((one) => value.some((item) => matchesPattern(item, one)));
  if (!isObject(pattern)) return equalsPlain(value, pattern);
  if (!isObject(value)) return false;
  for (const name in pattern) if (!matchesPattern(value[name], pattern[name])) return false;
  return true;
}

/** Numbers by their value: 1.0 is 1. */
const equalsPlain = (value: unknown, expected: unknown) =>
  value === expected || (isNumber(value) && isNumber(expected) && Number(value) === Number(expected));

const isNumber = (value: unknown) => typeof value === 'number' || value instanceof Decimal;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);

/** -1, 0 or 1; undefined when the two cannot be compared. Numbers, Quantities by value, dates and texts as they read. */
export function compareValues(value: unknown, limit: unknown): number | undefined {
  if (isNumber(value) && isNumber(limit)) return Math.sign(Number(value) - Number(limit));
  if (typeof value === 'string' && typeof limit === 'string') {
    const length = Math.min(value.length, limit.length);
    const timed = value.includes('T') && limit.includes('T');
    const [a, b] = timed
      ? [Date.parse(value), Date.parse(limit)]
      : [value.slice(0, length), limit.slice(0, length)];
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined;
  }
  return isObject(value) && isObject(limit) ? compareQuantities(value, limit) : undefined;
}

type Quantity = { value?: number | Decimal; code?: string };

/** By the values as they stand when the units are the same, else by those in canonical units. */
function compareQuantities(quantity: Quantity, limit: Quantity): number | undefined {
  if (quantity.code === limit.code) return compareValues(quantity.value, limit.value);
  const [own, other] = [quantity, limit].map(({ value, code }) =>
    value === undefined || code === undefined ? undefined : canonicalQuantity(value, code),
  );
  return own && other && own.unit === other.unit ? Math.sign(own.value - other.value) : undefined;
}
