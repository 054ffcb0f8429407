import { Decimal } from '../json/decimal.ts';
import type { Env } from './env.ts';
import { evaluationFault } from './fault.ts';
import { type Item, itemOf, Node, resourceInfo, TypeReflection, type Value, valueOf } from './node.ts';
import { QuantityValue } from './quantity.ts';
import { type Place, type TypeInfo, typeInfo, untyped } from './types.ts';

type Json = Record<string, unknown>;

/** One step to a child by name, with what it learnt about the last type it met. */
export class Step {
  readonly name: string;
  #type: TypeInfo | undefined = undefined;
  #places: readonly Place[] | undefined = undefined;
  /** Of a choice: the place found last. */
  #last: Place | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** The children of one item. */
  from(item: Item, env: Env): Value {
    if (!(item instanceof Node)) return this.#ofSystem(item);
    const json = item.value;
    if (item.type.kind === 'primitive' || typeof json !== 'object' || json === null)
      return this.#ofPrimitive(item, env);
    const place = this.#placeIn(item, json as Json, env);
    if (place) return charged(at(item, json as Json, place), env);
    return this.name === 'resourceType' ? resourceTypeIn(item) : undefined;
  }

  /** Whether there are children, without making them. */
  existsIn(item: Item, env: Env): boolean {
    if (!(item instanceof Node)) return this.#ofSystem(item) !== undefined;
    const json = item.value;
    if (item.type.kind === 'primitive' || typeof json !== 'object' || json === null)
      return this.#ofPrimitive(item, env) !== undefined;
    const place = this.#placeIn(item, json as Json, env);
    if (!place) return this.name === 'resourceType' && resourceTypeIn(item) !== undefined;
    const value = (json as Json)[place.property];
    return isPlain(value) || at(item, json as Json, place) !== undefined;
  }

  #placeIn(item: Node, json: Json, env: Env): Place | undefined {
    const { type } = item;
    if (type !== this.#type) this.#learn(type);
    const places = this.#places;
    if (places === undefined) return this.#unknown(type, json, env);
    if (places.length === 1) return places[0];
    const last = this.#last;
    if (last && json[last.property] !== undefined) return last;
    return (this.#last = this.#choose(type, json));
  }

  #learn(type: TypeInfo): void {
    this.#type = type;
    this.#places = type.places.get(this.name);
    this.#last = undefined;
  }

  /** A name that the type does not have. */
  #unknown(type: TypeInfo, json: Json, env: Env): Place | undefined {
    if (type === untyped) return untypedPlace(this.name, json);
    if (env.strict && !(type.kind === 'resource' && this.name === 'resourceType'))
      throw evaluationFault(`${type.name} has no element '${this.name}'`);
    return undefined;
  }

  /** Which type a choice has here: looked for among the few properties there are. */
  #choose(type: TypeInfo, json: Json): Place | undefined {
    for (const key in json) {
      const place = type.byProperty.get(key.startsWith('_') ? key.slice(1) : key);
      if (place !== undefined && place.name === this.name) return place;
    }
    return undefined;
  }

  /** A primitive has `id` and `extension` beside it. */
  #ofPrimitive(item: Node, env: Env): Value {
    const beside = item.sibling;
    if (typeof beside !== 'object' || beside === null) {
      if (
        env.strict &&
        item.type !== untyped &&
        this.name !== 'extension' &&
        this.name !== 'id' &&
        this.name !== 'value'
      )
        throw evaluationFault(`${item.type.name} has no element '${this.name}'`);
      return undefined;
    }
    if (this.name !== 'extension' && this.name !== 'id') return undefined;
    const element = new Node(beside, elementType, item.parent, `_${item.property}`, item.index);
    return this.from(element, env);
  }

  #ofSystem(item: Item): Value {
    if (item instanceof QuantityValue)
      return this.name === 'value' ? item.value : this.name === 'unit' ? item.unit : undefined;
    if (!(item instanceof TypeReflection)) return undefined;
    if (this.name === 'namespace') return item.namespace;
    return this.name === 'name' ? item.name : undefined;
  }
}

/** Every collection is charged where it is made, so that what then runs over it is paid for. */
function charged(value: Value, env: Env): Value {
  if (Array.isArray(value)) env.spend(value.length);
  return value;
}

const elementType = typeInfo('Element');

/** Many expressions ask for the `resourceType` of JSON, which FHIRPath does not count among the elements. */
function resourceTypeIn({ value }: Node): string | undefined {
  const type = (value as { resourceType?: unknown }).resourceType;
  return typeof type === 'string' ? type : undefined;
}

const isPlain = (value: unknown) =>
  value !== undefined &&
  value !== null &&
  !(Array.isArray(value) && (value.length === 0 || value[0] === null));

function untypedPlace(name: string, json: Json): Place | undefined {
  if (json[name] === undefined) return undefined;
  return { name, property: name, sibling: `_${name}`, type: () => untyped };
}

/** What stands at a place: one item, several, or nothing. */
function at(parent: Node, json: Json, place: Place): Value {
  const { property } = place;
  const value = json[property];
  const type = place.type();
  if (value === undefined || value === null)
    return type.kind === 'primitive' ? withoutValue(parent, json, place, type) : undefined;
  if (!Array.isArray(value)) return nodeAt(value, type, parent, property, -1);
  const beside = type.kind === 'primitive' ? json[place.sibling] : undefined;
  const length = Array.isArray(beside) ? Math.max(value.length, beside.length) : value.length;
  if (length === 1 && value[0] !== null && value[0] !== undefined)
    return nodeAt(value[0], type, parent, property, 0);
  const items: Item[] = [];
  for (let index = 0; index < length; index++) {
    const item: unknown = value[index];
    if (item !== null && item !== undefined) items.push(nodeAt(item, type, parent, property, index));
    else if (Array.isArray(beside) && beside[index] !== null && beside[index] !== undefined)
      items.push(new Node(undefined, type, parent, property, index));
  }
  return valueOf(items);
}

/** Primitives that have extensions only. */
function withoutValue(parent: Node, json: Json, { property, sibling }: Place, type: TypeInfo): Value {
  const beside = json[sibling];
  if (beside === undefined || beside === null) return undefined;
  if (!Array.isArray(beside)) return new Node(undefined, type, parent, property, -1);
  return valueOf(
    beside.flatMap((one, index) =>
      one === null || one === undefined ? [] : [new Node(undefined, type, parent, property, index)],
    ),
  );
}

function nodeAt(value: unknown, type: TypeInfo, parent: Node, property: string, index: number): Item {
  if (type === untyped) return untypedAt(value, parent, property, index);
  return new Node(value, type === resourceType ? resourceInfo(value) : type, parent, property, index);
}

const resourceType = typeInfo('Resource');

/** JSON without a type: its texts, numbers and booleans are System values. */
function untypedAt(value: unknown, parent: Node, property: string, index: number): Item {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || value instanceof Decimal) return itemOf(value) ?? String(value);
  return new Node(value, resourceInfo(value), parent, property, index);
}

/** All children of an item, in the order of its JSON. */
export function childrenOf(item: Item, into: Item[]): void {
  if (!(item instanceof Node)) return;
  const { type, value } = item;
  if (type.kind === 'primitive' || typeof value !== 'object' || value === null) {
    const beside = item.sibling;
    if (typeof beside === 'object' && beside !== null)
      childrenOf(new Node(beside, elementType, item.parent, `_${item.property}`, item.index), into);
    return;
  }
  const json = value as Json;
  for (const key in json) {
    const place = placeOf(type, key, json);
    if (!place) continue;
    const found = at(item, json, place);
    if (Array.isArray(found)) for (const each of found) into.push(each);
    else if (found !== undefined) into.push(found);
  }
}

function placeOf(type: TypeInfo, key: string, json: Json): Place | undefined {
  if (type === untyped) return untypedPlace(key, json);
  if (!key.startsWith('_')) return type.byProperty.get(key);
  const property = key.slice(1); // counted with the value when there is one
  return json[property] === undefined ? type.byProperty.get(property) : undefined;
}

/** The children, their children and so on. */
export function descendantsOf(items: readonly Item[], env: Env): Item[] {
  const found: Item[] = [];
  for (const item of items) childrenOf(item, found);
  for (let next = 0; next < found.length; next++) childrenOf(found[next]!, found);
  env.spend(found.length);
  return found;
}
