// Attempts below and beside the API: raw bytes, headers, sizes, files, the database's own roles. Each must fail.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { verifyLog } from '@yba/audit';
import { connect } from '@yba/postgres';
import { PERSON } from '@yba/vietnam';
import { NUMBER, OTHER, startWorld, type World } from './world.ts';

const SECRET_FILE = 'khóa riêng của máy chủ';
const folder = mkdtempSync(join(tmpdir(), 'yba-adversary-'));
let world: World;

before(async () => {
  const webRoot = join(folder, 'web');
  mkdirSync(join(webRoot, 'assets'), { recursive: true });
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Y Bạ</title>');
  writeFileSync(join(webRoot, 'assets', 'app-1.js'), '1');
  writeFileSync(join(webRoot, '.env'), SECRET_FILE);
  writeFileSync(join(folder, 'secret.key'), SECRET_FILE);
  world = await startWorld({ webRoot });
});
after(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends bytes as they are and answers what came back until the connection ends, as was asked for, or is quiet. */
async function raw(bytes: string): Promise<string> {
  const socket = connectSocket(Number(new URL(world.url).port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.on('error', () => {});
  socket.write(bytes);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await (bytes.endsWith('Connection: close\r\n\r\n') ? ended : Promise.race([ended, sleep(400)]));
  socket.destroy();
  return received;
}

const statuses = (answer: string) =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

describe('unauthenticated: files of the server by a path', () => {
  const paths = [
    '/../secret.key',
    '/assets/../../secret.key',
    '/assets/..%2f..%2fsecret.key',
    '/assets/%2e%2e/%2e%2e/secret.key',
    '/assets/..%5c..%5csecret.key',
    '/assets/....//....//secret.key',
    '/%2e%2e%2fsecret.key',
    '//secret.key',
    '/.env',
    '/assets/app-1.js%00.html',
    '/clinic/../../secret.key',
    '/book/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    `/assets/${'../'.repeat(12)}etc/passwd`,
    'file:///etc/passwd',
  ];
  for (const path of paths) {
    test(path, async () => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.ok(!answer.includes(SECRET_FILE) && !answer.includes('root:'), answer.slice(0, 300));
      assert.ok(
        statuses(answer).every((status) => status < 500),
        answer.slice(0, 100),
      );
    });
  }
});

describe('unauthenticated: a second request hidden in the first', () => {
  const hidden = 'GET /fhir/Patient HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const head = 'POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\n';
  const tries: [string, string][] = [
    [
      'length and chunks at once',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['two lengths', `${head}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`],
    ['chunked spelt otherwise', `${head}Transfer-Encoding: xchunked\r\n\r\n${hidden}`],
    ['chunked, then another coding', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['a space before the colon', `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a folded header', `${head}X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n${hidden}`],
    ['a length with a sign', `${head}Content-Length: +0\r\n\r\n${hidden}`],
    [
      'chunked twice',
      `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['chunked, spelt with a tab', `${head}Transfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n${hidden}`],
    ['two lengths in one line', `${head}Content-Length: 0, ${hidden.length}\r\n\r\n${hidden}`],
    ['a length in hexadecimal', `${head}Content-Length: 0x0\r\n\r\n${hidden}`],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n${hidden}`],
    ['a chunk without end', `${head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n${hidden}`],
    ['a chunk’s size with a sign', `${head}Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n${hidden}`],
    ['a line feed within the chunks', `${head}Transfer-Encoding: chunked\r\n\r\n0;x\n\r\n${hidden}`],
    [
      'an old protocol that knows no chunks',
      `${head.replace('HTTP/1.1', 'HTTP/1.0')}Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['a name with a zero byte', `${head}Content-\0Length: 0\r\n\r\n${hidden}`],
    ['two hosts', `${head}Host: evil.example\r\nContent-Length: 0\r\n\r\n`],
    ['a carriage return alone', `${head}X-A: b\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a line feed alone', `${head.replaceAll('\r\n', '\n')}Content-Length: 0\n\n${hidden}`],
  ];
  for (const [name, bytes] of tries) {
    test(name, async () => {
      const answers = statuses(await raw(bytes));
      assert.ok(
        answers.length <= 1 || answers.every((status) => status === 401),
        `answers ${answers.join(', ')}`,
      );
      assert.ok(
        answers.every((status) => status >= 400 && status < 500),
        `answers ${answers.join(', ')}`,
      );
    });
  }

  test('heads too large are refused', async () => {
    const long = 'x'.repeat(40_000);
    for (const bytes of [
      `GET /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nX-A: ${long}\r\n\r\n`,
      `GET /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${long}\r\n\r\n`,
      `GET /fhir/Patient?name=${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `GET /fhir/${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    ]) {
      const [status] = statuses(await raw(bytes));
      assert.ok(status === undefined || [400, 401, 414, 431].includes(status), `${status}`);
    }
  });
});

describe("another hospital's software", () => {
  const bearer = async () => ({ authorization: `Bearer ${await world.systemToken(OTHER)}` });

  test('headers that name another method, address or sender change nothing', async () => {
    const before = await world.state();
    const headers = {
      ...(await bearer()),
      'x-http-method-override': 'DELETE',
      'x-http-method': 'DELETE',
      'x-method-override': 'DELETE',
      'x-original-url': `/fhir/Patient/${world.victim.Patient}`,
      'x-rewrite-url': `/fhir/Patient/${world.victim.Patient}`,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host=evil.example;proto=https',
      'x-facility': '01901',
      'x-user': 'account/1',
    };
    const answer = await world.send(headers, { method: 'GET', path: '/Organization?_count=1' });
    assert.equal(answer.status, 200);
    assert.ok(
      !answer.text.includes('evil.example') && !JSON.stringify([...answer.headers]).includes('evil.example'),
    );
    const shown = await world.send(headers, { method: 'GET', path: `/Patient/${world.victim.Patient}` });
    assert.equal(shown.status, 404);
    const discovery = await raw(
      'GET /.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n',
    );
    assert.ok(discovery.includes('200 OK') && !discovery.includes('evil.example'), discovery);
    assert.equal(await world.state(), before);
  });

  test('a body that grows when it is unpacked, or is nested without end, is refused', async () => {
    const headers = await bearer();
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    const answer = await fetch(`${world.url}/fhir/Patient`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/fhir+json', 'content-encoding': 'gzip' },
      body: new Uint8Array(bomb),
    });
    assert.equal(answer.status, 413);
    await answer.arrayBuffer();
    for (const body of [
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `{"resourceType":"Patient","extension":${'[{"extension":'.repeat(5_000)}[]${'}]'.repeat(5_000)}}`,
      '{"__proto__":{"role":"system"},"resourceType":"Patient"}',
    ]) {
      const { status } = await world.send(headers, { method: 'POST', path: '/Patient', body });
      assert.ok(status >= 400 && status < 500, String(status));
    }
  });

  test('XML with entities is not expanded, fetched or read from a file', async () => {
    const headers = { ...(await bearer()), 'content-type': 'application/xml' };
    for (const entity of [
      `<!DOCTYPE x [<!ENTITY a "${'b'.repeat(100)}"><!ENTITY c "${'&a;'.repeat(100)}">]><x>&c;&c;</x>`,
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
      `<!DOCTYPE x SYSTEM "${world.lure.url}/x.dtd"><x/>`,
    ]) {
      const { status, text } = await world.send(headers, {
        method: 'POST',
        path: '/$submit-xml',
        body: entity,
      });
      assert.ok(status >= 400 && status < 500, `${status} ${text}`);
      assert.ok(!text.includes('root:') && !text.includes('bbbb'), text);
    }
    assert.equal(world.lure.asked(), 0);
  });

  test('addresses in resources are stored, never called', async () => {
    const headers = await bearer();
    const resources = [
      {
        resourceType: 'Subscription',
        status: 'requested',
        reason: 'x',
        criteria: 'Patient?',
        channel: { type: 'rest-hook', endpoint: `${world.lure.url}/hook`, payload: 'application/fhir+json' },
      },
      {
        resourceType: 'Endpoint',
        status: 'active',
        connectionType: { code: 'hl7-fhir-rest' },
        payloadType: [{ text: 'x' }],
        address: `${world.lure.url}/endpoint`,
      },
      {
        resourceType: 'DocumentReference',
        status: 'current',
        content: [{ attachment: { contentType: 'text/plain', url: `${world.lure.url}/file` } }],
      },
      { resourceType: 'Patient', name: [{ text: 'A' }], photo: [{ url: `${world.lure.url}/photo` }] },
      { resourceType: 'Patient', meta: { profile: [`${world.lure.url}/profile`] }, name: [{ text: 'A' }] },
    ];
    for (const body of resources)
      await world.send(headers, { method: 'POST', path: `/${body.resourceType}`, body });
    await world.send(headers, {
      method: 'GET',
      path: `/Observation?code:in=${encodeURIComponent(`${world.lure.url}/ValueSet`)}`,
    });
    await sleep(600);
    assert.equal(world.lure.asked(), 0);
  });

  test('asking for person after person by number is stopped', async () => {
    const token = await world.tokenOf('doctor', { facility: '79931', facilityName: 'Bệnh viện số 31' });
    const headers = { authorization: `Bearer ${token}` };
    const ask = (n: number) =>
      world.send(headers, {
        method: 'POST',
        path: '/Patient/$match',
        body: {
          resourceType: 'Parameters',
          parameter: [
            {
              name: 'resource',
              resource: {
                resourceType: 'Patient',
                identifier: [{ system: PERSON, value: String(1185000000 + n).padStart(12, '0') }],
              },
            },
          ],
        },
      });
    const seen: number[] = [];
    for (let n = 0; n < 800 && !seen.includes(429); n += 20)
      seen.push(
        ...(await Promise.all(Array.from({ length: 20 }, (_, at) => ask(n + at)))).map(
          ({ status }) => status,
        ),
      );
    assert.ok(seen.includes(429), `${seen.length} numbers were answered`);
    assert.ok(seen.length <= 660, `${seen.length} numbers were answered first`);
    const [row] = await world.owner<{ n: number }[]>`
      select count(*)::int as n from access_log l join access_agent a on a.id = l.agent
      where l.action = 'match' and a.name = 'doctor Bệnh viện số 31'`;
    assert.equal(row!.n, seen.filter((status) => status === 200).length, 'each question is in the log');
    assert.ok(NUMBER);
    // nor by another way of asking who somebody is: each would have its own 300
    for (const path of [
      `/Patient/$pdqm?identifier=${PERSON}|001185000001`,
      `/Patient/$ihe-pix?sourceIdentifier=${PERSON}|001185000001`,
    ]) {
      const others: number[] = [];
      while (others.length < 240 && !others.includes(429)) {
        const asked = Array.from({ length: 20 }, () => world.send(headers, { method: 'GET', path }));
        others.push(...(await Promise.all(asked)).map(({ status }) => status));
      }
      assert.ok(others.includes(429), `${path}: ${others.length} were answered`);
    }
  });
});

describe('the owner of the database', () => {
  test('cannot change, remove or rename a look without a trace', async () => {
    const { owner, server } = world;
    await world.send(
      { authorization: `Bearer ${world.doctorToken}` },
      { method: 'GET', path: `/Patient/${world.victim.Patient}` },
    );
    await server.platform.seal();
    const findings = async () => (await verifyLog(owner, {})).count;
    assert.equal(await findings(), 0);
    const [first, second, third, fourth] = await owner<{ id: number }[]>`
      select id from access_log where person is not null order by id limit 4`;
    const tampering: Promise<unknown>[] = [
      owner`update access_log set person = gen_random_uuid() where id = ${first!.id}`,
      owner`update access_log set outcome = 'denied' where id = ${second!.id}`,
      owner`update access_log set purpose = 'ETREAT' where id = ${third!.id}`,
      owner`delete from access_log where id = ${fourth!.id}`,
    ];
    for (const [nth, tamper] of tampering.entries()) {
      await tamper;
      assert.ok((await findings()) > nth, `tampering ${nth} is found`);
    }
    await owner`update access_agent set name = 'Không ai' where id = (select min(id) from access_agent)`;
    assert.ok((await findings()) > tampering.length, 'another name of who looked is found');
  });
});

describe('who has a login of the database', () => {
  const fails = (run: Promise<unknown>) => assert.rejects(run, { code: '42501' });

  test('the role that writes the log can neither read, change nor empty it', async () => {
    const writer = connect(world.server.databaseUrl, { role: 'yba_writer', max: 1 });
    try {
      await fails(writer`select * from access_log limit 1`);
      await fails(writer`update access_log set outcome = 'success'`);
      await fails(writer`delete from access_log`);
      await fails(writer`truncate access_log`);
      await fails(writer`update access_agent set name = 'x'`);
      await fails(writer`select * from account`);
      await fails(writer`select * from server_secret`);
      await fails(writer`select * from oauth_artifact`);
      await fails(writer`select * from opening`);
      await fails(writer`insert into opening (patient, person, subject, facility, purpose, words, until)
        values (gen_random_uuid(), gen_random_uuid(), 'x', 1, 'TREAT', 'x', now())`);
    } finally {
      await writer.end();
    }
  });

  test('the role that reads sees no row before the policy says whose it may', async () => {
    const reader = connect(world.server.databaseUrl, { role: 'yba_reader', max: 1 });
    try {
      for (const table of ['resource', 'frame', 'history'])
        assert.equal((await reader.unsafe(`select 1 from ${table} limit 1`)).length, 0, table);
      for (const table of [
        'access_log',
        'access_agent',
        'account',
        'server_secret',
        'oauth_client',
        'opening',
      ])
        await fails(reader.unsafe(`select 1 from ${table} limit 1`));
      await fails(reader`delete from resource`);
    } finally {
      await reader.end();
    }
  });
});
