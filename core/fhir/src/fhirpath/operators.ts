import {
  add,
  compareExact,
  divide,
  divideWhole,
  Exact,
  multiply,
  remainder,
  subtract,
} from '../ucum/exact.ts';
import type { Env } from './env.ts';
import { isNumber, toExact } from './equality.ts';
import { evaluationFault } from './fault.ts';
import { type Item, itemsOf, Node, singleOf, systemValue, typeNameOf, type Value } from './node.ts';
import { asQuantity, compareQuantity, movingUnit, product, QuantityValue, sum } from './quantity.ts';
import { compareTemporal, move, Temporal } from './temporal.ts';

export type Comparison = '<' | '<=' | '>' | '>=';

const nameOf = (item: Item) => {
  const { namespace, name } = typeNameOf(item);
  return `${namespace}.${name}`;
};

/** `<`, `<=`, `>`, `>=`; undefined when unknown. Throws when the two are of kinds that have no order between them. */
export function compare(operator: Comparison, a: Value, b: Value): boolean | undefined {
  if (a === undefined || b === undefined) return undefined;
  const left = singleOf(a, operator);
  const right = singleOf(b, operator);
  const x = left instanceof Node && typeof left.value === 'number' ? left.value : left;
  const y = right instanceof Node && typeof right.value === 'number' ? right.value : right;
  const order =
    typeof x === 'number' && typeof y === 'number'
      ? x - y
      : (orderOfTexts(left, right) ?? orderOf(left, right));
  if (order === undefined) return undefined;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** The order of two dates of the same length and zone is that of their texts. */
function orderOfTexts(a: Item, b: Item): number | undefined {
  if (!(a instanceof Node && b instanceof Node) || a.type.reads !== b.type.reads) return undefined;
  if (a.type.reads !== 'date' && a.type.reads !== 'dateTime') return undefined;
  const [x, y] = [a.value, b.value];
  if (typeof x !== 'string' || typeof y !== 'string' || x.length !== y.length) return undefined;
  if (x.length > 19 && x.slice(19) !== y.slice(19)) return undefined;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Less than, equal to or more than 0; undefined when unknown. */
export function orderOf(a: Item, b: Item): number | undefined {
  const left = systemValue(a);
  const right = systemValue(b);
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (isNumber(left) && isNumber(right)) return compareExact(toExact(left), toExact(right));
  if (
    left instanceof Temporal &&
    right instanceof Temporal &&
    (left.kind === 'time') === (right.kind === 'time')
  )
    return compareTemporal(left, right);
  const [x, y] = [asQuantity(left), asQuantity(right)];
  if (x && y) return compareQuantity(x, y);
  throw evaluationFault(`${nameOf(a)} and ${nameOf(b)} have no order between them`);
}

export type Arithmetic = '+' | '-' | '*' | '/' | 'div' | 'mod';

/** Source: https://hl7.org/fhirpath/N1/#math */
export function calculate(operator: Arithmetic, a: Value, b: Value, env: Env): Value {
  if (a === undefined || b === undefined) return undefined;
  const left = systemValue(singleOf(a, operator));
  const right = systemValue(singleOf(b, operator));
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === 'string' && typeof right === 'string' && operator === '+')
    return env.text(left + right);
  if (isNumber(left) && isNumber(right)) return ofNumbers(operator, left, right);
  if (left instanceof Temporal && right instanceof QuantityValue) return moved(operator, left, right);
  if (left instanceof QuantityValue && right instanceof Temporal && operator === '+')
    return moved(operator, right, left);
  const [x, y] = [asQuantity(left), asQuantity(right)];
  if (x && y) return ofQuantities(operator, x, y);
  throw evaluationFault(`${nameOf(left)} ${operator} ${nameOf(right)} is not defined`);
}

function ofNumbers(operator: Arithmetic, a: number | Exact, b: number | Exact): Value {
  const whole = typeof a === 'number' && typeof b === 'number';
  const [left, right] = [toExact(a), toExact(b)];
  switch (operator) {
    case '+':
      return whole ? integer(BigInt(a) + BigInt(b)) : add(left, right);
    case '-':
      return whole ? integer(BigInt(a) - BigInt(b)) : subtract(left, right);
    case '*':
      return whole ? integer(BigInt(a) * BigInt(b)) : multiply(left, right);
    case '/':
      return divide(left, right);
    case 'div': {
      const quotient = divideWhole(left, right);
      return quotient === undefined ? undefined : integer(quotient);
    }
    case 'mod': {
      const rest = remainder(left, right);
      return rest && whole ? Number(rest.digits) : rest;
    }
  }
}

/** A System.Integer; nothing when it does not fit 32 bits. */
function integer(value: bigint): number | undefined {
  return value >= -2147483648n && value <= 2147483647n ? Number(value) : undefined;
}

function moved(operator: Arithmetic, date: Temporal, by: QuantityValue): Value {
  const unit = movingUnit(by);
  if (unit === undefined || (operator !== '+' && operator !== '-'))
    throw evaluationFault(
      `a date or time cannot be moved by '${by.unit}'. Use years, months, days, hours, minutes or seconds`,
    );
  const amount = Number(by.value.toString());
  return move(date, operator === '+' ? amount : -amount, unit);
}

function ofQuantities(operator: Arithmetic, a: QuantityValue, b: QuantityValue): Value {
  switch (operator) {
    case '+':
      return sum(a, b, add);
    case '-':
      return sum(a, b, subtract);
    case '*':
    case '/':
      return product(a, b, operator);
    default:
      throw evaluationFault(`${operator} is not defined for quantities`);
  }
}

/** `-x`. */
export function negated(value: Value): Value {
  if (value === undefined) return undefined;
  const item = systemValue(singleOf(value, '-'));
  if (item === undefined) return undefined;
  if (typeof item === 'number') return -item;
  if (item instanceof Exact) return new Exact(-item.digits, item.scale);
  if (item instanceof QuantityValue)
    return new QuantityValue(new Exact(-item.value.digits, item.value.scale), item.unit, item.calendar);
  throw evaluationFault(`- needs a number, found ${nameOf(item)}`);
}

/** `&`: nothing counts as an empty string. */
export function concatenate(a: Value, b: Value, env: Env): string {
  return env.text(textPart(a) + textPart(b));
}

function textPart(value: Value): string {
  if (value === undefined) return '';
  const item = systemValue(singleOf(value, '&'));
  if (item === undefined) return '';
  if (typeof item === 'string') return item;
  if (item instanceof Node) throw evaluationFault(`& needs strings, found ${nameOf(item)}`);
  return item.toString();
}

/** `in`; nothing when there is no item to look for. */
export function isIn(
  item: Value,
  collection: Value,
  same: (a: Item, b: Item) => boolean | undefined,
): boolean | undefined {
  if (item === undefined) return undefined;
  const wanted = singleOf(item, 'in');
  return itemsOf(collection).some((one) => same(one, wanted) === true);
}
