import { Exact, roundTo } from '../../ucum/exact.ts';
import { isNumber, toExact } from '../equality.ts';
import { type FunctionTable, integerOf, singleSystem } from '../expression.ts';
import type { Item } from '../node.ts';
import { areComparable, asQuantity, QuantityValue } from '../quantity.ts';
import { digitsKnown, Temporal, temporalBoundary } from '../temporal.ts';

/** Most digits after the point that a boundary is given with. */
const mostPlaces = 28;

/** The least or greatest number that is written with these digits, to `places` after the point (8 unless told). */
function numberBoundary(value: Exact, end: 'low' | 'high', places = 8): Exact | undefined {
  if (places < 0 || places > mostPlaces) return undefined;
  const half = new Exact(value.digits * 10n + (end === 'low' ? -5n : 5n), value.scale + 1);
  return roundTo(half, places, end === 'low' ? 'floor' : 'ceiling');
}

function boundary(item: Item, end: 'low' | 'high', places: number | undefined): Item | undefined {
  if (isNumber(item)) return numberBoundary(toExact(item), end, places);
  if (item instanceof Temporal) return temporalBoundary(item, end, places);
  if (!(item instanceof QuantityValue)) return undefined;
  const value = numberBoundary(item.value, end, places);
  return value && new QuantityValue(value, item.unit, item.calendar);
}

const boundaryFunction = (name: string, end: 'low' | 'high'): FunctionTable[string] => ({
  args: [0, 1],
  compile: ({ of: { evaluate }, arg }) => {
    const argument = arg(0).evaluate;
    return {
      evaluate: (focus, env) => {
        const item = singleSystem(evaluate(focus, env), name);
        return item === undefined ? undefined : boundary(item, end, integerOf(argument(focus, env), name));
      },
    };
  },
});

function precision(item: Item): number | undefined {
  if (item instanceof Temporal) return digitsKnown(item);
  if (typeof item === 'number') return 0;
  return item instanceof Exact ? item.scale : undefined;
}

/** Source: https://build.fhir.org/ig/HL7/FHIRPath/#lowboundaryprecision-integer-decimal--date--datetime--time */
export const boundaryFunctions: FunctionTable = {
  lowBoundary: boundaryFunction('lowBoundary()', 'low'),
  highBoundary: boundaryFunction('highBoundary()', 'high'),
  precision: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const item = singleSystem(evaluate(focus, env), 'precision()');
        return item === undefined ? undefined : precision(item);
      },
    }),
  },
  /** Whether two quantities have units that measure the same; a number has the unit '1'. */
  comparable: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const other = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const one = asQuantity(singleSystem(evaluate(focus, env), 'comparable()'));
          const two = asQuantity(singleSystem(other(focus, env), 'comparable()'));
          return one && two && areComparable(one, two);
        },
      };
    },
  },
};
