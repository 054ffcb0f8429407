/**
 * The message log with many messages: the first page and a later one under every filter the screen offers, as the
 * operators' operation asks for them; and what a message takes on disk. The rows are made by one statement a part, shaped
 * as the hub leaves them: facilities unequally busy, one message in a hundred refused, persons seen again.
 * Bodies are left out: they lie in tables of their own, which no filter touches.
 *
 *   npm run bench -- messages [--messages 1000000] [--facilities 1500] [--days 365] [--rounds 30]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { logPage, type LogFilter } from '@yba/exchange/bench';
import { connect, migrate, startEmbedded } from '@yba/postgres';
import { machine } from './load/platform.ts';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    facilities: { type: 'string', default: '1500' },
    days: { type: 'string', default: '365' },
    rounds: { type: 'string', default: '30' },
  },
});
const total = Number(options.messages);
const facilities = Number(options.facilities);
const days = Number(options.days);
const rounds = Number(options.rounds);
const PAGE = 51;
const PART = 250_000;
const WAITING = 2_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
const owner = connect(database.url, { max: 4 });

try {
  await migrate(owner);
  await fill();
  const [size] = await owner<{ bytes: number; rows: number }[]>`
    select sum(pg_total_relation_size(relid))::float8 as bytes, (select count(*)::float8 from message) as rows
    from pg_partition_tree('message') where isleaf`;
  const { bytes, rows } = size!;
  say(`dataset     ${rows} messages, ${facilities} facilities, ${days} days`);
  say(
    `size        ${(bytes / 1024 ** 3).toFixed(2)} GiB with all indexes, ${Math.round(bytes / rows)} B a message`,
  );
  say(`machine     ${machine()}\n`);
  say('filter                              page      p50 ms   p95 ms   rows');
  let worst = 0;
  for (const [name, filter] of Object.entries(await filters()))
    worst = Math.max(worst, await measure(name, filter));
  say(`\nworst p95   ${worst.toFixed(1)} ms`);
} finally {
  await owner.end();
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** Makes the messages, the oldest first, as they come. */
async function fill(): Promise<void> {
  await owner`insert into message_sender (facility, client, name, facility_name, scopes)
    select 36 ^ 4 + n, 'c' || n, 'HIS ' || n, 'Bệnh viện ' || n, 'system/*.cruds' from generate_series(1, ${facilities}::int) n`;
  await owner.unsafe(`do $$
    declare month date := date_trunc('month', now() - interval '${days} days');
    begin
      while month < date_trunc('month', now() - interval '1 month') loop
        execute format('create table if not exists %I partition of message for values from (%L) to (%L)',
          'message_' || to_char(month, 'YYYYMM'), month, month + interval '1 month');
        month := month + interval '1 month';
      end loop;
    end $$`);
  for (let from = 0; from < total; from += PART) {
    const to = Math.min(from + PART, total);
    await owner`
      insert into message (id, received, seq, settled, settled_xid, facility, sender, size, event, state, disposition, content,
        document, identifier, patient, links)
      select gen_random_uuid(), at, n, case when state > 2 then at + interval '200 ms' end,
        case when state > 2 then pg_current_xact_id() end, (36 ^ 4)::int + sender, sender, 20000 + n % 30000, event, state,
        case when state = 3 then 1 end, gen_random_uuid(), gen_random_uuid(), gen_random_uuid()::text,
        case when state > 2 then patient end, case when state = 3 then array['Patient/' || patient, 'Encounter/' || gen_random_uuid()] end
      from (
        select n, now() - interval '1 day' * ${days} * (1 - n::float8 / ${total}) as at,
          1 + floor(${facilities} * power(random(), 3))::int as sender,
          case when n > ${total - WAITING} then 1 when random() < 0.01 then 4 else 3 end as state,
          case when random() < 0.70 then 1 when random() < 0.80 then 2 when random() < 0.9 then 3 when random() < 0.5 then 4 else 5 end as event,
          md5((floor(random() * ${total / 12}))::text)::uuid::text as patient
        from generate_series(${from + 1}::bigint, ${to}::bigint) n offset 0) made`;
    process.stderr.write(`\rmade ${to} of ${total} `);
  }
  process.stderr.write('\n');
  await owner`vacuum analyze message`;
}

async function filters(): Promise<Record<string, LogFilter>> {
  const [busiest] = await owner<{ facility: number }[]>`
    select facility from message group by facility order by count(*) desc limit 1`;
  const [rare] = await owner<{ facility: number }[]>`
    select facility from message group by facility order by count(*) limit 1`;
  const [seen] = await owner<
    { patient: string }[]
  >`select patient from message where patient is not null offset ${Math.floor(total / 2)} limit 1`;
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();
  const [busy, quiet] = [busiest!.facility, rare!.facility];
  return {
    none: {},
    'facility, busiest': { facility: busy },
    'facility, quietest': { facility: quiet },
    person: { patients: [seen!.patient] },
    'person and state': { patients: [seen!.patient], state: 'refused' },
    'state filed': { state: 'filed' },
    'state refused': { state: 'refused' },
    'state received': { state: 'received' },
    'state retrying (none)': { state: 'retrying' },
    'event visit': { event: 'visit' },
    'event retraction': { event: 'retraction' },
    'state and event': { state: 'refused', event: 'patient-identity' },
    'facility and state': { facility: busy, state: 'refused' },
    'facility, state, event': { facility: busy, state: 'refused', event: 'retraction' },
    'quiet facility and state': { facility: quiet, state: 'refused' },
    'a day half a year ago': { from: day(180), to: day(179) },
    'a day, facility, refused': { from: day(180), to: day(179), facility: busy, state: 'refused' },
    'all time until a year ago': { to: day(days - 1) },
  };
}

/** First page and one further on, in turns; answers the greater p95. */
async function measure(name: string, filter: LogFilter): Promise<number> {
  const first = await logPage(owner, filter, undefined, PAGE);
  const last = first.at(-1);
  const pages = [
    { label: 'first', cursor: undefined },
    ...(last && first.length === PAGE
      ? [{ label: 'next', cursor: { received: last.received, id: last.id } }]
      : []),
  ];
  let worst = 0;
  for (const { label, cursor } of pages) {
    const times: number[] = [];
    let rows = 0;
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      rows = (await logPage(owner, filter, cursor, PAGE)).length;
      times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
    worst = Math.max(worst, at(0.95));
    say(
      `${name.padEnd(34)}  ${label.padEnd(8)} ${at(0.5).toFixed(1).padStart(7)}  ${at(0.95).toFixed(1).padStart(7)}  ${String(rows).padStart(5)}`,
    );
  }
  return worst;
}
