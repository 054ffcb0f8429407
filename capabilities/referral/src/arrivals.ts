import { OutcomeError, parseJson, type Context, type FeedEntry, type Resource } from '@yba/fhir';
import type { Subscriber } from '@yba/repository';
import { advance } from './advance.ts';
import type { Reference } from './elements.ts';
import { PLATFORM_CONTEXT, type ReferralOptions } from './options.ts';
import { facilityOf } from './organizations.ts';
import { facilityIn, kindOf, stepsOf, type ReferralTask } from './task.ts';

/** An Encounter in these states says that the patient is, or was, there. Source: https://hl7.org/fhir/R4/valueset-encounter-status.html */
const PRESENT: ReadonlySet<unknown> = new Set(['arrived', 'triaged', 'in-progress', 'onleave', 'finished']);

/**
 * Notes the arrival of a referred patient from the visit itself: an Encounter of the facility that was asked, about the
 * same person, `basedOn` the referral. Once for a referral: an arrival that somebody took back is not noted again.
 */
export function arrivals(options: ReferralOptions): Subscriber {
  return {
    name: 'referral-arrivals',
    types: ['Encounter'],
    async apply(_transaction, entries) {
      const latest = new Map(
        entries
          .filter(({ type, action }) => type === 'Encounter' && action !== 'delete')
          .map((entry) => [`Encounter/${entry.id}`, entry]),
      );
      if (latest.size === 0) return;
      const encounters = await options.repository.current([...latest.keys()]);
      for (const [reference, encounter] of encounters) {
        const requests = requestsIn(encounter);
        for (const request of requests) await arrive(options, latest.get(reference)!, encounter, request);
      }
    },
  };
}

/** The ServiceRequests that a visit under way answers. */
function requestsIn(encounter: Resource): string[] {
  if (!PRESENT.has(encounter['status'])) return [];
  return ((encounter['basedOn'] ?? []) as Reference[]).flatMap(
    ({ reference }) => /^ServiceRequest\/[A-Za-z0-9\-.]{1,64}$/.exec(reference ?? '')?.[0] ?? [],
  );
}

async function arrive(
  options: ReferralOptions,
  { facility }: FeedEntry,
  encounter: Resource,
  request: string,
): Promise<void> {
  for (const task of await tasksFor(options, request)) {
    if (kindOf(task) !== 'referral' || facilityIn(task.owner) !== facility) continue;
    if (stepsOf(task).some((step) => step.code === 'arrive' && step.facility === facility)) continue;
    if (!(await isSamePerson(options, task.for, encounter['subject'] as Reference | undefined))) continue;
    const { name } = await facilityOf(options, facility);
    const context: Context = {
      ...PLATFORM_CONTEXT,
      caller: { ...PLATFORM_CONTEXT.caller, facility, name },
    };
    try {
      await advance(options, context, task.id!, { step: 'arrive' });
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error; // refused, answered or out of date meanwhile: nothing to note
    }
  }
}

async function tasksFor({ repository }: ReferralOptions, request: string): Promise<ReferralTask[]> {
  const params = new URLSearchParams({ focus: request, _count: '5' });
  const { entries } = await repository.search(PLATFORM_CONTEXT, 'Task', params, { handling: 'strict' });
  return entries.flatMap(({ text }) => (text ? [parseJson(text) as ReferralTask] : []));
}

async function isSamePerson(
  { repository }: ReferralOptions,
  one: Reference | undefined,
  other: Reference | undefined,
): Promise<boolean> {
  const id = (reference: Reference | undefined) => (reference?.reference ?? '').replace('Patient/', '');
  const [first, second] = await Promise.all([repository.patient(id(one)), repository.patient(id(other))]);
  return first !== undefined && first.person === second?.person;
}
