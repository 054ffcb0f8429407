import type { Resource } from '@yba/fhir';
import type { Repository } from '@yba/repository';
import { facilitySource } from '@yba/vietnam';
import { enteredInError, type Withdrawing } from '../entered-in-error.ts';
import type { MessageBundle } from './message-bundle.ts';

/** An entry of the transaction that withdraws. */
export type Withdrawal = { resource: Resource; request: { method: 'PUT'; url: string } };

/** Types that have no way to say that they were entered in error: they stay, and the sender is told. */
const WITHOUT_STATUS: ReadonlySet<string> = new Set([
  'Patient',
  'Person',
  'RelatedPerson',
  'Binary',
  'Provenance',
]);

/**
 * What marks these resources of the facility as entered in error. Those that are marked or gone need nothing; another
 * facility's are never touched. `kept` could not be marked.
 */
export async function withdrawalsOf(
  { current }: Pick<Repository, 'current'>,
  facility: string,
  references: readonly string[],
  why: Withdrawing,
): Promise<{ entries: Withdrawal[]; kept: string[] }> {
  const entries: Withdrawal[] = [];
  const kept: string[] = [];
  const stored = await current([...new Set(references)]);
  for (const [reference, resource] of stored) {
    if (resource.meta?.['source'] !== facilitySource(facility) || isWithdrawn(resource)) continue;
    if (WITHOUT_STATUS.has(resource.resourceType)) kept.push(reference);
    else
      entries.push({ resource: enteredInError(resource, why), request: { method: 'PUT', url: reference } });
  }
  return { entries, kept };
}

/** Whether a resource says that it should never have been. */
export function isWithdrawn(resource: Resource): boolean {
  const verification = resource['verificationStatus'] as { coding?: { code?: string }[] } | undefined;
  return (
    resource['status'] === 'entered-in-error' ||
    (verification?.coding?.some(({ code }) => code === 'entered-in-error') ?? false)
  );
}

/** The reason that the sender gave. */
export function whyOf({ header }: MessageBundle): Withdrawing {
  const { text, coding } = (header['reason'] ?? {}) as { text?: string; coding?: { display?: string }[] };
  const said = text ?? coding?.find(({ display }) => display)?.display;
  return { code: 'retraction', ...(said ? { text: said } : {}) };
}
