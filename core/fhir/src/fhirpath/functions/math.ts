import { Exact, exactOf, multiply, roundTo, type Rounding } from '../../ucum/exact.ts';
import { isNumber, toExact } from '../equality.ts';
import { type FunctionTable, integerOf, singleSystem } from '../expression.ts';
import { evaluationFault } from '../fault.ts';
import type { Item } from '../node.ts';
import { QuantityValue } from '../quantity.ts';

type Number_ = number | Exact;

function numberIn(item: Item, name: string): Number_ {
  if (isNumber(item)) return item;
  throw evaluationFault(`${name} needs a number`);
}

/** A function of one number and, for some, another. */
function ofNumber(
  name: string,
  args: [number, number],
  apply: (value: Number_, argument: Number_ | undefined) => Item | undefined,
  ofQuantity?: (value: Exact) => Exact,
): FunctionTable[string] {
  return {
    args,
    compile: ({ of: { evaluate }, arg, hasArg }) => {
      const argument = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const item = singleSystem(evaluate(focus, env), name);
          if (item === undefined) return undefined;
          if (ofQuantity && item instanceof QuantityValue)
            return new QuantityValue(ofQuantity(item.value), item.unit, item.calendar);
          const given = hasArg(0) ? singleSystem(argument(focus, env), name) : undefined;
          if (hasArg(0) && given === undefined) return undefined;
          return apply(numberIn(item, name), given === undefined ? undefined : numberIn(given, name));
        },
      };
    },
  };
}

/** The result of a function that numbers cannot give exactly; nothing when it is none. */
function decimal(value: number): Exact | undefined {
  return Number.isFinite(value) ? exactOf(String(value)) : undefined;
}

function whole(value: Number_, rounding: Rounding): number | undefined {
  if (typeof value === 'number') return value;
  const { digits } = roundTo(value, 0, rounding);
  return digits >= -2147483648n && digits <= 2147483647n ? Number(digits) : undefined;
}

const toWhole = (name: string, rounding: Rounding) =>
  ofNumber(
    name,
    [0, 0],
    (value) => whole(value, rounding),
    (value) => roundTo(value, 0, rounding),
  );

const absolute = ({ digits, scale }: Exact) => new Exact(digits < 0n ? -digits : digits, scale);

function power(base: Number_, exponent: Number_): Item | undefined {
  if (typeof exponent === 'number' && exponent >= 0 && exponent <= 64) {
    let result = new Exact(1n, 0);
    for (let times = 0; times < exponent; times++) result = multiply(result, toExact(base));
    if (typeof base !== 'number') return result;
    const number = Number(result.digits);
    return Math.abs(number) <= 2147483647 ? number : undefined;
  }
  const result = Number(base) ** Number(exponent);
  return decimal(result);
}

/** Source: https://hl7.org/fhirpath/N1/#math */
export const mathFunctions: FunctionTable = {
  abs: ofNumber(
    'abs()',
    [0, 0],
    (value) => (typeof value === 'number' ? Math.abs(value) : absolute(value)),
    absolute,
  ),
  ceiling: toWhole('ceiling()', 'ceiling'),
  floor: toWhole('floor()', 'floor'),
  truncate: toWhole('truncate()', 'truncate'),
  exp: ofNumber('exp()', [0, 0], (value) => decimal(Math.exp(Number(value)))),
  ln: ofNumber('ln()', [0, 0], (value) => decimal(Math.log(Number(value)))),
  log: ofNumber('log()', [1, 1], (value, base) => decimal(logarithm(Number(value), Number(base)))),
  power: ofNumber('power()', [1, 1], (value, exponent) => power(value, exponent!)),
  sqrt: ofNumber('sqrt()', [0, 0], (value) => decimal(Math.sqrt(Number(value)))),
  round: {
    args: [0, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const argument = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const item = singleSystem(evaluate(focus, env), 'round()');
          if (item === undefined) return undefined;
          const places = integerOf(argument(focus, env), 'round()') ?? 0;
          if (places < 0 || places > 60) throw evaluationFault('round() takes 0 to 60 places');
          if (item instanceof QuantityValue)
            return new QuantityValue(rounded(item.value, places), item.unit, item.calendar);
          return rounded(toExact(numberIn(item, 'round()')), places);
        },
      };
    },
  },
};

const rounded = (value: Exact, places: number) => (value.scale <= places ? value : roundTo(value, places));

/** Exact where base and value are powers: log(8, 2) is 3. */
function logarithm(value: number, base: number): number {
  if (base === 10) return Math.log10(value);
  return base === 2 ? Math.log2(value) : Math.log(value) / Math.log(base);
}
