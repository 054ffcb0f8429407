import { OutcomeError, validate } from '@yba/fhir';
import type { AccessEvent, Context, Issue, Written } from '@yba/fhir';
import { isTransient, toOutcome } from '@yba/postgres';
import type { AccessRequest, Ports, Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from '../rows/facility-number.ts';
import { readFrames, stored } from '../rows/row.ts';
import { asWriter } from '../rows/session.ts';
import type { Db, Pools } from '../rows/session.ts';
import { atPath, changeId, draft, issuesAt } from './change.ts';
import type { Change, Draft, Request } from './change.ts';
import { Conditions } from './condition.ts';
import type { Condition } from './condition.ts';
import { alreadyHeld, holders, uniqueIdentifiers } from './identifiers.ts';
import { foreignNames } from './named-facility.ts';
import { placeOthers, placePatients } from './place.ts';
import {
  conditionalReferences,
  pointAtPatients,
  resolveBundleReferences,
  resolveConditionalReferences,
} from './resolve-references.ts';
import { composeLines, store } from './store.ts';
import { findTarget } from './targets.ts';

export type Env = { pools: Pools; ports: Ports; baseUrl: string; now: () => Date };

/** What a caller does inside the same transaction, before and after the writes. */
export type Around<T> = {
  /** Answers instead of writing, e.g. a repeat of what was already done. */
  before?: (db: Db) => Promise<T | undefined>;
  after: (db: Db, written: Written[], issues: Issue[]) => Promise<T>;
};

const ATTEMPTS = 6;

/**
 * Writes all requests or none. Everything that can be known without the database is checked first; the rest runs
 * in one transaction that is repeated as a whole when others got in its way, so the answer always tells of the
 * attempt that was committed.
 */
export async function transact<T>(
  env: Env,
  context: Context,
  requests: readonly Request[],
  handling: 'strict' | 'lenient',
  around: Around<T>,
): Promise<T> {
  checkAll(requests, context);
  const request = accessRequest(requests);
  const reach = await env.ports.decide(context, request);
  for (let attempt = 1; ; attempt++) {
    try {
      return await asWriter(env.pools, reach, async (db) => {
        const conditions = new Conditions(db, reach);
        const drafts = requests.map((request) => draft(request, env.baseUrl));
        const [done] = await Promise.all([around.before?.(db), conditions.prefetch(conditionsOf(drafts))]);
        return (
          done ??
          write({ db, env, context, reach, conditions, handling, careful: attempt > 1 }, drafts, around)
        );
      });
    } catch (error) {
      if (attempt === ATTEMPTS || !mayPass(error)) throw toOutcome(error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}

function conditionsOf(drafts: readonly Draft[]): Condition[] {
  return [
    ...drafts.flatMap(({ type, condition }) => (condition ? [{ type, query: condition }] : [])),
    ...conditionalReferences(drafts),
  ];
}

/** Conflicts that a repeat sees differently: serialisation, deadlock, and keys another transaction took meanwhile. */
function mayPass(error: unknown): boolean {
  if (error instanceof OutcomeError) return error.code === 'transient';
  return isTransient(error) || (error as { code?: string }).code === '23505';
}

/** Validates every resource; one error tells of all of them. */
function checkAll(requests: readonly Request[], { caller }: Context): void {
  const issues = requests.flatMap(({ resource, path }) => {
    if (!resource) return [];
    const foreign = caller.facility ? foreignNames(resource, caller.facility) : [];
    return issuesAt(path, [...validate(resource), ...foreign]);
  });
  if (issues.some(({ severity }) => severity === 'error' || severity === 'fatal'))
    throw new OutcomeError(issues);
}

/** One attempt at a write. `careful`: an earlier attempt ran into a key that was taken. */
type Attempt = {
  db: Db;
  env: Env;
  context: Context;
  reach: Reach;
  conditions: Conditions;
  handling: 'strict' | 'lenient';
  careful: boolean;
};

/**
 * The steps of a write. What only reads goes first; then everything that writes is sent at once, and the database
 * answers it in one round trip.
 */
async function write<T>(attempt: Attempt, drafts: readonly Draft[], around: Around<T>): Promise<T> {
  const { db, env, context, reach, conditions, handling } = attempt;
  const changes = await findTargets(db, reach, conditions, drafts);
  // their rows are locked now: no version is older than the one before it, whoever's clock wrote that
  const now = Math.max(
    env.now().getTime(),
    ...changes.flatMap(({ previous }) => previous?.updated.getTime() ?? []),
  );
  const at = new Date(now);
  const issues = await resolveConditionalReferences(conditions, changes, handling);
  const links = await placePatients(db, env.ports, reach, changes, now);
  pointAtPatients(changes);
  const reserved = await placeOthers(db, env.ports, context, reach, changes, now);
  resolveBundleReferences(changes);
  if (attempt.careful) await refuseHeldIdentifiers(db, reach, changes);
  const lines = composeLines(changes, context, now);
  const written = await answers(db, changes, new Map(lines.map((line) => [line.path, line.text])), at);
  const persons = await personsOf(db, changes);
  const [, answer] = await Promise.all([
    store(db, reach, lines, { links, reserved }, now),
    around.after(db, written, issues),
    env.ports.persons.linked(db, links, context.caller.subject),
    env.ports.audit.write(db, accessOf(context, at, changes, lines.length, persons)),
  ]);
  return answer;
}

function accessOf(
  context: Context,
  at: Date,
  changes: readonly Change[],
  count: number,
  persons: readonly string[],
): AccessEvent {
  const [first] = changes;
  const single = changes.length === 1 && first!.action !== 'absent';
  return {
    at,
    requestId: context.requestId,
    caller: context.caller,
    action: changes.length > 1 ? 'transaction' : actionOf(first!),
    persons,
    target: single ? `${first!.type}/${changeId(first!)}` : 'Bundle',
    count,
    ...(context.purpose ? { purpose: context.purpose } : {}),
    outcome: 'success',
  };
}

function actionOf({ action }: Change): 'create' | 'update' | 'delete' {
  return action === 'unchanged' ? 'create' : action === 'absent' ? 'delete' : action;
}

/** Targets in the order the specification asks for: deletes, creates, updates. */
async function findTargets(
  db: Db,
  reach: Reach,
  conditions: Conditions,
  drafts: readonly Draft[],
): Promise<Change[]> {
  const changes = new Map<Draft, Change>();
  const claimed = new Map<string, string>();
  for (const method of ['DELETE', 'POST', 'PUT'] as const) {
    for (const each of drafts) {
      if (each.method !== method) continue;
      try {
        const change = await findTarget(db, reach, conditions, each);
        refuseTwice(claimed, change);
        changes.set(each, change);
      } catch (error) {
        throw atPath(each.path, error);
      }
    }
  }
  return drafts.map((each) => changes.get(each)!);
}

/** No resource may be written twice in one transaction. Source: https://hl7.org/fhir/R4/http.html#trules */
function refuseTwice(claimed: Map<string, string>, change: Change): void {
  const keys = [
    change.previous && change.action !== 'unchanged' ? change.previous.id : undefined,
    change.action === 'create' && change.clientId ? `${change.type}/${change.clientId}` : undefined,
    change.action === 'create' && change.condition
      ? `${change.type}?${change.condition.toString()}`
      : undefined,
  ];
  for (const key of keys) {
    if (key === undefined) continue;
    const other = claimed.get(key);
    if (other !== undefined) {
      throw new OutcomeError([
        {
          severity: 'error',
          code: 'duplicate',
          diagnostics: `This entry and ${other} write the same ${change.type}; a transaction may write a resource once`,
          expression: [change.type],
        },
      ]);
    }
    claimed.set(key, change.path);
  }
}

async function refuseHeldIdentifiers(db: Db, reach: Reach, changes: readonly Change[]): Promise<void> {
  const facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  const writes = changes.filter((change) => change.action === 'create' || change.action === 'update');
  const released = new Set(
    changes.filter((change) => change.action === 'delete').map((change) => change.previous!.id),
  );
  for (const [type, group] of Map.groupBy(writes, (change) => change.type)) {
    const taken = await holders(
      db,
      facility,
      type,
      group.flatMap((change) => uniqueIdentifiers(change.resource!)),
    );
    const here = new Map<string, Change>();
    for (const change of group) {
      for (const { system, value } of uniqueIdentifiers(change.resource!)) {
        const holder = taken.get(`${system}|${value}`);
        const sibling = here.get(`${system}|${value}`);
        if ((holder && holder !== change.row && !released.has(holder)) || sibling)
          throw alreadyHeld(type, system, change.path);
        here.set(`${system}|${value}`, change);
      }
    }
  }
}

async function answers(
  db: Db,
  changes: readonly Change[],
  texts: ReadonlyMap<string, string>,
  at: Date,
): Promise<Written[]> {
  const untouched = changes
    .filter((change) => change.action === 'unchanged')
    .map((change) => change.previous!);
  const frames = await readFrames(db, untouched);
  return changes.map((change) => {
    const { type, version } = change;
    if (change.action === 'unchanged')
      return { ...stored(change.previous!, frames.text(change.previous!)), outcome: 'unchanged' };
    if (change.action === 'absent')
      return { type, id: change.id ?? '', version, updated: at, text: '', outcome: 'deleted' };
    const outcome =
      change.action === 'create' ? 'created' : change.action === 'update' ? 'updated' : 'deleted';
    return { type, id: changeId(change), version, updated: at, text: texts.get(change.path) ?? '', outcome };
  });
}

/** The persons the changes are about, for the access log. */
async function personsOf(db: Db, changes: readonly Change[]): Promise<string[]> {
  const persons = new Set(changes.flatMap(({ about }) => about ?? []));
  const others = changes.flatMap(({ about, previous }) =>
    about === undefined && previous?.patient ? [previous.patient] : [],
  );
  if (others.length > 0) {
    const rows = await db<{ person: string }[]>`
      select distinct person from patient_link where patient = any(${others}::uuid[])`;
    for (const { person } of rows) persons.add(person);
  }
  return [...persons];
}

function accessRequest(requests: readonly Request[]): AccessRequest {
  const typesOf = (some: readonly Request[]) => [...new Set(some.map(({ type }) => type))];
  return {
    action: 'write',
    types: typesOf(requests),
    deletes: typesOf(requests.filter(({ method }) => method === 'DELETE')),
  };
}
