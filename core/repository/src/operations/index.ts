import type { Interactions } from '@yba/fhir';
import type { Capability } from '@yba/http';
import { lastnOperation } from './lastn.ts';
import { metaOperations } from './meta.ts';
import { validateOperations } from './validate.ts';
import type { ProfilesFor } from './validate.ts';

/** The operations of R4 that every record has: $validate, $meta, $meta-add, $meta-delete, Observation/$lastn. */
export function recordOperations(
  interactions: Interactions,
  { baseUrl, profilesFor }: { baseUrl: string; profilesFor: ProfilesFor },
): Capability {
  return {
    name: 'record',
    operations: [
      ...validateOperations(interactions, profilesFor),
      ...metaOperations(interactions),
      lastnOperation(interactions, baseUrl),
    ],
  };
}
