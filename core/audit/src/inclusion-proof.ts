import {
  markLogged,
  notFound,
  outcomeError,
  type AccessEvent,
  type Caller,
  type Context,
  type Resource,
} from '@yba/fhir';
import type { Operation, OperationRequest } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { lookId, lookKey } from './audit-event.ts';
import { logScope, ownLook } from './audit-events.ts';
import type { LookQuery } from './read-log.ts';
import { agentText } from './proof/index.ts';
import { textOf, toldOf } from './tree/entry-rows.ts';
import { placedRows, type PlacedRow } from './tree/places.ts';
import { inclusionProofs } from './tree/prove.ts';
import { requireHead } from './tree/routes.ts';

/** AuditEvents proved at once. */
const AT_ONCE = 1_000;

export type InclusionProofOptions = {
  sql: Sql;
  log(event: AccessEvent): Promise<void>;
  /** Whether a citizen reads the log of this other person. */
  readsLogOf(caller: Caller, person: string): Promise<boolean>;
};

/**
 * `AuditEvent/{id}/$inclusion-proof`, and `AuditEvent/$inclusion-proof` for up to 1,000 at once: for each look that the
 * caller may read its entry as hashed, its index, and the audit path to the newest signed head. Looks of the last
 * minute are told as `pending`; what the caller may not read is left out, as absent.
 * Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3
 */
export function inclusionProofOperations(options: InclusionProofOptions): Operation[] {
  const base = { code: 'inclusion-proof', methods: ['GET', 'POST'] as const };
  const limit = { perMinute: 120, burst: 240 };
  return [
    {
      ...base,
      limit,
      on: { type: 'AuditEvent', instance: true },
      handle: (request) => prove(options, request),
    },
    { ...base, limit, on: { type: 'AuditEvent' }, handle: (request) => prove(options, request) },
  ];
}

async function prove(options: InclusionProofOptions, { context, id, query, body }: OperationRequest) {
  const { sql, log } = options;
  const asked = id === undefined ? named(query, body) : [id];
  const scope = await logScope(context, log, 'AuditEvent/$inclusion-proof');
  const keys = asked.flatMap((one) => lookKey(one) ?? []);
  const rows = await readable(options, context.caller, scope, keys);
  if (id !== undefined && rows.length === 0) {
    await log({ ...event(context, [], `AuditEvent/${id}`, 0), outcome: 'denied' });
    throw markLogged(notFound(`AuditEvent/${id}`));
  }
  const head = await requireHead(sql);
  const covered = rows.filter(({ index }) => index !== undefined && index < head.size);
  const paths = await inclusionProofs(
    sql,
    covered.map(({ index }) => index!),
    head.size,
  );
  const persons = [...new Set(rows.flatMap(({ person }) => person ?? []))];
  await log(event(context, persons, id ? `AuditEvent/${id}` : 'AuditEvent', rows.length));
  const pending = rows.filter((row) => !covered.includes(row));
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'checkpoint', valueString: head.checkpoint },
        ...covered.map((row, n) => proofOf(row, paths[n]!)),
        ...pending.map((row) => ({ name: 'pending', valueId: idOf(row) })),
      ],
    },
  };
}

/** The rows within the scope, and those of persons whose log the citizen who asks reads in their stead. */
async function readable(
  { sql, readsLogOf }: InclusionProofOptions,
  caller: Caller,
  scope: LookQuery['scope'],
  keys: readonly { at: Date; id: number }[],
): Promise<PlacedRow[]> {
  const rows = await placedRows(sql, keys, scope);
  if (caller.role !== 'citizen' || rows.length === keys.length) return rows;
  const others = (await placedRows(sql, keys)).filter(({ id }) => !rows.some((row) => row.id === id));
  const persons = [...new Set(others.flatMap(({ person }) => person ?? []))];
  const open = new Set<string>();
  for (const person of persons) if (await readsLogOf(caller, person)) open.add(person);
  return [...rows, ...others.filter(({ person }) => person !== null && open.has(person))];
}

function proofOf(row: PlacedRow, path: Buffer): object {
  return {
    name: 'proof',
    part: [
      { name: 'event', valueId: idOf(row) },
      { name: 'index', valueString: String(row.index) },
      { name: 'entry', valueString: textOf(row) },
      { name: 'agent', valueString: agentText(toldOf(row)) },
      ...(row.reason === null ? [] : [{ name: 'reason', valueString: row.reason }]),
      ...(row.reason_salt === null ? [] : [{ name: 'reasonSalt', valueString: row.reason_salt }]),
      ...(path.length === 0 ? [] : [{ name: 'path', valueBase64Binary: path.toString('base64') }]),
    ],
  };
}

/** The public id of a row; its time has milliseconds, as all that we write. */
function idOf({ at, id }: PlacedRow): string {
  return lookId({ at: new Date(at), id });
}

function named(query: URLSearchParams, body: Resource | undefined): string[] {
  const parameters = (body?.['parameter'] ?? []) as {
    name: string;
    valueId?: string;
    valueString?: string;
  }[];
  const ids = [
    ...(query.get('_id')?.split(',') ?? []),
    ...parameters.filter(({ name }) => name === 'event').map((one) => one.valueId ?? one.valueString ?? ''),
  ];
  if (ids.length === 0 || ids.length > AT_ONCE)
    throw outcomeError(
      ids.length === 0 ? 'required' : 'too-costly',
      `Name 1 to ${AT_ONCE} AuditEvents: parameters “event” with valueId, or ?_id=a,b`,
      'Parameters.parameter.event',
    );
  return [...new Set(ids)];
}

function event(context: Context, persons: readonly string[], target: string, count: number): AccessEvent {
  return { ...ownLook(context, 'operation', null, `${target}/$inclusion-proof`, count), persons };
}
