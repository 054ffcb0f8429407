import type { Context, Issue, Resource } from '@yba/fhir';
import { operationOutcome } from '@yba/fhir';
import type { Operation, OperationRequest } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import { messageId } from './digests.ts';
import { senderFacility } from './process-message.ts';
import {
  codeOf,
  DISPOSITION_EXTENSION,
  DISPOSITIONS,
  EVENT_SYSTEM,
  EVENTS,
  issueOfMessage,
  RECEIVED_EXTENSION,
  refusal,
  RESPONSE_CODES,
  SETTLED_EXTENSION,
  STATE_EXTENSION,
  STATES,
} from './vocabulary.ts';

/** Most messages of one answer. */
const MOST = 500;

type Row = {
  id: string;
  identifier: string;
  received: Date;
  settled: Date | null;
  event: number;
  state: number;
  disposition: number | null;
  links: string[] | null;
  outcome: Issue[] | null;
  patient: string | null;
  xid: string | null;
};

/** What is asked: messages by the sender's ids, or what was settled since a cursor. */
type Question = { identifiers: string[] } | { since: string; count: number };

/**
 * `$message-status`: what became of the caller's own messages, as a Bundle of MessageHeaders with `response`. Throws
 * `forbidden` to everybody but the software of a facility.
 */
export function messageStatus(desk: MessageDesk): Operation {
  return {
    code: 'message-status',
    on: { system: true },
    methods: ['GET', 'POST'],
    async handle(request) {
      const { context } = request;
      const facility = await senderFacility(desk, context, 'read');
      const question = questionOf(request);
      const rows =
        'identifiers' in question
          ? await byIdentifier(desk.reader, facility, question.identifiers)
          : await since(desk.reader, facility, question);
      await log(desk, context, rows);
      return { resource: bundleOf(desk.fhirBase, question, rows) };
    },
  };
}

function questionOf({ query, body }: OperationRequest): Question {
  const parameters = (body?.['parameter'] ?? []) as {
    name?: string;
    valueString?: string;
    valueInteger?: number;
  }[];
  const said = (name: string) => [
    ...query.getAll(name),
    ...parameters.flatMap((one) =>
      one.name === name ? [one.valueString ?? String(one.valueInteger ?? '')] : [],
    ),
  ];
  const identifiers = said('identifier');
  if (identifiers.length > MOST)
    throw refusal(
      'too-costly',
      [`Tối đa ${MOST} identifier mỗi lần hỏi.`, `Ask for at most ${MOST} identifiers at once.`],
      'Parameters.parameter',
    );
  if (identifiers.length > 0) return { identifiers };
  const [cursor = ''] = said('since');
  if (cursor !== '' && !/^\d{1,20}\.[0-9a-f-]{36}$/.test(cursor))
    throw refusal(
      'value',
      ['since không phải con trỏ của trung tâm.', 'since is not a cursor of ours.'],
      'since',
    );
  const [count = String(MOST)] = said('_count');
  if (!/^\d{1,6}$/.test(count) || Number(count) < 1)
    throw refusal('value', ['_count là số nguyên từ 1.', '_count is a whole number from 1.'], '_count');
  return { since: cursor, count: Math.min(Number(count), MOST) };
}

const COLUMNS =
  'id, identifier, received, settled, event, state, disposition, links, outcome, patient, settled_xid::text as xid';

async function byIdentifier(reader: Sql, facility: string, identifiers: readonly string[]): Promise<Row[]> {
  const ids = identifiers.map((identifier) => messageId(facility, identifier));
  const rows = await asOwn(
    reader,
    facility,
    (db) => db<Row[]>`
    select ${db.unsafe(COLUMNS)} from message where id = any(${ids}::uuid[])`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** In the order of the commits that settled them; what is younger than a commit still under way comes later. */
async function since(
  reader: Sql,
  facility: string,
  { since: cursor, count }: { since: string; count: number },
): Promise<Row[]> {
  const [xid = '0', id = ZERO] = cursor.split('.').filter((part) => part !== '');
  return asOwn(
    reader,
    facility,
    (db) => db<Row[]>`
    select ${db.unsafe(COLUMNS)} from message
    where facility = ${facilityNumber(facility)} and settled_xid is not null and (settled_xid, id) > (${xid}::xid8, ${id}::uuid)
      and settled_xid < pg_snapshot_xmin(pg_current_snapshot())
    order by settled_xid, id limit ${count}`,
  );
}

const ZERO = '00000000-0000-0000-0000-000000000000';

/** Reads as the role that sees the facility's own rows. */
export async function asOwn<T>(reader: Sql, facility: string, work: (db: Sql) => Promise<T>): Promise<T> {
  return (await reader.begin(async (db) => {
    await db`select set_config('yba.facility', ${String(facilityNumber(facility))}, true), set_config('yba.limits', '', true)`;
    return work(db as unknown as Sql);
  })) as T;
}

async function log({ audit, repository }: MessageDesk, { caller, requestId }: Context, rows: readonly Row[]) {
  const patients = [...new Set(rows.flatMap(({ patient }) => patient ?? []))];
  await audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'operation',
    target: '$message-status',
    persons: await repository.personsConcerned(...patients.map((id) => `Patient/${id}`)),
    count: rows.length,
    outcome: 'success',
  });
}

function bundleOf(fhirBase: string, question: Question, rows: readonly Row[]): Resource {
  const entry: object[] = rows.flatMap((row) => entriesOf(fhirBase, row));
  if ('identifiers' in question) {
    const known = new Set(rows.map(({ identifier }) => identifier));
    const unknown = question.identifiers.filter((identifier) => !known.has(identifier));
    if (unknown.length > 0) entry.push(neverSent(unknown));
    return bundle(entry);
  }
  const last = rows.at(-1);
  const cursor = last ? `${last.xid}.${last.id}` : question.since;
  const link = [{ relation: 'next', url: `${fhirBase}/$message-status?since=${cursor}` }];
  return { ...bundle(entry), link } as Resource;
}

const bundle = (entry: readonly object[]): Resource => ({
  resourceType: 'Bundle',
  type: 'collection',
  ...(entry.length > 0 ? { entry } : {}),
});

function entriesOf(fhirBase: string, row: Row): object[] {
  const state = codeOf(STATES, row.state);
  const outcome = row.outcome && `${row.id.slice(0, -1)}${row.id.endsWith('0') ? '1' : '0'}`;
  const header = {
    resourceType: 'MessageHeader',
    id: row.id,
    extension: [
      { url: STATE_EXTENSION, valueCode: state },
      { url: RECEIVED_EXTENSION, valueInstant: row.received.toISOString() },
      ...(row.settled ? [{ url: SETTLED_EXTENSION, valueInstant: row.settled.toISOString() }] : []),
      ...(row.disposition
        ? [{ url: DISPOSITION_EXTENSION, valueCode: codeOf(DISPOSITIONS, row.disposition) }]
        : []),
    ],
    eventCoding: { system: EVENT_SYSTEM, code: codeOf(EVENTS, row.event) },
    source: { endpoint: fhirBase },
    response: {
      identifier: row.identifier,
      code: RESPONSE_CODES[state],
      ...(outcome ? { details: { reference: `urn:uuid:${outcome}` } } : {}),
    },
    ...(row.links ? { focus: row.links.map((reference) => ({ reference })) } : {}),
  };
  return [
    { fullUrl: `urn:uuid:${row.id}`, resource: header },
    ...(outcome ? [{ fullUrl: `urn:uuid:${outcome}`, resource: operationOutcome(row.outcome!) }] : []),
  ];
}

function neverSent(identifiers: readonly string[]): object {
  const issues = identifiers.map((identifier) =>
    issueOfMessage(
      'not-found',
      [
        'Trung tâm không có thông điệp này của cơ sở; hãy gửi lại.',
        'The hub has no such message of yours; send it again.',
      ],
      `identifier=${identifier}`,
    ),
  );
  return { fullUrl: `urn:uuid:${ZERO}`, resource: operationOutcome(issues) };
}
