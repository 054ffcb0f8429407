import type { Resource } from './interactions.ts';
import { model, resourceTypes } from './model/model.ts';
import { propertyOf } from './path/compile-path.ts';

/** One place of a resource that points elsewhere. */
export type ReferencePlace = {
  /** What is written there. */
  reference: string;
  /** FHIRPath of it: `Encounter.subject.reference`. */
  path: string;
  /** The Reference object itself; absent for a uri or a link of a narrative. */
  element: Record<string, unknown> | undefined;
  /** Writes another target there. */
  set(target: string): void;
  /** Writes another target there for good: it is what `reset` goes back to. */
  rename(target: string): void;
  /** Writes back what stood there. */
  reset(): void;
};

type Kind = 'reference' | 'uri' | 'div' | 'resource' | { type: string };
const kindsByType = new Map<string, ReadonlyMap<string, Kind>>();
const uriTypes = new Set(['uri', 'url', 'oid', 'uuid']);
const htmlLink = /\b(?:href|src)\s*=\s*(?:"(urn:uuid:[^"]*)"|'(urn:uuid:[^']*)')/gi;

/**
 * All places whose target a transaction may have to rewrite: every Reference.reference, and, where they
 * hold `urn:uuid:`, elements of type uri, url, oid and uuid and the links of narratives; also inside
 * extensions and contained resources, not inside the entries of a stored Bundle. canonical is left alone.
 * Source: https://hl7.org/fhir/R4/http.html#trules
 */
export function references(resource: Resource): ReferencePlace[] {
  const places: ReferencePlace[] = [];
  if (resourceTypes.has(resource.resourceType))
    walk(resource, resource.resourceType, resource.resourceType, places);
  return places;
}

function walk(node: object, type: string, path: string, places: ReferencePlace[]): void {
  const kinds = kindsOf(type);
  const fields = node as Record<string, unknown>;
  for (const property in fields) {
    const kind = kinds.get(property);
    if (kind === undefined) continue;
    const value = fields[property];
    const at = `${path}.${property}`;
    if (Array.isArray(value))
      value.forEach((item, index) => visit(value, index, item, kind, `${at}[${index}]`, places));
    else visit(fields, property, value, kind, at, places);
  }
}

function visit(
  holder: object,
  key: string | number,
  value: unknown,
  kind: Kind,
  path: string,
  places: ReferencePlace[],
): void {
  if (typeof value === 'string')
    return visitText(holder as Record<string | number, unknown>, key, value, kind, path, places);
  if (typeof value !== 'object' || value === null) return;
  if (kind === 'resource') {
    const { resourceType } = value as Resource;
    if (resourceTypes.has(resourceType)) walk(value, resourceType, path, places);
  } else if (typeof kind === 'object') walk(value, kind.type, path, places);
}

function visitText(
  holder: Record<string | number, unknown>,
  key: string | number,
  text: string,
  kind: Kind,
  path: string,
  places: ReferencePlace[],
): void {
  if (kind === 'reference')
    places.push(new TextPlace(holder, key, text, path, holder as Record<string, unknown>));
  else if (kind === 'uri' && text.startsWith('urn:uuid:'))
    places.push(new TextPlace(holder, key, text, path, undefined));
  else if (kind === 'div' && text.includes('urn:uuid:'))
    for (const [link, double, single] of text.matchAll(htmlLink))
      places.push(new LinkPlace(holder, key, text, path, link, double ?? single!));
}

/** A text that is the target itself. */
class TextPlace implements ReferencePlace {
  reference: string;
  readonly path: string;
  readonly element: Record<string, unknown> | undefined;
  readonly #holder: Record<string | number, unknown>;
  readonly #key: string | number;

  constructor(
    holder: Record<string | number, unknown>,
    key: string | number,
    text: string,
    path: string,
    element: Record<string, unknown> | undefined,
  ) {
    this.#holder = holder;
    this.#key = key;
    this.reference = text;
    this.path = path;
    this.element = element;
  }

  set(target: string): void {
    this.#holder[this.#key] = target;
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
  readonly path: string;
  readonly element = undefined;
  readonly #holder: Record<string | number, unknown>;
  readonly #key: string | number;
  readonly #link: string;
  #before: string;

  constructor(
    holder: Record<string | number, unknown>,
    key: string | number,
    text: string,
    path: string,
    link: string,
    reference: string,
  ) {
    this.#holder = holder;
    this.#key = key;
    this.#before = text;
    this.path = path;
    this.#link = link;
    this.reference = reference;
  }

  set(target: string): void {
    const replaced = this.#link.replace(this.reference, () => target);
    this.#holder[this.#key] = String(this.#holder[this.#key]).replaceAll(this.#link, () => replaced);
  }

  rename(target: string): void {
    this.set(target);
    this.#before = String(this.#holder[this.#key]);
    this.reference = target;
  }

  /** The whole narrative as it was: the places of one narrative are reset together. */
  reset(): void {
    this.#holder[this.#key] = this.#before;
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
    else if (uriTypes.has(elementType)) kinds.set(property, 'uri');
    else if (elementType === 'xhtml') kinds.set(property, 'div');
    kinds.set(`_${property}`, { type: 'Element' });
  } else kinds.set(property, elementType === 'Resource' ? 'resource' : { type: elementType });
}
