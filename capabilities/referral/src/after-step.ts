import { outcomeError, type Context, type Resource } from '@yba/fhir';
import { writtenDay } from '@yba/vietnam/calendar';
import { withoutVisits } from './booking.ts';
import { checkStep, stepToUndo } from './check-step.ts';
import type { Reference } from './elements.ts';
import { paperNumber } from './numbers.ts';
import type { ReferralOptions } from './options.ts';
import { facilityOf, receiverOf, referenceTo } from './organizations.ts';
import { validUntil } from './rules.ts';
import { STEPS, type State, type Step, type StepCode } from './steps.ts';
import type { Stored } from './stored-referral.ts';
import { transferNumber } from './systems.ts';
import { facilityIn, kindOf, moved, requestIn, stateOf, stepsOf, type ReferralTask } from './task.ts';
import { checkPaper, paperOf, withPaper } from './transfer-paper.ts';
import type { Wish } from './wish.ts';

const REASON_MOST = 1_000;

/**
 * What a step makes of a referral; nothing is written. Throws `business-rule` for one that does not lead on from where it
 * stands, or whose paper is out of date, `required` and `too-long` for its reason.
 */
export async function afterStep(
  options: ReferralOptions,
  context: Context,
  { task, request }: Stored,
  wish: Wish,
  now: Date,
): Promise<Stored> {
  const { caller } = context;
  const before = stateOf(task);
  const step: Step = {
    code: wish.step,
    at: now.toISOString(),
    by: caller.name,
    from: before,
    ...(caller.facility ? { facility: caller.facility } : {}),
    ...(wish.reason ? { reason: wish.reason } : {}),
    ...(wish.when ? { when: wish.when } : {}),
  };
  if (wish.step === 'undo') return undone(options, { task, request }, step, caller.facility ?? '', now);
  checkStep(wish.step, before, kindOf(task)!);
  checkReason(wish);
  checkInTime(task, wish.step, now);
  const { to } = STEPS[wish.step];
  if (wish.step === 'redirect') return redirected(options, { task, request }, wish, step);
  if (wish.step === 'send') return sent(options, { task, request }, step, now);
  const output = withOutput(task, wish.output);
  const next = moved(task, to, step);
  return {
    task: output.length > 0 ? { ...next, output } : next,
    request: request && requestIn(request, to, task.owner),
  };
}

/** What the Task gives back so far; an appointment that was moved stands once. */
function withOutput(
  task: ReferralTask,
  more: ReferralTask['output'] = [],
): NonNullable<ReferralTask['output']> {
  const known = new Set((task.output ?? []).flatMap(({ valueReference }) => valueReference?.reference ?? []));
  return [
    ...(task.output ?? []),
    ...more.filter(({ valueReference }) => !known.has(valueReference?.reference ?? '')),
  ];
}

function checkReason({ step, reason }: Wish): void {
  if (step === 'undo' || !STEPS[step].reason) return;
  const expression = "Parameters.parameter.where(name='reason')";
  if (!reason)
    throw outcomeError(
      'required',
      {
        en: `“${step}” needs its reason in words: the other side and the patient read it`,
        vi: 'Bước này cần ghi lý do: bên kia và người bệnh sẽ đọc.',
      },
      expression,
    );
  if (reason.length > REASON_MOST)
    throw outcomeError(
      'too-long',
      {
        en: `A reason takes at most ${REASON_MOST} characters`,
        vi: `Lý do dài nhất ${REASON_MOST} ký tự. Hãy viết gọn lại.`,
      },
      expression,
    );
}

/** A paper that is out of date moves nobody on, but may be cancelled. */
function checkInTime(task: ReferralTask, step: StepCode, now: Date): void {
  const end = Date.parse(task.restriction?.period?.end ?? '');
  if (Number.isNaN(end) || end > now.getTime()) return;
  if (!['accept', 'redirect', 'book', 'arrive', 'receive'].includes(step)) return;
  throw outcomeError(
    'business-rule',
    {
      en: `This referral was valid until ${task.restriction!.period!.end!.slice(0, 10)}; ask the sender for a new one`,
      vi: `Giấy chuyển đã hết hạn ngày ${writtenDay(task.restriction!.period!.end!)}; hãy xin nơi chuyển giấy mới.`,
    },
    'Task.restriction.period',
  );
}

/** Sending a draft: the paper must be whole now, gets its number, and holds from now. */
async function sent(
  { sql }: ReferralOptions,
  { task, request }: Stored,
  step: Step,
  now: Date,
): Promise<Stored> {
  const sender = facilityIn(task.requester)!;
  const paper = request ? paperOf(request) : {};
  const isReferral = kindOf(task) === 'referral';
  if (isReferral) checkPaper(paper, true);
  const period = {
    start: now.toISOString(),
    end: validUntil(now, paper.PHU_LUC_III !== undefined).toISOString(),
  };
  const next = { ...moved(task, 'requested', step), restriction: { ...task.restriction, period } };
  if (!request) return { task: next, request };
  const active: Resource = { ...requestIn(request, 'requested', task.owner), occurrencePeriod: period };
  if (!isReferral) return { task: next, request: active };
  const number = await paperNumber(sql, sender, 'transfer', `Task/${task.id}`, now);
  const identifier = [{ system: transferNumber(sender), value: number.paper }];
  const numbered = {
    ...paper,
    SO_CHUYENTUYEN: number.register,
    SO_HOSO: paper.SO_HOSO ?? number.register,
  };
  return {
    task: { ...next, identifier },
    request: withPaper({ ...active, identifier }, numbered),
  };
}

/** Passing it on: addressed to another facility, which begins anew; the chain of senders grows. */
async function redirected(
  options: ReferralOptions,
  { task, request }: Stored,
  { to }: Wish,
  step: Step,
): Promise<Stored> {
  const receiver = await receiverOf(options, to, "Parameters.parameter.where(name='to')");
  const [sender, passing] = [facilityIn(task.requester), facilityIn(task.owner)];
  if (receiver.code === passing || receiver.code === sender)
    throw outcomeError(
      'business-rule',
      {
        en: 'A referral is passed on to a third facility; to send it back, refuse it with a reason',
        vi: 'Chuyển tiếp là tới một cơ sở thứ ba; muốn trả lại thì từ chối và ghi lý do.',
      },
      "Parameters.parameter.where(name='to')",
    );
  const owner = referenceTo(receiver);
  const next = moved(task, 'requested', { ...step, ...(passing ? { owner: passing } : {}) });
  return {
    task: { ...withoutVisits(next), owner },
    request: request && requestIn(request, 'requested', owner),
  };
}

/** Taking back the last step: everything is as before it, and both steps stay on record. */
async function undone(
  options: ReferralOptions,
  { task, request }: Stored,
  step: Step,
  facility: string,
  now: Date,
): Promise<Stored> {
  const last = stepToUndo(stepsOf(task), facility, now);
  const state: State = last.from!;
  const owner: Reference | undefined = last.owner
    ? referenceTo(await facilityOf(options, last.owner))
    : task.owner;
  const next = moved(task, state, { ...step, reason: step.reason ?? last.code });
  return {
    task: { ...next, ...(owner ? { owner } : {}) },
    request: request && requestIn(request, state, owner),
  };
}
