import type { FeedEntry, Resource } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber, type Subscriber } from '@yba/repository';
import { FACILITY, isFacilityCode } from '@yba/vietnam';
import type { ReadMany } from '../find/index-subscriber.ts';
import { localDay } from '../parameters.ts';

/** The platform itself, as the other side of what is sent. */
const PLATFORM = 0;
const AT_ONCE = 2_000;

/**
 * Counts the next rows of the access log by who looked and who else knows the person, in the order of commits and each
 * once: what it counts and how far it came are one commit. Answers whether there may be more: what came meanwhile waits
 * for the next turn, as a turn costs about the same for one row as for many.
 */
export async function countLooks(sql: Sql): Promise<boolean> {
  return (await sql.begin(async (tx) => {
    const [from] = await tx<{ xid: string; id: string }[]>`
      select xid::text, id::text from connectivity_watch for update skip locked`;
    if (!from) return false;
    const [taken] = await tx<{ n: number; xid: string | null; id: string | null }[]>`
      with looked as materialized (
        select xid, id, at, person, agent, action, outcome from access_log
        where (xid, id) > (${from.xid}::xid8, ${from.id}::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
        order by xid, id limit ${AT_ONCE}
      ), look as (
        select person, agent, case when action = 'open' then 'opened' else 'read' end as kind,
          (at at time zone 'Asia/Ho_Chi_Minh')::date as day, count(*) as n, max(at) as last
        from looked
        where person is not null and outcome = 'success'
          and action in ('open', 'read', 'vread', 'search', 'history', 'export', 'print')
        group by 1, 2, 3, 4
      ), pair as (
        select a.facility, l.facility as other, kind, day, sum(n)::int as n, max(last) as last
        from look join access_agent a on a.id = look.agent and a.facility is not null
          join lateral (select distinct facility from patient_link where person = look.person) l on l.facility <> a.facility
        group by 1, 2, 3, 4
      ), counted as (
        insert into connectivity_day as c (facility, other, kind, day, n, last) select facility, other, kind, day, n, last from pair
        on conflict (day, facility, other, kind) do update set n = c.n + excluded.n, last = greatest(c.last, excluded.last)
      )
      select count(*)::int as n, (array_agg(xid::text order by xid desc, id desc))[1] as xid,
        (array_agg(id::text order by xid desc, id desc))[1] as id
      from looked`;
    if (!taken?.xid) return false;
    await tx`update connectivity_watch set xid = ${taken.xid}::xid8, id = ${taken.id}::bigint`;
    return taken.n === AT_ONCE;
  })) as boolean;
}

type Pair = {
  facility: number;
  other: number;
  kind: 'sent' | 'referred';
  day: string;
  n: number;
  last: Date;
};
type Reference = { reference?: string; identifier?: { system?: string; value?: string } };

/** Counts visits that facilities sent, and referrals from one to another, as they come by the feed. */
export function connectionsSubscriber(read: ReadMany): Subscriber {
  return {
    name: 'connectivity',
    types: ['Encounter', 'ServiceRequest'],
    async apply(transaction, entries) {
      const created = entries.filter(({ action, facility }) => action === 'create' && facility !== '');
      const pairs = created
        .filter(({ type }) => type === 'Encounter')
        .map((entry) => pairOf(entry, PLATFORM, 'sent'));
      const requests = created.filter(({ type }) => type === 'ServiceRequest');
      const stored = new Map(
        (
          await read(
            'ServiceRequest',
            requests.map(({ id }) => id),
          )
        ).map((one) => [one.id, one]),
      );
      const named = await namedFacilities(read, [...stored.values()]);
      for (const entry of requests)
        for (const to of performers(stored.get(entry.id))) {
          const code =
            to.identifier?.system === FACILITY ? to.identifier.value : named.get(to.reference ?? '');
          if (code && isFacilityCode(code) && code !== entry.facility)
            pairs.push(pairOf(entry, facilityNumber(code), 'referred'));
        }
      await keep(transaction, pairs);
    },
  };
}

const pairOf = ({ facility, at }: FeedEntry, other: number, kind: Pair['kind']): Pair => ({
  facility: facilityNumber(facility),
  other,
  kind,
  day: localDay(at),
  n: 1,
  last: at,
});

const performers = (request: Resource | undefined) => (request?.['performer'] ?? []) as Reference[];

/** `Organization/<id>` → facility code, of those that referrals name by reference. */
async function namedFacilities(read: ReadMany, requests: readonly Resource[]): Promise<Map<string, string>> {
  const ids = requests
    .flatMap(performers)
    .flatMap(({ reference }) => /^Organization\/([^/]+)$/.exec(reference ?? '')?.[1] ?? []);
  if (ids.length === 0) return new Map();
  return new Map(
    (await read('Organization', [...new Set(ids)])).flatMap(({ id, identifier }) => {
      const code = (identifier as { system?: string; value?: string }[] | undefined)?.find(
        ({ system }) => system === FACILITY,
      )?.value;
      return code ? [[`Organization/${id}`, code] as const] : [];
    }),
  );
}

async function keep(tx: Transaction, pairs: readonly Pair[]): Promise<void> {
  const sums = new Map<string, Pair>();
  for (const pair of pairs) {
    const key = [pair.facility, pair.other, pair.kind, pair.day].join(' ');
    const sum = sums.get(key);
    sums.set(key, sum ? { ...sum, n: sum.n + 1, last: sum.last > pair.last ? sum.last : pair.last } : pair);
  }
  if (sums.size === 0) return;
  await tx`
    insert into connectivity_day ${tx([...sums.values()], 'facility', 'other', 'kind', 'day', 'n', 'last')}
    on conflict (day, facility, other, kind) do update set n = connectivity_day.n + excluded.n, last = greatest(connectivity_day.last, excluded.last)`;
}
