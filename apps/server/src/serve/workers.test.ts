// Several real processes behind one address: whatever ends, and however, the address goes on and nothing acknowledged is lost.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aPatient } from '@yba/fhir/testing';
import { freePort } from '@yba/http';
import { meanwhile } from '@yba/postgres/testing';
import type { DemoFile } from '../testing/test-server.ts';
import { hospital, type Hospital } from '../testing/hospital.ts';
import { staffToken } from '../testing/sign-in.ts';
import { serverProcess, type ServerProcess } from '../testing/server-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'yba-workers-'));
chmodSync(dataDir, 0o755);
let server: ServerProcess;
let port: number;
let client: Hospital;
let demo: DemoFile;

before(async () => {
  port = await freePort();
  server = await start();
  demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  client = hospital(server.url, demo.clients[0]!);
});

after(async () => {
  await stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('two processes answer at one address', async () => {
  assert.equal(workers().length, 2);
  const { body } = await client.send('POST', '/Patient', aPatient({}));
  const answers = await Promise.all(
    Array.from({ length: 12 }, () =>
      client.send('GET', `/Patient/${String(body['id'])}`, undefined, { connection: 'close' }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});

test('a worker that is killed is replaced, and what it had acknowledged is there', async () => {
  const acknowledged: string[] = [];
  const write = async () => {
    const answer = await client.send('POST', '/Patient', aPatient({})).catch(() => undefined);
    if (answer?.status === 201) acknowledged.push(String(answer.body['id']));
    else if (answer) assert.fail(`${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const four = () => Promise.all([write(), write(), write(), write()]);
  await meanwhile(four, async () => {
    for (const which of [0, 1]) {
      await until(() => workers().length === 2);
      const victim = workers()[which]!;
      const written = acknowledged.length;
      await until(() => acknowledged.length > written + 4);
      process.kill(victim, 'SIGKILL');
      await until(() => !isRunning(victim));
    }
    await until(() => workers().length === 2);
  });
  for (let n = 0; n < acknowledged.length; n += 50)
    await Promise.all(
      acknowledged.slice(n, n + 50).map(async (id) => {
        assert.equal((await client.send('GET', `/Patient/${id}`)).status, 200, id);
      }),
    );
});

test('a limit of calls holds over all processes', async () => {
  const { clientId, clientSecret } = demo.clients[1]!;
  const other = hospital(server.url, { clientId, clientSecret });
  const match = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: aPatient({}) }] };
  const statuses: number[] = [];
  const from = Date.now();
  for (let call = 0; call < 40 && !statuses.includes(429); call += 1) {
    const some = await Promise.all(
      Array.from({ length: 50 }, () => other.send('POST', '/Patient/$match', match, { connection: 'close' })),
    );
    statuses.push(...some.map(({ status }) => status));
  }
  const allowed = statuses.filter((status) => status !== 429).length;
  assert.ok(statuses.includes(429), `${statuses.length} calls were all let through`);
  // 300 at once, and 10 more for each second since the first
  const most = 310 + (Date.now() - from) / 100;
  assert.ok(allowed <= most, `${allowed} calls were let through where ${most} are allowed`);
});

test('a screen that is locked, and a session that is ended, open nothing in any process', async () => {
  const { username, password } = demo.personas.find(({ role }) => role === 'doctor')!;
  const token = await staffToken(server.url, username, password);
  const headers = { authorization: `Bearer ${token}`, connection: 'close' };
  const statuses = async () => {
    const asked = Array.from({ length: 16 }, () =>
      fetch(`${server.url}/fhir/Organization?_count=1`, { headers }),
    );
    const answers = await Promise.all(asked);
    await Promise.all(answers.map((answer) => answer.text()));
    return [...new Set(answers.map(({ status }) => status))].join();
  };
  const own = (method: string, path: string, body?: object) =>
    fetch(`${server.url}/oauth/${path}`, {
      method,
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  assert.equal(await statuses(), '200');
  await own('POST', 'session/lock');
  await until(async () => (await statuses()) === '401');
  assert.equal((await own('POST', 'session/enter', { password })).status, 200);
  assert.equal(await statuses(), '200', 'entered again in one process, open in all at once');
  const { session } = (await (await own('GET', 'session')).json()) as { session: string };
  assert.equal((await own('DELETE', `account/sessions/${session}`)).status, 200);
  await until(async () => (await statuses()) === '401');
});

test('the figures are those of all processes', async () => {
  const counted = async () => {
    const text = await (await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } })).text();
    return Number(
      /yba_http_request_duration_seconds_count\{[^}]*route="\/fhir\/metadata"[^}]*\} (\d+)/.exec(text)?.[1] ??
        0,
    );
  };
  const before = await counted();
  for (let n = 0; n < 10; n += 1)
    await (await fetch(`${server.url}/fhir/metadata`, { headers: { connection: 'close' } })).text();
  assert.deepEqual([await counted(), await counted()], [before + 10, before + 10]);
});

test('an open page hears what another process wrote', async () => {
  const { body } = await client.send('POST', '/Patient', aPatient({}));
  const reference = `Patient/${String(body['id'])}`;
  const streams = await Promise.all(Array.from({ length: 4 }, () => follow(reference)));
  await client.send('PUT', `/${reference}`, { ...body, active: true } as never);
  await Promise.all(streams.map(({ heard }) => heard));
  for (const { close } of streams) close();
});

test('when the parent is killed its workers end, and the next start finds everything', async () => {
  const { body } = await client.send('POST', '/Patient', aPatient({}));
  const orphans = workers();
  const exited = once(server.child, 'exit');
  server.child.kill('SIGKILL');
  await exited;
  await until(() => orphans.every((pid) => !isRunning(pid)));
  server = await start();
  client = hospital(server.url, demo.clients[0]!);
  assert.equal((await client.send('GET', `/Patient/${String(body['id'])}`)).status, 200);
});

test('a polite end lets requests under way finish', async () => {
  const { body } = await client.send('POST', '/Patient', aPatient({}));
  const slow = slowly('/fhir/Patient', aPatient({}), await tokenOf(demo));
  await slow.begun;
  const exited = once(server.child, 'exit');
  const ended = workers();
  server.child.kill('SIGTERM');
  slow.finish();
  assert.match(await slow.answer, /^HTTP\/1\.1 201 /m);
  const [code] = (await exited) as [number];
  assert.equal(code, 0, server.errors());
  assert.ok(ended.every((pid) => !isRunning(pid)));
  assert.ok(body['id']);
});

test('told to end in the moment in which its workers die, the server ends all the same', async () => {
  server = await start();
  const exited = once(server.child, 'exit', { signal: AbortSignal.timeout(30_000) });
  for (const pid of workers()) process.kill(pid, 'SIGKILL');
  server.child.kill('SIGTERM');
  const [code] = (await exited) as [number];
  assert.equal(code, 0, server.errors());
});

function start(): Promise<ServerProcess> {
  const args = ['--demo', '--persons', '1', '--port', String(port), '--data', dataDir, '--log', 'silent'];
  return serverProcess(['--workers', '2', ...args]);
}

async function stop(): Promise<void> {
  if (server.child.exitCode !== null || server.child.signalCode !== null) return;
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
}

/** The processes of the server that answer requests; one is called so once it is ready. */
function workers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === server.child.pid && commandOf(pid).startsWith('yba worker'));
}

function parentOf(pid: number): number {
  const stat = readProc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const commandOf = (pid: number) => readProc(pid, 'cmdline');
const isRunning = (pid: number) => commandOf(pid).startsWith('yba worker');

function readProc(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waits = 0; !(await condition()); waits += 1) {
    assert.ok(waits < 3_000, `never came true: ${String(condition)}`);
    await sleep(20);
  }
}

async function tokenOf({ clients: [first] }: DemoFile): Promise<string> {
  const answer = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${first!.clientId}:${first!.clientSecret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** An event stream on a connection of its own; `heard` resolves with the first event about the patient. */
async function follow(reference: string): Promise<{ heard: Promise<void>; close(): void }> {
  const stop = new AbortController();
  const answer = await fetch(`${server.url}/live?patient=${reference}`, {
    headers: { authorization: `Bearer ${await tokenOf(demo)}` },
    signal: stop.signal,
  });
  assert.equal(answer.status, 200);
  const reader = answer.body!.getReader();
  const heard = (async () => {
    for (let text = ''; !text.includes('event: chart');) {
      const { value, done } = await reader.read();
      assert.ok(!done, 'the stream ended');
      text += Buffer.from(value).toString();
    }
  })();
  return { heard, close: () => stop.abort() };
}

/** A POST whose body is held back until it is told to go on. */
function slowly(path: string, resource: object, token: string) {
  const text = JSON.stringify(resource);
  const socket = connect(port, '127.0.0.1');
  const begun = once(socket, 'connect').then(async () => {
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n`,
    );
    await once(socket, 'data'); // 100 Continue: a worker has it in its hands
    socket.write(text.slice(0, 20));
  });
  const answer = (async () => {
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    await once(socket, 'end');
    return received;
  })();
  return { begun, answer, finish: () => void setTimeout(() => socket.write(text.slice(20)), 100) };
}
