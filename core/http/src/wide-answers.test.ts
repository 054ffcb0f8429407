import assert from 'node:assert/strict';
import { EventEmitter, once as onceOf } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { OutcomeError, Room } from '@yba/fhir';
import { fastify, type FastifyInstance } from 'fastify';
import { addCompression } from './compress.ts';
import { addWideAnswers } from './wide-answers.ts';

/** What is waited for comes at once; where it does not, the test fails and does not wait for its limit. */
const once = (of: EventEmitter, event: string): Promise<unknown[]> =>
  onceOf(of, event, { signal: AbortSignal.timeout(5_000) });

/** A server of one test, closed when that ends, however: with the requests that it has not answered. */
function server(t: TestContext): FastifyInstance {
  const other = fastify({ forceCloseConnections: true });
  t.after(() => other.close());
  return other;
}

const app = fastify({ forceCloseConnections: true });
/** Emits `asked` when a request came, `begun` with what ends the work on its answer, and `gone` when its asker has hung up. */
const seen = new EventEmitter();
let atWork = 0;
let most = 0;

before(async () => {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.raw.once('close', () => seen.emit('gone'));
    setImmediate(() => seen.emit('asked')); // by then it has its turn, or waits for it
    done();
  });
  addWideAnswers(app, { pageResources: 20, answeringBytes: 100_000 });
  app.get('/fhir/:type', async () => {
    most = Math.max(most, ++atWork);
    await new Promise<void>((resolve) => seen.emit('begun', resolve));
    atWork--;
    return 'x'.repeat(80_000);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
after(() => app.close());

const port = () => (app.server.address() as AddressInfo).port;

/** Asks, hangs up while the answer is being made, and gives what ends the work on it. */
async function abandon(): Promise<() => void> {
  const socket = connect({ port: port(), host: '127.0.0.1' });
  const begun = once(seen, 'begun');
  socket.write('GET /fhir/Patient HTTP/1.1\r\nhost: x\r\n\r\n');
  const refused = once(socket, 'data').then(([bytes]) => assert.fail(String(bytes)));
  const [finish] = (await Promise.race([begun, refused])) as [() => void];
  refused.catch(() => {});
  const gone = once(seen, 'gone');
  socket.destroy();
  await gone;
  return finish;
}

/** Asks, and lets the work on the answer end as soon as it begins. */
async function answer(): Promise<Response> {
  seen.once('begun', (finish: () => void) => finish());
  const response = await fetch(`http://127.0.0.1:${port()}/fhir/Patient`);
  seen.removeAllListeners('begun');
  return response;
}

test('an answer nobody waits for any more fills no room once it is made', async () => {
  for (let count = 0; count < 2; count++) (await abandon())();
  const { status } = await answer();
  assert.equal(status, 200);
});

test('what the reads of a Bundle answer fills room until it is sent, or nobody waits for it any more', async (t) => {
  const rooms = new EventEmitter();
  const other = server(t);
  addWideAnswers(other, { pageResources: 20, answeringBytes: 100_000 });
  other.post('/fhir', async (request, reply) => {
    const room = request.roomOf(reply);
    room.hold(40_000);
    reply.raw.once('close', () => rooms.emit('left', room));
    await new Promise<void>((resolve) => rooms.emit('held', resolve));
    return 'x';
  });
  await other.listen({ host: '127.0.0.1', port: 0 });
  const { port: at } = other.server.address() as AddressInfo;
  const ask = (signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${at}/fhir`, { method: 'POST', ...(signal ? { signal } : {}) });
  const leaving = new AbortController();
  const held = once(rooms, 'held');
  const left = ask(leaving.signal).catch(() => 'left');
  const [finish] = (await held) as [() => void];
  assert.equal((await ask()).status, 500); // `transient` here; the FHIR door makes a 503 of it
  const gone = once(rooms, 'left');
  leaving.abort();
  const [room] = (await gone) as [Room];
  assert.equal(await left, 'left');
  assert.equal(room.isLeft(), true);
  for (let count = 0; count < 2; count++) {
    rooms.once('held', (resolve: () => void) => resolve());
    assert.equal((await ask()).status, 200);
  }
  finish();
});

test('a single resource that is too large for the room left is told to come again, compressed or not, a small one is answered', async (t) => {
  const other = server(t);
  addCompression(other);
  addWideAnswers(other, { pageResources: 20, answeringBytes: 100_000 });
  let finish = () => {};
  other.post('/fhir', async (request, reply) => {
    request.roomOf(reply).hold(20_000);
    await new Promise<void>((resolve) => {
      finish = resolve;
      seen.emit('held');
    });
    return 'x';
  });
  other.get('/fhir/:type/:id', async (request) => 'x'.repeat(Number((request.params as { id: string }).id)));
  const ask = (size: number, headers = {}) => other.inject({ url: `/fhir/Binary/${size}`, headers });
  const get = async (size: number) => (await ask(size)).statusCode;
  const gzip = { 'accept-encoding': 'gzip' };
  const held = once(seen, 'held');
  const filled = other.inject({ method: 'POST', url: '/fhir' }).then(({ body }) => body); // it is sent when asked for
  await held;
  assert.deepEqual([await get(70_000), await get(50_000)], [500, 200]); // `transient`, as above
  const refused = await ask(95_000, gzip); // of which compression would leave next to nothing
  assert.deepEqual([refused.statusCode, refused.headers['content-encoding']], [500, undefined]);
  finish();
  await filled;
  assert.equal(await get(70_000), 200);
  const { rawPayload, headers } = await ask(95_000, gzip);
  assert.deepEqual([headers['content-encoding'], headers['vary']], ['gzip', 'accept-encoding']);
  assert.equal(gunzipSync(rawPayload).toString(), 'x'.repeat(95_000));
});

test('of a Bundle whose reads were too large eight times no more pages are made; single resources are', async (t) => {
  const other = server(t);
  addWideAnswers(other);
  other.post('/fhir', async (request, reply) => {
    const room = request.roomOf(reply);
    const told: string[] = [];
    for (let count = 0; count < 10; count++) {
      try {
        const end = await room.turn('1000');
        told.push('made');
        try {
          room.hold(9 * 1024 * 1024);
        } finally {
          end();
        }
      } catch (error) {
        told.push((error as OutcomeError).code);
      }
    }
    room.hold(10);
    return told;
  });
  const answer = await other.inject({ method: 'POST', url: '/fhir' });
  assert.deepEqual(answer.json(), [
    ...Array.from({ length: 8 }, () => ['made', 'too-costly']).flat(),
    'too-costly',
    'too-costly',
  ]);
});

test('work that nobody waits for keeps its turn until it is done', async () => {
  most = 0;
  const finish = await abandon();
  const asked = once(seen, 'asked');
  const next = answer();
  await asked;
  finish();
  assert.equal((await next).status, 200);
  assert.equal(most, 1);
});

for (const [what, route, path, pageResources] of [
  ['summaries, which go through all of a record,', ':type/:id/$summary', 'Patient/1/$summary', 1_000],
  ['lists of referrals, which come in parts,', 'Task/$referrals', 'Task/$referrals?_count=1', 1_700],
] as const)
  test(`${what} are made one at a time where there is room for one`, async (t) => {
    const other = server(t);
    addWideAnswers(other, { pageResources, answeringBytes: 100_000 });
    const work = new EventEmitter();
    other.addHook('onRequest', (_request, _reply, done) => {
      setImmediate(() => work.emit('asked')); // by then it has its turn, or waits for it
      done();
    });
    other.get(`/fhir/${route}`, async () => {
      await new Promise<void>((resolve) => work.emit('begun', resolve));
      return 'x';
    });
    await other.listen({ host: '127.0.0.1', port: 0 });
    const { port: at } = other.server.address() as AddressInfo;
    const ends: (() => void)[] = [];
    work.on('begun', (end: () => void) => ends.push(end));
    const answers: Promise<Response | Error>[] = [];
    for (let count = 0; count < 2; count++) {
      const asked = once(work, 'asked');
      answers.push(fetch(`http://127.0.0.1:${at}/fhir/${path}`).catch((error: Error) => error));
      await asked;
    }
    assert.equal(ends.length, 1);
    const begun = once(work, 'begun');
    ends[0]!();
    await begun;
    ends[1]!();
    assert.deepEqual(
      (await Promise.all(answers)).map((answer) => answer instanceof Response && answer.status),
      [200, 200],
    );
  });
