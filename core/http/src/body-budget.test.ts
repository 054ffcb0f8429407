import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { addBodyBudget } from './body-budget.ts';
import { errorHandler } from './errors.ts';

const KIB = 1024;

test('one large body more than fits is told to come again, and is taken once there is room', async () => {
  const app = fastify({ bodyLimit: 2_000 * KIB, forceCloseConnections: true });
  app.setErrorHandler(errorHandler());
  app.decorateRequest('issue', undefined);
  addBodyBudget(app, 1_000 * KIB);
  app.post('/', async () => 'taken');
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const send = (kib: number) =>
    fetch(base, { method: 'POST', body: 'x'.repeat(kib * KIB), headers: { 'content-type': 'text/plain' } });

  const slow = connect(Number(new URL(base).port), '127.0.0.1');
  slow.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${800 * KIB}\r\n\r\n`,
  );
  await once(slow, 'connect');
  while ((await send(400)).status !== 503) await new Promise((resolve) => setTimeout(resolve, 10));
  const refused = await send(400);
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.get('retry-after'));
  assert.equal((await send(10)).status, 200);

  slow.destroy();
  while ((await send(400)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await send(900)).status, 200);
  await app.close();
});
