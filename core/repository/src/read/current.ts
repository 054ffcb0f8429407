import type { Resource } from '@yba/fhir';
import type { Db, Pools } from '../rows/session.ts';
import { byReferences } from '../search/references.ts';

/**
 * What is stored now behind `Type/id` references, many at once, for jobs of the platform: neither decided nor
 * logged. Deleted and unknown ones are left out.
 */
export async function current(pools: Pools, references: readonly string[]): Promise<Map<string, Resource>> {
  const hits = await byReferences(pools.lookup as unknown as Db, references);
  return new Map(hits.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, resource]));
}
