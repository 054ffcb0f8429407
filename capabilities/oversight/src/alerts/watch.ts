import type { Sql, Transaction } from '@yba/postgres';
import type { ReadMany } from '../figures-subscriber.ts';
import { counted } from './counted.ts';
import {
  ALERTS_CHANNEL,
  notOversight,
  STAFF,
  type AlertRule,
  type Finding,
  type Threshold,
  type WatchedLook,
} from './rules.ts';
import { whose, type StaffOf } from './whose.ts';

/** Rows of the log taken in one turn. */
const AT_ONCE = 2_000;

/**
 * Judges the next rows of the access log, in the order of their commits and each once: what it finds and how far it
 * came are one commit, so that whoever is killed in between leaves nothing half done, and of several servers one does
 * it at a time. Answers whether there may be more: what came meanwhile waits for the next turn, as a turn costs about the
 * same for one row as for many.
 */
export async function watchLooks(sql: Sql, read: ReadMany, staffOf: StaffOf): Promise<boolean> {
  return (await sql.begin(async (tx) => {
    const [from] = await tx<{ xid: string; id: number }[]>`
      select xid::text, id from privacy_watch for update skip locked`;
    if (!from) return false;
    const [part] = await tx<{ rows: number; xid: string; id: number }[]>`
      select count(*)::int as rows, (array_agg(xid::text order by xid desc, id desc))[1] as xid,
        (array_agg(id order by xid desc, id desc))[1]::int8 as id
      from (
        select xid, id from access_log
        where (xid, id) > (${from.xid}::xid8, ${from.id}) and xid < pg_snapshot_xmin(pg_current_snapshot())
        order by xid, id limit ${AT_ONCE}
      ) l`;
    if (!part?.rows) return false;
    const last = { xid: part.xid, id: Number(part.id) };
    // most looks are of software: those of people alone leave the database
    const rows = await tx<WatchedLook[]>`
      select l.xid::text, l.id::int8 as id, l.at, l.person, l.action, l.outcome, l.purpose, l.basis, a.subject, a.name, a.role,
        a.facility, a.practitioner, a.person as own, ${isOdd(tx as unknown as Sql)} as odd,
        count(*) over (partition by l.request, l.action, l.target)::int as together
      from access_log l join access_agent a on a.id = l.agent
      where (l.xid, l.id) > (${from.xid}::xid8, ${from.id}) and (l.xid, l.id) <= (${last.xid}::xid8, ${last.id})
        and a.role = any(${[...STAFF]}) and a.facility is not null and ${notOversight(tx as unknown as Sql)}
      order by l.xid, l.id`;
    const looks = rows.map((row) => ({ ...row, id: Number(row.id) }));
    if (looks.length > 0) {
      const thresholds = await thresholdsNow(tx);
      await keep(tx, [
        ...(await counted(tx, looks, thresholds)),
        ...(await whose(tx, read, staffOf, looks, thresholds)),
      ]);
    }
    await tx`update privacy_watch set xid = ${last.xid}::xid8, id = ${last.id}`;
    return part.rows === AT_ONCE;
  })) as boolean;
}

/**
 * Whether a look was outside the looker's shift: by the Schedules that say who is on duty when there are any of theirs
 * within a fortnight, else by night.
 */
function isOdd(sql: Sql) {
  return sql`
    case when exists (select from duty d where d.practitioner = a.practitioner and d.facility = a.facility
        and d.since between l.at - interval '14 days' and l.at + interval '14 days')
      then not exists (select from duty d where d.practitioner = a.practitioner and d.facility = a.facility
        and l.at between d.since and d.until)
      else (select case when (t.values->>'from')::int > (t.values->>'to')::int
              then h >= (t.values->>'from')::int or h < (t.values->>'to')::int
              else h >= (t.values->>'from')::int and h < (t.values->>'to')::int end
            from privacy_threshold t, extract(hour from l.at at time zone 'Asia/Ho_Chi_Minh') h
            where t.rule = 'odd-hours' and t.facility in (0, a.facility) and t.since <= now()
            order by t.facility desc, t.since desc limit 1) end`;
}

/** The thresholds in force, a facility's own before those of everywhere. */
async function thresholdsNow(tx: Transaction): Promise<(rule: AlertRule, facility: number) => Threshold> {
  const rows = await tx<{ rule: AlertRule; facility: number; values: Threshold }[]>`
    select distinct on (rule, facility) rule, facility, values from privacy_threshold
    where since <= now() order by rule, facility, since desc`;
  const inForce = new Map(rows.map(({ rule, facility, values }) => [`${rule} ${facility}`, values]));
  return (rule, facility) => inForce.get(`${rule} ${facility}`) ?? inForce.get(`${rule} 0`) ?? {};
}

/** Raises what is new, and lets grow what stands already. */
async function keep(tx: Transaction, findings: readonly Finding[]): Promise<void> {
  for (const { rule, facility, subject, name, role, key, person, persons, facts, looks } of findings) {
    const times = looks.map(({ at }) => at.getTime());
    const [alert] = await tx<{ id: string }[]>`
      insert into privacy_alert as a (rule, facility, subject, key, name, role, person, first, last, persons, facts)
      values (${rule}, ${facility}, ${subject}, ${key}, ${name}, ${role}, ${person ?? null},
        ${new Date(Math.min(...times))}, ${new Date(Math.max(...times))}, ${persons}, ${tx.json(facts as never)})
      on conflict (rule, facility, subject, key) do update set
        first = least(a.first, excluded.first), last = greatest(a.last, excluded.last),
        persons = greatest(a.persons, excluded.persons), facts = excluded.facts
      returning id`;
    await tx`
      insert into privacy_alert_look (alert, xid, id)
      select ${alert!.id}, xid::xid8, id
      from unnest(${looks.map(({ xid }) => xid)}::text[], ${looks.map(({ id }) => String(id))}::text[]::bigint[]) as looks(xid, id)
      on conflict do nothing`;
  }
  for (const facility of new Set(findings.map((one) => one.facility)))
    await tx`select pg_notify(${ALERTS_CHANNEL}, ${String(facility)})`;
}
