import type { Resource } from '@yba/fhir';
import type { Db } from '../rows/session.ts';
import { byReferences } from '../search/references.ts';
import type { Env } from '../write/transact.ts';

/**
 * What is stored now behind `Type/id` references, many at once, for jobs of the platform: neither decided nor
 * logged. Deleted and unknown ones are left out. Those who follow the feed ask for what was just written, one after
 * another: its frames are still at hand.
 */
export async function current(
  { pools, latest }: Pick<Env, 'pools' | 'latest'>,
  references: readonly string[],
): Promise<Map<string, Resource>> {
  const hits = await byReferences(pools.lookup as unknown as Db, references, { latest });
  return new Map(hits.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, resource]));
}
