import { type Exact, exactOf, tenTo } from './exact.ts';

/** A fraction of whole numbers, not always in lowest terms; `bottom` is positive. */
export type Rational = { top: bigint; bottom: bigint };

export const one: Rational = { top: 1n, bottom: 1n };

/** Reads `2.54`, `1e-3`, `5/9`. */
export function rationalOf(text: string): Rational {
  const [top, bottom] = text.split('/');
  const left = ofExact(exactOf(top!)!);
  return bottom === undefined ? left : times(left, inverse(ofExact(exactOf(bottom)!)));
}

export const ofExact = ({ digits, scale }: Exact): Rational => ({ top: digits, bottom: tenTo(scale) });

export const times = (a: Rational, b: Rational): Rational => reduced(a.top * b.top, a.bottom * b.bottom);

export const plus = (a: Rational, b: Rational): Rational =>
  reduced(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);

export const inverse = ({ top, bottom }: Rational): Rational =>
  top < 0n ? { top: -bottom, bottom: -top } : { top: bottom, bottom: top };

export function powerOf(base: Rational, exponent: number): Rational {
  const { top, bottom } = exponent < 0 ? inverse(base) : base;
  const times = BigInt(Math.abs(exponent));
  return { top: top ** times, bottom: bottom ** times };
}

function reduced(top: bigint, bottom: bigint): Rational {
  let [a, b] = [top < 0n ? -top : top, bottom];
  while (b !== 0n) [a, b] = [b, a % b];
  return a <= 1n ? { top, bottom } : { top: top / a, bottom: bottom / a };
}

/** Less than, equal to or more than 0 as `a` is to `b`. */
export function compareRational(a: Rational, b: Rational): number {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The nearest JavaScript number. */
export function toNumber({ top, bottom }: Rational): number {
  if (top === 0n) return 0;
  // 25 digits of the quotient, then the reading of decimal text rounds once.
  const size = digitsOf(top) - digitsOf(bottom);
  const shift = 25 - size;
  const quotient = shift >= 0 ? (top * tenTo(shift)) / bottom : top / (bottom * tenTo(-shift));
  return Number(`${quotient}e${-shift}`);
}

const digitsOf = (value: bigint) => (value < 0n ? -value : value).toString().length;
