import { invalid, type Context } from '@yba/fhir';
import { preconditionsOf } from '@yba/http';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { advance } from './advance.ts';
import { answerWith } from './answer.ts';
import { bookWith } from './booking.ts';
import { isDeskRole } from './desk.ts';
import { parametersOf, type Parameters, type ReferralOptions } from './options.ts';
import { checkRights, mayKnow } from './rights.ts';
import { STEPS, type TableStep } from './steps.ts';
import { storedReferral } from './stored-referral.ts';
import { withoutIllness } from './task.ts';
import type { Wish } from './wish.ts';

const at = (name: string) => `Parameters.parameter.where(name='${name}')`;

/**
 * `POST Task/{id}/$advance` (Parameters `step`, and what the step asks for: `reason`, `to`, `of`, `when`, the summary
 * of an answer): takes a referral one step on, or the last step back (`undo`). Answers the Task. A step done already is
 * answered as it stands. `If-Match` says which version the caller knows.
 */
export function advanceOperation(options: ReferralOptions): Operation {
  return {
    code: 'advance',
    on: { type: 'Task', instance: true },
    methods: ['POST'],
    limit: { perMinute: 300, burst: 200 },
    handle: (request) => handle(options, request),
  };
}

async function handle(
  options: ReferralOptions,
  { context, id, body, headers }: OperationRequest,
): Promise<OperationResponse> {
  const given = parametersOf(body);
  const step = given.text('step') ?? '';
  if (step !== 'undo' && (!Object.hasOwn(STEPS, step) || STEPS[step as TableStep].by === 'platform'))
    throw invalid(
      at('step'),
      `step is one of ${Object.keys(STEPS)
        .filter((code) => STEPS[code as TableStep].by !== 'platform')
        .join(', ')}, undo`,
    );
  const wish: Wish = {
    step: step as Wish['step'],
    reason: given.text('reason'),
    to: given.identifier('to')?.value,
    of: given.text('of'),
    ifMatch: preconditionsOf({ headers }).ifMatch,
  };
  const told = await withResources(options, context, id!, wish, given);
  const { task } = await advance(options, context, id!, told);
  return { resource: isDeskRole(context.caller) ? withoutIllness(task) : task };
}

/** An answer carries the back-referral, a booking the Appointment, that it writes first in the asked facility's own name. */
async function withResources(
  options: ReferralOptions,
  context: Context,
  id: string,
  wish: Wish,
  given: Parameters,
): Promise<Wish> {
  if (wish.step !== 'answer' && wish.step !== 'book') return wish;
  await checkRights(options, context, id, wish); // nothing is written for who may not take the step
  const stored = await storedReferral(options, id);
  // told as not found by the step itself
  if (!stored || !(await mayKnow(options, context, stored.task))) return wish;
  if (wish.step === 'book') return { ...wish, ...(await bookWith(options, context, stored.task, given)) };
  return { ...wish, ...(await answerWith(options, context, stored, given)) };
}
