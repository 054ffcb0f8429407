import type { Resource } from './interactions.ts';
import { model, resourceTypes } from './model/model.ts';
import { propertyOf } from './path/compile-path.ts';

/** One place of a resource that points elsewhere. */
export type ReferencePlace = {
  /** What is written there. */
  reference: string;
  /** FHIRPath of it, found when it is asked for: `Encounter.subject.reference`. */
  readonly path: string;
  /** The Reference object itself; absent for a uri or a link of a narrative. */
  element: Record<string, unknown> | undefined;
  /** Writes another target there. */
  set(target: string): void;
  /** Writes another target there for good: it is what `reset` goes back to. */
  rename(target: string): void;
  /** Writes back what stood there. */
  reset(): void;
};

/** What a property holds; of an object its type, whose own properties are looked up at the first one. */
type Kind =
  'reference' | 'uri' | 'url' | 'div' | 'resource' | { type: string; kinds?: ReadonlyMap<string, Kind> };
const kindsByType = new Map<string, ReadonlyMap<string, Kind>>();
const uriTypes = new Set(['uri', 'oid', 'uuid']);
const htmlLink = /\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;

/** A fullUrl that is no address: what it stands for is known within its Bundle alone. */
const isUrn = (text: string) => text.startsWith('urn:uuid:') || text.startsWith('urn:oid:');

/**
 * The base of the server that a fullUrl names: a relative reference in that entry is read from there. Undefined for a
 * fullUrl that is not RESTful. Source: https://hl7.org/fhir/R4/bundle.html#references
 */
export const serverOf = (fullUrl: string): string | undefined =>
  /^(https?:\/\/.*)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl)?.[1];

/** The address of a resource, alone or on a server; with a version or a fragment. */
const restful =
  /^(?:https?:\/\/\S+\/)?[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#\S*)?$/;

const isAddress = (text: string) => isUrn(text) || restful.test(text);

/**
 * All places whose target a transaction may have to rewrite: every Reference.reference, elements of type url and links
 * of narratives that hold the address of a resource, `urn:uuid:` or `urn:oid:`, and elements of type uri, oid and uuid
 * that hold one of the latter (an http uri may be the name of a system or a definition, which stays what it is); also
 * inside extensions and contained resources, not inside the entries of a stored Bundle. canonical is left alone.
 * Source: https://hl7.org/fhir/R4/http.html#trules
 */
export function references(resource: Resource): ReferencePlace[] {
  const places: ReferencePlace[] = [];
  if (resourceTypes.has(resource.resourceType))
    walk(resource, kindsOf(resource.resourceType), resource, places);
  return places;
}

function walk(
  node: object,
  kinds: ReadonlyMap<string, Kind>,
  root: Resource,
  places: ReferencePlace[],
): void {
  const fields = node as Record<string, unknown>;
  for (const property in fields) {
    const kind = kinds.get(property);
    if (kind === undefined) continue;
    const value = fields[property];
    if (Array.isArray(value))
      for (let index = 0; index < value.length; index++)
        visit(value, index, value[index], kind, root, places);
    else visit(fields, property, value, kind, root, places);
  }
}

function visit(
  holder: object,
  key: string | number,
  value: unknown,
  kind: Kind,
  root: Resource,
  places: ReferencePlace[],
): void {
  if (typeof value === 'string') {
    if (typeof kind === 'string') visitText({ holder: holder as Holder, key, root }, value, kind, places);
  } else if (typeof value !== 'object' || value === null) return;
  else if (kind === 'resource') {
    const { resourceType } = value as Resource;
    if (resourceTypes.has(resourceType)) walk(value, kindsOf(resourceType), root, places);
  } else if (typeof kind === 'object') walk(value, (kind.kinds ??= kindsOf(kind.type)), root, places);
}

type Holder = Record<string | number, unknown>;

/** Where a text stands: in which object or array of which resource, under which name or index. */
type Spot = { holder: Holder; key: string | number; root: Resource };

function visitText(spot: Spot, text: string, kind: string, places: ReferencePlace[]): void {
  if (kind === 'reference') places.push(new TextPlace(spot, text, spot.holder as Record<string, unknown>));
  else if (kind === 'uri') {
    if (isUrn(text)) places.push(new TextPlace(spot, text, undefined));
  } else if (kind === 'url') {
    if (isAddress(text)) places.push(new TextPlace(spot, text, undefined));
  } else if (kind === 'div' && (text.includes('href') || text.includes('src')))
    for (const [link, double, single] of text.matchAll(htmlLink))
      if (isAddress(double ?? single!)) places.push(new LinkPlace(spot, text, link, double ?? single!));
}

/** FHIRPath of a spot. */
function pathOf({ holder, key, root }: Spot): string {
  const path = placeOf(holder, root);
  if (path === undefined) return root.resourceType;
  return Array.isArray(holder) ? `${path}[${key}]` : `${path}.${key}`;
}

/** Walks that found what they were asked about, and what that was: whoever asks next mostly asks for the same, or what follows. */
const walks = new WeakMap<Resource, { walk: Generator<Met>; met: Met }>();

/** An object or list of a resource, and where it stands. */
type Met = { node: object; path: string };

/**
 * Where an object or list stands in a resource. A thousand faults are told in one walk through the resource, not in a
 * thousand.
 */
function placeOf(holder: object, root: Resource): string | undefined {
  const last = walks.get(root);
  if (last?.met.node === holder) return last.met.path;
  for (const walk of [last?.walk, objectsIn(root, root.resourceType)])
    for (let next = walk?.next(); next && !next.done; next = walk!.next()) {
      const met = next.value;
      if (met.node !== holder) continue;
      walks.set(root, { walk: walk!, met });
      return met.path;
    }
  return undefined;
}

function* objectsIn(node: object, path: string): Generator<Met> {
  yield { node, path };
  const isList = Array.isArray(node);
  for (const [name, value] of Object.entries(node) as [string, unknown][])
    if (typeof value === 'object' && value !== null)
      yield* objectsIn(value, isList ? `${path}[${name}]` : `${path}.${name}`);
}

/** A text that is the target itself. */
class TextPlace implements ReferencePlace {
  reference: string;
  readonly element: Record<string, unknown> | undefined;
  readonly #spot: Spot;

  constructor(spot: Spot, text: string, element: Record<string, unknown> | undefined) {
    this.#spot = spot;
    this.reference = text;
    this.element = element;
  }

  get path(): string {
    return pathOf(this.#spot);
  }

  set(target: string): void {
    this.#spot.holder[this.#spot.key] = target;
  }

  rename(target: string): void {
    this.reference = target;
    this.set(target);
  }

  reset(): void {
    this.set(this.reference);
  }
}

/** A link inside a narrative, which may hold several. */
class LinkPlace implements ReferencePlace {
  reference: string;
  readonly element = undefined;
  readonly #spot: Spot;
  readonly #link: string;
  #before: string;

  constructor(spot: Spot, text: string, link: string, reference: string) {
    this.#spot = spot;
    this.#before = text;
    this.#link = link;
    this.reference = reference;
  }

  get path(): string {
    return pathOf(this.#spot);
  }

  set(target: string): void {
    const replaced = this.#link.replace(this.reference, () => target);
    const { holder, key } = this.#spot;
    holder[key] = String(holder[key]).replaceAll(this.#link, () => replaced);
  }

  rename(target: string): void {
    this.set(target);
    this.#before = String(this.#spot.holder[this.#spot.key]);
    this.reference = target;
  }

  /** The whole narrative as it was: the places of one narrative are reset together. */
  reset(): void {
    this.#spot.holder[this.#spot.key] = this.#before;
  }
}

/** Properties of a type worth visiting; primitives' `_property` siblings hold extensions. */
function kindsOf(type: string): ReadonlyMap<string, Kind> {
  let kinds = kindsByType.get(type);
  if (!kinds) {
    kinds = new Map();
    kindsByType.set(type, kinds);
    for (const element of model.types[type]?.elements ?? []) {
      if (type === 'Bundle.entry' && element.name === 'resource') continue;
      for (const elementType of element.types)
        addKind(kinds as Map<string, Kind>, type, propertyOf(element, elementType), elementType);
    }
  }
  return kinds;
}

function addKind(kinds: Map<string, Kind>, type: string, property: string, elementType: string): void {
  if (model.types[elementType]?.kind === 'primitive') {
    if (type === 'Reference' && property === 'reference') kinds.set(property, 'reference');
    else if (elementType === 'url') kinds.set(property, 'url');
    else if (uriTypes.has(elementType)) kinds.set(property, 'uri');
    else if (elementType === 'xhtml') kinds.set(property, 'div');
    kinds.set(`_${property}`, { type: 'Element' });
  } else kinds.set(property, elementType === 'Resource' ? 'resource' : { type: elementType });
}
