import { forbidden, markLogged, notFound, type Context, type OutcomeError } from '@yba/fhir';
import { facilityNumber, type PatientLimit, type Reach } from '@yba/repository';
import { DESK_TYPES, isDeskRole } from './desk.ts';
import type { ReferralOptions } from './options.ts';
import { standing, STEPS, type TableStep } from './steps.ts';
import { facilityIn, stepsOf, type ReferralTask } from './task.ts';
import type { Wish } from './wish.ts';

const WRITTEN = ['Task', 'ServiceRequest'];
const ROLES: ReadonlySet<string> = new Set(['doctor', 'nurse', 'system', 'platform']);

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
export function checkDesk({ caller }: Context, task: ReferralTask, { step }: Wish): void {
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
export async function checkParty(
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
export async function refusal(options: ReferralOptions, context: Context, target: string): Promise<Error> {
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

/** Whether a person keeps a kind of data from somebody, whichever facility wrote it. */
export const isKeptBackFrom = (limit: PatientLimit | undefined, type: string): boolean =>
  limit?.none === true || limit?.ownTypes?.includes(type) === true;
