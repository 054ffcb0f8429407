import { outcomeError, type Context, type Resource } from '@yba/fhir';
import { writtenDay } from '@yba/vietnam/calendar';
import { FACILITY } from '@yba/vietnam';
import { checkedMoment, visitOf } from './appointment.ts';
import type { Reference } from './elements.ts';
import { locations } from './locations.ts';
import type { Parameters, ReferralOptions } from './options.ts';
import { facilityOf } from './organizations.ts';
import { checkStep } from './check-step.ts';
import { TASK_OUTPUT } from './systems.ts';
import { facilityIn, kindOf, stateOf, type ReferralTask } from './task.ts';

const VISIT = 'Hẹn đến khám';

/** The Appointment that a facility gave for a referral; undefined when it gave none that stands. */
async function bookedVisit(
  { repository }: Pick<ReferralOptions, 'repository'>,
  task: ReferralTask,
): Promise<Resource | undefined> {
  const references = (task.output ?? []).flatMap((one) =>
    isVisit(one) ? (one.valueReference?.reference ?? []) : [],
  );
  const found = await repository.current(references);
  return [...found.values()].find(
    (one) => one['status'] === 'booked' && placeOf(one) === facilityIn(task.owner),
  );
}

const isVisit = ({ type }: NonNullable<ReferralTask['output']>[number]): boolean =>
  type.coding?.some(({ system, code }) => system === TASK_OUTPUT && code === 'visit') ?? false;

/** The Task without the visits that were given where it no longer leads. */
export function withoutVisits({ output, ...task }: ReferralTask): ReferralTask {
  const kept = (output ?? []).filter((one) => !isVisit(one));
  return { ...task, ...(kept.length > 0 ? { output: kept } : {}) } as ReferralTask;
}

const placeOf = (appointment: Resource): string | undefined =>
  ((appointment['participant'] ?? []) as { actor?: Reference }[])
    .map(({ actor }) => actor?.identifier)
    .find((one) => one?.system === FACILITY)?.value;

/**
 * What `book` gives back: the Appointment (basedOn the referral) that says when the patient is expected, written in the
 * receiving facility's own name before the Task moves on. Asked again with another moment, the same Appointment moves.
 */
export async function bookWith(
  options: ReferralOptions,
  context: Context,
  task: ReferralTask,
  given: Parameters,
): Promise<{ when?: string; output?: ReferralTask['output'] }> {
  const { caller } = context;
  // who may not book is told so by the step; nothing is written for them
  if (!caller.facility || facilityIn(task.owner) !== caller.facility) return {};
  checkStep('book', stateOf(task), kindOf(task)!);
  const now = (options.now ?? (() => new Date()))();
  const start = checkedMoment(given.text('when') ?? '', now);
  const end = Date.parse(task.restriction?.period?.end ?? '');
  if (start.getTime() > end)
    throw outcomeError(
      'business-rule',
      {
        en: `The paper is valid until ${task.restriction!.period!.end!.slice(0, 10)}: choose a day before, or ask the sender for a new one`,
        vi: `Giấy chuyển có giá trị đến ${writtenDay(task.restriction!.period!.end!)}: hãy chọn ngày trước đó, hoặc xin nơi chuyển giấy mới.`,
      },
      "Parameters.parameter.where(name='when')",
    );
  const before = await bookedVisit(options, task);
  if (before?.['start'] === start.toISOString()) return { when: start.toISOString() };
  const visit = visitOf({
    facility: await facilityOf(options, caller.facility),
    patient: task.for!,
    request: task.focus,
    start,
    now,
    department: given.text('department'),
    note: given.text('note'),
  });
  const entry = before
    ? { resource: { ...visit, id: before.id! }, request: { method: 'PUT', url: `Appointment/${before.id}` } }
    : { resource: visit, request: { method: 'POST', url: 'Appointment' } };
  const answer = await options.repository.transaction(
    context,
    { resourceType: 'Bundle', type: 'transaction', entry: [entry] },
    {
      handling: 'strict',
      idempotencyKey: `book Task/${task.id}/${task.meta?.versionId ?? ''} ${start.toISOString()}`,
      bodyHash: '',
    },
  );
  const type = { coding: [{ system: TASK_OUTPUT, code: 'visit', display: VISIT }], text: VISIT };
  return {
    when: start.toISOString(),
    output: [{ type, valueReference: { reference: locations(answer.text)[0]! } }],
  };
}

/** Nobody is expected any more: the Appointment given for this referral is cancelled where it no longer leads, fulfilled with the answer, a no-show when they did not come. */
export async function endVisit(
  options: ReferralOptions,
  context: Context,
  task: ReferralTask,
  status: 'cancelled' | 'fulfilled' | 'noshow',
): Promise<void> {
  const visit = await bookedVisit(options, task);
  if (!visit) return;
  const { store, as } = options.inNameOf;
  await store.transaction(
    as(context, facilityIn(task.owner)!),
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { ...visit, status },
          request: { method: 'PUT', url: `Appointment/${visit.id}` },
        },
      ],
    },
    { handling: 'strict' },
  );
}
