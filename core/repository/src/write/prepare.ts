import { setImmediate as othersTurn } from 'node:timers/promises';
import { addIssues, OutcomeError } from '@yba/fhir';
import { HttpError } from '@yba/http';
import type { AccessEvent, Issue, Written } from '@yba/fhir';
import { currentRow } from '../rows/locate.ts';
import type { NamedRow } from '../rows/locate.ts';
import type { Row } from '../rows/row.ts';
import { readFrames, stored } from '../rows/row.ts';
import { asReader, facilityOf } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { atPath, changeId, issuesAt, isWritten, saidOf } from './change.ts';
import type { Change, Draft } from './change.ts';
import { compose } from './compose.ts';
import type { Line } from './compose.ts';
import { Conditions } from './condition.ts';
import { areMany } from './condition-turns.ts';
import { alreadyHeld, uniqueIdentifiers } from './identifiers.ts';
import type { Lookups } from './lookups.ts';
import { refuseMet } from './met-conditions.ts';
import { inTurn } from './named-conditions.ts';
import { patched } from './patch.ts';
import { placeOthers, placePatients } from './place.ts';
import type { Placement } from './place.ts';
import { withoutIdle } from './provenance.ts';
import {
  pointAtPatients,
  resolveBundleReferences,
  resolveConditionalReferences,
} from './resolve-references.ts';
import { toEach, withoutRepeats } from './repeated-creates.ts';
import { repeatedAnswer, submitterOf } from './submission.ts';
import { checkAll, PIECE } from './transact.ts';
import { wordsOf } from './write-reads.ts';
import type { Env, Job } from './transact.ts';
import { findTarget, newResource } from './targets.ts';

/** A job with everything decided: what is left is to write it. */
export type Prepared = Placement & {
  job: Job;
  lines: readonly Line[];
  /** When it is written, in ms since 1970. */
  at: number;
  facility: number;
  access: AccessEvent;
  issues: Issue[];
  /** What it must not share a commit with. */
  claims: readonly string[];
  /** The answer of the first submission under its key; then nothing is written. */
  repeat?: string;
  /** Makes what the requests are answered. */
  answer(): Promise<Written[]>;
  written: Written[];
};

type Step = {
  env: Omit<Env, 'committer'>;
  lookups: Lookups;
  job: Job;
  conditions: Conditions;
  /** The warnings of what patches come to, when they are told. */
  warnings: Issue[];
};

/**
 * The steps of a write up to the writing: nothing is changed by them. Whatever they ask goes through the commit's
 * lookups, so that jobs side by side ask together.
 */
export async function prepare(env: Omit<Env, 'committer'>, lookups: Lookups, job: Job): Promise<Prepared> {
  const { context, options } = job;
  const { submission, within } = options;
  env.patchRoom.leave(job.patched); // of an attempt before this one
  await within?.before?.(lookups.db);
  const words = wordsOf(env, job.definitions);
  const seeing = job.sees && { sees: job.sees, pools: env.pools };
  const step: Step = {
    env,
    lookups,
    job,
    conditions: new Conditions(lookups, job.reach, words, seeing),
    warnings: [],
  };
  if (!submission) return decideAll(step);
  const { key: named, body } = submission;
  const key = { client: submitterOf(context.caller), key: named, body };
  const first = lookups.submission(key);
  // many look-ups are not begun for a repeat: they would go on behind its answer
  const early = areMany(job.conditions) ? await first : undefined;
  if (early) return repeated(step, repeatedAnswer(submission, early));
  const decided = decideAll(step).catch((error: unknown) => error as Error);
  const repeat = await first;
  if (repeat) return repeated(step, repeatedAnswer(submission, repeat));
  const prepared = await decided;
  if (!(prepared instanceof Error)) return prepared;
  // the same submission, committed by another lane since we asked, is what it stumbled over
  const late = prepared instanceof OutcomeError ? await lookups.submission(key) : undefined;
  if (late) return repeated(step, repeatedAnswer(submission, late));
  throw prepared;
}

async function decideAll(step: Step): Promise<Prepared> {
  const { env, lookups, job } = step;
  const { context, reach, drafts, options } = job;
  const changes = await findTargets(step, withoutRepeats(drafts));
  // their rows are locked now: no version is older than the one before it, whoever's clock wrote that
  const at = Math.max(
    env.now().getTime(),
    ...changes.flatMap(({ previous }) => previous?.updated.getTime() ?? []),
  );
  const issues = await resolveConditionalReferences(
    step.conditions,
    job.references,
    changes,
    options.handling,
  );
  const links = await placePatients(lookups, context, reach, changes, at);
  pointAtPatients(changes);
  const reserved = await placeOthers(lookups, env.ports, context, reach, changes, at);
  resolveBundleReferences(changes);
  await refuseHeldIdentifiers(step, changes);
  const lines = await composeAll(step, changes, at);
  const persons = await personsOf(lookups, changes);
  const shown = options.texts ? shownOf(step, changes) : [];
  return {
    job,
    lines,
    at,
    facility: facilityOf(reach),
    links,
    reserved,
    issues: [...step.warnings, ...issues],
    access: accessOf(job, at, changes, lines.length, persons),
    claims: claimsOf(step, changes, lines, reserved),
    answer: async () => toEach(drafts, await answers(lookups.db, changes, lines, at, shown)),
    written: [],
  };
}

/** The lines of all changes; others get their turn between the pieces of a large Bundle. */
async function composeAll({ job }: Step, changes: readonly Change[], at: number): Promise<Line[]> {
  const lines: Line[] = [];
  const now = { ms: at, text: new Date(at).toISOString() };
  for (let index = 0; index < changes.length; index++) {
    if (index % PIECE === PIECE - 1) await othersTurn();
    const line = compose(changes[index]!, job.context, now, job.definitions);
    if (line) lines.push(line);
  }
  return lines;
}

function repeated({ job, env }: Step, repeat: string): Prepared {
  const at = env.now().getTime();
  return {
    job,
    lines: [],
    at,
    facility: facilityOf(job.reach),
    links: [],
    reserved: [],
    issues: [],
    access: accessOf(job, at, [], 0, []),
    claims: [],
    repeat,
    answer: () => Promise.resolve([]),
    written: [],
  };
}

/**
 * Targets of all requests, which are asked for together; no resource may be written twice, and the earlier by the
 * order of the specification (deletes, creates, updates) is the one that may.
 */
async function findTargets(step: Step, drafts: readonly Draft[]): Promise<Change[]> {
  askAhead(step, drafts);
  const found: (Change | { fault: unknown })[] = [];
  const find = inTurn(drafts, (each) => findOne(step, each));
  const looks: Promise<void>[] = [];
  drafts.forEach((each, index) => {
    if (each.method === 'POST' && !each.condition) found[index] = newResource(each);
    else
      looks.push(
        find(each, index).then(
          (target) => void (found[index] = target),
          (fault: unknown) => void (found[index] = { fault }),
        ),
      );
  });
  if (looks.length > 0) await Promise.all(looks);
  const claimed = new Map<string, string>();
  for (const method of ['DELETE', 'POST', 'PUT', 'PATCH'] as const) {
    drafts.forEach((each, index) => {
      if (each.method !== method) return;
      const target = found[index]!;
      if ('fault' in target) throw target.fault;
      refuseTwice(claimed, target);
    });
  }
  refuseMet(found as Change[]);
  return drafts.some(({ accompanies }) => accompanies) ? withoutIdle(found as Change[]) : (found as Change[]);
}

/**
 * Asks for what conditional references match and who holds identifiers along with the targets: in one round trip, and
 * at one moment. A row another writer commits between two looks would be absent for the one and taken for the other.
 */
function askAhead({ conditions, lookups, job }: Step, drafts: readonly Draft[]): void {
  const unheard = () => {}; // whoever asks again hears of it
  for (const condition of job.references.values()) conditions.matches(condition, false).catch(unheard);
  const facility = facilityOf(job.reach);
  for (const { resource, type } of drafts) {
    if (!resource) continue;
    for (const identifier of uniqueIdentifiers(resource))
      lookups.holders({ ...identifier, type, facility, anywhere: false }).catch(unheard);
  }
}

/** Source: https://hl7.org/fhir/R4/http.html#upsert, “405 Method Not Allowed” */
function idsAreOurs(type: string, id: string) {
  return new HttpError(
    405,
    'not-supported',
    `${type}/${id} does not exist, and this server gives ids itself: create it with POST ${type}, or update by a condition`,
    { expression: `${type}.id`, headers: { allow: 'GET, POST' } },
  );
}

async function findOne(step: Step, each: Draft): Promise<Change> {
  const change = await targetOf(step, each);
  if (each.method !== 'PATCH') return change;
  const { env, lookups, job } = step;
  try {
    env.patchRoom.take(job.patched, change.previous!.len);
    // a patch turned into the update it comes to, which is validated as any other
    const { places, resource } = await patched(lookups.db, change, change.previous!, env.baseUrl);
    const sent = [{ method: 'PATCH' as const, resource: resource!, path: '' }];
    const warnings = await checkAll(sent, job.context, job.definitions);
    if (job.options.warnings) addIssues(step.warnings, issuesAt(each.path, warnings));
    return { ...change, resource: resource!, places };
  } catch (error) {
    throw atPath(each.path, error);
  }
}

async function targetOf({ env, lookups, job, conditions }: Step, each: Draft): Promise<Change> {
  try {
    const isRead = (named: NamedRow) => isPatched(env, job, named);
    const change = await findTarget({ lookups, reach: job.reach, conditions, request: each, isRead });
    if (!env.updateCreate && each.method === 'PUT' && change.action === 'create' && change.clientId)
      throw idsAreOurs(each.type, change.clientId);
    return change;
  } catch (error) {
    throw ofRequest(each, error);
  }
}

/**
 * A target that cannot be found, said of the part of the entry's request that asks for it: a delete has no resource to
 * say it of. The id that a resource brings stays the place of its own fault.
 * Source: https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.expression
 */
function ofRequest({ path, type, method, condition, ifMatch }: Draft, error: unknown): unknown {
  if (!(error instanceof OutcomeError) || path === '') return error;
  const [issue] = error.issues;
  if (issue?.expression?.[0] === `${type}.id`) return atPath(path, error);
  const versions = ifMatch === undefined ? 'ifNoneMatch' : 'ifMatch';
  const target = method === 'POST' && condition ? 'ifNoneExist' : 'url';
  return saidOf(
    path.replace(/resource$/, `request.${issue?.code === 'lock-error' ? versions : target}`),
    error,
  );
}

/** Whether a caller who sees less than the facility's rows sees the one to be patched. */
async function isPatched(env: Step['env'], { patches }: Job, { type, id }: NamedRow): Promise<boolean> {
  if (!patches) return true;
  return (await asReader(env, patches, (db) => currentRow(db, type, id))) !== undefined;
}

/**
 * No resource may be written twice in one transaction, nor be deleted and be the match that spares a create: that
 * would be answered with what is gone. Source: https://hl7.org/fhir/R4/http.html#trules
 */
function refuseTwice(claimed: Map<string, string>, change: Change): void {
  if (!change.previous && !change.clientId && !change.condition) return; // it has no name yet
  for (const key of targetKeys(change)) {
    const other = claimed.get(key);
    if (other !== undefined) {
      throw atPath(
        change.path,
        new OutcomeError([
          {
            severity: 'error',
            code: 'invalid',
            diagnostics: `This entry and ${other} write the same ${change.type}; a transaction may write a resource once`,
            expression: [change.type],
          },
        ]),
      );
    }
    if (change.action !== 'unchanged') claimed.set(key, change.path);
  }
}

/** What a change writes to, by any name two changes can meet at. */
function targetKeys(change: Change): string[] {
  return [
    ...(change.previous ? [change.previous.id] : []),
    ...(change.action === 'create' && change.clientId ? [`${change.type}/${change.clientId}`] : []),
    ...(change.action === 'create' && change.condition
      ? [`${change.type}?${change.condition.toString()}`]
      : []),
  ];
}

function claimsOf(
  { job, conditions }: Step,
  changes: readonly Change[],
  lines: readonly Line[],
  reserved: Placement['reserved'],
): string[] {
  const facility = facilityOf(job.reach);
  const { submission } = job.options;
  const claims = submission ? [`key ${submitterOf(job.context.caller)} ${submission.key}`] : [];
  for (const { action, previous, type, clientId, condition } of changes) {
    if (previous && action !== 'unchanged') claims.push(previous.id);
    if (action !== 'create') continue;
    if (clientId) claims.push(`${type}/${clientId}`);
    if (condition && !conditions.uniqueIdentifier({ type, query: condition }))
      claims.push(conditions.key({ type, query: condition }));
  }
  for (const { client_id } of reserved) claims.push(`Patient/${client_id}`);
  for (const { held, type } of lines)
    for (const { system, value } of held) claims.push(`${facility} ${type} ${system}|${value}`);
  return claims;
}

/** An identifier that must be unique and is held by another row, or by another entry of the same delivery. */
async function refuseHeldIdentifiers({ lookups, job }: Step, changes: readonly Change[]): Promise<void> {
  const facility = facilityOf(job.reach);
  const released = new Set<string>();
  for (const { action, previous } of changes) if (action === 'delete') released.add(previous!.id);
  const here = new Set<string>();
  const refuse = async (
    { type, path, row }: Change,
    { system, value }: ReturnType<typeof uniqueIdentifiers>[number],
  ) => {
    const name = `${type} ${system}|${value}`;
    if (here.has(name)) throw alreadyHeld(type, system, path);
    here.add(name);
    const held = await lookups.holders({ type, system, value, facility, anywhere: false });
    if (held.some((other) => other.row !== row && !released.has(other.row)))
      throw alreadyHeld(type, system, path);
  };
  const looks: Promise<void>[] = [];
  for (const change of changes) {
    if (!isWritten(change)) continue;
    for (const identifier of uniqueIdentifiers(change.resource!)) looks.push(refuse(change, identifier));
  }
  if (looks.length > 0) await Promise.all(looks);
}

function accessOf(
  { context }: Job,
  at: number,
  changes: readonly Change[],
  count: number,
  persons: readonly string[],
): AccessEvent {
  const [first] = changes;
  const single = changes.length === 1 && first!.action !== 'absent';
  return {
    at: new Date(at),
    requestId: context.requestId,
    caller: context.caller,
    action: changes.length === 1 ? actionOf(first!) : 'transaction',
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

/** The rows that conditional creates found and are answered with, as far as there is room to hold them. Throws `transient`. */
function shownOf({ env, job }: Step, changes: readonly Change[]): Row[] {
  const rows = new Set<Row>();
  for (const { action, previous } of changes) if (action === 'unchanged') rows.add(previous!);
  return [...rows].filter(({ len }) => {
    if (!env.patchRoom.fits(job.patched, len)) return false;
    env.patchRoom.take(job.patched, len);
    return true;
  });
}

/** What each change is answered; one that changed nothing with its text where it is among those shown. */
async function answers(
  db: Db,
  changes: readonly Change[],
  lines: readonly Line[],
  at: number,
  shown: readonly Row[],
): Promise<Written[]> {
  const textOf = await textsOf(db, shown);
  const updated = new Date(at);
  let next = 0; // lines stand in the order of their changes
  return changes.map((change) => {
    const { type, version } = change;
    if (change.action === 'unchanged')
      return { ...stored(change.previous!, textOf(change.previous!)), outcome: 'unchanged' };
    if (change.action === 'absent')
      return { type, id: change.id ?? '', version, updated, text: '', outcome: 'deleted' };
    const text = lines[next]?.change === change ? lines[next++]!.text : '';
    return { type, id: changeId(change), version, updated, text, outcome: outcomeOf(change) };
  });
}

/** The texts of the rows that are shown; '' for others. */
async function textsOf(db: Db, shown: readonly Row[]): Promise<(row: Row) => string> {
  if (shown.length === 0) return () => '';
  const frames = await readFrames(db, shown);
  const isShown = new Set(shown);
  return (row) => (isShown.has(row) ? frames.text(row) : '');
}

/** One that was deleted is created anew by an update. Source: https://hl7.org/fhir/R4/http.html#update */
function outcomeOf({ action, previous }: Change): 'created' | 'updated' | 'deleted' {
  if (action === 'delete') return 'deleted';
  return action === 'create' || previous?.deleted ? 'created' : 'updated';
}

/** The persons the changes are about, for the access log. */
async function personsOf(lookups: Lookups, changes: readonly Change[]): Promise<string[]> {
  const persons = new Set<string>();
  const others = new Set<string>();
  for (const { about, previous } of changes) {
    if (about !== undefined) persons.add(about);
    else if (previous?.patient) others.add(previous.patient);
  }
  const found = others.size > 0 ? await Promise.all(Array.from(others, lookups.personOf)) : [];
  for (const person of found) if (person !== undefined) persons.add(person);
  return [...persons];
}
