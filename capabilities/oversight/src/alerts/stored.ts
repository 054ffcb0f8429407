import type { Sql } from '@yba/postgres';
import { ALERTS_CHANNEL } from './rules.ts';

/** An alert as an officer reads it. `open`: nobody has handled it, or looks were added after somebody did. */
export type AlertRow = {
  id: string;
  rule: string;
  subject: string;
  name: string;
  role: string;
  person: string | null;
  patient: string | null;
  first: Date;
  last: Date;
  looks: number;
  persons: number;
  facts: Record<string, unknown>;
  open: boolean;
  words: string | null;
  by_name: string | null;
  decided: Date | null;
};

/** A row of the access log behind an alert. */
export type LookRow = {
  id: number;
  at: Date;
  person: string | null;
  action: string;
  outcome: string;
  target: string | null;
  purpose: string | null;
  reason: string | null;
  basis: string | null;
  patient: string | null;
};

/** Alerts of a facility, those to be handled and the newest first; 500 at most. */
export function alertsOf(sql: Sql, facility: number, state: 'open' | 'handled' | 'all'): Promise<AlertRow[]> {
  const which = state === 'all' ? sql`true` : state === 'open' ? sql`a.open` : sql`not a.open`;
  return sql<AlertRow[]>`
    select * from (${alerts(sql, facility)}) a where ${which} order by a.open desc, a.last desc, a.id limit 500`;
}

/** One alert of a facility. */
export async function alertOf(sql: Sql, facility: number, id: string): Promise<AlertRow | undefined> {
  const [row] = await sql<AlertRow[]>`select * from (${alerts(sql, facility)}) a where a.id = ${id}`;
  return row;
}

/** The rows of the log behind an alert, newest first. */
export function looksOf(sql: Sql, alert: string): Promise<LookRow[]> {
  return sql<LookRow[]>`
    select l.id, l.at, l.person, l.action, l.outcome, l.target, l.purpose, l.reason, l.basis, ${patientOf(sql, sql`l.person`)} as patient
    from privacy_alert_look b join access_log l on l.xid = b.xid and l.id = b.id
    where b.alert = ${alert} order by l.at desc, l.id desc limit 300`;
}

/** Keeps what an officer made of an alert. */
export async function decide(
  sql: Sql,
  decision: {
    alert: string;
    decision: 'handled' | 'reopened';
    words: string;
    by: string;
    byName: string;
  },
): Promise<void> {
  await sql`
    insert into privacy_alert_decision (alert, decision, words, by, by_name)
    values (${decision.alert}, ${decision.decision}, ${decision.words}, ${decision.by}, ${decision.byName})`;
  await sql`
    select pg_notify(${ALERTS_CHANNEL}, facility::text) from privacy_alert where id = ${decision.alert}`;
}

/** How many alerts each facility has, by rule. */
export function alertCounts(
  sql: Sql,
): Promise<{ rule: string; facility: number; open: number; handled: number }[]> {
  return sql`
    select rule, facility, count(*) filter (where open)::int as open, count(*) filter (where not open)::int as handled
    from (${alerts(sql)}) a group by rule, facility order by rule, facility`;
}

function alerts(sql: Sql, facility?: number) {
  return sql`
    select a.id, a.rule, a.facility, a.subject, a.name, a.role, a.person, a.first, a.last, a.persons, a.facts,
      (select count(*)::int from privacy_alert_look l where l.alert = a.id) as looks,
      ${patientOf(sql, sql`a.person`)} as patient,
      d.decision is distinct from 'handled' or a.last > d.at as open, d.words, d.by_name, d.at as decided
    from privacy_alert a
    left join lateral (
      select decision, words, by_name, at from privacy_alert_decision where alert = a.id order by id desc limit 1
    ) d on true
    where ${facility === undefined ? sql`true` : sql`a.facility = ${facility}`}`;
}

/** The id of the earliest Patient of a person. */
function patientOf(sql: Sql, person: ReturnType<Sql>) {
  return sql`(select coalesce(p.client_id, p.patient::text) from patient_link p where p.person = ${person} order by p.since, p.patient limit 1)`;
}
