import { model } from '../model/model.ts';
import { type Draft, isContainer, type Json } from './draft.ts';
import type { ElementValue } from './part-value.ts';

/** An element a type may have. */
export type Child = {
  name: string;
  many: boolean;
  /** Its JSON property; a choice has another for each type. */
  property: (type?: string) => string;
  /** All JSON properties it may stand under. */
  properties: readonly string[];
  /** Its type; undefined for a choice. */
  type: () => string | undefined;
};

/** The element of that name; of a choice also by `value[x]` and `valueQuantity`. */
export function childElement(type: string, name: string): Child | undefined {
  const plain = name.replace(/\[x\]$/, '');
  const elements = model.types[type]?.elements ?? [];
  const capital = (one: string) => one[0]!.toUpperCase() + one.slice(1);
  const element =
    elements.find((one) => one.name === plain) ??
    elements.find((one) => one.choice && one.types.some((own) => one.name + capital(own) === plain));
  if (!element) return undefined;
  const own = element.choice
    ? element.types.find((one) => element.name + capital(one) === plain)
    : element.types[0];
  return {
    name: element.name,
    many: element.many === true,
    property: (given) => (element.choice ? element.name + capital(own ?? given ?? '') : element.name),
    properties: element.choice ? element.types.map((one) => element.name + capital(one)) : [element.name],
    type: () => own,
  };
}

/** A place in the draft: a single element, or one item of a list (`index` of it) or the list itself. */
export type ElementList = {
  element: Child;
  length: number;
  insert(index: number, value: ElementValue): void;
  move(from: number, to: number): void;
  remove(): void;
  /** Answers what is wrong when the value does not fit. */
  replace(value: ElementValue): string | undefined;
};

/** The place at these keys. The keys of a primitive's extension start with `_`, as `_birthDate`. */
export function listAt(draft: Draft, path: [string, ...(string | number)[]], element?: Child): ElementList {
  const last = path.at(-1)!;
  const index = typeof last === 'number' ? last : undefined;
  const way = index === undefined ? path.slice(0, -1) : path.slice(0, -2);
  const property = String(index === undefined ? last : path.at(-2));
  const parent = draft.containerAt(way) as Json;
  const list = () => listIn(draft, parent, property);
  const beside = () =>
    isContainer(parent[`_${property}`]) ? listIn(draft, parent, `_${property}`) : undefined;
  return {
    element: element ?? {
      name: property,
      many: index !== undefined,
      property: () => property,
      properties: [property],
      type: () => undefined,
    },
    length: Math.max(lengthOf(parent[property]), lengthOf(parent[`_${property}`])),
    insert: (at, value) => insertAt(draft, parent, property, at, value),
    move: (from, to) => {
      for (const items of [list(), beside()]) if (items) moveItem(items, from, to);
    },
    remove: () => {
      if (index === undefined) {
        delete parent[property];
        delete parent[`_${property}`];
        return;
      }
      for (const [name, items] of [
        [property, parent[property] === undefined ? undefined : list()],
        [`_${property}`, beside()],
      ] as const) {
        if (!items) continue;
        if (index < items.length) items.splice(index, 1);
        if (items.every((item) => item === null || item === undefined)) delete parent[name];
      }
    },
    replace: (value) => {
      if (index === undefined) return replaceSingle(draft, path, value, property, parent);
      putAt(draft, parent, property, index, value);
      return undefined;
    },
  };
}

const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);

function listIn(draft: Draft, parent: Json, property: string): unknown[] {
  const value = parent[property];
  const list = draft.owned(Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value]);
  parent[property] = list;
  return list;
}

function moveItem(items: unknown[], from: number, to: number): void {
  while (items.length <= Math.max(from, to)) items.push(null);
  const [item] = items.splice(from, 1);
  items.splice(to, 0, item);
  while (items.length > 0 && items.at(-1) === null) items.pop();
}

/** Puts a value into a list; the list of extensions beside it keeps step. */
function insertAt(draft: Draft, parent: Json, property: string, index: number, value: ElementValue): void {
  const { length } = listIn(draft, parent, property);
  const beside = parent[`_${property}`] === undefined ? undefined : listIn(draft, parent, `_${property}`);
  listIn(draft, parent, property).splice(index, 0, value.value ?? null);
  if (beside) {
    while (beside.length < Math.min(index, length)) beside.push(null);
    beside.splice(index, 0, value.beside ?? null);
  } else if (value.beside !== undefined)
    parent[`_${property}`] = [...Array.from({ length: index }, () => null), value.beside];
}

function putAt(draft: Draft, parent: Json, property: string, index: number, value: ElementValue): void {
  const items = listIn(draft, parent, property);
  while (items.length < index) items.push(null);
  items[index] = value.value ?? null;
  const beside = `_${property}`;
  if (parent[beside] === undefined && value.beside === undefined) return;
  const besides = listIn(draft, parent, beside);
  while (besides.length < index) besides.push(null);
  besides[index] = value.beside ?? null;
  if (besides.every((item) => item === null || item === undefined)) delete parent[beside];
}

/** Replaces a single element; a choice may change its type, and with it its property. */
function replaceSingle(
  draft: Draft,
  path: readonly (string | number)[],
  value: ElementValue,
  property: string,
  parent: Json,
): string | undefined {
  const owner = typeAt(draft.root as Json, path.slice(0, -1));
  const element = owner === undefined ? undefined : childElement(owner, property);
  const choice = element && element.properties.length > 1 ? childElement(owner!, element.name) : undefined;
  const target = choice ? choice.property(value.type) : property;
  if (choice && !choice.properties.includes(target))
    return `${choice.name}[x] cannot be a ${value.type ?? 'value without a type'}`;
  if (target !== property) {
    delete parent[property];
    delete parent[`_${property}`];
  }
  put(parent, target, value);
  return undefined;
}

function put(parent: Json, property: string, value: ElementValue): void {
  if (value.value === undefined) delete parent[property];
  else parent[property] = value.value;
  if (value.beside === undefined) delete parent[`_${property}`];
  else parent[`_${property}`] = value.beside;
}

/** The type of what stands at these keys of a resource. */
function typeAt(root: Json, keys: readonly (string | number)[]): string | undefined {
  let type = String(root['resourceType']);
  let value: unknown = root;
  for (const key of keys) {
    value = (value as Json)[key];
    if (typeof key === 'number') continue;
    if (key.startsWith('_')) type = 'Element';
    else {
      const element = (model.types[type]?.elements ?? []).find(
        (one) =>
          one.name === key ||
          (one.choice && one.types.some((own) => one.name + own[0]!.toUpperCase() + own.slice(1) === key)),
      );
      const own = element?.choice
        ? element.types.find((one) => element.name + one[0]!.toUpperCase() + one.slice(1) === key)
        : element?.types[0];
      if (own === undefined) return undefined;
      type = own;
    }
    const inner = Array.isArray(value)
      ? undefined
      : (value as { resourceType?: unknown } | undefined)?.resourceType;
    if (type === 'Resource' && typeof inner === 'string') type = inner;
  }
  if (type === 'Resource') type = String((value as Json)['resourceType']);
  return type;
}

/** Adds an element to the object at `path`: at the end of a list, or where there is none yet. */
export function setElement(
  draft: Draft,
  path: readonly (string | number)[],
  element: Child,
  value: ElementValue,
): string | undefined {
  const parent = draft.containerAt(path) as Json;
  const property = element.property(value.type);
  if (!element.properties.includes(property))
    return `${element.name}[x] cannot be a ${value.type ?? 'value without a type'}`;
  if (element.many) {
    const length = Math.max(lengthOf(parent[property]), lengthOf(parent[`_${property}`]));
    insertAt(draft, parent, property, length, value);
    return undefined;
  }
  const present = element.properties.find(
    (one) => parent[one] !== undefined || parent[`_${one}`] !== undefined,
  );
  if (present !== undefined) return `${present} is there already and occurs once only. Use replace`;
  put(parent, property, value);
  return undefined;
}

/** The keys of the `_name` object beside a primitive, made when there is none. */
export function besideAt(draft: Draft, path: readonly (string | number)[]): (string | number)[] {
  const index = path.at(-1);
  const way = typeof index === 'number' ? path.slice(0, -2) : path.slice(0, -1);
  const property = `_${String(typeof index === 'number' ? path.at(-2) : index)}`;
  const parent = draft.containerAt(way) as Json;
  if (typeof index !== 'number') {
    if (!isContainer(parent[property])) parent[property] = {};
    return [...way, property];
  }
  const list = listIn(draft, parent, property);
  while (list.length <= index) list.push(null);
  if (!isContainer(list[index])) list[index] = {};
  return [...way, property, index];
}

/** Takes away the elements that a deletion has left without content: such an element does not exist in FHIR. */
export function prune(draft: Draft, path: readonly (string | number)[]): void {
  const last = path.at(-1);
  const parentPath = path.slice(0, typeof last === 'number' ? -2 : -1);
  if (parentPath.length === 0) return;
  const parent = draft.containerAt(parentPath);
  if (!parent || Object.keys(parent).length > 0) return;
  listAt(draft, parentPath as [string]).remove();
  prune(draft, parentPath);
}
