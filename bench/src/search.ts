/**
 * How long searches take, over HTTP with token, policy, row-level security and access log, as the database grows.
 * Charts of 500 resources each are copied in past the API; the questions are asked one after another. Reference, in the
 * same run: a bare look-up of one row by primary key. Processor time is told beside, for machines that do other work too.
 * Flat means: at the largest size no slower than at the smallest.
 *
 *   npm run bench -- search [--resources 1000000,10000000] [--requests 400] [--warm 100] [--data folder]
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, startEmbedded } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { serverProcess, type DemoFile } from '@yba/server/testing';
import { cpuMsOf } from './load/processor-time.ts';
import { facilityNumber } from '@yba/repository/testing';
import { FIRST_MRN, givenName, loadCharts } from './load/load-charts.ts';
import { CODES } from './load/visit-template.ts';

const { values: options } = parseArgs({
  options: {
    resources: { type: 'string', default: '1000000,10000000' },
    requests: { type: 'string', default: '400' },
    warm: { type: 'string', default: '100' },
    data: { type: 'string' },
  },
});

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const say = (line: string) => process.stdout.write(`${line}\n`);
const dataDir = options.data ?? mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
process.env['DATABASE_URL'] = database.url;
const server = await serverProcess([
  '--data',
  dataDir,
  '--port',
  '0',
  '--demo',
  '--persons',
  '1',
  '--log',
  'error',
]);
const sql = connect(database.url, { max: 6 });
const postmaster = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
try {
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  const [client] = demo.clients;
  const token = await tokenOf(server.url, client!);
  const facilities = [client!.facility, ...demo.clients.slice(1, 8).map(({ facility }) => facility)];
  say(
    `machine     ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; client, server and database on it together, one request at a time`,
  );
  for (const size of options.resources.split(',').map(Number)) {
    const from = performance.now();
    const loaded = await rowCount();
    if (loaded < size)
      await loadCharts(sql, facilities, size - loaded, Math.ceil(loaded / 501), Date.now(), (n) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${loaded + n} resources`);
      });
    await report(size, (performance.now() - from) / 1000, await somePersons(client!.facility), token);
  }
} finally {
  await sql.end();
  server.child.kill('SIGTERM');
  await once(server.child, 'exit'); // it wants its database until then
  await database.stop();
  if (options.data === undefined) rmSync(dataDir, { recursive: true, force: true });
}

async function report(size: number, seconds: number, known: readonly Person[], token: string): Promise<void> {
  const rows = await rowCount();
  const [row] = await sql<{ bytes: number }[]>`select pg_database_size(current_database()) as bytes`;
  say(
    `dataset     ${rows} resources (${size} asked for), ${(row!.bytes / 1e9).toFixed(2)} GB, ${(row!.bytes / rows).toFixed(0)} B a resource; filled in ${seconds.toFixed(0)} s`,
  );
  const reference = await timed(Number(options.requests), primaryKeys(sql, await someRows(sql)));
  say(`${'primary key, bare'.padEnd(44)} ${show(reference, reference)}`);
  for (const [, path] of shapes(known))
    // code gets compiled, on other persons than are asked about
    for (let n = 0; n < Number(options.warm); n++) await ask(token, path(Number(options.requests) + n));
  for (const [name, path] of shapes(known)) {
    const found: number[] = [];
    const times = await timed(Number(options.requests), async (n) => {
      found.push(await ask(token, path(n)));
    });
    say(`${name.padEnd(44)} ${show(times, reference)}  ${(sum(found) / found.length).toFixed(1)} entries`);
  }
}

type Person = { patient: string; mrn: string; given: string };

/** Persons of the facility from all over its charts. */
async function somePersons(facility: string): Promise<Person[]> {
  const rows = await sql<{ patient: string; mrn: string }[]>`
    select row_id as patient, value as mrn from identifier
    where facility = ${facilityNumber(facility)} and system like '%/mrn/00000' order by md5(value) limit 500`;
  return rows.map(({ patient, mrn }) => ({ patient, mrn, given: givenName(Number(mrn) - FIRST_MRN) }));
}

async function rowCount(): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`select count(*) as rows from resource`;
  return row!.rows;
}

type Times = { p50: number; p95: number; serverMs: number; databaseMs: number };

function show({ p50, p95, serverMs, databaseMs }: Times, reference: Times): string {
  return `p50 ${p50.toFixed(2).padStart(7)} ms  p95 ${p95.toFixed(2).padStart(7)} ms  ${(p50 / reference.p50).toFixed(1).padStart(6)}  × the reference  processor: server ${serverMs.toFixed(2)} ms, database ${databaseMs.toFixed(2)} ms`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

async function timed(count: number, one: (n: number) => Promise<unknown>): Promise<Times> {
  for (let n = 0; n < 40; n++) await one(n);
  const times: number[] = [];
  const before = [cpuMsOf(server.child.pid!), cpuMsOf(postmaster)];
  for (let n = 0; n < count; n++) {
    const from = performance.now();
    await one(n);
    times.push(performance.now() - from);
  }
  const [serverMs, databaseMs] = [server.child.pid!, postmaster].map(
    (pid, at) => (cpuMsOf(pid) - before[at]!) / count,
  );
  times.sort((a, b) => a - b);
  return {
    serverMs: serverMs!,
    databaseMs: databaseMs!,
    p50: times[Math.floor(count * 0.5)]!,
    p95: times[Math.floor(count * 0.95)]!,
  };
}

function shapes(known: readonly Person[]): [string, (n: number) => string][] {
  const of = (n: number) => known[(n * 37) % known.length]!;
  const code = (n: number) => `http://loinc.org|${CODES[n % CODES.length]!}`;
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  return [
    [
      'patient, code, date, sorted',
      (n) =>
        `Observation?patient=Patient/${of(n).patient}&code=${code(n)}&date=ge${day(730)}&_sort=-date&_count=20`,
    ],
    [
      'patient, code, a month',
      (n) =>
        `Observation?patient=Patient/${of(n).patient}&code=${code(n)}&date=ge${day(30)}&_sort=-date&_count=20`,
    ],
    ['patient, newest 20', (n) => `Observation?patient=Patient/${of(n).patient}&_sort=-date&_count=20`],
    [
      'patient, sorted by value',
      (n) => `Observation?patient=Patient/${of(n).patient}&code=${code(n)}&_sort=-value-quantity&_count=20`,
    ],
    ['identifier', (n) => `Patient?identifier=https://yba.vn/fhir/sid/mrn/00000|${of(n).mrn}`],
    ['name', (n) => `Patient?name=${of(n).given}`],
    ['a name that all have', () => 'Patient?name=Nguyễn&_count=20'],
    [
      'facility and date',
      (n) => `Encounter?service-provider=Organization/bench&date=ge${day(n + 3)}&date=lt${day(n)}&_count=20`,
    ],
    ['facility, newest 20', () => 'Encounter?_count=20'],
    [
      '_has',
      (n) =>
        `Patient?identifier=https://yba.vn/fhir/sid/mrn/00000|${of(n).mrn}&_has:Observation:patient:code=${code(n)}`,
    ],
    [
      'chain',
      (n) =>
        `Observation?patient.identifier=https://yba.vn/fhir/sid/mrn/00000|${of(n).mrn}&code=${code(n)}&_count=20`,
    ],
    [
      'visits with what belongs to them',
      (n) => `Encounter?patient=Patient/${of(n).patient}&_count=1&_revinclude=Observation:encounter`,
    ],
  ];
}

async function someRows(sql: Sql): Promise<{ person: string; id: string }[]> {
  return sql<
    { person: string; id: string }[]
  >`select person, id from resource tablesample system (1) limit 1000`;
}

function primaryKeys(
  sql: Sql,
  rows: readonly { person: string; id: string }[],
): (n: number) => Promise<unknown> {
  return async (n) => {
    const { person, id } = rows[(n * 37) % rows.length]!;
    return sql`select version from resource where person = ${person} and id = ${id}`;
  };
}

async function tokenOf(url: string, client: DemoFile['clients'][number]): Promise<string> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Asks and answers how many entries came. */
function ask(token: string, path: string): Promise<number> {
  const url = new URL(`${server.url}/fhir/${path}`);
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const body = Buffer.concat(parts).toString();
        if (answer.statusCode !== 200) reject(new Error(`${path}: ${answer.statusCode} ${body}`));
        else resolve((JSON.parse(body) as { entry?: unknown[] }).entry?.length ?? 0);
      });
    });
    sent.on('error', reject).end();
  });
}
