// More than the server can carry, from all sides at once: it says so, stays within its memory, and goes on.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aPatient, anObservation } from '@yba/fhir/testing';
import type { DemoFile } from './testing/test-server.ts';
import { hospital, type Hospital } from './testing/hospital.ts';
import { serverProcess } from './testing/server-process.ts';

const MIB = 1024 * 1024;

const dataDir = mkdtempSync(join(tmpdir(), 'yba-flood-'));
chmodSync(dataDir, 0o755);
after(() => rmSync(dataDir, { recursive: true, force: true }));

let launcher: ChildProcess | undefined;
let port: number;
let client: Hospital;
let token: string;
let patient: string;

for (const [workers, memoryMb] of [
  [1, 512],
  [2, 1104],
] as const)
  describe(`with ${workers === 1 ? 'one process' : `${workers} workers`}`, () => {
    before(async () => {
      const args = ['--demo', '--persons', '3', '--port', '0', '--data', dataDir, '--log', 'silent'];
      const server = await serverProcess(['--workers', String(workers), ...args], { launcher: true });
      launcher = server.child;
      port = Number(new URL(server.url).port);
      const { clients } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
      client = hospital(`http://localhost:${port}`, clients[0]!);
      const { body } = await client.send('POST', '/Patient', aPatient({}));
      patient = String(body['id']);
      token = await tokenOf(clients[0]!);
    });

    after(async () => {
      if (launcher?.exitCode === null) {
        launcher.kill('SIGTERM');
        await once(launcher, 'exit');
      }
    });

    test('a flood of 16 MiB bodies is answered 200 or 503 with Retry-After, and small requests go on', async () => {
      const body = Buffer.from(JSON.stringify(largeBundle()));
      assert.ok(body.length > 14 * MIB && body.length < 16 * MIB);
      let flooding = true;
      const flood = Promise.all(Array.from({ length: 7 }, () => post('/', body))).finally(
        () => (flooding = false),
      );
      const small: number[] = [];
      while (flooding) {
        small.push((await client.send('GET', `/Patient/${patient}`)).status);
        await sleep(50);
      }
      const answers = await flood;
      const statuses = answers.map(({ status }) => status);
      assert.ok(statuses.includes(503), `all were taken: ${statuses.join(' ')}`);
      assert.ok(
        statuses.some((status) => status < 300),
        `none was taken: ${statuses.join(' ')}`,
      );
      for (const { status, retryAfter } of answers) {
        assert.ok([200, 503].includes(status), `status ${status}`);
        if (status === 503) assert.ok(retryAfter);
      }
      assert.deepEqual([...new Set(small)], [200]);
      memoryHolds(memoryMb);
    });

    test('scans that no compression makes smaller are taken, and whole charts of them shown, as far as there is room', async () => {
      const chart = String((await client.send('POST', '/Patient', aPatient({}))).body['id']);
      const taken: number[] = [];
      for (let round = 0; round < workers; round++) {
        const scans = Array.from({ length: 6 }, () =>
          post('/DocumentReference', Buffer.from(JSON.stringify(scanOf(chart, 6_000_000)))),
        );
        taken.push(...(await Promise.all(scans)).map(({ status }) => status));
      }
      assert.deepEqual(
        taken.filter((status) => ![201, 503].includes(status)),
        [],
      );
      assert.ok(taken.filter((status) => status === 201).length > workers, taken.join(' '));
      memoryHolds(memoryMb);
      const shown = await Promise.all(
        Array.from({ length: 6 }, () => drained(`/Patient/${chart}/$everything`)),
      );
      assert.deepEqual(
        shown.filter((status) => ![200, 503].includes(status)),
        [],
      );
      assert.ok(shown.includes(200), shown.join(' '));
      memoryHolds(memoryMb);
    });

    if (workers === 1)
      test('thousands of connections that ask nothing whole, or thousands of things at once, take no room from others', async () => {
        const half = `GET /fhir/Patient HTTP/1.1\r\nHost: x\r\nX-A: ${'y'.repeat(12_000)}`;
        const sockets: Socket[] = [];
        const told: string[] = [];
        for (let n = 0; n < 20; n++)
          for (const socket of await Promise.all(Array.from({ length: 200 }, () => open(half)))) {
            socket.once('data', (bytes: Buffer) => told.push(bytes.toString()));
            sockets.push(socket);
          }
        await sleep(1_000);
        const come = told.filter((text) => /^HTTP\/1.1 (408|503 [^]*retry-after)/.test(text));
        assert.ok(come.length > 2_000 && come.length === told.length, `${come.length} of ${told.length}`);
        for (const socket of sockets) socket.destroy();
        const many = await Promise.all(
          Array.from({ length: 80 }, () =>
            open('GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_300)),
          ),
        );
        for (const socket of many) socket.pause();
        assert.equal((await client.send('GET', `/Patient/${patient}`)).status, 200);
        assert.equal((await client.send('POST', '/Patient', aPatient({}))).status, 201);
        for (const socket of many) socket.destroy();
        memoryHolds(memoryMb);
      });

    if (workers === 1)
      test('hundreds who read resources of 0.9 MB at once are shown them or told to come again', async () => {
        const chart = String((await client.send('POST', '/Patient', aPatient({}))).body['id']);
        const scan = (await client.send('POST', '/DocumentReference', scanOf(chart, 690_000))).body['id'];
        const paths = [`/DocumentReference/${String(scan)}`, `/DocumentReference?_id=${String(scan)}`];
        const shown = await Promise.all(Array.from({ length: 600 }, (_, n) => drained(paths[n % 2]!)));
        assert.deepEqual(
          shown.filter((status) => ![200, 503].includes(status)),
          [],
        );
        assert.ok(shown.filter((status) => status === 200).length > 100);
        assert.equal((await client.send('GET', `/Patient/${patient}`)).status, 200);
        memoryHolds(memoryMb);
      });

    test('slow clients that each send a part of a large body take no room from others', async () => {
      const slow = await Promise.all(
        Array.from({ length: 200 }, () => open(post16MiB() + 'x'.repeat(8 * 1024))),
      );
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => client.send('POST', '/Patient', aPatient({}))),
      );
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
      for (const socket of slow) socket.destroy();
      memoryHolds(memoryMb);
    });

    test('clients that ask for large pages and do not read them are left waiting without holding the server up', async () => {
      const stalled = await Promise.all(
        Array.from({ length: 120 }, () =>
          open(
            `GET /fhir/Observation?_count=1000 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`,
          ),
        ),
      );
      for (const socket of stalled) socket.pause();
      await sleep(3_000);
      memoryHolds(memoryMb);
      for (const socket of stalled) socket.destroy();
      while ((await client.send('GET', `/Patient/${patient}`)).status !== 200) await sleep(50);
    });

    test('a thousand and more requests at once: each is answered or told to come again', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 1_500 }, async (_, n) => {
          const answer =
            n % 3 === 0
              ? await client.send('POST', '/Patient', aPatient({}))
              : await client.send('GET', `/Patient/${patient}`);
          return answer.status;
        }),
      );
      assert.deepEqual(
        statuses.filter((status) => ![200, 201, 503].includes(status)),
        [],
      );
      assert.equal((await client.send('GET', `/Patient/${patient}`)).status, 200);
      memoryHolds(memoryMb);
    });
  });

/** The most that the server's processes have held so far is within what they may. */
function memoryHolds(memoryMb: number): void {
  const held = family(launcher!.pid!).map((pid) => peakMbOf(pid));
  const sum = held.reduce((all, one) => all + one, 0);
  assert.ok(sum <= memoryMb, `${sum} MB at most: ${held.join(' + ')}`);
}

/** The launcher and the server's processes, without the database. */
function family(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid && /main\.ts|yba worker/.test(commandOf(child)));
  return [pid, ...children.flatMap(family)];
}

function parentOf(pid: number): number {
  const stat = readProc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const commandOf = (pid: number) => readProc(pid, 'cmdline');
const peakMbOf = (pid: number) =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readProc(pid, 'status'))?.[1]) / 1024);

function readProc(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

async function tokenOf({
  clientId,
  clientSecret,
}: {
  clientId: string;
  clientSecret: string;
}): Promise<string> {
  const answer = await fetch(`http://localhost:${port}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** A batch just below the limit: reads, so that it is much to parse and answer but nothing to store. */
function largeBundle(): object {
  const filling = anObservation({}) as object;
  const resource = { ...filling, note: [{ text: 'ghi chú lâm sàng '.repeat(400) }] };
  const one = JSON.stringify(resource).length + 100;
  const entry = Array.from({ length: Math.floor((15 * MIB) / (one + 800)) }, () => ({
    resource,
    request: { method: 'POST', url: 'Observation' },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

async function post(path: string, body: Buffer): Promise<{ status: number; retryAfter: string | null }> {
  const answer = await fetch(`http://localhost:${port}/fhir${path}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
  });
  await answer.text();
  return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
}

/** A scan, as no compression makes it smaller, in the chart of a Patient. */
function scanOf(patientId: string, bytes: number): object {
  const data = randomBytes(bytes).toString('base64');
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: `Patient/${patientId}` },
    content: [{ attachment: { contentType: 'image/jpeg', data } }],
  };
}

/** Reads an answer to its end and lets go what it says. */
async function drained(path: string): Promise<number> {
  const answer = await fetch(`http://localhost:${port}/fhir${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  for await (const chunk of answer.body!) void chunk;
  return answer.status;
}

const post16MiB = () =>
  `POST /fhir/Observation HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+json\r\nContent-Length: ${8 * MIB}\r\n\r\n`;

async function open(text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}
