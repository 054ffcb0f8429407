import type { Resource } from '../interactions.ts';
import type { Run } from './run.ts';

type Entry = { fullUrl?: unknown; resource?: Resource };
type Index = ReadonlyMap<string, Resource>;

/**
 * The resource a reference leads to without leaving what is validated: contained in the same resource, or in
 * the same Bundle. Source: https://hl7.org/fhir/R4/bundle.html#references
 */
export function resolveReference(reference: string, run: Run): Resource | undefined {
  if (reference === '#') return run.rootResource;
  if (reference.startsWith('#')) return containedIn(run).get(reference.slice(1));
  return run.bundle ? indexOf(run, run.bundle, entriesOf).get(reference) : undefined;
}

/** The contained resources at the place the run is at, by id. */
export const containedIn = (run: Run): Index => indexOf(run, run.rootResource, containedOf);

/** Made once in a run: a resource may be another when it is validated again. */
function indexOf(run: Run, resource: Resource, make: (resource: Resource) => Index): Index {
  const indexes = (run.indexes ??= new Map<Resource, Map<unknown, Index>>());
  const own = indexes.get(resource) ?? new Map<unknown, Index>();
  indexes.set(resource, own);
  const index = own.get(make) ?? make(resource);
  own.set(make, index);
  return index;
}

function containedOf({ contained }: Resource): Index {
  const byId = new Map<string, Resource>();
  for (const one of Array.isArray(contained) ? (contained as (Resource | null)[]) : [])
    if (typeof one?.id === 'string' && !byId.has(one.id)) byId.set(one.id, one);
  return byId;
}

/** By fullUrl, and by `Type/id`. */
function entriesOf({ entry: entries }: Resource): Index {
  const index = new Map<string, Resource>();
  for (const entry of Array.isArray(entries) ? (entries as (Entry | null)[]) : []) {
    const { fullUrl, resource } = entry ?? {};
    if (typeof resource !== 'object' || resource === null) continue;
    if (typeof fullUrl === 'string') index.set(fullUrl, resource);
    if (typeof resource.id === 'string') index.set(`${resource.resourceType}/${resource.id}`, resource);
  }
  return index;
}
