import { forbidden, notFound, type Caller } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { RequestKind } from './deadlines.ts';
import { accessTo, speaksFor, type LookRequestOptions } from './options.ts';

type Row = {
  communication: string;
  kind: RequestKind;
  event: string;
  person: string;
  due: Date;
  answered: Date | null;
  answer: string | null;
  told: string[];
};

/** Requests listed at once: what is open first, by deadline; then what was answered, newest first. */
const AT_ONCE = 500;

/**
 * `GET AuditEvent/$requests`: a citizen's own requests (`patient=`: those about the record of whom they answer for), or those that wait for a facility, for its privacy officer. A
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
  options: LookRequestOptions,
  { context, query }: OperationRequest,
): Promise<OperationResponse> {
  const { sql, repository, events, audit } = options;
  const { caller } = context;
  const person = await personAsked(options, caller, query.get('patient'));
  const scope =
    person !== undefined
      ? sql`person = any((select yba_person_keys(${person}))::uuid[])`
      : caller.role === 'privacy-officer' && caller.facility
        ? sql`facility = ${facilityNumber(caller.facility)}`
        : undefined;
  if (!scope)
    throw forbidden({
      en: 'Requests about looks are read by the person who asked and by the privacy officer who answers',
      vi: 'Câu hỏi về lần xem chỉ người hỏi và cán bộ bảo vệ dữ liệu trả lời mới đọc được.',
    });
  const rows = await sql<Row[]>`
    select communication, kind, event, person, due, answered, answer, told from look_request where ${scope}
    order by answered is not null, case when answered is null then due end, answered desc limit ${AT_ONCE}`;
  const references = rows.flatMap(({ communication, answer, told }) =>
    [communication, answer, ...told].flatMap((id) => (id ? [`Communication/${id}`] : [])),
  );
  const stored = await repository.current(references);
  const about = await events([...new Set(rows.map(({ event }) => event))]);
  const persons = [...new Set(rows.map(({ person }) => person))];
  await audit.read(accessTo(context, 'AuditEvent/$requests', persons, rows.length));
  const entry = [
    ...rows.flatMap(({ communication, answer, told }) => [
      { resource: stored.get(`Communication/${communication}`), search: { mode: 'match' } },
      ...[...told, ...(answer ? [answer] : [])].map((id) => ({
        resource: stored.get(`Communication/${id}`),
        search: { mode: 'include' },
      })),
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

/** The person whose requests a citizen reads; undefined for others. Throws `not-found` for a record they do not answer for. */
async function personAsked(
  options: LookRequestOptions,
  caller: Caller,
  patient: string | null,
): Promise<string | undefined> {
  if (caller.role !== 'citizen' || !caller.person) return undefined;
  if (patient === null) return caller.person;
  const id = patient.replace(/^Patient\//, '');
  const person = await options.personOf(id);
  if (!person || !(await speaksFor(options, caller, person))) throw notFound(`Patient/${id}`);
  return person;
}
