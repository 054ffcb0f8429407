import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { fastify } from 'fastify';
import { addPieces } from './pieces.ts';

const MIB = 1024 * 1024;
const LONG = 'ệ'.repeat(8 * MIB);

const app = fastify({ forceCloseConnections: true });
const sockets: Socket[] = [];
app.addHook('onRequest', async ({ raw }) => {
  Object.assign(raw.socket, { encrypted: true });
  sockets.push(raw.socket);
});
addPieces(app);
app.get('/long', async () => LONG);
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address() as { port: number };
after(() => app.close());

test('of a long answer that nobody takes a piece lies on the connection, by TLS', async () => {
  const stalled = connect(port, '127.0.0.1').pause();
  await once(stalled, 'connect');
  stalled.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(sockets[0]!.writableLength > 0);
  assert.ok(sockets[0]!.writableLength < 0.2 * MIB, `${sockets[0]!.writableLength}`);
  stalled.destroy();
});

test('it arrives whole, and its length before it', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/long`);
  assert.equal(answer.headers.get('content-length'), String(24 * MIB));
  assert.equal(await answer.text(), LONG);
  const head = await fetch(`http://127.0.0.1:${port}/long`, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), String(24 * MIB));
});
