import { meetsPrefix } from './meets-prefix.ts';
import type { Prefix, QuantitySearch } from './search-request.ts';
import type { QuantityValue } from './values.ts';

/** `digits` × 10 ^ `exponent`. */
type Exact = { digits: bigint; exponent: number };

const written = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** What a JavaScript number keeps of any decimal. */
const KEPT_DIGITS = 15;

/** More digits than this are compared as numbers are: no measurement has them. */
const MOST_DIGITS = 1000;

/** True for digits that a JavaScript number would round: too many, too large, too near to nothing. */
export function isRounded(text: string): boolean {
  if (text.length > MOST_DIGITS) return false;
  const [, , whole = '', fraction = ''] = written.exec(text) ?? [];
  const significant = `${whole}${fraction}`.replace(/^0+/, '').length;
  const number = Number(text);
  return significant > KEPT_DIGITS || !Number.isFinite(number) || (number === 0 && significant > 0);
}

function exactly(text: string): Exact {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = written.exec(text) ?? [];
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}

/** An open end, or a number as the shortest decimal that gives it. */
type Bound = Exact | 'lowest' | 'highest';

function bound(text: string | undefined, number: number): Bound {
  if (text !== undefined) return exactly(text);
  if (number === Infinity) return 'highest';
  return number === -Infinity ? 'lowest' : exactly(String(number));
}

/** Negative when `a` is less than `b`. Powers of ten are written out only where both are of one size. */
function compare(a: Bound, b: Bound): number {
  if (a === b) return 0;
  if (a === 'lowest' || b === 'highest') return -1;
  if (a === 'highest' || b === 'lowest') return 1;
  const [sign, other] = [signOf(a), signOf(b)];
  if (sign !== other || sign === 0) return sign - other;
  const size = sizeOf(a) - sizeOf(b);
  if (size !== 0) return size * sign;
  const exponent = Math.min(a.exponent, b.exponent);
  const difference =
    a.digits * 10n ** BigInt(a.exponent - exponent) - b.digits * 10n ** BigInt(b.exponent - exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const signOf = ({ digits }: Exact) => (digits < 0n ? -1 : digits > 0n ? 1 : 0);
const sizeOf = ({ digits, exponent }: Exact) => String(digits).replace('-', '').length + exponent;

/** Whether a value meets a search where a JavaScript number would round one of the two. */
export function matchesExactly(search: QuantitySearch, value: QuantityValue): boolean {
  const { prefix } = search;
  const low = bound(value.exact?.low, value.low);
  const high = bound(value.exact?.high, value.high);
  const asked = exactly(search.exact ?? String(search.value));
  const { from, to } = search.exact === undefined ? numbers(search) : around(asked, prefix);
  return meetsPrefix<Bound>(prefix, { low, high, asked, from, to }, compare);
}

const numbers = ({ low, high }: QuantitySearch) => ({
  from: bound(undefined, low),
  to: bound(undefined, high),
});

/** Half a unit of the last digit given to both sides; of `ap` a tenth of the number. */
function around({ digits, exponent }: Exact, prefix: Prefix): { from: Exact; to: Exact } {
  const slack = prefix === 'ap' ? (digits < 0n ? -digits : digits) : 5n;
  const at = (tenths: bigint): Exact => ({ digits: tenths, exponent: exponent - 1 });
  return { from: at(digits * 10n - slack), to: at(digits * 10n + slack) };
}
