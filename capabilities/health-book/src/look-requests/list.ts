import { forbidden } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { RequestKind } from './deadlines.ts';
import { accessTo, type LookRequestOptions } from './options.ts';

type Row = {
  communication: string;
  kind: RequestKind;
  event: string;
  person: string;
  due: Date;
  answered: Date | null;
  answer: string | null;
};

/** Requests listed at once: what is open first, by deadline; then what was answered, newest first. */
const AT_ONCE = 500;

/**
 * `GET AuditEvent/$requests`: a citizen's own requests, or those that wait for a facility, for its privacy officer. A
 * searchset of Communications, each question with its answer, and the AuditEvents they are about.
 */
export function listOperation(options: LookRequestOptions): Operation {
  return {
    code: 'requests',
    on: { type: 'AuditEvent' },
    methods: ['GET'],
    limit: { perMinute: 120, burst: 60 },
    handle: (request) => list(options, request),
  };
}

async function list(
  { sql, repository, events, audit }: LookRequestOptions,
  { context }: OperationRequest,
): Promise<OperationResponse> {
  const { caller } = context;
  const scope =
    caller.role === 'citizen' && caller.person
      ? sql`person = any((select yba_person_keys(${caller.person}))::uuid[])`
      : caller.role === 'privacy-officer' && caller.facility
        ? sql`facility = ${facilityNumber(caller.facility)}`
        : undefined;
  if (!scope)
    throw forbidden(
      'Requests about looks are read by the person who asked and by the privacy officer who answers',
    );
  const rows = await sql<Row[]>`
    select communication, kind, event, person, due, answered, answer from look_request where ${scope}
    order by answered is not null, case when answered is null then due end, answered desc limit ${AT_ONCE}`;
  const references = rows.flatMap(({ communication, answer }) =>
    [communication, answer].flatMap((id) => (id ? [`Communication/${id}`] : [])),
  );
  const stored = await repository.current(references);
  const about = await events([...new Set(rows.map(({ event }) => event))]);
  const persons = [...new Set(rows.map(({ person }) => person))];
  await audit.read(accessTo(context, 'AuditEvent/$requests', persons, rows.length));
  const entry = [
    ...rows.flatMap(({ communication, answer }) => [
      { resource: stored.get(`Communication/${communication}`), search: { mode: 'match' } },
      ...(answer ? [{ resource: stored.get(`Communication/${answer}`), search: { mode: 'include' } }] : []),
    ]),
    ...about.map((resource) => ({ resource, search: { mode: 'include' } })),
  ].filter(({ resource }) => resource !== undefined);
  return {
    resource: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: rows.length,
      ...(entry.length > 0 ? { entry } : {}),
    },
  };
}
