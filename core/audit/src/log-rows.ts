import { randomUUID } from 'node:crypto';
import type { AccessEvent } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { canonicalJson } from './proof/index.ts';

/** What a look rested on, when the event itself does not say; the access layer knows. */
export type Basis = {
  purpose?: string;
  reason?: string;
  basis: string;
  /** Such as the version of the policy that decided. */
  detail?: Readonly<Record<string, string>>;
};

/** Parallel arrays of the log's columns, each in PostgreSQL's text form: what one statement inserts. */
type Columns = Record<
  | 'at'
  | 'person'
  | 'agent'
  | 'count'
  | 'action'
  | 'outcome'
  | 'target'
  | 'purpose'
  | 'reason'
  | 'basis'
  | 'request'
  | 'detail'
  | 'reason_salt',
  string[]
>;

/** Anything the text form of an array takes only in quotes. */
const MUST_QUOTE = /[\s,{}"\\]|^$|^null$/i;

/** A text as an element of a PostgreSQL array. Source: https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO */
function element(text: string | undefined): string {
  if (text === undefined) return 'NULL';
  return MUST_QUOTE.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** The array of these elements; an empty one when all are absent, since `unnest` fills up with nulls. */
function array(elements: readonly string[]): string {
  return elements.every((one) => one === 'NULL') ? '{}' : `{${elements.join(',')}}`;
}

/**
 * Inserts the rows of these events, one for each person of an event or one for nobody, in one statement.
 * `agents` in the order of the events; `bases` by event, in the order of its persons.
 */
export async function insertRows(
  sql: Sql | Transaction,
  events: readonly AccessEvent[],
  agents: readonly number[],
  bases: ReadonlyMap<AccessEvent, readonly (Basis | undefined)[]> = new Map(),
): Promise<void> {
  const rows: Columns = {
    at: [],
    person: [],
    agent: [],
    count: [],
    action: [],
    outcome: [],
    target: [],
    purpose: [],
    reason: [],
    basis: [],
    request: [],
    detail: [],
    reason_salt: [],
  };
  events.forEach((event, n) => {
    const persons = event.persons.length === 0 ? [undefined] : event.persons;
    persons.forEach((person, nth) => {
      const basis = bases.get(event)?.[nth];
      rows.at.push(event.at.toISOString());
      rows.person.push(person ?? 'NULL');
      rows.agent.push(String(agents[n]));
      rows.count.push(String(event.count ?? 'NULL'));
      rows.action.push(event.action);
      rows.outcome.push(event.outcome);
      rows.target.push(element(event.target));
      rows.purpose.push(element(event.purpose ?? basis?.purpose));
      const reason = event.reason ?? basis?.reason;
      rows.reason.push(element(reason));
      rows.reason_salt.push(reason === undefined ? 'NULL' : randomUUID());
      rows.basis.push(element(basis?.basis));
      rows.request.push(element(event.requestId));
      const detail = basis?.detail ? { ...basis.detail, ...event.detail } : event.detail;
      rows.detail.push(element(detail && canonicalJson(detail)));
    });
  });
  const db = sql as Sql;
  await db`
    insert into access_log (at, person, agent, count, action, outcome, target, purpose, reason, basis, request, detail, reason_salt)
    select * from unnest(${array(rows.at)}::timestamptz[], ${array(rows.person)}::uuid[], ${array(rows.agent)}::bigint[],
      ${array(rows.count)}::int[], ${array(rows.action)}::text[], ${array(rows.outcome)}::text[], ${array(rows.target)}::text[],
      ${array(rows.purpose)}::text[], ${array(rows.reason)}::text[], ${array(rows.basis)}::text[], ${array(rows.request)}::text[],
      ${array(rows.detail)}::text[], ${array(rows.reason_salt)}::uuid[])`;
}
