import {
  isLogged,
  isRefusal,
  markLogged,
  notFound,
  OutcomeError,
  references,
  resourceTypes,
} from '@yba/fhir';
import type { AccessEvent, Context } from '@yba/fhir';
import { currentRows, patientLinks } from './rows/locate.ts';
import type { NamedRow } from './rows/locate.ts';
import type { Request } from './write/change.ts';
import type { Row } from './rows/row.ts';
import type { Db } from './rows/session.ts';
import type { Env } from './write/transact.ts';

/** Puts a read into the access log, and is done when that is durable: no byte is shown before. */
export async function auditRead(
  env: Env,
  context: Context,
  event: Pick<AccessEvent, 'action' | 'target' | 'persons' | 'bases' | 'count'> & {
    outcome?: AccessEvent['outcome'];
  },
): Promise<void> {
  if (context.caller.role === 'platform') return;
  await env.ports.audit.read({
    at: env.now(),
    requestId: context.requestId,
    caller: context.caller,
    outcome: 'success',
    ...(context.purpose ? { purpose: context.purpose } : {}),
    ...event,
  });
}

/** The persons these rows are about. */
export async function personsOf(db: Db, rows: readonly Pick<Row, 'patient'>[]): Promise<string[]> {
  return [...new Set((await personsByPatient(db, rows)).values())];
}

/** The person of each Patient these rows are about, by its row id. */
export async function personsByPatient(
  db: Db,
  rows: readonly Pick<Row, 'patient'>[],
): Promise<Map<string, string>> {
  const patients = [...new Set(rows.flatMap(({ patient }) => (patient ? [patient] : [])))];
  if (patients.length === 0) return new Map();
  const found = await db<
    { patient: string; person: string }[]
  >`select patient, person from patient_link where patient = any(${patients}::uuid[])`;
  return new Map(found.map(({ patient, person }) => [patient, person]));
}

/** Whose resources are (`Type/id`), whoever may see them, each person once: for the log of an access that was denied. */
export async function personsConcerned(owner: Db, targets: readonly string[]): Promise<string[]> {
  const named = targets.flatMap((target) => {
    const [type, id] = target.split('/');
    return type && id && resourceTypes.has(type) ? [{ type, id }] : [];
  });
  return [...new Set(await personsBehind(owner, named))];
}

const NAMED = /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}/;

/** What writes name before anything is looked up: what they write to, what their resources refer to, and what their conditions ask about. */
export function namedBy(
  requests: readonly Pick<Request, 'type' | 'id' | 'resource' | 'condition'>[],
  baseUrl: string,
): string[] {
  const own = `${baseUrl}/`;
  const named = (text: string) => NAMED.exec(text.startsWith(own) ? text.slice(own.length) : text) ?? [];
  return requests.flatMap(({ type, id, resource, condition }) => [
    ...(id ? [`${type}/${id}`] : []),
    ...(resource ? references(resource) : []).flatMap(({ reference }) => named(reference)),
    ...[...(condition ?? [])].flatMap(([name, value]) =>
      value.split(',').flatMap((one) => named(name === '_id' ? `${type}/${one}` : one)),
    ),
  ]);
}

/** Whose many resources are. */
async function personsBehind(owner: Db, named: readonly NamedRow[]): Promise<string[]> {
  const patients = named.flatMap(({ type, id }) => (type === 'Patient' ? [id] : []));
  const rows = await currentRows(
    owner,
    named.filter(({ type }) => type !== 'Patient'),
  );
  return [
    ...[...(await patientLinks(owner, patients)).values()].map(({ person }) => person),
    ...(await personsOf(
      owner,
      rows.filter((row) => row !== undefined),
    )),
  ];
}

/**
 * Logs that something which is absent to the caller was asked for, in the log of the person whose it is, if it is
 * anybody's; answers the error to throw. What is denied and what is not there look alike to the caller.
 */
export async function auditAbsent(
  env: Env,
  context: Context,
  event: Pick<AccessEvent, 'action' | 'target'> & { target: string },
  named = event.target,
): Promise<OutcomeError> {
  const persons =
    context.caller.role === 'platform'
      ? []
      : await personsConcerned(env.pools.lookup as unknown as Db, [event.target]);
  await auditRead(env, context, { ...event, persons, count: 0, outcome: 'denied' });
  return markLogged(notFound(named));
}

/** Refusals of a write that are an access denied, beside those of role and scope; a bad resource is not. */
const REFUSED: ReadonlySet<string> = new Set(['forbidden', 'not-found', 'conflict', 'deleted']);

const WRITES = { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' } as const;

/** Writes into the chart of somebody that is not open to who writes, by their error: whose chart it is. */
const chartsClosed = new WeakMap<Error, string>();

/** Says of the error of a write whose chart it would have gone into; gives it back. */
export function closedChart(error: OutcomeError, person: string): OutcomeError {
  chartsClosed.set(error, person);
  return error;
}

const ENTRY = /^Bundle\.entry\[\d+\]/;

/** What of a transaction the error speaks of. */
function refusedIn(
  requests: readonly Pick<Request, 'type' | 'id' | 'path'>[],
  { issues }: OutcomeError,
): NamedRow[] {
  const places = issues.flatMap(({ expression }) => expression ?? []);
  const entries = new Set(places.flatMap((place) => ENTRY.exec(place) ?? []));
  return requests.flatMap(({ type, id, path }) =>
    id && entries.has(ENTRY.exec(path)?.[0] ?? '') ? [{ type, id }] : [],
  );
}

/** Logs a write that was refused, once; gives the error back. */
export async function auditRefusedWrite(
  env: Env,
  context: Context,
  requests: readonly Pick<Request, 'method' | 'type' | 'id' | 'path'>[],
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof OutcomeError) || isLogged(error)) return error;
  const closed = chartsClosed.get(error);
  if (closed === undefined && !REFUSED.has(error.code)) return error;
  if (context.caller.role === 'platform') return error;
  const [first] = requests;
  const one = requests.length === 1 ? first : undefined;
  const target = one ? `${one.type}${one.id ? `/${one.id}` : ''}` : 'Bundle';
  const owner = env.pools.lookup as unknown as Db;
  const concerned = one
    ? await personsConcerned(owner, [target])
    : await personsBehind(owner, refusedIn(requests, error));
  await auditRead(env, context, {
    action: one ? WRITES[one.method] : 'transaction',
    target,
    persons: [...new Set([...(closed === undefined ? [] : [closed]), ...concerned])],
    count: 0,
    outcome: closed !== undefined || isRefusal(error) || error.code === 'not-found' ? 'denied' : 'failed',
  });
  return markLogged(error);
}
