import type { Resource } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { sensitivityBits } from './sensitivity.ts';

/** A resource that is no row of this store: whose Patient it speaks of, and which facility holds it. */
export type Elsewhere = { resource: Resource; patient: string; facility: string };

/** Whether anything of a type that lies at a facility may be shown of a Patient: where it may not, neither is that the facility has a part. */
export function reachesElsewhere(
  { facility: own, patients, limits }: Reach,
  { type, patient, facility }: { type: string; patient: string; facility: string },
): boolean {
  if (own !== facility && !patients.includes(patient)) return false;
  if (limits?.types && !limits.types.includes(type)) return false;
  if (limits?.context && !limits.context.patients.includes(patient) && !limits.context.free?.includes(type))
    return false;
  return !limits?.patients?.[patient]?.none;
}

/**
 * Whether a resource that lies at its facility is within a reach: what row-level security says of rows (`yba_shows`,
 * `yba_lets`), said of it. A scope's filter by terms cannot be told here: what is narrowed by one is not shown.
 */
export function showsElsewhere(reach: Reach, { resource, patient, facility }: Elsewhere): boolean {
  const { limits } = reach;
  const type = resource.resourceType;
  const label = sensitivityBits(resource);
  const isOwn = reach.facility === facility;
  const limit = limits?.patients?.[patient];
  if (!reachesElsewhere(reach, { type, patient, facility })) return false;
  if (!isOwn && !reach.self && (label & ~(limit?.shows ?? 0)) !== 0) return false;
  if (limits?.only?.[type]) return false;
  const kept = isOwn ? limit?.ownTypes : limit?.types;
  const hidden = isOwn ? limit?.ownHides : limit?.hides;
  return !kept?.includes(type) && (label & (hidden ?? 0)) === 0;
}
