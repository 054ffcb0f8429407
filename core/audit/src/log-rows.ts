import type { AccessEvent } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';

/** What a look rested on, when the event itself does not say; the access layer knows. */
export type Basis = { purpose?: string; reason?: string; basis: string };

/** One row of the log: one event about one person, or about nobody. */
export type LogRow = {
  at: string;
  person: string | null;
  agent: number;
  count: number | null;
  action: string;
  outcome: string;
  target: string | null;
  purpose: string | null;
  reason: string | null;
  basis: string | null;
  request: string;
};

/** The rows of an event by the agent's number; `bases` in the order of its persons. */
export function logRows(
  event: AccessEvent,
  agent: number,
  bases: readonly (Basis | undefined)[] = [],
): LogRow[] {
  const persons = event.persons.length === 0 ? [null] : event.persons;
  return persons.map((person, n) => ({
    at: event.at.toISOString(),
    person,
    agent,
    count: event.count ?? null,
    action: event.action,
    outcome: event.outcome,
    target: event.target ?? null,
    purpose: event.purpose ?? bases[n]?.purpose ?? null,
    reason: event.reason ?? bases[n]?.reason ?? null,
    basis: bases[n]?.basis ?? null,
    request: event.requestId,
  }));
}

/** Name of the database notification that tells whose log grew. */
export const CHANNEL = 'access_log';

/** NOTIFY takes at most 8,000 bytes: this many person keys fit. */
const PERSONS_PER_NOTE = 200;

/**
 * Writes rows in one statement, and tells everyone who listens that the logs of `grown` persons grew: once the
 * transaction has committed and never before.
 */
export async function insertRows(
  sql: Sql | Transaction,
  rows: readonly LogRow[],
  grown: readonly string[],
): Promise<void> {
  const persons = [...new Set(grown)];
  const notes: string[] = [];
  for (let n = 0; n < persons.length; n += PERSONS_PER_NOTE) {
    notes.push(persons.slice(n, n + PERSONS_PER_NOTE).join(','));
  }
  const db = sql as Sql;
  await db`
    with written as (
      insert into access_log (at, person, agent, count, action, outcome, target, purpose, reason, basis, request)
      select at, person, agent, count, action, outcome, target, purpose, reason, basis, request
      from jsonb_to_recordset(${db.json(rows as never)}) as row(at timestamptz, person uuid, agent bigint, count int,
        action text, outcome text, target text, purpose text, reason text, basis text, request text)
    )
    select pg_notify(${CHANNEL}, note) from jsonb_array_elements_text(${db.json(notes)}) as note`;
}
