/**
 * How many resources a second go in one by one: single creates by many clients, and conditional creates by identifier
 * (half of them find their match). Each passes token, policy, validation, search terms, feed and access log, and is
 * durable when it is answered; commits are shared; measured once the code is compiled. References, in the same run: bare
 * `node:http` that checks the same resources and inserts them in shared commits, as a text in one table; and a plain
 * insert of the same bytes without HTTP, one row a commit, as many connections as clients.
 *
 *   npm run bench -- creates [--count 20000] [--connections 64] [--workers N] [--warm 10000]
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect } from '@yba/postgres';
import { benchPlatform, machine } from './load/platform.ts';
import { cpuMsOf } from './load/processor-time.ts';
import { httpRequest, percentiles, sendAll, type Sent } from './load/send.ts';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '64' },
    workers: { type: 'string' },
    warm: { type: 'string', default: '10000' },
  },
});

const count = Number(options.count);
const warm = Number(options.warm);
const connections = Number(options.connections);
const platform = await benchPlatform(options.workers);
const say = (line: string) => process.stdout.write(`${line}\n`);
try {
  const { facility } = platform.demo.clients[0]!;
  const token = await platform.token(facility);
  const patients = await newPatients(token, 200);
  const observations = Array.from({ length: count }, (_, n) =>
    observation(patients[n % patients.length]!, n),
  );
  say(`machine     ${machine()}`);
  say(
    `dataset     ${count} Observations of ${observations[0]!.length} bytes about ${patients.length} patients, ${connections} connections`,
  );
  const creates = observations.map((text) => httpRequest('/fhir/Observation', token, text));
  // code gets compiled; a conditional create has more of it
  await send(Array.from({ length: warm }, (_, n) => creates[n % creates.length]!));
  await send(conditionalCreates(token, facility, warm / 2));
  const rate = await measure('create', creates, (statuses) => `${statuses.length} created`);
  const conditional = await measure(
    'conditional',
    conditionalCreates(token, facility, count),
    (statuses) =>
      `${statuses.filter((status) => status === 201).length} created, ${statuses.filter((status) => status === 200).length} found`,
  );
  const bare = await measureBare(creates);
  const ratio = (ours: number) => `${((100 * ours) / bare).toFixed(0)} %`;
  say(`ratio       ${ratio(rate)} of bare node:http, conditional ones ${ratio(conditional)}`);
  say(`plain       ${(await insertOneByOne(observations)).toFixed(0)} rows/s inserted, one a commit`);
  say(`memory      ${platform.peakMb().toFixed(0)} MB at most, all processes of the server`);
} finally {
  await platform.stop();
}

/** Sends requests and prints how they fared; answers how many a second. `server` tells its processor time in ms. */
async function measure(
  name: string,
  requests: readonly Buffer[],
  tell: (statuses: readonly number[]) => string,
  { url = platform.url, server = () => platform.cpuMs().server } = {},
): Promise<number> {
  const cpuMs = () => ({ ...platform.cpuMs(), server: server() });
  const before = cpuMs();
  const { seconds, statuses, latenciesMs } = await send(requests, url);
  const after = cpuMs();
  const each = (part: keyof typeof after) =>
    ((1000 * (after[part] - before[part])) / requests.length).toFixed(0);
  say(
    `${name.padEnd(12)}${(requests.length / seconds).toFixed(0)}/s, ${percentiles(latenciesMs)}; ${tell(statuses)}; processor µs each: server ${each('server')}, database ${each('database')}, client ${each('client')}`,
  );
  return requests.length / seconds;
}

async function measureBare(requests: readonly Buffer[]): Promise<number> {
  const child = fork(join(import.meta.dirname, 'load', 'bare-creates.ts'));
  const [port] = (await once(child, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  await send(requests.slice(0, warm), url);
  const tell = (statuses: readonly number[]) => `${statuses.length} created`;
  const rate = await measure('bare', requests, tell, { url, server: () => cpuMsOf(child.pid!) });
  child.kill();
  return rate;
}

/** Sends them over all connections. */
function send(requests: readonly Buffer[], url = platform.url): Promise<Sent> {
  const queues = Array.from({ length: connections }, (_, n) =>
    requests.filter((_request, index) => index % connections === n),
  );
  return sendAll(url, queues, (status) => status === 201 || status === 200);
}

async function newPatients(token: string, number: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: number }, async (_, n) => {
      const answer = await fetch(`${platform.url}/fhir/Patient`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
        body: JSON.stringify({
          resourceType: 'Patient',
          name: [{ text: `Nguyễn Thị Thử ${n}` }],
          gender: 'female',
          birthDate: '1990-05-17',
        }),
      });
      return ((await answer.json()) as { id: string }).id;
    }),
  );
}

function observation(patient: string, n: number): string {
  return JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'vital-signs',
            display: 'Vital Signs',
          },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }], text: 'Mạch' },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
    valueQuantity: {
      value: 60 + (n % 40),
      unit: 'lần/phút',
      system: 'http://unitsofmeasure.org',
      code: '/min',
    },
  });
}

/** So many of them, each identifier twice: what the first half creates the second finds, spread over all connections. */
function conditionalCreates(token: string, facility: string, number: number): Buffer[] {
  const system = `https://yba.vn/fhir/sid/ma-lk/${facility}`;
  const run = randomUUID().slice(0, 8);
  const one = (n: number) => {
    const value = `${run}${n}`;
    return httpRequest(
      '/fhir/Encounter',
      token,
      JSON.stringify({
        resourceType: 'Encounter',
        identifier: [{ system, value }],
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        period: { start: '2026-03-01T08:00:00+07:00' },
      }),
      [`If-None-Exist: identifier=${system}|${value}`],
    );
  };
  const half = Math.floor(number / 2);
  return [
    ...Array.from({ length: half }, (_, n) => one(n)),
    ...Array.from({ length: half }, (_, n) => one((n + 7) % half)),
  ];
}

async function insertOneByOne(texts: readonly string[]): Promise<number> {
  const sql = connect(process.env['DATABASE_URL']!, { max: connections });
  await sql`create table plain_one (id uuid primary key, person uuid not null, type text not null, occurred timestamptz not null, body text not null)`;
  await sql`create index on plain_one (person, type, occurred desc, id)`;
  const person = randomUUID();
  const from = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < texts.length)
        await sql`insert into plain_one values (${randomUUID()}, ${person}, 'Observation', now(), ${texts[next++]!})`;
    }),
  );
  const rate = texts.length / ((performance.now() - from) / 1000);
  await sql.end();
  return rate;
}
