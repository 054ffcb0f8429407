import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { fastify } from 'fastify';
import { errorHandler } from './errors.ts';
import { addLongAnswers } from './long-answers.ts';

const MIB = 1024 * 1024;

const files: Readable[] = [];
const app = fastify({ forceCloseConnections: true });
app.setErrorHandler(errorHandler());
app.decorateRequest('issue', undefined);
addLongAnswers(app, false, { answeringBytes: 40 * MIB }, 100);
app.get('/long', async () => 'x'.repeat(20 * MIB));
app.get('/short', async () => 'x');
app.get('/file', async (_, reply) => {
  const file = Readable.from([Buffer.alloc(100)]);
  files.push(file);
  return reply
    .header('cache-control', 'public, max-age=31536000')
    .header('content-encoding', 'br')
    .send(file);
});
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address() as { port: number };
const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
after(() => app.close());

test('a long answer waits while others that nobody takes fill the room, is told to come again, and sent once there is room', async () => {
  const stalled = connect(port, '127.0.0.1');
  await once(stalled, 'connect');
  stalled.pause();
  stalled.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = await ask('/long');
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.get('retry-after'));
  assert.equal((await ask('/short')).status, 200);
  const waits = ask('/long');
  stalled.destroy();
  assert.equal((await (await waits).text()).length, 20 * MIB);
});

test('of a file that cannot be sent nothing is said, or kept open', async () => {
  const stalled = connect(port, '127.0.0.1').pause();
  stalled.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = await ask('/file');
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('cache-control'), 'no-store');
  assert.equal(refused.headers.get('content-encoding'), null);
  assert.match(await refused.text(), /"code":"transient"/);
  assert.ok(files[0]!.destroyed);
  stalled.destroy();
});
