import type { Sql, Transaction } from '@yba/postgres';
import { localDay } from '../local-time.ts';
import {
  CARE,
  notOversight,
  READING,
  type AlertRule,
  type Finding,
  type Threshold,
  type WatchedLook,
} from './rules.ts';

/** Rules that count within a window of time that ends with a look. */
type Counted = {
  rule: AlertRule;
  /** Which looks make it worth counting at all. */
  concerns(look: WatchedLook): boolean;
  /** Which rows of the log count, as SQL over `l`. */
  counts(sql: Sql): ReturnType<typeof oneByOne>;
  /** What the threshold is of: attempts, different persons looked at one by one, or different persons at all. */
  of: 'persons' | 'listed' | 'attempts';
};

const shown = ({ action, outcome, person }: WatchedLook) =>
  person !== null && outcome === 'success' && READING.includes(action);
const isEmergency = ({ action, outcome, purpose }: WatchedLook) =>
  action === 'open' && outcome === 'success' && purpose === 'ETREAT';
const unexplained = (look: WatchedLook) => shown(look) && !CARE.includes(look.basis ?? '');

/** Records looked at one by one; those of a list that showed many persons at once are another matter. */
const oneByOne = (sql: Sql) => sql`
  l.person is not null and l.outcome = 'success' and l.action = any(${[...READING]}) and (l.action <> 'search' or l.together = 1)`;

const COUNTED: readonly Counted[] = [
  { rule: 'mass-reading', of: 'persons', concerns: shown, counts: oneByOne },
  {
    rule: 'mass-reading',
    of: 'listed',
    concerns: shown,
    counts: (sql) => sql`l.person is not null and l.outcome = 'success' and l.action = any(${[...READING]})`,
  },
  {
    rule: 'odd-hours',
    of: 'persons',
    concerns: (look) => look.odd && unexplained(look),
    counts: (sql) => sql`${oneByOne(sql)} and coalesce(l.basis, '') <> all(${[...CARE]})`,
  },
  {
    rule: 'denied-attempts',
    of: 'attempts',
    concerns: ({ outcome }) => outcome === 'denied',
    counts: (sql) => sql`l.outcome = 'denied'`,
  },
  {
    rule: 'emergencies',
    of: 'attempts',
    concerns: isEmergency,
    counts: (sql) => sql`l.action = 'open' and l.outcome = 'success' and l.purpose = 'ETREAT'`,
  },
];

/** A window ends with the last look of each so many ms: a burst inside a long batch is not missed. */
const SLICE_MS = 10 * 60_000;

/** Rows of the log kept behind one alert at a time. */
const EVIDENCE_MOST = 300;

type Row = { n: number; persons: number; looks: number; xids: string[]; ids: number[]; ats: Date[] };

/** What the rules that count find in these looks. `thresholds` answers the one in force at a facility. */
export async function counted(
  tx: Transaction,
  looks: readonly WatchedLook[],
  thresholds: (rule: AlertRule, facility: number) => Threshold,
): Promise<Finding[]> {
  const found = await Promise.all(
    COUNTED.map((rule) => strikes(tx as unknown as Sql, rule, looks, thresholds)),
  );
  return found.flat();
}

async function strikes(
  sql: Sql,
  { rule, concerns, counts, of }: Counted,
  looks: readonly WatchedLook[],
  thresholds: (rule: AlertRule, facility: number) => Threshold,
): Promise<Finding[]> {
  const ends = new Map<string, WatchedLook>();
  for (const look of looks.filter(concerns))
    ends.set(`${look.facility} ${look.subject} ${Math.floor(look.at.getTime() / SLICE_MS)}`, look);
  if (ends.size === 0) return [];
  const asked = [...ends.values()].map((look) => ({ look, threshold: thresholds(rule, look.facility) }));
  const rows = await sql<Row[]>`
    select q.n::int as n, s.persons, s.looks, s.xids, s.ids, s.ats
    from unnest(${asked.map(({ look }) => look.subject)}::text[], ${asked.map(({ look }) => look.facility)}::int[],
      ${asked.map(({ look }) => look.at.toISOString())}::text[]::timestamptz[], ${asked.map(({ threshold }) => threshold.minutes ?? 60)}::int[],
      ${asked.map(({ threshold }) => threshold[of] ?? 1)}::int[])
      with ordinality as q(subject, facility, until, minutes, most, n)
    cross join lateral (
      select count(distinct l.person)::int as persons, count(*)::int as looks,
        (array_agg(l.xid::text order by l.at desc))[1:${EVIDENCE_MOST}] as xids,
        (array_agg(l.id order by l.at desc))[1:${EVIDENCE_MOST}] as ids,
        (array_agg(l.at order by l.at desc))[1:${EVIDENCE_MOST}] as ats
      from (
        select w.*, count(*) over (partition by w.request, w.action, w.target) as together
        from access_agent a join access_log w on w.agent = a.id
        where a.subject = q.subject and a.facility = q.facility
          and w.at > q.until - make_interval(mins => q.minutes) and w.at <= q.until
      ) l
      where ${counts(sql)} and ${notOversight(sql)}
    ) s
    where ${of === 'attempts' ? sql`s.looks` : sql`s.persons`} >= q.most`;
  return rows.map((row): Finding => {
    const { look, threshold } = asked[row.n - 1]!;
    const { facility, subject, name, role, at } = look;
    return {
      rule,
      facility,
      subject,
      name,
      role,
      key: rule === 'emergencies' ? weekOf(at) : localDay(at),
      persons: row.persons,
      facts: { counted: of, limit: threshold[of], minutes: threshold.minutes },
      looks: row.xids.map((xid, n) => ({ xid, id: Number(row.ids[n]), at: row.ats[n]! })),
    };
  });
}

/** The Monday of a day's week, in Viet Nam. */
function weekOf(at: Date): string {
  const day = new Date(`${localDay(at)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return `week ${day.toISOString().slice(0, 10)}`;
}
