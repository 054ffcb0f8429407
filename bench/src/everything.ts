/**
 * Whether a person's whole chart streams with flat memory: `$everything` of a chart of 40,000 results as one Bundle,
 * read as it comes. Prints what the server's process holds before, and at most meanwhile, and the same for a chart of
 * a tenth of that: flat means that the two peaks are alike.
 *
 *   npm run bench -- everything [--results 40000]
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '@yba/postgres';
import { hospital, serverProcess, type DemoFile, type Hospital } from '@yba/server/testing';

const { values: options } = parseArgs({ options: { results: { type: 'string', default: '40000' } } });
const results = Number(options.results);
const TOGETHER = 1000;

/** What each entry has once. */
const MARK = '"search":{"mode"';

const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
process.env['DATABASE_URL'] = database.url;
const server = await serverProcess([
  '--data',
  dataDir,
  '--port',
  '0',
  '--demo',
  '--persons',
  '5',
  '--log',
  'error',
]);
try {
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  const credentials = demo.clients[0]!;
  const client = hospital(server.url, credentials);
  process.stdout.write(
    `machine     ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}\n`,
  );
  for (const [id, size] of [
    ['small-chart', Math.round(results / 10)],
    ['large-chart', results],
  ] as const) {
    await load(client, id, size);
    await stream(id, credentials);
  }
} finally {
  server.child.kill('SIGTERM');
  await once(server.child, 'exit'); // it wants its database until then
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function load(client: Hospital, id: string, size: number): Promise<void> {
  const patient = { resourceType: 'Patient', id, name: [{ text: 'Chart' }] };
  await client.send('PUT', `/Patient/${id}`, patient);
  for (let at = 0; at < size; at += TOGETHER) {
    const entry = Array.from({ length: Math.min(TOGETHER, size - at) }, (_, index) => ({
      resource: result(id, at + index),
      request: { method: 'POST', url: 'Observation' },
    }));
    const { status, body } = await client.send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    });
    if (status !== 200) throw new Error(`loading: ${status} ${JSON.stringify(body).slice(0, 500)}`);
  }
}

function result(patient: string, n: number): object {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' },
        ],
      },
    ],
    code: {
      coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin [Mass/volume] in Blood' }],
    },
    subject: { reference: `Patient/${patient}` },
    performer: [{ reference: `Practitioner/nobody-${n % 20}` }],
    effectiveDateTime: new Date(Date.UTC(2015, 0, 1) + n * 3_600_000).toISOString(),
    valueQuantity: {
      value: 10 + (n % 70) / 10,
      unit: 'g/dL',
      system: 'http://unitsofmeasure.org',
      code: 'g/dL',
    },
    note: [{ text: `Kết quả số ${n}: ${'ghi chú của bác sĩ '.repeat(20)}` }],
  };
}

async function stream(id: string, { clientId, clientSecret }: DemoFile['clients'][number]): Promise<void> {
  const signIn = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await signIn.json()) as { access_token: string };
  await new Promise((resolve) => setTimeout(resolve, 2000)); // what loading left behind is collected
  const before = heldMb();
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, heldMb())), 20);
  const started = performance.now();
  const answer = await fetch(`${server.url}/fhir/Patient/${id}/$everything`, {
    headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' },
  });
  let bytes = 0;
  let entries = 0;
  let tail = '';
  for await (const chunk of answer.body!) {
    bytes += chunk.length;
    const text = tail + Buffer.from(chunk).toString('latin1');
    entries += text.split(MARK).length - 1;
    tail = text.slice(Math.max(text.length - MARK.length + 1, text.lastIndexOf(MARK) + MARK.length));
  }
  const seconds = (performance.now() - started) / 1000;
  clearInterval(sampler);
  process.stdout.write(
    `${id} ${entries} entries, ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s; server held ${before} MB before, ${peak} MB at most\n`,
  );
}

/** Resident memory of the server's processes, in MB. */
function heldMb(): number {
  let sum = 0;
  for (const pid of family(server.child.pid!)) {
    const kb = /^VmRSS:\s+(\d+)/m.exec(statusOf(pid))?.[1];
    sum += Number(kb ?? 0) / 1024;
  }
  return Math.round(sum);
}

function family(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(/^PPid:\s+(\d+)/m.exec(statusOf(Number(name)))?.[1])] as const);
  const children = (pid: number): number[] =>
    parents.filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...children(child)]);
  return [root, ...children(root)];
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
