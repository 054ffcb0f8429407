import {
  conflict,
  forbidden,
  markLogged,
  notFound,
  OutcomeError,
  outcomeError,
  writeETags,
  type Context,
  type Preconditions,
  type Resource,
  type Written,
} from '@yba/fhir';
import { facilityNumber, type PatientLimit, type Reach } from '@yba/repository';
import { writtenDay } from '@yba/vietnam/calendar';
import { endVisit, withoutVisits } from './booking.ts';
import { DESK_TYPES, isDeskRole } from './desk.ts';
import type { Reference } from './elements.ts';
import { paperNumber } from './numbers.ts';
import type { ReferralOptions } from './options.ts';
import { facilityOf, receiverOf, referenceTo } from './organizations.ts';
import { validUntil } from './rules.ts';
import { checkStep, stepToUndo } from './check-step.ts';
import { standing, STEPS, type State, type Step, type StepCode, type TableStep } from './steps.ts';
import { facilityIn, kindOf, moved, requestIn, stateOf, stepsOf, type ReferralTask } from './task.ts';
import { checkPaper, paperOf, withPaper } from './transfer-paper.ts';
import { transferNumber } from './systems.ts';

/** What a caller wants done to a referral. */
export type Wish = {
  step: Exclude<StepCode, 'draft'>;
  reason?: string | undefined;
  /** Redirect: the facility it goes to. */
  to?: string | undefined;
  /** Undo: the step that is taken back. */
  of?: string | undefined;
  /** Book: when the patient is expected, an instant. */
  when?: string | undefined;
  /** Versions of the Task that the caller knows. */
  ifMatch?: Preconditions['ifMatch'] | undefined;
  /** What the Task gives back with an answer. */
  output?: ReferralTask['output'];
};

export type Advanced = { task: ReferralTask; written: Written | undefined; repeated: boolean };

/** A referral as it is stored: its Task and the request it carries on. */
export type Stored = { task: ReferralTask; request: Resource | undefined };

/** What becomes of the hour that was given: after these the patient is not expected there any more. */
const VISIT_AFTER: Readonly<Partial<Record<StepCode, 'cancelled' | 'fulfilled' | 'noshow'>>> = {
  redirect: 'cancelled',
  cancel: 'cancelled',
  expire: 'cancelled',
  miss: 'noshow',
  answer: 'fulfilled',
};

/** Whether a person keeps a kind of data from somebody, whichever facility wrote it. */
export const isKeptBackFrom = (limit: PatientLimit | undefined, type: string): boolean =>
  limit?.none === true || limit?.ownTypes?.includes(type) === true;

const ATTEMPTS = 3;
const REASON_MOST = 1_000;
const WRITTEN = ['Task', 'ServiceRequest'];
const ROLES: ReadonlySet<string> = new Set(['doctor', 'nurse', 'system', 'platform']);

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
  const next = await decided(options, context, { task, request }, wish, now);
  const visit = VISIT_AFTER[wish.step];
  if (visit) await endVisit(options, context, task, visit);
  const written = await write(options, context, sender, task, next, wish.ifMatch);
  return { task: { ...next.task, id: task.id! }, written, repeated: false };
}

/** What it takes to ask what a person keeps from a caller. */
type Asking = Pick<ReferralOptions, 'decide' | 'repository' | 'sql'>;

/**
 * Whether a caller takes steps of a referral by writing its Task: doctors, nurses and software of the two facilities, from whom
 * the person did not keep it.
 */
export async function hasPart(options: Asking, context: Context, task: ReferralTask): Promise<boolean> {
  const { caller } = context;
  if (caller.role === 'platform') return true;
  if (!caller.facility || !ROLES.has(caller.role)) return false;
  if (caller.facility !== facilityIn(task.requester) && caller.facility !== facilityIn(task.owner))
    return false;
  return mayKnow(options, context, task);
}

/**
 * Whether a caller may know of a referral to or from the own facility; of others, what they did is held against it. Not where
 * the person refused them by name, or the facility that they are referred to; reception knows of who is to come.
 */
export async function mayKnow(options: Asking, context: Context, task: ReferralTask): Promise<boolean> {
  const { caller } = context;
  if (caller.role === 'platform') return true;
  const [isSender, isReceiver] = [task.requester, task.owner].map(
    (one) => caller.facility === facilityIn(one),
  );
  if (isDeskRole(caller) && !isReceiver) return false;
  if (await isKeptFrom(options, context, task)) return false;
  return isSender || !isReceiver || !(await isRefusedHere(options, context, task));
}

/** Whether the person refused this member of staff by name, or their department: at either side, whoever wrote it. */
async function isKeptFrom(
  { decide, repository }: Asking,
  context: Context,
  task: ReferralTask,
): Promise<boolean> {
  const types = isDeskRole(context.caller) ? DESK_TYPES : ['Task'];
  const { limits } = await decide(context, {
    action: 'write',
    types,
    patients: [],
    target: `Task/${task.id}`,
  });
  if (!limits?.patients) return false;
  const link = await repository.patient((task.for?.reference ?? '').replace('Patient/', ''));
  return link !== undefined && isKeptBackFrom(limits.patients[link.patient], 'Task');
}

/**
 * Roles and scopes that change referrals at all, whichever: it tells nothing of the one that is named. Reception takes the steps
 * of the desk, where the policy lets it write what they rest on: an Encounter, an Appointment.
 */
export async function checkRights(
  options: ReferralOptions,
  context: Context,
  id: string,
  { step }: Pick<Wish, 'step'>,
): Promise<void> {
  const { caller } = context;
  if (caller.role === 'platform') return;
  const target = `Task/${id}`;
  if (!isDeskRole(caller)) {
    if (!ROLES.has(caller.role)) throw await refusal(options, context, target);
    await options.decide(context, { action: 'write', types: WRITTEN, updates: WRITTEN, target });
    await refuseUnread(options, context);
    return;
  }
  if (step !== 'undo' && !isOfDesk(step)) throw notOfDesk(step);
  await options.decide(context, { action: 'write', types: DESK_TYPES, target });
}

/** Reception takes back what is a step of the desk, whatever it says it takes back. */
function checkDesk({ caller }: Context, task: ReferralTask, { step }: Wish): void {
  if (!isDeskRole(caller) || step !== 'undo') return;
  if (!isOfDesk(standing(stepsOf(task)).at(-1)?.code ?? '')) throw notOfDesk(step);
}

const isOfDesk = (step: string): boolean =>
  Object.hasOwn(STEPS, step) && STEPS[step as TableStep].desk === true;

const notOfDesk = (step: string): OutcomeError =>
  forbidden({
    en: `“${step}” is for doctors and nurses; reception notes that a patient arrived (arrive) and says when one is expected (book)`,
    vi: 'Bước này dành cho bác sĩ và điều dưỡng; tiếp đón ghi người bệnh đã đến và hẹn giờ đến.',
  });

/**
 * A step is held against where the referral stands, and is answered with it: whoever takes one may read Tasks, whatever they
 * are about. Throws `forbidden`.
 */
export async function refuseUnread(
  { decide }: Pick<ReferralOptions, 'decide'>,
  context: Context,
): Promise<void> {
  if (context.caller.role === 'platform') return;
  const asked = { action: 'read', by: 'id', types: ['Task'], patients: [], probe: true } as const;
  refuseNarrowed(await decide(context, asked));
}

/** Throws `forbidden` where scopes show only some Tasks or requests: referrals are not read row by row. */
export function refuseNarrowed({ limits }: Pick<Reach, 'limits'>): void {
  if (
    WRITTEN.some((type) => limits?.only?.[type]) ||
    (limits?.context && !limits.context.free?.includes('Task'))
  )
    throw forbidden(
      'Referrals take the right to read Tasks, which the scopes of this token narrow; ask for one that reads all of them.',
    );
}

/** The caller's facility has the part that the step asks for. */
async function checkParty(
  options: ReferralOptions,
  context: Context,
  task: ReferralTask,
  { step }: Wish,
): Promise<void> {
  const { caller } = context;
  if (caller.role === 'platform') return;
  const [sender, receiver] = [facilityIn(task.requester), facilityIn(task.owner)];
  const isSender = caller.facility === sender;
  const isReceiver = caller.facility === receiver;
  if (step === 'undo') {
    const last = standing(stepsOf(task)).at(-1)?.facility;
    if (isSender || isReceiver || caller.facility === last) return;
    throw await refusal(options, context, `Task/${task.id}`);
  }
  if (!isSender && !isReceiver) throw await refusal(options, context, `Task/${task.id}`);
  const { by } = STEPS[step];
  if (by === 'sender' && !isSender)
    throw forbidden({
      en: `“${step}” is for the facility that refers the patient`,
      vi: 'Bước này dành cho nơi chuyển người bệnh đi.',
    });
  if (by === 'receiver' && !isReceiver)
    throw forbidden({
      en: `“${step}” is for the facility the patient is referred to`,
      vi: 'Bước này dành cho nơi người bệnh được chuyển đến.',
    });
}

/** Who has no part in it finds nothing; the person reads that they tried. */
async function refusal(options: ReferralOptions, context: Context, target: string): Promise<Error> {
  const persons = await options.repository.personsConcerned(target);
  const { caller, requestId } = context;
  const event = { at: new Date(), requestId, caller, action: 'update' as const, target, persons };
  await options.audit.read({ ...event, outcome: 'denied' });
  return markLogged(notFound(target));
}

/**
 * Whether the person refused the facility that they are referred to: then the referral opens nothing there. The relationship is
 * derived from the feed; before it is there nothing can be said, and the referral itself stands for it.
 */
async function isRefusedHere(
  { decide, repository, sql }: Asking,
  context: Context,
  task: ReferralTask,
): Promise<boolean> {
  const link = await repository.patient((task.for?.reference ?? '').replace('Patient/', ''));
  if (!link) return false;
  const types = isDeskRole(context.caller) ? DESK_TYPES : ['Task'];
  const isOpenHere = async () => {
    const reach = await decide(context, { action: 'read', types, patients: [link.patient], probe: true });
    return reach.patients.includes(link.patient);
  };
  if (await isOpenHere()) return false;
  const [known] = await sql`
    select 1 from care_relationship where resource = ${`Task/${task.id}`}
      and facility = ${facilityNumber(context.caller.facility!)} and (until is null or until > now())`;
  // asked again: the relationship may have come between the two questions, and is no refusal then
  return known !== undefined && !(await isOpenHere());
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

type Next = { task: ReferralTask; request: Resource | undefined };

async function decided(
  options: ReferralOptions,
  context: Context,
  { task, request }: Stored,
  wish: Wish,
  now: Date,
): Promise<Next> {
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
): Promise<Next> {
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
): Promise<Next> {
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
): Promise<Next> {
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

/** Writes both in one commit, as rows of the facility that sent them; the log names who asked. */
async function write(
  { inNameOf }: ReferralOptions,
  context: Context,
  sender: string,
  before: ReferralTask,
  { task, request }: Next,
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
