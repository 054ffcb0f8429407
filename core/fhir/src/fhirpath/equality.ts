import { Decimal } from '../json/decimal.ts';
import { compareExact, Exact, exactOf, trimZeros } from '../ucum/exact.ts';
import type { Env } from './env.ts';
import {
  asQuantity,
  compareQuantity,
  equivalentExact,
  equivalentQuantity,
  isVague,
  QuantityValue,
} from './quantity.ts';
import { countOf, type Item, itemsOf, Node, systemValue, TypeReflection, type Value } from './node.ts';
import { compareTemporal, Temporal } from './temporal.ts';

export const isNumber = (item: unknown): item is number | Exact =>
  typeof item === 'number' || item instanceof Exact;

export const toExact = (item: number | Exact): Exact =>
  typeof item === 'number' ? new Exact(BigInt(item), 0) : item;

/** Whether two items are equal; undefined when that is not known. Source: https://hl7.org/fhirpath/N1/#equals */
export function equalItems(a: Item, b: Item): boolean | undefined {
  const left = systemValue(a);
  const right = systemValue(b);
  if (left === undefined || right === undefined) return left === right ? undefined : false;
  if (left === right) return true;
  if (typeof left !== 'object' && typeof right !== 'object') return false;
  if (isNumber(left))
    return isNumber(right) ? compareExact(toExact(left), toExact(right)) === 0 : quantityToo(left, right);
  if (left instanceof Temporal) return sameMoment(left, right);
  if (left instanceof QuantityValue) {
    if (right instanceof QuantityValue) {
      const order = compareQuantity(left, right);
      return order === undefined ? (isVague(left, right) ? undefined : false) : order === 0;
    }
    return quantityToo(right, left);
  }
  if (left instanceof TypeReflection)
    return right instanceof TypeReflection && left.name === right.name && left.namespace === right.namespace;
  if (left instanceof Node && right instanceof Node) return equalJson(left.value, right.value);
  return false;
}

/** A number is a Quantity of unit '1'. */
const quantityToo = (number: Item, quantity: Item): boolean =>
  isNumber(number) &&
  quantity instanceof QuantityValue &&
  compareQuantity(new QuantityValue(toExact(number), '1'), quantity) === 0;

function sameMoment(left: Temporal, right: Item): boolean | undefined {
  const other = typeof right === 'string' ? undefined : right;
  if (!(other instanceof Temporal) || (left.kind === 'time') !== (other.kind === 'time')) return false;
  const order = compareTemporal(left, other);
  return order === undefined ? undefined : order === 0;
}

/** Two JSON values, whatever the order of their properties; numbers by value. */
function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return isDecimal(a) && isDecimal(b) && sameNumber(a, b);
  if (a instanceof Decimal || b instanceof Decimal) return isDecimal(a) && isDecimal(b) && sameNumber(a, b);
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        key in b && equalJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

const isDecimal = (value: unknown): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal;

function sameNumber(a: number | Decimal, b: number | Decimal): boolean {
  const [left, right] = [exactOf(String(a)), exactOf(String(b))];
  return left !== undefined && right !== undefined && compareExact(left, right) === 0;
}

/** `=` of collections: item by item in order. */
export function equal(a: Value, b: Value): boolean | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (!Array.isArray(a) && !Array.isArray(b)) return equalItems(a, b);
  if (countOf(a) !== countOf(b)) return false;
  const right = itemsOf(b);
  let known = true;
  for (const [index, item] of itemsOf(a).entries()) {
    const same = equalItems(item, right[index]!);
    if (same === false) return false;
    if (same === undefined) known = false;
  }
  return known ? true : undefined;
}

/** Source: https://hl7.org/fhirpath/N1/#equivalent */
export function equivalentItems(a: Item, b: Item): boolean {
  const left = systemValue(a);
  const right = systemValue(b);
  if (left === undefined || right === undefined) return left === right;
  if (typeof left === 'string' || typeof right === 'string')
    return typeof left === 'string' && typeof right === 'string' && folded(left) === folded(right);
  if (isNumber(left) && isNumber(right)) return equivalentExact(toExact(left), toExact(right));
  if (left instanceof QuantityValue || right instanceof QuantityValue) {
    const [x, y] = [asQuantity(left), asQuantity(right)];
    return x !== undefined && y !== undefined && equivalentQuantity(x, y);
  }
  if (left instanceof Node && right instanceof Node) return equivalentJson(left.value, right.value);
  return equalItems(left, right) === true;
}

/** Whatever the case, and which white space it is. */
const folded = (text: string) => text.toLowerCase().replace(/\s/g, ' ');

function equivalentJson(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return folded(a) === folded(b);
  if (isDecimal(a) && isDecimal(b)) {
    const [left, right] = [exactOf(String(a)), exactOf(String(b))];
    return left !== undefined && right !== undefined && equivalentExact(left, right);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const rest = [...(b as unknown[])];
    return a.length === b.length && a.every((item) => takeOut(rest, (other) => equivalentJson(item, other)));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a).filter((key) => key !== 'id');
  return (
    keys.length === Object.keys(b).filter((key) => key !== 'id').length &&
    keys.every((key) =>
      equivalentJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

function takeOut<T>(rest: T[], fits: (item: T) => boolean): boolean {
  const index = rest.findIndex(fits);
  if (index >= 0) rest.splice(index, 1);
  return index >= 0;
}

/** `~` of collections: whatever the order. */
export function equivalent(a: Value, b: Value, env: Env): boolean {
  if (countOf(a) !== countOf(b)) return false;
  const rest = [...itemsOf(b)];
  env.spend(rest.length * rest.length);
  return itemsOf(a).every((item) => takeOut(rest, (other) => equivalentItems(item, other)));
}

/** What stands for an item among many: equal items have the same key. Undefined for those that must be compared one by one. */
function keyOf(item: Item): string | number | boolean | undefined {
  if (item instanceof Node && item.type.reads === 'text') return item.value as string | undefined;
  const value = systemValue(item);
  if (typeof value !== 'object') return value;
  if (!(value instanceof Exact)) return undefined;
  const { digits, scale } = trimZeros(value);
  return scale === 0 && digits <= safe && digits >= -safe ? Number(digits) : `\u0000${digits}e${scale}`;
}

const safe = BigInt(Number.MAX_SAFE_INTEGER);

/** A growing set of items by equality. */
export class ItemSet {
  readonly items: Item[] = [];
  readonly #keys = new Set<string | number | boolean>();
  readonly #others: Item[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  has(item: Item): boolean {
    const key = keyOf(item);
    this.#env.spend(1);
    if (key !== undefined) return this.#keys.has(key);
    this.#env.spend(this.#others.length);
    return this.#others.some((other) => equalItems(other, item) === true);
  }

  /** Whether the item was new. */
  add(item: Item): boolean {
    if (this.has(item)) return false;
    const key = keyOf(item);
    if (key === undefined) this.#others.push(item);
    else this.#keys.add(key);
    this.items.push(item);
    return true;
  }

  addAll(value: Value): this {
    for (const item of itemsOf(value)) this.add(item);
    return this;
  }
}
