import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fastify } from 'fastify';
import { addWideAnswers } from './wide-answers.ts';

const app = fastify();
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
