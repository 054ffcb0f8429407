import { canonicalExact } from '../ucum/index.ts';
import { divide, Exact, multiply, trimZeros } from '../ucum/exact.ts';
import { inverse, times } from '../ucum/rational.ts';
import { canonical, QuantityValue } from './quantity.ts';

/** `a × b^exponent` as a quantity. Units that only UCUM knows how to multiply come out in base units. */
export function compatibleProduct(
  a: QuantityValue,
  b: QuantityValue,
  exponent: 1 | -1,
): QuantityValue | undefined {
  const plainB = isOne(b);
  const value = exponent === 1 ? multiply(a.value, b.value) : divide(a.value, b.value);
  if (!value) return undefined;
  if (plainB) return new QuantityValue(value, a.unit, a.calendar);
  if (isOne(a) && exponent === 1) return new QuantityValue(value, b.unit, b.calendar);
  if (exponent === -1 && a.unit === b.unit && a.calendar === b.calendar) return new QuantityValue(value, '1');
  const [left, right] = [canonical(a), canonical(b)];
  if (!left || !right) return undefined;
  const product = times(left.value, exponent === 1 ? right.value : inverse(right.value));
  const amount = divide(new Exact(product.top, 0), new Exact(product.bottom, 0));
  const unit = exponent === 1 ? joined(left.unit, right.unit) : `${left.unit}/(${right.unit})`;
  const code = canonicalExact(new Exact(1n, 0), unit)?.unit;
  return amount && code !== undefined ? new QuantityValue(trimZeros(amount), code) : undefined;
}

const isOne = ({ unit, calendar }: QuantityValue) => unit === '1' && !calendar;
const joined = (a: string, b: string) => (a === '1' ? b : b === '1' ? a : `${a}.${b}`);
