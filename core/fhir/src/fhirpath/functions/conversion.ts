import { type Exact, exactOf, Exact as ExactValue } from '../../ucum/exact.ts';
import { isNumber, toExact } from '../equality.ts';
import { type FunctionTable, singleSystem, textOf } from '../expression.ts';
import { type Item, Node, TypeReflection } from '../node.ts';
import { calendarUnit } from '../calendar-unit.ts';
import { inUnit, QuantityValue } from '../quantity.ts';
import { asKind, Temporal, type TemporalKind, temporalOf } from '../temporal.ts';

type Conversion = (item: Item) => Item | undefined;

const trues = new Set(['true', 't', 'yes', 'y', '1', '1.0']);
const falses = new Set(['false', 'f', 'no', 'n', '0', '0.0']);

const toBoolean: Conversion = (item) => {
  if (typeof item === 'boolean') return item;
  if (typeof item === 'string') {
    const word = item.toLowerCase();
    return trues.has(word) ? true : falses.has(word) ? false : undefined;
  }
  if (!isNumber(item)) return undefined;
  const number = Number(item);
  return number === 1 ? true : number === 0 ? false : undefined;
};

const toInteger: Conversion = (item) => {
  if (typeof item === 'number') return item;
  if (typeof item === 'boolean') return item ? 1 : 0;
  if (typeof item !== 'string' || !/^[+-]?\d{1,10}$/.test(item)) return undefined;
  const number = Number(item);
  return number >= -2147483648 && number <= 2147483647 ? number : undefined;
};

const toDecimal = (item: Item): Exact | undefined => {
  if (isNumber(item)) return toExact(item);
  if (typeof item === 'boolean') return new ExactValue(item ? 1n : 0n, 0);
  return typeof item === 'string' && /^[+-]?\d+(\.\d+)?$/.test(item) ? exactOf(item) : undefined;
};

const toText: Conversion = (item) =>
  item instanceof Node || item instanceof TypeReflection ? undefined : String(item);

const toTemporal =
  (kind: TemporalKind): Conversion =>
  (item) => {
    if (item instanceof Temporal)
      return (item.kind === 'time') === (kind === 'time') ? asKind(item, kind) : undefined;
    if (typeof item !== 'string') return undefined;
    const own = kind === 'date' ? temporalOf(item, 'dateTime') : temporalOf(item, kind);
    return own && asKind(own, kind);
  };

const quantityText = /^([+-]?\d+(?:\.\d+)?)(?:\s*(?:'([^']+)'|\s([a-z]+)))?$/;

const toQuantity: Conversion = (item) => {
  if (item instanceof QuantityValue) return item;
  if (isNumber(item) || typeof item === 'boolean') return new QuantityValue(toDecimal(item)!, '1');
  const match = typeof item === 'string' && item.length < 200 ? quantityText.exec(item) : null;
  if (!match) return undefined;
  const [, number, code, word] = match;
  const value = exactOf(number!)!;
  if (word === undefined) return new QuantityValue(value, code ?? '1');
  return calendarUnit(word) === undefined ? undefined : new QuantityValue(value, word, true);
};

/** `toX()` gives the converted value or nothing; `convertsToX()` says which. */
function both(name: string, convert: Conversion): FunctionTable {
  return {
    [`to${name}`]: conversion(`to${name}()`, convert, (converted) => converted),
    [`convertsTo${name}`]: conversion(`convertsTo${name}()`, convert, (converted) => converted !== undefined),
  };
}

/** toQuantity() may name a unit to convert to. */
function conversion(
  name: string,
  convert: Conversion,
  answer: (converted: Item | undefined) => Item | undefined,
): FunctionTable[string] {
  return {
    args: name.endsWith('Quantity()') ? [0, 1] : [0, 0],
    compile: ({ of: { evaluate }, arg, hasArg }) => {
      const unit = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const item = singleSystem(evaluate(focus, env), name);
          if (item === undefined) return undefined;
          const converted = convert(item);
          if (!hasArg(0)) return answer(converted);
          const wanted = textOf(unit(focus, env), name);
          if (wanted === undefined) return undefined;
          return answer(converted instanceof QuantityValue ? inUnit(converted, wanted) : undefined);
        },
      };
    },
  };
}

/** Source: https://hl7.org/fhirpath/N1/#conversion */
export const conversionFunctions: FunctionTable = {
  ...both('Boolean', toBoolean),
  ...both('Integer', toInteger),
  ...both('Decimal', toDecimal),
  ...both('String', toText),
  ...both('Date', toTemporal('date')),
  ...both('DateTime', toTemporal('dateTime')),
  ...both('Time', toTemporal('time')),
  ...both('Quantity', toQuantity),
};
