import { isContainer, type Json } from './draft.ts';
import { childElement } from './element-list.ts';
import { malformed, notApplicable } from './fault.ts';

/** A part of Parameters. */
export type Part = { name: string; part?: unknown; resource?: unknown; [value: string]: unknown };

/** What an operation puts into the resource: a value, of a primitive also the `_name` object, and the type when it is said. */
export type ElementValue = { value?: unknown; beside?: unknown; type?: string };

const maxDepth = 50;

/** The parts of a list, each with its place. Throws 'invalid' for what are no parts. */
export function partsOf(list: unknown, at: string): { part: Part; at: string }[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw malformed(at, 'must be an array');
  return (list as unknown[]).map((part, index) => {
    const place = `${at}[${index}]`;
    if (!isContainer(part) || typeof (part as Json)['name'] !== 'string')
      throw malformed(place, 'must be an object with a name');
    return { part: part as Part, at: place };
  });
}

/** The value of a part: its `value[x]`, its resource, or an element built from its parts by name. */
export function elementValue(part: Part, at: string, type: string | undefined, depth = 0): ElementValue {
  if (depth > maxDepth) throw malformed(at, `nested deeper than ${maxDepth} levels`);
  const given = valueProperty(part, at);
  if (given) return given;
  if (part.resource !== undefined) return { value: part.resource, type: 'Resource' };
  if (part.part === undefined) throw malformed(at, 'needs a value[x], a resource or parts');
  if (type === undefined) throw malformed(at, 'a choice of types needs a value[x] that says which');
  const built: Json = {};
  for (const { part: one, at: place } of partsOf(part.part, `${at}.part`))
    addPart(built, one, place, type, depth);
  return { value: built };
}

function valueProperty(part: Part, at: string): ElementValue | undefined {
  const keys = Object.keys(part).filter((key) => /^_?value[A-Z]/.test(key));
  const names = new Set(keys.map((key) => key.replace(/^_/, '')));
  if (names.size === 0) return undefined;
  if (names.size > 1) throw malformed(at, `may have one value, found ${[...names].join(' and ')}`);
  const [name] = names as unknown as [string];
  const own = name.slice('value'.length);
  return {
    ...(part[name] === undefined ? {} : { value: part[name] }),
    ...(part[`_${name}`] === undefined ? {} : { beside: part[`_${name}`] }),
    type: own,
  };
}

/** Puts a part into the element being built; the same name again makes a list. */
function addPart(built: Json, part: Part, at: string, type: string, depth: number): void {
  const element = childElement(type, part.name);
  if (!element) throw notApplicable(at, `${type} has no element '${part.name.slice(0, 60)}'`);
  const value = elementValue(part, at, element.type(), depth + 1);
  const property = element.property(value.type);
  if (!element.properties.includes(property))
    throw notApplicable(at, `${element.name}[x] cannot be a ${value.type ?? 'value without a type'}`);
  if (!element.many) {
    if (built[property] !== undefined) throw malformed(at, `${property} occurs once only`);
    if (value.value !== undefined) built[property] = value.value;
    if (value.beside !== undefined) built[`_${property}`] = value.beside;
    return;
  }
  const list = (built[property] ??= []) as unknown[];
  list.push(value.value ?? null);
  if (value.beside === undefined && built[`_${property}`] === undefined) return;
  const besides = (built[`_${property}`] ??= []) as unknown[];
  while (besides.length < list.length - 1) besides.push(null);
  besides.push(value.beside ?? null);
}
