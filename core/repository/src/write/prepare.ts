import { setImmediate as othersTurn } from 'node:timers/promises';
import { OutcomeError } from '@yba/fhir';
import type { AccessEvent, Issue, Written } from '@yba/fhir';
import { facilityOf } from '../rows/session.ts';
import { answers, rowsShown } from './answers.ts';
import { changeId, isWritten } from './change.ts';
import type { Change } from './change.ts';
import { compose } from './compose.ts';
import type { Line } from './compose.ts';
import { Conditions } from './condition.ts';
import { areMany } from './condition-turns.ts';
import { findTargets } from './find-targets.ts';
import { alreadyHeld, uniqueIdentifiers } from './identifiers.ts';
import type { Lookups } from './lookups.ts';
import { placeOthers, placePatients } from './place.ts';
import type { Placement } from './place.ts';
import type { Preparation } from './preparation.ts';
import {
  pointAtPatients,
  resolveBundleReferences,
  resolveConditionalReferences,
} from './resolve-references.ts';
import { toEach, withoutRepeats } from './repeated-creates.ts';
import { repeatedAnswer, submitterOf } from './submission.ts';
import { PIECE } from './transact.ts';
import { wordsOf } from './write-reads.ts';
import type { Env, Job } from './transact.ts';

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
  const preparation: Preparation = {
    env,
    lookups,
    job,
    conditions: new Conditions(lookups, job.reach, words, seeing),
    warnings: [],
  };
  if (!submission) return decideAll(preparation);
  const { key: named, body } = submission;
  const key = { client: submitterOf(context.caller), key: named, body };
  const first = lookups.submission(key);
  // many look-ups are not begun for a repeat: they would go on behind its answer
  const early = areMany(job.conditions) ? await first : undefined;
  if (early) return repeated(preparation, repeatedAnswer(submission, early));
  const decided = decideAll(preparation).catch((error: unknown) => error as Error);
  const repeat = await first;
  if (repeat) return repeated(preparation, repeatedAnswer(submission, repeat));
  const prepared = await decided;
  if (!(prepared instanceof Error)) return prepared;
  // the same submission, committed by another lane since we asked, is what it stumbled over
  const late = prepared instanceof OutcomeError ? await lookups.submission(key) : undefined;
  if (late) return repeated(preparation, repeatedAnswer(submission, late));
  throw prepared;
}

async function decideAll(preparation: Preparation): Promise<Prepared> {
  const { env, lookups, job } = preparation;
  const { context, reach, drafts, options } = job;
  const changes = await findTargets(preparation, withoutRepeats(drafts));
  // their rows are locked now: no version is older than the one before it, whoever's clock wrote that
  const at = Math.max(
    env.now().getTime(),
    ...changes.flatMap(({ previous }) => previous?.updated.getTime() ?? []),
  );
  const issues = await resolveConditionalReferences(
    preparation.conditions,
    job.references,
    changes,
    options.handling,
  );
  const links = await placePatients(lookups, context, reach, changes, at);
  pointAtPatients(changes);
  const reserved = await placeOthers(lookups, env.ports, context, reach, changes, at);
  resolveBundleReferences(changes);
  await refuseHeldIdentifiers(preparation, changes);
  const lines = await composeAll(preparation, changes, at);
  const persons = await personsOf(lookups, changes);
  const shown = options.texts ? rowsShown(preparation, changes) : [];
  return {
    job,
    lines,
    at,
    facility: facilityOf(reach),
    links,
    reserved,
    issues: [...preparation.warnings, ...issues],
    access: accessOf(job, at, changes, lines.length, persons),
    claims: claimsOf(preparation, changes, lines, reserved),
    answer: async () => toEach(drafts, await answers(lookups.db, changes, lines, at, shown)),
    written: [],
  };
}

/** The lines of all changes; others get their turn between the pieces of a large Bundle. */
async function composeAll({ job }: Preparation, changes: readonly Change[], at: number): Promise<Line[]> {
  const lines: Line[] = [];
  const now = { ms: at, text: new Date(at).toISOString() };
  for (let index = 0; index < changes.length; index++) {
    if (index % PIECE === PIECE - 1) await othersTurn();
    const line = compose(changes[index]!, job.context, now, job.definitions);
    if (line) lines.push(line);
  }
  return lines;
}

function repeated({ job, env }: Preparation, repeat: string): Prepared {
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

function claimsOf(
  { job, conditions }: Preparation,
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
async function refuseHeldIdentifiers(
  { lookups, job }: Preparation,
  changes: readonly Change[],
): Promise<void> {
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
