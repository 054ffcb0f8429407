import type { Access } from '@yba/access';
import {
  isLogged,
  markLogged,
  OutcomeError,
  type AccessAction,
  type AccessEvent,
  type Context,
} from '@yba/fhir';
import type { Refused } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { AccessRequest, Repository } from '@yba/repository';
import type { Parts } from './parts.ts';

type Decide = Access['decide'];
type Ports = {
  log(event: AccessEvent): Promise<void>;
  sql: Sql;
  personsConcerned: Repository['personsConcerned'];
};

/** What an access is refused for; anything else is a mistake in the question, not an access. */
const REFUSALS: ReadonlySet<string> = new Set(['forbidden', 'not-found', 'security', 'suppressed']);

/**
 * The policy point, with its refusals in the access log: whatever was to be done, whoever asked, by whichever way. Where
 * the record of somebody was asked for, it stands in that person's log.
 */
export function loggingRefusals(decide: Decide, ports: Ports): Decide {
  return async (context, request) => {
    try {
      return await decide(context, request);
    } catch (error) {
      if (request.probe || !isNews(error)) throw error;
      await ports.log(denied(context, actionOf(request), targetOf(request), await concerned(request, ports)));
      throw markLogged(error);
    }
  };
}

/**
 * Puts what the door saw refused into the access log, unless it is there: what operations and capabilities refuse by
 * themselves. Where somebody's record was asked for, in the log of that person.
 */
export function logRefusals({ audit, repository }: Pick<Parts, 'audit' | 'repository'>): Refused {
  return async (context, { action, target = 'system' }) => {
    await audit.ports.read(denied(context, action, target, await repository.personsConcerned(target)));
  };
}

function isNews(error: unknown): boolean {
  return error instanceof OutcomeError && REFUSALS.has(error.code) && !isLogged(error);
}

function denied(
  { caller, requestId }: Context,
  action: AccessAction,
  target: string,
  persons: readonly string[],
): AccessEvent {
  return { at: new Date(), requestId, caller, action, target, persons, count: 0, outcome: 'denied' };
}

function targetOf({ target, types }: AccessRequest): string {
  return target ?? (types.length === 1 ? types[0]! : types.length === 0 ? 'system' : 'Bundle');
}

function actionOf({ action, exports, target, types, deletes = [] }: AccessRequest): AccessAction {
  if (exports) return 'export';
  if (action === 'read' && target?.includes('/_history/')) return 'vread';
  if (action === 'read') return target?.includes('_history') ? 'history' : target ? 'read' : 'search';
  if (types.length > 1) return 'transaction';
  return deletes.length > 0 ? 'delete' : target ? 'update' : 'create';
}

async function concerned(
  { target, named, patients = [] }: AccessRequest,
  { sql, personsConcerned }: Ports,
): Promise<string[]> {
  const rows =
    patients.length === 0
      ? []
      : await sql<{ person: string }[]>`
          select distinct person from patient_link where patient = any(${patients as string[]}::uuid[])`;
  if (rows.length > 0) return rows.map(({ person }) => person);
  return personsConcerned(...(named?.() ?? (target ? [target] : [])));
}
