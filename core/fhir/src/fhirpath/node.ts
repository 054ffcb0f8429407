import { Decimal } from '../json/decimal.ts';
import { Exact, exactOf } from '../ucum/exact.ts';
import { evaluationFault } from './fault.ts';
import { QuantityValue } from './quantity.ts';
import { Temporal, temporalOf } from './temporal.ts';
import { isFhirType, type TypeInfo, typeInfo, untyped } from './types.ts';

/** An element of a resource: its JSON with its FHIR type, and where it stands. */
export class Node {
  /** Undefined for a primitive that has extensions only. */
  readonly value: unknown;
  readonly type: TypeInfo;
  readonly parent: Node | undefined;
  /** JSON property of the parent, and index when that is an array (else -1). */
  readonly property: string;
  readonly index: number;

  constructor(value: unknown, type: TypeInfo, parent: Node | undefined, property: string, index: number) {
    this.value = value;
    this.type = type;
    this.parent = parent;
    this.property = property;
    this.index = index;
  }

  /** Of a primitive: its `_name` object with `id` and `extension`. */
  get sibling(): unknown {
    if (!this.parent) return undefined;
    const beside = (this.parent.value as Record<string, unknown>)[`_${this.property}`];
    return this.index >= 0 && Array.isArray(beside) ? beside[this.index] : beside;
  }
}

/** A primitive that is looked at by itself, given with its `_name` object. */
export class LoneNode extends Node {
  readonly #beside: unknown;

  constructor(value: unknown, type: TypeInfo, beside: unknown) {
    super(value, type, undefined, '', -1);
    this.#beside = beside;
  }

  override get sibling(): unknown {
    return this.#beside;
  }
}

/** What `type()` answers. Source: https://hl7.org/fhirpath/N1/#reflection */
export class TypeReflection {
  readonly namespace: string;
  readonly name: string;

  constructor(namespace: string, name: string) {
    this.namespace = namespace;
    this.name = name;
  }
}

/** One thing a collection holds: an element, or a System value (a number is a System.Integer). */
export type Item = Node | string | number | boolean | Exact | Temporal | QuantityValue | TypeReflection;

/** A collection: nothing, one item as it is, or an array of at least two. */
export type Value = Item | Item[] | undefined;

export const itemsOf = (value: Value): readonly Item[] =>
  value === undefined ? none : Array.isArray(value) ? value : [value];

const none: readonly Item[] = [];

/** The collection of these items. */
export const valueOf = (items: Item[]): Value => (items.length > 1 ? items : items[0]);

export const countOf = (value: Value): number =>
  value === undefined ? 0 : Array.isArray(value) ? value.length : 1;

/** The System value an element stands for; the element itself when it is no primitive and no Quantity. Undefined for a primitive without a value. */
export function systemValue(item: Item): Item | undefined {
  if (!(item instanceof Node)) return item;
  const { value, type } = item;
  switch (type.reads) {
    case undefined:
      return type.isQuantity ? (quantityOf(value) ?? item) : item;
    case 'text':
    case 'boolean':
      return value as string | boolean | undefined;
    case 'number':
      return typeof value === 'number' ? value : exactValue(value);
    case 'exact':
      return exactValue(value);
    default:
      return typeof value === 'string' ? (temporalOf(value, type.reads) ?? value) : undefined;
  }
}

const exactValue = (value: unknown): Exact | undefined =>
  typeof value === 'number' || value instanceof Decimal ? exactOf(String(value)) : undefined;

function quantityOf(value: unknown): QuantityValue | undefined {
  const { value: amount, code, unit, system } = value as Record<string, unknown>;
  const exact = exactValue(amount);
  if (!exact) return undefined;
  if (typeof code === 'string')
    return system === 'http://unitsofmeasure.org'
      ? new QuantityValue(exact, code, false, true)
      : new QuantityValue(exact, code);
  return new QuantityValue(exact, typeof unit === 'string' ? unit : '1');
}

/** A value from outside as an item: a resource or element with its type, or a System value. */
export function itemOf(value: unknown, type?: string, sibling?: unknown): Item | undefined {
  if (type !== undefined && !(value instanceof Node)) return typedItem(value, type, sibling);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isInteger(value) ? value : exactOf(String(value));
    case 'object':
      return value === null ? undefined : objectItem(value);
    default:
      return undefined;
  }
}

function typedItem(value: unknown, type: string, sibling: unknown): Item | undefined {
  const info = type === 'Resource' || type === 'DomainResource' ? resourceInfo(value) : typeInfo(type);
  if (sibling !== undefined) return new LoneNode(value, info, sibling);
  return value === undefined || value === null ? undefined : new Node(value, info, undefined, '', -1);
}

function objectItem(value: object): Item | undefined {
  const info = resourceInfo(value);
  if (info === untyped) {
    if (isItem(value)) return value;
    if (value instanceof Decimal) return exactOf(value.text);
  }
  return new Node(value, info, undefined, '', -1);
}

const isItem = (value: object): value is Node | Exact | Temporal | QuantityValue =>
  value instanceof Node ||
  value instanceof Exact ||
  value instanceof Temporal ||
  value instanceof QuantityValue;

/** The type that a resource says it is. */
export function resourceInfo(value: unknown): TypeInfo {
  const type = (value as { resourceType?: unknown } | null | undefined)?.resourceType;
  return typeof type === 'string' && isFhirType(type) ? typeInfo(type) : untyped;
}

/** An item as callers see it: JSON of the resource as it stands, text of dates, numbers with their digits. */
export function plain(item: Item): unknown {
  if (item instanceof Node) return item.value;
  if (item instanceof Exact) {
    const text = item.toString();
    const number = Number(text);
    return String(number) === text ? number : new Decimal(text);
  }
  if (item instanceof Temporal) return item.text;
  if (item instanceof QuantityValue) {
    const value = plain(item.value);
    if (item.calendar) return { value, unit: item.unit };
    return { value, unit: item.unit, system: 'http://unitsofmeasure.org', code: item.unit };
  }
  return item;
}

/** The name of an item's type: `FHIR` names as they are, System types as `System.Integer`. */
export function typeNameOf(item: Item): { namespace: string; name: string } {
  if (item instanceof Node) return { namespace: 'FHIR', name: item.type.name || 'Element' };
  if (typeof item === 'string') return { namespace: 'System', name: 'String' };
  if (typeof item === 'boolean') return { namespace: 'System', name: 'Boolean' };
  if (typeof item === 'number') return { namespace: 'System', name: 'Integer' };
  if (item instanceof Exact) return { namespace: 'System', name: 'Decimal' };
  if (item instanceof QuantityValue) return { namespace: 'System', name: 'Quantity' };
  if (item instanceof TypeReflection) return { namespace: 'System', name: 'SimpleTypeInfo' };
  return {
    namespace: 'System',
    name: item.kind === 'date' ? 'Date' : item.kind === 'time' ? 'Time' : 'DateTime',
  };
}

/** The one item of a collection that is not empty. Throws when there are several. */
export function singleOf(value: Item | Item[], what: string): Item {
  if (Array.isArray(value)) throw evaluationFault(`${what} needs one item, found ${value.length}`);
  return value;
}
