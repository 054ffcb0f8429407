import type { Prefix } from './search-request.ts';

/** What is compared: the bounds of a value, the number asked for, and how far the digits it was given with reach. */
type Sides<Number> = { low: Number; high: Number; asked: Number; from: Number; to: Number };

/**
 * Whether a value meets a number with its prefix, by a comparison that is negative when the first is less. eq, ne and ap
 * go by the digits given, the others by the exact number. Source: https://hl7.org/fhir/R4/search.html#prefix
 */
export function meetsPrefix<Number>(
  prefix: Prefix,
  { low, high, asked, from, to }: Sides<Number>,
  compare: (a: Number, b: Number) => number,
): boolean {
  const isContained = () => compare(from, low) <= 0 && compare(high, to) < 0;
  switch (prefix) {
    case 'eq':
      return isContained();
    case 'ne':
      return !isContained();
    case 'gt':
      return compare(high, asked) > 0;
    case 'lt':
      return compare(low, asked) < 0;
    case 'ge':
      return compare(high, asked) >= 0;
    case 'le':
      return compare(low, asked) <= 0;
    case 'sa':
      return compare(low, asked) > 0;
    case 'eb':
      return compare(high, asked) < 0;
    case 'ap':
      return compare(low, to) <= 0 && compare(from, high) <= 0;
  }
}

/** The least above a number: where more digits are given than a number holds, the range is that number alone. */
export const next = (value: number) => value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
