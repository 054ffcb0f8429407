import type { Resource } from '../interactions.ts';
import { resourceTypes } from '../model/model.ts';

/** `Type/id` with an optional server before it and an optional version after it. */
const literal = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * The resource type a Reference points to: by its text, by the contained resource it names, or by
 * Reference.type. Undefined when none of these tells, as for `urn:uuid:`.
 */
export function referencedType(node: unknown, root: Resource): string | undefined {
  const { reference, type } = node as { reference?: unknown; type?: unknown };
  if (typeof reference === 'string') {
    if (reference.startsWith('#')) return containedType(reference.slice(1), root);
    const named = literal.exec(reference)?.[1];
    if (named && resourceTypes.has(named)) return named;
  }
  return typeof type === 'string' ? type : undefined;
}

function containedType(id: string, root: Resource): string | undefined {
  if (id === '') return root.resourceType;
  const contained = root['contained'];
  return Array.isArray(contained)
    ? (contained as (Resource | null)[]).find((one) => one?.id === id)?.resourceType
    : undefined;
}
