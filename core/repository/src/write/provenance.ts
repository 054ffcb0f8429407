import { randomUUID } from 'node:crypto';
import type { Resource } from '@yba/fhir';
import type { Change, Request } from './change.ts';

/**
 * A write and its Provenance, for one commit: the Provenance's target is the version that is written.
 * Source: https://hl7.org/fhir/R4/provenance.html#header
 */
export function withProvenance(request: Request, provenance: Resource): Request[] {
  const fullUrl = `urn:uuid:${randomUUID()}`;
  const { id: _, target: given = [], ...rest } = provenance;
  // what is no list is left for the validation to tell of
  const target = Array.isArray(given)
    ? [{ reference: `${fullUrl}/_history/1` }, ...(given as unknown[])]
    : given;
  return [
    { ...request, fullUrl },
    {
      method: 'POST',
      type: 'Provenance',
      resource: { ...rest, target } as Resource,
      path: 'X-Provenance',
      accompanies: fullUrl,
    },
  ];
}

/** The changes without a Provenance of what is there already as it is. */
export function withoutIdle(changes: readonly Change[]): Change[] {
  return changes.map((change) => {
    const { accompanies } = change;
    const idle =
      accompanies !== undefined &&
      changes.some(({ fullUrl, action }) => fullUrl === accompanies && action === 'unchanged');
    return idle ? { ...change, action: 'absent', version: 0 } : change;
  });
}
