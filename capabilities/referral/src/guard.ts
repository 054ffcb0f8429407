import {
  invalid,
  OutcomeError,
  outcomeError,
  validate,
  type Context,
  type Interactions,
  type Resource,
  type WriteOptions,
  type Written,
} from '@yba/fhir';
import { advance, storedReferral, type Stored, type Wish } from './advance.ts';
import type { ReferralOptions } from './options.ts';
import { facilityIn, kindOf, stateOf, type ReferralTask } from './task.ts';

/** What an update of a Task may say anew; the rest of a referral stands once it is sent. */
const CHANGES: ReadonlySet<string> = new Set([
  'id',
  'meta',
  'status',
  'statusReason',
  'businessStatus',
  'owner',
  'output',
  'note',
  'lastModified',
  'extension',
  'text',
]);

/**
 * The interactions where an update or patch of a referral's Task is a step of it: what a hospital's own software does to
 * the Task (`status`, `owner`, `statusReason`, `output`) is checked and written as `$advance` would, although the row is
 * the sender's. Every other write goes on as it is.
 */
export function withReferrals(options: ReferralOptions, inner: Interactions): Interactions {
  const step = async (
    context: Context,
    current: Stored,
    next: ReferralTask,
    given: WriteOptions | undefined,
  ): Promise<Written | undefined> => {
    const wish = wishOf(current.task, next);
    if (!wish) return undefined;
    const ifMatch = typeof given?.ifMatch === 'number' ? { ifMatch: given.ifMatch } : {};
    const { written } = await advance(options, context, current.task.id!, { ...wish, ...ifMatch });
    return written ?? unchanged(options, context, current.task);
  };
  return {
    ...inner,
    async create(context, resource, given) {
      if (isReferral(resource)) checkNew(context, resource);
      return inner.create(context, resource, given);
    },
    async update(context, resource, given) {
      const current = await currentOf(options, resource.resourceType, resource.id, given);
      if (!current || !isSound(resource)) {
        if (!current && isReferral(resource)) checkNew(context, resource);
        return inner.update(context, resource, given);
      }
      return (
        (await step(context, current, resource as ReferralTask, given)) ??
        inner.update(context, resource, given)
      );
    },
    async patch(context, type, id, apply, given) {
      const current = await currentOf(options, type, id, given);
      if (!current) return inner.patch(context, type, id, apply, given);
      const next = apply(structuredClone(current.task)) as ReferralTask;
      const stepped = isSound(next) ? await step(context, current, next, given) : undefined;
      return stepped ?? inner.patch(context, type, id, apply, given);
    },
    async delete(context, type, id, given) {
      const current = await currentOf(options, type, id, given);
      if (current && stateOf(current.task) !== 'draft')
        throw outcomeError(
          'business-rule',
          'A referral that was sent is not deleted but cancelled, with its reason: Task/{id}/$advance step cancel',
          'Task',
        );
      return inner.delete(context, type, id, given);
    },
    async transaction(context, bundle, given) {
      const faults = await entryFaults(options, context, bundle);
      if (faults.size > 0) throw new OutcomeError([...faults.values()].flatMap(({ issues }) => issues));
      return inner.transaction(context, bundle, given);
    },
    async batch(context, bundle, given) {
      const failed = await entryFaults(options, context, bundle);
      return inner.batch(context, bundle, failed.size > 0 ? { ...given, failed } : given);
    },
  };
}

/** Whether a resource is what R4 calls one; what is not, the store refuses in its own words. */
const isSound = (resource: Resource): boolean =>
  !validate(resource).some(({ severity }) => severity === 'error' || severity === 'fatal');

const isReferral = (resource: Resource | undefined): boolean =>
  kindOf(resource) !== undefined && isSound(resource!);

async function currentOf(
  options: ReferralOptions,
  type: string,
  id: string | undefined,
  given: WriteOptions | undefined,
): Promise<Stored | undefined> {
  return type === 'Task' && id !== undefined && !given?.condition ? storedReferral(options, id) : undefined;
}

/** The step that turns the one into the other; undefined when it is a draft that its sender rewrites. */
function wishOf(current: ReferralTask, next: ReferralTask): Wish | undefined {
  const state = stateOf(current);
  const isStatus = next.status !== current.status;
  const [was, to] = [facilityIn(current.owner), facilityIn(next.owner)];
  if (state === 'draft' && !isStatus) return undefined;
  for (const name of new Set([...Object.keys(current), ...Object.keys(next)])) {
    const same = JSON.stringify(current[name]) === JSON.stringify(next[name]);
    if (!CHANGES.has(name) && !same)
      throw outcomeError(
        'business-rule',
        `Task.${name} of a referral that was sent does not change. Say what happened by status, statusReason, owner (redirect) or output`,
        `Task.${name}`,
      );
  }
  const reason = next.statusReason?.text ?? next.statusReason?.coding?.[0]?.display;
  if (was !== to) {
    if (!to) throw invalid('Task.owner', 'Name the other facility by owner.identifier, its 5-character code');
    return { step: 'redirect', to, reason };
  }
  const known = new Set((current.output ?? []).map((one) => JSON.stringify(one)));
  const output = (next.output ?? []).filter((one) => !known.has(JSON.stringify(one)));
  const said = output.find(({ valueString }) => valueString !== undefined)?.valueString;
  const more = output.length > 0 ? { output } : {};
  switch (next.status) {
    case 'requested':
      return { step: 'send' };
    case 'received':
      return { step: 'receive' };
    case 'accepted':
    case 'ready':
      return { step: 'accept' };
    case 'rejected':
      return { step: 'refuse', reason };
    case 'in-progress':
      return { step: 'arrive' };
    case 'completed':
      if (state === 'answered') return { step: 'complete' };
      return { step: 'answer', reason: said ?? reason, ...more };
    case 'cancelled':
      return { step: 'cancel', reason };
    default:
      throw invalid(
        'Task.status',
        'The status of a referral is requested, received, accepted, rejected, in-progress, completed or cancelled',
      );
  }
}

/** A new referral is the caller's own, says whom it is about and who is asked, and begins at its beginning. */
function checkNew({ caller }: Context, resource: Resource): void {
  const task = resource as ReferralTask;
  const missing = (['focus', 'for', 'requester', 'owner'] as const).find((name) => task[name] === undefined);
  if (missing) throw outcomeError('required', `A referral needs ${missing}`, `Task.${missing}`);
  if (facilityIn(task.requester) !== caller.facility)
    throw invalid('Task.requester', 'requester is your own facility, by identifier: its 5-character code');
  if (!facilityIn(task.owner))
    throw invalid('Task.owner', 'owner is the facility asked, by identifier: its 5-character code');
  if (task.status !== 'draft' && task.status !== 'requested')
    throw invalid('Task.status', 'A referral begins as draft or requested');
}

/** An entry as it was sent: nothing of it has been checked. */
type Entry = { resource?: Resource; request?: { method?: string; url?: string } | null };

/**
 * What is wrong with entries of a Bundle, by their index. In a Bundle a referral may be made; a step of one is a request of
 * its own, so that it is one commit with its own answer.
 */
async function entryFaults(
  options: ReferralOptions,
  context: Context,
  bundle: Resource,
): Promise<Map<number, OutcomeError>> {
  const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as (Entry | null)[]) : [];
  const faults = new Map<number, OutcomeError>();
  for (const [index, entry] of entries.entries()) {
    if (!concernsTask(entry)) continue;
    try {
      await checkEntry(options, context, entry!);
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      const place = `Bundle.entry[${index}]`;
      const issues = error.issues.map((issue) => ({
        ...issue,
        expression: [place + (issue.expression?.[0]?.replace('Task', '.resource') ?? '')],
      }));
      faults.set(index, new OutcomeError(issues));
    }
  }
  return faults;
}

const concernsTask = (entry: Entry | null): boolean =>
  entry?.resource?.resourceType === 'Task' || /^\/?Task[/?]/.test(String(entry?.request?.url ?? ''));

async function checkEntry(
  options: ReferralOptions,
  context: Context,
  { resource, request }: Entry,
): Promise<void> {
  const method = request?.method ?? '';
  const url = typeof request?.url === 'string' ? request.url : '';
  const isWrite = /^\/?Task[/?]/.test(url) && ['PUT', 'PATCH', 'DELETE'].includes(method);
  const id = /^\/?Task\/([A-Za-z0-9\-.]{1,64})$/.exec(url)?.[1];
  if (isWrite && (id === undefined ? kindOf(resource) : await storedReferral(options, id)))
    throw outcomeError(
      'business-rule',
      'A referral takes its steps one by one: send this as a request of its own (PUT or PATCH Task/{id}, or Task/{id}/$advance)',
    );
  if ((isWrite || method === 'POST') && isReferral(resource)) checkNew(context, resource!);
}

/** A step that was done before: answered as it stands. */
async function unchanged(
  { inNameOf }: ReferralOptions,
  context: Context,
  task: ReferralTask,
): Promise<Written> {
  const stored = await inNameOf.store.read(
    inNameOf.as(context, facilityIn(task.requester)!),
    'Task',
    task.id!,
  );
  return { ...stored, outcome: 'updated' };
}
