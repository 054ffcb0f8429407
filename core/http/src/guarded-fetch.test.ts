import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { guardedFetch, GuardError } from './guarded-fetch.ts';

let server: Server;
let port: number;
let asked = 0;

before(async () => {
  server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/away') return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    if (request.url === '/large') return response.end('x'.repeat(300_000));
    if (request.url === '/slow') return undefined;
    return response.setHeader('x-method', request.method!).end('here');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ({ port } = server.address() as AddressInfo);
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test('reaches no address of this machine or a private network, however it is written', async () => {
  const addresses = [
    '127.0.0.1 127.8.8.8 localhost 2130706433 0x7f000001 0177.0.0.1 127.1 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1',
    '169.254.169.254 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 [::] [::1] [::ffff:127.0.0.1] [::127.0.0.1]',
    '[64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1] [fc00::1] [fd00:ec2::254] [ff02::1]',
    '[::ffff:0:127.0.0.1] [fe80::1] [fec0::1] [100::1] [5f00::1] [4000::1] [1234::1]',
  ].flatMap((line) => line.split(' '));
  for (const host of addresses)
    for (const scheme of ['http', 'https'])
      await assert.rejects(guardedFetch()(`${scheme}://${host}:${port}/`), GuardError, `${scheme} ${host}`);
  assert.equal(asked, 0);
});

test('reaches what the operator allows, and nothing beside it', async () => {
  const allowed = guardedFetch({ allow: ['127.0.0.0/29'] });
  const answer = await allowed(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
  assert.deepEqual(
    [answer.status, await answer.text(), answer.headers.get('x-method')],
    [200, 'here', 'POST'],
  );
  await assert.rejects(allowed(`http://127.0.0.9:${port}/`), /--outbound-allow/);
});

test('follows no redirect, and takes no answer that is too large or too slow', async () => {
  const allowed = guardedFetch({ allow: ['127.0.0.1'], timeoutMs: 200 });
  await assert.rejects(allowed(`http://127.0.0.1:${port}/away`), /redirect/);
  await assert.rejects(allowed(`http://127.0.0.1:${port}/large`), /larger than 262144 bytes/);
  await assert.rejects(allowed(`http://127.0.0.1:${port}/slow`), /in time/);
});

test('speaks https alone, and names no user', async () => {
  for (const url of [
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://x',
    'https://u:p@example.com/',
    'nonsense',
  ])
    await assert.rejects(guardedFetch()(url), GuardError, url);
});

test('connects to the very address that was checked: a name that leads elsewhere a moment later leads nowhere', async () => {
  const elsewhere = createServer((_request, response) => response.end('allowed'));
  await new Promise<void>((done) => elsewhere.listen(port, '127.0.0.2', done));
  let answers: string[][] = [];
  let questions = 0;
  // the name service of an attacker: one answer for the check, another for the connection
  const resolve = ((_name: string, _options: object, done: (error: null, found: object[]) => void) => {
    questions += 1;
    const found = answers.length > 1 ? answers.shift()! : answers[0]!;
    done(
      null,
      found.map((address) => ({ address, family: 4 })),
    );
  }) as never;
  const call = guardedFetch({ allow: ['127.0.0.2'], resolve });
  const before = asked;
  try {
    answers = [['127.0.0.2'], ['127.0.0.1']];
    const answer = await call(`http://rebinding.example:${port}/`);
    assert.deepEqual(
      [await answer.text(), questions],
      ['allowed', 1],
      'asked once, and that is where it went',
    );
    await assert.rejects(call(`http://rebinding.example:${port}/`), GuardError, 'the other answer alone');
    answers = [['127.0.0.2', '127.0.0.1']];
    await assert.rejects(call(`http://rebinding.example:${port}/`), GuardError, 'one bad among good ones');
    assert.equal(asked, before, 'the address inside was never reached');
  } finally {
    elsewhere.close();
  }
});
