import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { addAdmission } from './admission.ts';
import { addDrain } from './drain.ts';
import { errorHandler } from './errors.ts';

for (const kib of [1, 200])
  test(`who is told to come again reads it though ${kib} KiB of its body come later, and asks again on the connection`, async () => {
    const app = fastify({ forceCloseConnections: true });
    app.setErrorHandler(errorHandler());
    app.decorateRequest('issue', undefined);
    addDrain(app);
    addAdmission(app, 0);
    app.post('/', async () => 'taken');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    const body = 'x'.repeat(kib * 1024);
    let heard = '';
    const answers = async (count: number) => {
      for (;;) {
        const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
        if (statuses.length >= count) return statuses;
        const [bytes] = (await new Promise((resolve, reject) => {
          socket.once('data', (chunk) => resolve([chunk]));
          socket.once('error', reject);
          socket.once('close', () => reject(new Error('closed')));
        })) as [Buffer];
        heard += bytes.toString();
      }
    };
    const ask = () =>
      socket.write(
        `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
    ask();
    assert.deepEqual(await answers(1), ['503']);
    assert.match(heard, /retry-after: \d/i);
    socket.write(body);
    ask();
    assert.deepEqual(await answers(2), ['503', '503']);
    socket.destroy();
    await app.close();
  });
