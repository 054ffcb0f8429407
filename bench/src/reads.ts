/**
 * How many reads a second come out over HTTP, and how long each takes: one resource by id, one page of a chart, a
 * whole chart. Each read passes token, policy, row-level security and the access log, durable before the answer.
 * Reference, in the same run: the smallest answer the server gives from memory without any of these.
 *
 *   npm run bench -- reads [--seconds 5] [--connections 32]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '@yba/postgres';
import { serverProcess, type DemoFile } from '@yba/server/testing';

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, connections: { type: 'string', default: '32' } },
});

type Bundle = { entry?: { resource: { id: string } }[] };

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
  '100',
  '--log',
  'error',
]);
try {
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  const token = await tokenOf(server.url, demo);
  const ask = async (path: string) =>
    (await (
      await fetch(`${server.url}/fhir${path}`, { headers: { authorization: `Bearer ${token}` } })
    ).json()) as Bundle;
  const idsOf = async (path: string) => (await ask(path)).entry?.map(({ resource }) => resource.id) ?? [];
  const observations = await idsOf('/Observation?_count=1000');
  const patients = await idsOf('/Patient?_count=100');
  process.stdout.write(
    `machine     ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; client, server and database on it together, ${options.connections} connections\n`,
  );
  await measure('reference', token, ['/health']);
  await measure(
    'read by id',
    token,
    observations.map((id) => `/fhir/Observation/${id}`),
  );
  await measure(
    'chart page',
    token,
    patients.map((id) => `/fhir/Observation?patient=Patient/${id}`),
  );
  await measure(
    'whole chart',
    token,
    patients.map((id) => `/fhir/Patient/${id}/$everything?_count=200`),
  );
} finally {
  server.child.kill('SIGTERM');
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function tokenOf(url: string, { clients: [client] }: DemoFile): Promise<string> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client!.clientId}:${client!.clientSecret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Asks for the paths in turn on many connections, each waiting for its answer, and prints the rate. */
async function measure(name: string, token: string, paths: readonly string[]): Promise<void> {
  const latenciesMs: number[] = [];
  let next = 0;
  const request = () =>
    `GET ${paths[next++ % paths.length]} HTTP/1.1\r\nHost: yba\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const from = performance.now();
  const until = from + Number(options.seconds) * 1000;
  await Promise.all(
    Array.from({ length: Number(options.connections) }, () => askInTurn(request, until, latenciesMs)),
  );
  const seconds = (performance.now() - from) / 1000;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)]!.toFixed(1);
  const rate = Math.round(latenciesMs.length / seconds);
  process.stdout.write(
    `${name.padEnd(12)}${rate}/s, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms\n`,
  );
}

/** One connection: sends, reads the whole answer, sends the next. Rejects on any answer but 200. */
function askInTurn(request: () => string, until: number, latenciesMs: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const socket: Socket = connect(Number(port), hostname);
    let sentAt = 0;
    let pending: Buffer = Buffer.alloc(0);
    const send = () => {
      if (performance.now() > until) return void socket.end(resolve);
      sentAt = performance.now();
      socket.write(request());
    };
    socket.on('error', reject);
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = pending.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 200')) return reject(new Error(head.split('\r\n')[0]));
      const length = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (pending.length < length) return;
      pending = Buffer.alloc(0);
      latenciesMs.push(performance.now() - sentAt);
      send();
    });
  });
}
