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
import { advance } from './advance.ts';
import type { ReferralOptions } from './options.ts';
import { hasPart, refuseUnread } from './rights.ts';
import { storedReferral, type Stored } from './stored-referral.ts';
import { facilityIn, kindOf, stateOf, type ReferralTask } from './task.ts';
import type { Wish } from './wish.ts';

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
    if (given?.provenance)
      throw outcomeError(
        'not-supported',
        'A step of a referral is written with its own history; send the Provenance by itself (POST Provenance)',
        'X-Provenance',
      );
    const ifMatch = given?.ifMatch === undefined ? {} : { ifMatch: given.ifMatch };
    const { written } = await advance(options, context, current.task.id!, { ...wish, ...ifMatch });
    return written ?? unchanged(options, context, current.task);
  };
  /** The one Task that a condition means, when there is one: what it is written as goes by its id, as any step does. */
  const namedBy = async (context: Context, type: string, given: WriteOptions | undefined) => {
    if (type !== 'Task' || !given?.condition) return undefined;
    const [id, more] = await matchesOf(inner, context, given.condition);
    if (id === undefined || more !== undefined) return undefined; // the store tells why nothing is written
    const { condition: _, ...rest } = given;
    return { id, given: rest };
  };
  const guarded: Interactions = {
    ...inner,
    async create(context, resource, given) {
      if (isReferral(resource)) checkNew(context, resource);
      return inner.create(context, resource, given);
    },
    async update(context, resource, given) {
      const named = await namedBy(context, resource.resourceType, given);
      if (named) {
        if (resource.id !== undefined && resource.id !== named.id)
          return inner.update(context, resource, given);
        return guarded.update(context, { ...resource, id: named.id }, named.given);
      }
      const current = await currentOf(options, context, resource.resourceType, resource.id);
      if (!current || !isSound(resource)) {
        if (!current && isReferral(resource)) checkNew(context, resource);
        return inner.update(context, resource, given);
      }
      await refuseUnread(options, context);
      return (
        (await step(context, current, resource as ReferralTask, given)) ??
        inner.update(context, resource, given)
      );
    },
    async patch(context, type, id, apply, given) {
      const named = await namedBy(context, type, given);
      if (named) return guarded.patch(context, type, named.id, apply, named.given);
      const current = await currentOf(options, context, type, id);
      if (!current) return inner.patch(context, type, id, apply, given);
      await refuseUnread(options, context);
      const next = apply(structuredClone(current.task)) as ReferralTask;
      const stepped = isSound(next) ? await step(context, current, next, given) : undefined;
      return stepped ?? inner.patch(context, type, id, apply, given);
    },
    async delete(context, type, id, given) {
      const named = await namedBy(context, type, given);
      if (named) return guarded.delete(context, type, named.id, named.given);
      const current = await currentOf(options, context, type, id);
      if (current && stateOf(current.task) !== 'draft')
        throw outcomeError(
          'business-rule',
          'A referral that was sent is not deleted but cancelled, with its reason: Task/{id}/$advance step cancel',
          'Task',
        );
      return inner.delete(context, type, id, given);
    },
    async transaction(context, bundle, given) {
      const faults = await entryFaults(options, inner, context, bundle);
      if (faults.size > 0) throw new OutcomeError([...faults.values()].flatMap(({ issues }) => issues));
      return inner.transaction(context, bundle, given);
    },
    async batch(context, bundle, given) {
      const failed = await entryFaults(options, inner, context, bundle);
      return inner.batch(context, bundle, failed.size > 0 ? { ...given, failed } : given);
    },
  };
  return guarded;
}

/** Whether a resource is what R4 calls one; what is not, the store refuses in its own words. */
const isSound = (resource: Resource): boolean =>
  !validate(resource).some(({ severity }) => severity === 'error' || severity === 'fatal');

const isReferral = (resource: Resource | undefined): boolean =>
  kindOf(resource) !== undefined && isSound(resource!);

/**
 * The referral that a caller with a part in it names. To everybody else it is a Task like any other of somebody else's: what a
 * patch, an update or a deletion of it is answered tells nothing of what it holds.
 */
async function currentOf(
  options: ReferralOptions,
  context: Context,
  type: string,
  id: string | undefined,
): Promise<Stored | undefined> {
  if (type !== 'Task' || id === undefined) return undefined;
  const stored = await storedReferral(options, id);
  return stored && (await hasPart(options, context, stored.task)) ? stored : undefined;
}

/** The ids of Tasks that a condition matches for this caller, two at most. */
async function matchesOf(
  inner: Interactions,
  context: Context,
  condition: URLSearchParams,
): Promise<string[]> {
  const query = new URLSearchParams([...condition, ['_count', '2'], ['_elements', 'id']]);
  const { entries } = await inner.search(context, 'Task', query, { handling: 'strict' });
  return entries.flatMap(({ fullUrl, mode }) => (mode === 'match' ? fullUrl.split('/').slice(-1) : []));
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
  inner: Interactions,
  context: Context,
  bundle: Resource,
): Promise<Map<number, OutcomeError>> {
  const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as (Entry | null)[]) : [];
  const faults = new Map<number, OutcomeError>();
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!;
    if (!concernsTask(entry)) continue;
    try {
      await checkEntry(options, inner, context, entry!);
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

/** The Task that the url of an entry names, however it is written: relative, absolute, with more slashes than it needs. */
function taskIn(entry: Entry | null): { id: string | undefined; query: string | undefined } | undefined {
  const url = String(entry?.request?.url ?? '');
  if (!url.includes('Task')) return undefined;
  const [path = '', query] = url.split('?');
  const parts = path.split('/').filter((part) => part !== '');
  const at = parts.lastIndexOf('Task');
  return at < 0 ? undefined : { id: parts[at + 1], query };
}

const concernsTask = (entry: Entry | null): boolean =>
  entry?.resource?.resourceType === 'Task' || taskIn(entry) !== undefined;

async function checkEntry(
  options: ReferralOptions,
  inner: Interactions,
  context: Context,
  entry: Entry,
): Promise<void> {
  const { resource, request } = entry;
  const method = request?.method ?? '';
  const named = taskIn(entry);
  const isWrite = named !== undefined && ['PUT', 'PATCH', 'DELETE'].includes(method);
  if (isWrite && (await namesReferral(options, inner, context, named, resource)))
    throw outcomeError(
      'business-rule',
      'A referral takes its steps one by one: send this as a request of its own (PUT or PATCH Task/{id}, or Task/{id}/$advance)',
    );
  if ((isWrite || method === 'POST') && isReferral(resource)) checkNew(context, resource!);
}

/** Whether what an entry writes to is a referral: by its id, or by a condition. */
async function namesReferral(
  options: ReferralOptions,
  inner: Interactions,
  context: Context,
  { id, query }: NonNullable<ReturnType<typeof taskIn>>,
  resource: Resource | undefined,
): Promise<boolean> {
  if (id !== undefined) return (await currentOf(options, context, 'Task', id)) !== undefined;
  if (kindOf(resource)) return true;
  for (const match of await matchesOf(inner, context, new URLSearchParams(query)))
    if (await currentOf(options, context, 'Task', match)) return true;
  return false;
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
