/** Digits after the point that a division keeps, and the most that any result keeps. */
const divisionScale = 24;
const maxScale = 60;
/** Numbers of more digits than this come from hostile input only. */
const maxDigits = 400;

/**
 * A decimal number with exactly the digits it was written with: `digits` × 10^-`scale`.
 * Source: https://hl7.org/fhirpath/N1/#decimal (System.Decimal)
 */
export class Exact {
  readonly digits: bigint;
  readonly scale: number;

  constructor(digits: bigint, scale: number) {
    this.digits = digits;
    this.scale = scale;
  }

  toString(): string {
    const negative = this.digits < 0n;
    let text = (negative ? -this.digits : this.digits).toString();
    if (this.scale > 0) {
      text = text.padStart(this.scale + 1, '0');
      text = `${text.slice(0, -this.scale)}.${text.slice(-this.scale)}`;
    }
    return negative ? `-${text}` : text;
  }

  valueOf(): number {
    return Number(this.toString());
  }
}

const form = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Reads `1.50`, `-3`, `1e2`; undefined when the text is no number, or one of absurd size. */
export function exactOf(text: string): Exact | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  if (whole.length + fraction.length > maxDigits || Math.abs(scale) > maxDigits) return undefined;
  const digits = BigInt(sign + whole + fraction);
  return scale >= 0 ? new Exact(digits, scale) : new Exact(digits * tenTo(-scale), 0);
}

const powers = Array.from({ length: 64 }, (_, exponent) => 10n ** BigInt(exponent));
export const tenTo = (exponent: number): bigint => powers[exponent] ?? 10n ** BigInt(exponent);

const at = (value: Exact, scale: number) => value.digits * tenTo(scale - value.scale);

/** Less than, equal to or more than 0 as `a` is to `b`, whatever their trailing zeros. */
export function compareExact(a: Exact, b: Exact): number {
  const scale = Math.max(a.scale, b.scale);
  const [left, right] = [at(a, scale), at(b, scale)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function add(a: Exact, b: Exact): Exact {
  const scale = Math.max(a.scale, b.scale);
  return new Exact(at(a, scale) + at(b, scale), scale);
}

export const negate = (a: Exact): Exact => new Exact(-a.digits, a.scale);
export const subtract = (a: Exact, b: Exact): Exact => add(a, negate(b));

export function multiply(a: Exact, b: Exact): Exact {
  const product = new Exact(a.digits * b.digits, a.scale + b.scale);
  return product.scale > maxScale ? roundTo(product, maxScale) : product;
}

/** Undefined when `b` is zero. Trailing zeros that the division brought are left out. */
export function divide(a: Exact, b: Exact): Exact | undefined {
  if (b.digits === 0n) return undefined;
  const scale = divisionScale + 1;
  const shift = scale + b.scale - a.scale;
  const [dividend, divisor] =
    shift >= 0 ? [a.digits * tenTo(shift), b.digits] : [a.digits, b.digits * tenTo(-shift)];
  return trimZeros(roundTo(new Exact(dividend / divisor, scale), divisionScale));
}

/** The whole part of the quotient, toward zero. */
export function divideWhole(a: Exact, b: Exact): bigint | undefined {
  if (b.digits === 0n) return undefined;
  const scale = Math.max(a.scale, b.scale);
  return at(a, scale) / at(b, scale);
}

export function remainder(a: Exact, b: Exact): Exact | undefined {
  if (b.digits === 0n) return undefined;
  const scale = Math.max(a.scale, b.scale);
  return trimZeros(new Exact(at(a, scale) % at(b, scale), scale));
}

export type Rounding = 'half-away' | 'floor' | 'ceiling' | 'truncate';

/** The value with `scale` digits after the point (zeros are added when it has fewer). */
export function roundTo(value: Exact, scale: number, rounding: Rounding = 'half-away'): Exact {
  if (value.scale <= scale) return new Exact(at(value, scale), scale);
  const unit = tenTo(value.scale - scale);
  const rest = value.digits % unit;
  let whole = value.digits / unit;
  const away = value.digits < 0n ? -1n : 1n;
  if (rounding === 'half-away' && (rest < 0n ? -rest : rest) * 2n >= unit) whole += away;
  else if (rounding === 'floor' && rest < 0n) whole -= 1n;
  else if (rounding === 'ceiling' && rest > 0n) whole += 1n;
  return new Exact(whole, scale);
}

export function trimZeros(value: Exact): Exact {
  let { digits, scale } = value;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale--;
  }
  return scale === value.scale ? value : new Exact(digits, scale);
}
