/**
 * How many reads by id a second come out over HTTP: by many connections of a process of its own, each read decided by
 * the policy, under row-level security, and in the access log on disk before its answer. Two sets of ids: of a few
 * visits again and again (their frames stay open in memory), and of the whole store at random (each frame is fetched and
 * opened). References in the same run: what bare `node:http` answers after a look-up by primary key, and the largest
 * answer without any look-up. Whose processor time a read takes says what limits: two cores give 2,000,000 µs a second.
 *
 *   npm run bench -- reads [--persons 300] [--seconds 5] [--connections 64] [--workers 1] [--memory MB]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { connect, startEmbedded } from '@yba/postgres';
import { serverProcess, type DemoFile } from '@yba/server/testing';
import { cpuMsOf, peakBytesOf } from './load/processor-time.ts';
import type { Counted, Work } from './load/reader.ts';

const { values: options } = parseArgs({
  options: {
    persons: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    workers: { type: 'string', default: '1' },
    memory: { type: 'string' },
  },
});

/** Ids that are read again and again; those of about ten visits. */
const FEW = 200;

const dataDir = mkdtempSync(join(tmpdir(), 'yba-bench-'));
const database = await startEmbedded({ dataDir });
const postmaster = Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
process.env['DATABASE_URL'] = database.url;
const settings = {
  data: dataDir,
  port: '0',
  persons: options.persons,
  workers: options.workers,
  ...(options.memory ? { memory: options.memory } : {}),
  log: 'error',
};
const server = await serverProcess(
  ['--demo', ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
  { launcher: true },
);
const sql = connect(database.url, { max: 4 });
try {
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  const client = demo.clients[0]!;
  const token = await tokenOf(server.url, client);
  const [{ resources, bytes }] = (await sql`
    select (select count(*) from resource) as resources, pg_database_size(current_database()) as bytes`) as never as [
    { resources: number; bytes: number },
  ];
  const ids = (
    await sql<{ id: string }[]>`
      select coalesce(client_id, id::text) as id from resource
      where facility = ${Number.parseInt(client.facility, 36)} and not deleted
        and type = (select type from resource group by type order by count(*) desc limit 1)
      order by frame`
  ).map(({ id }) => `/fhir/Observation/${id}`);
  const frames = await sql`select count(*) as n from frame`;
  print(
    `machine       ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; client, server (${options.workers} workers) and database on it together`,
  );
  print(
    `data          ${resources} resources in ${String(frames[0]!['n'])} frames, ${Math.round(bytes / 1e6)} MB; ${ids.length} Observations of the asking facility`,
  );
  print(`connections   ${options.connections}, each waiting for its answer`);
  const work = { url: server.url, token };
  await measure('again', { ...work, paths: ids.slice(0, FEW) });
  const atRandom = await measure('at random', { ...work, paths: shuffled(ids) });
  const lookup = await reference(ids);
  print(
    `ratio         ${((atRandom / lookup) * 100).toFixed(0)} % of bare node:http with a look-up by primary key`,
  );
  print(
    `memory        ${Math.round(peakBytesOf(server.child.pid!) / 1e6)} MB at most, all processes of the server since its start, the demonstration's load included`,
  );
} finally {
  await sql.end();
  server.child.kill('SIGTERM');
  await once(server.child, 'exit'); // it wants its database until then
  await database.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function shuffled(paths: readonly string[]): string[] {
  return paths
    .map((path) => ({ path, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ path }) => path);
}

async function tokenOf(
  url: string,
  { clientId, clientSecret }: DemoFile['clients'][number],
): Promise<string> {
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Reads for a while, warm, and prints rate, latency and whose processor time a read took. Answers reads a second. */
async function measure(
  name: string,
  work: Pick<Work, 'url' | 'token' | 'paths'>,
  own = () => cpuMsOf(server.child.pid!),
): Promise<number> {
  await load({ ...work, seconds: 1 });
  const before = [own(), cpuMsOf(postmaster)] as const;
  const counted = await load({ ...work, seconds: Number(options.seconds) });
  const perRead = (ms: number) => Math.round((ms * 1000) / counted.reads);
  const [ours, base, asking] = [own() - before[0], cpuMsOf(postmaster) - before[1], counted.cpuMs];
  const rate = Math.round(counted.reads / counted.seconds);
  const all = perRead(ours + base + asking);
  print(
    `${name.padEnd(14)}${rate}/s, p50 ${counted.p50.toFixed(1)} p95 ${counted.p95.toFixed(1)} p99 ${counted.p99.toFixed(1)} ms; ` +
      `${perRead(ours)} µs server + ${perRead(base)} µs database + ${perRead(asking)} µs client = ${all} µs of processor a read, ` +
      `${Math.round(2_000_000 / all)}/s on two cores`,
  );
  return rate;
}

async function load(work: Pick<Work, 'url' | 'token' | 'paths' | 'seconds'>): Promise<Counted> {
  const child = fork(join(import.meta.dirname, 'load', 'reader.ts'));
  child.send({ ...work, connections: Number(options.connections) });
  return new Promise((resolve, reject) => {
    child.once('message', (counted) => resolve(counted as Counted));
    child.once('exit', (code) => reject(new Error(`the reader ended with ${code}`)));
  });
}

/** Bare node:http in this process: what a plain table holds under a primary key, and an answer without any look-up. */
async function reference(paths: readonly string[]): Promise<number> {
  await sql`create table bench_plain (id uuid primary key, body text not null)`;
  await sql`insert into bench_plain select id, repeat('x', 1400) from resource`;
  await sql`analyze bench_plain`;
  const text = 'x'.repeat(1400);
  let look = true;
  const bare = createServer((request, response) => {
    const send = (body: string) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': body.length });
      response.end(body);
    };
    if (!look) return send(text);
    void sql<{ body: string }[]>`select body from bench_plain where id = ${request.url!.slice(-36)}`.then(
      ([row]) => send(row?.body ?? ''),
    );
  }).listen(0, '127.0.0.1');
  await once(bare, 'listening');
  const own = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const url = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
  const rate = await measure('+ look-up', { url, token: 'none', paths: shuffled(paths) }, own);
  look = false;
  await measure('bare answer', { url, token: 'none', paths: [...paths] }, own);
  bare.close();
  return rate;
}
