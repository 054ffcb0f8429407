import type { Resource } from '../interactions.ts';
import type { Run } from './run.ts';

type Entry = { fullUrl?: unknown; resource?: Resource };

/** By fullUrl, and by `Type/id` for those whose fullUrl ends so. */
const indexes = new WeakMap<Resource, Map<string, Resource>>();

/**
 * The resource a reference leads to without leaving what is validated: contained in the same resource, or in
 * the same Bundle. Source: https://hl7.org/fhir/R4/bundle.html#references
 */
export function resolveReference(reference: string, run: Run): Resource | undefined {
  if (reference === '#') return run.rootResource;
  if (reference.startsWith('#')) {
    const contained = run.rootResource['contained'];
    const id = reference.slice(1);
    return Array.isArray(contained)
      ? ((contained as (Resource | null)[]).find((one) => one?.id === id) ?? undefined)
      : undefined;
  }
  return run.bundle ? indexOf(run.bundle).get(reference) : undefined;
}

function indexOf(bundle: Resource): Map<string, Resource> {
  let index = indexes.get(bundle);
  if (!index) {
    indexes.set(bundle, (index = new Map()));
    const entries = bundle['entry'];
    for (const entry of Array.isArray(entries) ? (entries as (Entry | null)[]) : []) {
      const { fullUrl, resource } = entry ?? {};
      if (typeof resource !== 'object' || resource === null) continue;
      if (typeof fullUrl === 'string') index.set(fullUrl, resource);
      if (typeof resource.id === 'string') index.set(`${resource.resourceType}/${resource.id}`, resource);
    }
  }
  return index;
}
