import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundConnections, connectionsIn, HEAD_OPTIONS } from './connections.ts';

const ASK = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
const HALF = 'GET /health HTTP/1.1\r\nHost: x\r\nX-A: ';

/** How often connections are looked at here, in ms. */
const LOOK_MS = 20;

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** A server that takes two connections, or so many, and says `ok`; `asked` has what it was asked, `held` what it does not answer yet. */
async function serving(most = 2, lookMs = 1_000) {
  const asked: string[] = [];
  const held: ServerResponse[] = [];
  const server = createServer(HEAD_OPTIONS, (request: IncomingMessage, response: ServerResponse) => {
    asked.push(String(request.url));
    if (request.url === '/held') held.push(response);
    else request.resume().once('end', () => response.end('ok'));
  });
  boundConnections(server, most, lookMs);
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async (sent = ''): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(sent);
    return socket;
  };
  return { asked, held, open };
}

/** Waits until what came on a connection is of this kind. */
async function heard(socket: Socket, pattern: RegExp): Promise<string> {
  let all = '';
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
    all += String(bytes);
    if (pattern.test(all)) return all;
  }
  throw new Error(`the connection ended with: ${all}`);
}

describe('connections', () => {
  test('find room by what each may hold, in the clear and by TLS', () => {
    assert.ok(connectionsIn(35 * 1024 * 1024, false) > 1_200);
    assert.ok(connectionsIn(35 * 1024 * 1024, true) > 400);
  });

  test('beyond the limit are told 503 with Retry-After, whether they ask something or send half a head', async () => {
    const { asked, open } = await serving();
    const first = await open(ASK);
    const second = await open(HALF);
    await heard(first, /ok$/);
    for (const sent of ['', ASK, HALF + 'y'.repeat(12_000)]) {
      const told = await text(await open(sent));
      assert.match(told, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
      assert.match(told, /retry-after: \d/);
      assert.match(told, /"code":"transient"/);
    }
    first.write(ASK);
    await heard(first, /ok$/);
    assert.equal(asked.length, 2);
    first.destroy();
    await sleep(50);
    const next = await open(ASK);
    await heard(next, /ok$/);
    for (const socket of [second, next]) socket.destroy();
  });

  test('that are idle, or send a head without end, give way to who comes; one that waits for its answer does not', async () => {
    const { held, open } = await serving(3, LOOK_MS);
    const waits = await open('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    const idle = await open(ASK);
    const half = await open(HALF);
    await heard(idle, /ok$/);
    await sleep(4 * LOOK_MS);
    const goes = [text(idle), text(half)];
    await heard(await open(ASK), /ok$/);
    for (const told of await Promise.all(goes)) assert.match(told, /^HTTP\/1\.1 408 .*"code":"timeout"/s);
    held[0]!.end('at last');
    await heard(waits, /at last$/);
  });

  test('whose body does not come, or that take nothing of their answer, give way too; one whose body comes does not', async () => {
    const { held, open } = await serving(3, LOOK_MS);
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n';
    const stands = await open(post + 'y');
    const comes = await open(post);
    const reads = await open('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    reads.pause();
    while (held.length === 0) await sleep(5);
    held[0]!.end(Buffer.alloc(32 * 1024 * 1024));
    for (let looks = 0; looks < 20; looks++) {
      comes.write('y'.repeat(8 * 1024));
      await sleep(LOOK_MS);
    }
    const told = text(stands);
    const left = once(held[0]!, 'close');
    await heard(await open(ASK), /ok$/);
    assert.match(await told, /^HTTP\/1\.1 408 /);
    await left;
    assert.ok(comes.write('y'));
    await sleep(50);
    assert.equal(comes.destroyed, false);
  });

  test('of requests sent without waiting for answers one is worked on at a time, in order, bodies too', async () => {
    const { asked, held, open } = await serving();
    const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`;
    const socket = await open(
      ASK.replace('/health', '/held') + post('/1') + ASK.replace('/health', '/2') + post('/3'),
    );
    while (held.length === 0) await sleep(5);
    await sleep(50);
    assert.deepEqual(asked, ['/held']);
    held[0]!.end('first');
    const all = await heard(socket, /(?:ok[^]*){3}/);
    assert.equal(all.match(/HTTP\/1\.1 200/g)?.length, 4);
    assert.deepEqual(asked, ['/held', '/1', '/2', '/3']);
    socket.write(ASK);
    await heard(socket, /ok$/);
  });

  test('who sends thousands of requests at once is answered the first of them, then 503, and not waited for', async () => {
    const { asked, open } = await serving();
    const all = await text(await open(ASK.repeat(1_500)));
    const statuses = [...all.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.equal(statuses.at(-1), '503');
    assert.match(all, /retry-after: \d/i);
    assert.equal(statuses.length, asked.length + 1);
    assert.ok(asked.length > 50 && asked.length < 200, String(asked.length));
  });

  test('what a client asked that left before its turn is not begun', async () => {
    const { asked, held, open } = await serving();
    const socket = await open(ASK.replace('/health', '/held') + ASK);
    while (held.length === 0) await sleep(5);
    await sleep(50);
    socket.destroy();
    await once(held[0]!, 'close');
    await sleep(50);
    assert.deepEqual(asked, ['/held']);
  });
});
