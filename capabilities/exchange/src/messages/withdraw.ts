import type { Resource } from '@yba/fhir';
import type { Repository } from '@yba/repository';
import { facilitySource } from '@yba/vietnam';
import { enteredInError, isWithdrawable, isWithdrawn, type Withdrawing } from '../entered-in-error.ts';
import type { MessageBundle } from './message-bundle.ts';

/** An entry of the transaction that withdraws. */
export type Withdrawal = { resource: Resource; request: { method: 'PUT'; url: string } };

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
    if (!isWithdrawable(resource.resourceType)) kept.push(reference);
    else
      entries.push({ resource: enteredInError(resource, why), request: { method: 'PUT', url: reference } });
  }
  return { entries, kept };
}

/** The reason that the sender gave. */
export function whyOf({ header }: MessageBundle): Withdrawing {
  const { text, coding } = (header['reason'] ?? {}) as { text?: string; coding?: { display?: string }[] };
  const said = text ?? coding?.find(({ display }) => display)?.display;
  return { code: 'retraction', ...(said ? { text: said } : {}) };
}
