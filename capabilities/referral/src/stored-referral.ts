import type { Resource } from '@yba/fhir';
import type { ReferralOptions } from './options.ts';
import { kindOf, type ReferralTask } from './task.ts';

/** A referral as it is stored: its Task and the request it carries on. */
export type Stored = { task: ReferralTask; request: Resource | undefined };

/** The Task under this id and its ServiceRequest; undefined when it is no referral. */
export async function storedReferral(
  { repository }: Pick<ReferralOptions, 'repository'>,
  id: string,
): Promise<Stored | undefined> {
  const reference = `Task/${id}`;
  const task = (await repository.current([reference])).get(reference) as ReferralTask | undefined;
  if (!kindOf(task)) return undefined;
  const focus = task!.focus?.reference ?? '';
  return { task: task!, request: (await repository.current([focus])).get(focus) };
}
