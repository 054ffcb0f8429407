import { randomUUID } from 'node:crypto';
import type { AccessEvent } from '@yba/fhir';
import { arrayText, type Sql, type Transaction } from '@yba/postgres';
import { canonicalJson } from './proof/index.ts';

/** What a look rested on, when the event itself does not say; the access layer knows. */
export type Basis = {
  purpose?: string;
  reason?: string;
  basis: string;
  /** Such as the version of the policy that decided. */
  detail?: Readonly<Record<string, string>>;
};

type Value = string | number | undefined;

/** Parallel arrays of the log's columns: what one statement inserts. */
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
  Value[]
>;

const array = (values: readonly Value[]) => arrayText(values, (value) => value);

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
      rows.person.push(person);
      rows.agent.push(agents[n]);
      rows.count.push(event.count);
      rows.action.push(event.action);
      rows.outcome.push(event.outcome);
      rows.target.push(event.target);
      rows.purpose.push(event.purpose ?? basis?.purpose);
      const reason = event.reason ?? basis?.reason;
      rows.reason.push(reason);
      rows.reason_salt.push(reason === undefined ? undefined : randomUUID());
      rows.basis.push(basis?.basis);
      rows.request.push(event.requestId);
      const detail = basis?.detail ? { ...basis.detail, ...event.detail } : event.detail;
      rows.detail.push(detail && canonicalJson(detail));
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
