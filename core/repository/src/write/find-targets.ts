import { addIssues, OutcomeError } from '@yba/fhir';
import { HttpError } from '@yba/http';
import { currentRow } from '../rows/locate.ts';
import type { NamedRow } from '../rows/locate.ts';
import { asReader, facilityOf } from '../rows/session.ts';
import { atPath, issuesAt, saidOf } from './change.ts';
import type { Change, Draft } from './change.ts';
import { uniqueIdentifiers } from './identifiers.ts';
import { refuseMet } from './met-conditions.ts';
import { inTurn } from './named-conditions.ts';
import { patched } from './patch.ts';
import type { Preparation } from './preparation.ts';
import { withoutIdle } from './provenance.ts';
import { findTarget, newResource } from './targets.ts';
import { checkAll } from './transact.ts';
import type { Job } from './transact.ts';

/**
 * Targets of all requests, which are asked for together; no resource may be written twice, and the earlier by the
 * order of the specification (deletes, creates, updates) is the one that may.
 */
export async function findTargets(preparation: Preparation, drafts: readonly Draft[]): Promise<Change[]> {
  askAhead(preparation, drafts);
  const found: (Change | { fault: unknown })[] = [];
  const find = inTurn(drafts, (each) => findOne(preparation, each));
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
function askAhead({ conditions, lookups, job }: Preparation, drafts: readonly Draft[]): void {
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

async function findOne(preparation: Preparation, each: Draft): Promise<Change> {
  const change = await targetOf(preparation, each);
  if (each.method !== 'PATCH') return change;
  const { env, lookups, job } = preparation;
  try {
    env.patchRoom.take(job.patched, change.previous!.len);
    // a patch turned into the update it comes to, which is validated as any other
    const { places, resource } = await patched(lookups.db, change, change.previous!, env.baseUrl);
    const sent = [{ method: 'PATCH' as const, resource: resource!, path: '' }];
    const warnings = await checkAll(sent, job.context, job.definitions);
    if (job.options.warnings) addIssues(preparation.warnings, issuesAt(each.path, warnings));
    return { ...change, resource: resource!, places };
  } catch (error) {
    throw atPath(each.path, error);
  }
}

async function targetOf({ env, lookups, job, conditions }: Preparation, each: Draft): Promise<Change> {
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
async function isPatched(
  env: Preparation['env'],
  { patches }: Job,
  { type, id }: NamedRow,
): Promise<boolean> {
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
