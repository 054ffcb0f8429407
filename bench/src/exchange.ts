/**
 * How fast messages come into charts. First many at once at the hub's door: received a second, and filed a second until
 * none waits. Then one after the other through a hospital's edge agent: from the moment the hospital's program hands a visit
 * over until another hospital, which treats the person too, finds the result in the chart by an ordinary search.
 *
 *   npm run bench -- exchange [--messages 3000] [--connections 16] [--persons 500] [--visits 200]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { issueEnrolmentCode } from '@yba/access';
import { enrol } from '@yba/edge';
import { freePort } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { benchPlatform, machine } from './load/platform.ts';
import { httpRequest, percentiles, sendAll } from './load/send.ts';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '3000' },
    connections: { type: 'string', default: '16' },
    persons: { type: 'string', default: '500' },
    visits: { type: 'string', default: '200' },
  },
});
const ROOT = join(import.meta.dirname, '..', '..');
const WARM = 300;
const PATIENTS = 20;
const example = (name: string) => readFileSync(join(ROOT, 'docs', 'examples', name), 'utf8');
const say = (line: string) => process.stdout.write(`${line}\n`);

const platform = await benchPlatform(undefined);
const [sender, reader] = [platform.demo.clients[0]!, platform.demo.clients[1]!];
const VISIT_NUMBERS = `https://yba.vn/fhir/sid/ma-lk/${sender.facility}`;
const digits = (n: number, length: number) => String(n).padStart(length, '0');
try {
  say(`machine     ${machine()}`);
  await atTheDoor();
  await throughAnEdge();
  say(`memory      ${platform.peakMb().toFixed(0)} MB at most, all processes of the server`);
} finally {
  await platform.stop();
}

async function atTheDoor(): Promise<void> {
  const token = await platform.token(sender.facility);
  const count = Number(options.messages);
  const bodies = Array.from({ length: WARM + count }, (_, n) => messageOf(n));
  const requests = bodies.map((body) =>
    httpRequest('/fhir/$process-message', token, body, ['Prefer: respond-async']),
  );
  await deliver(requests.slice(0, WARM)); // code gets compiled
  const before = platform.cpuMs();
  const from = performance.now();
  const latenciesMs = await deliver(requests.slice(WARM), () => {
    const seconds = (performance.now() - from) / 1000;
    say(
      `received    ${count} messages of 3 resources, ${Math.round(bodies[0]!.length / 100) / 10} kB, ${options.connections} connections: ${(count / seconds).toFixed(0)}/s`,
    );
  });
  const seconds = (performance.now() - from) / 1000;
  const after = platform.cpuMs();
  const per = (part: 'server' | 'database') => ((after[part] - before[part]) / count).toFixed(2);
  const [states] = await platform.sql<{ filed: number; other: number }[]>`
    select count(*) filter (where state = 3)::int as filed, count(*) filter (where state <> 3)::int as other from message`;
  if (states!.filed !== WARM + count || states!.other > 0)
    throw new Error(`filed ${states!.filed} of ${WARM + count}, ${states!.other} otherwise`);
  say(`            ${percentiles(latenciesMs)} until durable`);
  say(
    `filed       all after ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(0)}/s; processor ${per('server')} ms a message in the server, ${per('database')} in the database`,
  );
}

/** Sends all and waits until none is unsettled; `received` is called when the last is acknowledged. */
async function deliver(requests: readonly Buffer[], received = () => {}): Promise<number[]> {
  const connections = Number(options.connections);
  const queues = Array.from({ length: connections }, (_, n) =>
    requests.filter((_, at) => at % connections === n),
  );
  const { latenciesMs } = await sendAll(platform.url, queues, (status) => status === 202);
  received();
  for (;;) {
    const [row] = await platform.sql<
      { waiting: number }[]
    >`select count(*)::int as waiting from message_queue`;
    if (row!.waiting === 0) return latenciesMs;
    await sleep(20);
  }
}

async function throughAnEdge(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-edge-'));
  const { code } = await issueEnrolmentCode(platform.sql, {
    facility: sender.facility,
    facilityName: sender.name,
    name: 'Trạm biên',
    validMs: 3_600_000,
  });
  await enrol(folder, platform.url, code);
  const port = await freePort();
  writeFileSync(join(folder, 'edge.json'), JSON.stringify({ http: { port } }));
  const agent = spawn(process.execPath, [join(ROOT, 'bin', 'yba.js'), 'edge', 'run', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(agent.stdout, 'data');
    const handOver = (body: string) =>
      ask(`http://127.0.0.1:${port}/fhir`, 202, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body,
      });
    for (let n = 0; n < PATIENTS; n++) await handOver(visitOf(n, `first-${n}`));
    const patients = await known();
    const token = await platform.token(reader.facility);
    const times: number[] = [];
    for (let n = 0; n < Number(options.visits); n++) {
      const from = performance.now();
      await handOver(visitOf(n % PATIENTS, `v${n}`));
      const handedOverMs = performance.now() - from;
      const query = `Encounter?patient=Patient/${patients[n % PATIENTS]!}&identifier=${VISIT_NUMBERS}|LK-v${n}`;
      while (!(await found(query, token))) await sleep(5);
      if (n >= 20)
        times.push(performance.now() - from); // the first compile code
      else if (n === 0) say(`edge        acknowledges the first after ${handedOverMs.toFixed(0)} ms`);
    }
    say(
      `visible     at another hospital, ${times.length} visits one after the other: ${percentiles(times)} after the hospital's program handed it over`,
    );
  } finally {
    agent.kill('SIGTERM');
    await once(agent, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The Patients of the first visits, open to the reading hospital, which treats them too. */
async function known(): Promise<string[]> {
  for (;;) {
    const rows = await platform.sql<{ patient: string; value: string }[]>`
      select row_id as patient, value from identifier
      where facility = ${facilityNumber(sender.facility)} and value like 'BX-%' order by value`;
    if (rows.length === PATIENTS) {
      await platform.sql`
        insert into care_relationship (patient, facility, kind, resource)
        select patient, ${facilityNumber(reader.facility)}, 'encounter', 'Encounter/' || patient
        from unnest(${rows.map(({ patient }) => patient)}::uuid[]) as patient`;
      return rows.map(({ patient }) => patient);
    }
    await sleep(50);
  }
}

async function found(query: string, token: string): Promise<boolean> {
  const text = await ask(`${platform.url}/fhir/${encodeURI(query)}`, 200, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((JSON.parse(text) as { entry?: unknown[] }).entry?.length ?? 0) > 0;
}

async function ask(url: string, status: number, init: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} ${text}`);
  return text;
}

/** The example of docs/exchange.md, as the nth message of the facility. */
function messageOf(n: number): string {
  const person = n % Number(options.persons);
  return example('message.json')
    .replaceAll('27001', sender.facility)
    .replaceAll('5f0c1f0e-8f0e', `${digits(n, 8)}-8f0e`)
    .replaceAll('027163999002', `0271635${digits(person, 5)}`)
    .replaceAll('BN-26-000002', `BN-${person}`)
    .replaceAll('LK-26-000002', `LK-m${n}`);
}

/** The example of a visit, of the nth person. */
function visitOf(person: number, visit: string): string {
  return example('visit.json')
    .replaceAll('27001', sender.facility)
    .replaceAll('2026-11-20-0001', visit)
    .replaceAll('027163999001', `0271634${digits(person, 5)}`)
    .replaceAll('BN-26-000001', `BX-${digits(person, 3)}`)
    .replaceAll('LK-26-000001', `LK-${visit}`);
}
