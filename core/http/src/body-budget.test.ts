import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { addBodyParsers } from './bodies.ts';
import { BodyBudget } from './body-budget.ts';
import { errorHandler } from './errors.ts';

const KIB = 1024;

/** A server that holds an answer back until it is let go. */
async function heldServer(budget: BodyBudget) {
  const app = fastify({ bodyLimit: 2_000 * KIB, forceCloseConnections: true });
  app.setErrorHandler(errorHandler());
  app.decorateRequest('issue', undefined);
  app.decorateRequest('bodyBytes', null);
  addBodyParsers(app, budget);
  let arrived = 0;
  app.addHook('preParsing', (_request, _reply, payload, done) => {
    (payload as Readable).once('end', () => (arrived += 1));
    done(null, payload);
  });
  budget.watch(app);
  const held: (() => void)[] = [];
  let parsed = 0;
  app.post('/', async (request) => {
    parsed += 1;
    if ((request.body as { hold?: boolean }).hold) await new Promise<void>((resolve) => held.push(resolve));
    return 'taken';
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const send = async (kib: number, hold = false, letter = 'x') => {
    const answer = await fetch(base, {
      method: 'POST',
      body: JSON.stringify({ resourceType: 'Basic', hold, x: letter.repeat(kib * KIB) }),
      headers: { 'content-type': 'application/json' },
    });
    return {
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      text: await answer.text(),
    };
  };
  /** Resolves when so many bodies have come to their end. */
  const whole = async (count: number) => {
    while (arrived < count) await sleep(5);
  };
  return { app, base, send, held, whole, parsed: () => parsed };
}

test('what is being received counts as it comes, and beyond the limit a client is told to come again', async () => {
  const { app, base, send } = await heldServer(
    new BodyBudget({ receivingBytes: 1_000 * KIB, workingBytes: 1_000 * KIB }),
  );
  const slow = connect(Number(new URL(base).port), '127.0.0.1');
  await once(slow, 'connect');
  slow.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${900 * KIB}\r\n\r\n`,
  );
  assert.equal((await send(500)).status, 200, 'a slow client takes no more room than it has sent');
  slow.write('x'.repeat(800 * KIB));
  let refused = await send(400);
  while (refused.status !== 503) {
    await sleep(10);
    refused = await send(400);
  }
  assert.ok(refused.retryAfter);
  assert.match(refused.text, /transient/);
  assert.equal((await send(10)).status, 200);
  slow.destroy();
  while ((await send(400)).status !== 200) await sleep(10);
  assert.equal((await send(900)).status, 200);
  await app.close();
});

test('a body is refused once, whatever of it still comes before the answer is written', async () => {
  const app = fastify({ forceCloseConnections: true });
  const answer = errorHandler();
  app.setErrorHandler(async (error, request, reply) => {
    await new Promise(setImmediate); // as one that writes a log first
    return answer(error as Error, request, reply);
  });
  app.decorateRequest('issue', undefined);
  app.decorateRequest('bodyBytes', null);
  const budget = new BodyBudget({ receivingBytes: 20 * KIB, workingBytes: 1_000 * KIB });
  addBodyParsers(app, budget);
  budget.watch(app);
  app.post('/', async () => 'taken');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  const sender = connect(port, '127.0.0.1');
  const chunks = `400\r\n${'x'.repeat(KIB)}\r\n`.repeat(40);
  sender.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
  );
  const [bytes] = (await once(sender, 'data')) as [Buffer];
  sender.destroy();
  await app.close();
  assert.match(bytes.toString(), /^HTTP\/1\.1 503 /);
});

test('bodies are worked on as far as there is room, and wait their turn otherwise', async () => {
  const { app, send, held, whole, parsed } = await heldServer(
    new BodyBudget({ receivingBytes: 2_000 * KIB, workingBytes: 100 * KIB }),
  );
  const first = send(80, true);
  while (held.length === 0) await sleep(5);
  const second = send(80);
  await whole(2);
  const third = send(1);
  await whole(3);
  assert.equal(parsed(), 1, 'the second waits, and the third behind it');
  held[0]!();
  assert.deepEqual(
    (await Promise.all([first, second, third])).map(({ status }) => status),
    [200, 200, 200],
  );
  await app.close();
});

test('a body of Vietnamese texts takes twice its bytes, as it does in memory', async () => {
  const server = await heldServer(new BodyBudget({ receivingBytes: 2_000 * KIB, workingBytes: 100 * KIB }));
  await anotherWaits(server, server.send(30, true, 'ơ'));
  await server.app.close();
});

/** Another body waits while `first`, which is held, is worked on; then both are taken. */
async function anotherWaits(
  { send, held, whole, parsed }: Awaited<ReturnType<typeof heldServer>>,
  first: Promise<{ status: number }>,
): Promise<void> {
  while (held.length === 0) await sleep(5);
  const second = send(10);
  await whole(2);
  await new Promise(setImmediate);
  assert.equal(parsed(), 1, 'the second waits');
  held[0]!();
  assert.deepEqual(
    (await Promise.all([first, second])).map(({ status }) => status),
    [200, 200],
  );
}

test('a client that leaves while its body waits gives its room back', async () => {
  const { app, base, send, held, whole } = await heldServer(
    new BodyBudget({ receivingBytes: 2_000 * KIB, workingBytes: 100 * KIB }),
  );
  const first = send(80, true);
  while (held.length === 0) await sleep(5);
  const leaver = connect(Number(new URL(base).port), '127.0.0.1');
  await once(leaver, 'connect');
  const body = JSON.stringify({ resourceType: 'Basic', x: 'x'.repeat(1_500 * KIB) });
  leaver.write(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await whole(2);
  assert.equal((await send(600)).status, 503);
  leaver.destroy();
  held[0]!();
  assert.equal((await first).status, 200);
  while ((await send(600)).status !== 200) await sleep(10);
  await app.close();
});

test('a body of many small values takes more than its bytes, and one of too many is 413', async () => {
  const server = await heldServer(new BodyBudget({ receivingBytes: 4_000 * KIB, workingBytes: 800 * KIB }));
  const dense = (count: number) =>
    fetch(server.base, {
      method: 'POST',
      body: `{"resourceType":"Basic","hold":true,"x":[${'{},'.repeat(count)}{}]}`,
      headers: { 'content-type': 'application/json' },
    });
  await anotherWaits(server, dense(40_000)); // 120 kB long, of 1,280 kB
  const refused = await fetch(server.base, {
    method: 'POST',
    body: `{"resourceType":"Basic","x":[${'0,'.repeat(1_000_100)}0]}`,
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(refused.status, 413);
  assert.match(await refused.text(), /too-long.*more than 1000000 values/);
  await server.app.close();
});

test('XML files that are filed at once have as much room as one may take, decompressed; one alone always has', async () => {
  const app = fastify({ forceCloseConnections: true });
  app.setErrorHandler(errorHandler());
  app.decorateRequest('issue', undefined);
  app.decorateRequest('bodyBytes', null);
  const budget = new BodyBudget({
    receivingBytes: 1_000 * KIB,
    workingBytes: 1_000 * KIB,
    xmlBytes: 300 * KIB,
  });
  addBodyParsers(app, budget);
  budget.watch(app);
  const held: (() => void)[] = [];
  app.post('/', async (request) => {
    for await (const _piece of request.body as Readable);
    await new Promise<void>((resolve) => held.push(resolve));
    return 'filed';
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const send = async (kib: number) => {
    const { status } = await fetch(base, {
      method: 'POST',
      body: new Uint8Array(gzipSync(`<GIAMDINHHS>${' '.repeat(kib * KIB)}</GIAMDINHHS>`)),
      headers: { 'content-type': 'application/xml', 'content-encoding': 'gzip' },
      signal: AbortSignal.timeout(10_000), // one that is taken would wait for ever
    });
    return status;
  };
  const alone = send(400);
  while (held.length < 1) await sleep(5);
  assert.equal(await send(1), 503);
  held[0]!();
  assert.equal(await alone, 200);
  const two = [send(100), send(100)];
  while (held.length < 3) await sleep(5);
  assert.equal(await send(150), 503);
  for (const answer of held) answer();
  assert.deepEqual(await Promise.all(two), [200, 200]);
  await app.close();
});
