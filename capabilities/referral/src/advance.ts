import { conflict, notFound, OutcomeError, writeETags, type Context, type Written } from '@yba/fhir';
import { afterStep } from './after-step.ts';
import { endVisit } from './booking.ts';
import type { ReferralOptions } from './options.ts';
import { checkDesk, checkParty, checkRights, mayKnow, refusal } from './rights.ts';
import { standing, type StepCode } from './steps.ts';
import { storedReferral, type Stored } from './stored-referral.ts';
import { facilityIn, stepsOf, type ReferralTask } from './task.ts';
import type { Wish } from './wish.ts';

export type Advanced = { task: ReferralTask; written: Written | undefined; repeated: boolean };

/** What becomes of the hour that was given: after these the patient is not expected there any more. */
const VISIT_AFTER: Readonly<Partial<Record<StepCode, 'cancelled' | 'fulfilled' | 'noshow'>>> = {
  redirect: 'cancelled',
  cancel: 'cancelled',
  expire: 'cancelled',
  miss: 'noshow',
  answer: 'fulfilled',
};

const ATTEMPTS = 3;

/**
 * Takes one step of a referral: checks who asks, that the step leads on from where the referral stands, and writes Task
 * and ServiceRequest in one commit. A step done already by the same facility changes nothing. Throws `not-found` to
 * whoever has no part in it, `business-rule` for a step that does not lead on, `conflict` when others were faster.
 */
export async function advance(
  options: ReferralOptions,
  context: Context,
  id: string,
  wish: Wish,
): Promise<Advanced> {
  await checkRights(options, context, id, wish);
  for (let attempt = 1; ; attempt++) {
    const stored = await storedReferral(options, id);
    if (!stored) throw notFound(`Task/${id}`);
    try {
      return await attemptStep(options, context, stored, wish);
    } catch (error) {
      const isRace =
        error instanceof OutcomeError && error.code === 'lock-error' && (wish.ifMatch ?? '*') === '*';
      if (!isRace) throw error;
      if (attempt === ATTEMPTS)
        throw conflict('This referral was changed by others at the same moment; read it again and repeat');
    }
  }
}

async function attemptStep(
  options: ReferralOptions,
  context: Context,
  { task, request }: Stored,
  wish: Wish,
): Promise<Advanced> {
  const now = (options.now ?? (() => new Date()))();
  const sender = facilityIn(task.requester);
  if (!sender) throw notFound(`Task/${task.id}`);
  if (!(await mayKnow(options, context, task))) throw await refusal(options, context, `Task/${task.id}`);
  if (isDone(task, context, wish)) return { task, written: undefined, repeated: true };
  checkDesk(context, task, wish);
  await checkParty(options, context, task, wish);
  const next = await afterStep(options, context, { task, request }, wish, now);
  const visit = VISIT_AFTER[wish.step];
  if (visit) await endVisit(options, context, task, visit);
  const written = await write(options, context, sender, task, next, wish.ifMatch);
  return { task: { ...next.task, id: task.id! }, written, repeated: false };
}

/** Whether just this was done already by the same facility, and still stands. */
function isDone(task: ReferralTask, { caller }: Context, { step, to, of, when }: Wish): boolean {
  const steps = stepsOf(task);
  if (step === 'undo') {
    return (
      steps.at(-1)?.code === 'undo' &&
      steps.at(-1)?.facility === caller.facility &&
      standing(steps).at(-1)?.code !== of
    );
  }
  const last = standing(steps).at(-1);
  if (last?.code !== step || last.facility !== caller.facility) return false;
  if (step === 'book') return last.when === when;
  return step !== 'redirect' || facilityIn(task.owner) === to;
}

/** Writes both in one commit, as rows of the facility that sent them; the log names who asked. */
async function write(
  { inNameOf }: ReferralOptions,
  context: Context,
  sender: string,
  before: ReferralTask,
  { task, request }: Stored,
  ifMatch: Wish['ifMatch'],
): Promise<Written | undefined> {
  const known = [Number(before.meta?.versionId)];
  // the version the step was decided on, unless the caller knows others alone
  const versions = ifMatch === undefined || ifMatch === '*' || ifMatch.includes(known[0]!) ? known : ifMatch;
  const entry = [
    {
      resource: task,
      request: { method: 'PUT', url: `Task/${before.id}`, ifMatch: writeETags(versions) },
    },
    ...(request
      ? [{ resource: request, request: { method: 'PUT', url: `ServiceRequest/${request.id}` } }]
      : []),
  ];
  let written: Written | undefined;
  await inNameOf.store.transaction(
    inNameOf.as(context, sender),
    { resourceType: 'Bundle', type: 'transaction', entry },
    { handling: 'strict', return: 'representation' },
    {
      after: (_, [first]) => {
        written = first;
        return Promise.resolve();
      },
    },
  );
  return written;
}
