import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { frameMllp, MllpDecoder, type Message, parseMessage } from '@yba/hl7v2';
import { aMessage } from '@yba/hl7v2/testing';
import { type Edge, enrol, makeTwinCode, startEdge } from './index.ts';
import { healthOf } from './status/figures.ts';
import { smallHub, type SmallHub } from './testing/small-hub.ts';
import { until } from './testing/until.ts';

const EXAMPLES = join(import.meta.dirname, '../../../docs/examples');
const MRN = 'https://yba.vn/fhir/sid/mrn/27001';

let hub: SmallHub;
let edge: Edge;
const folder = mkdtempSync(join(tmpdir(), 'edge-'));
const inbox = join(folder, 'xml');
const errors: unknown[] = [];

before(async () => {
  hub = await smallHub();
  await assert.rejects(enrol(folder, hub.url, 'WRONG'), /code/);
  await enrol(folder, `${hub.url}/`, 'RIGHT');
  writeFileSync(
    join(folder, 'edge.json'),
    JSON.stringify({
      http: { port: 0, names: ['tram.bv.vn'] },
      mllp: [{ port: 0 }],
      folders: [
        { path: 'xml', kind: 'xml' },
        { path: 'csv', kind: 'csv', mapping: join(EXAMPLES, 'lab-csv-mapping.json') },
      ],
      outbox: { reserveMb: 0 },
    }),
  );
  edge = await startEdge({ folder, onError: (error) => errors.push(error) });
});
after(async () => {
  await edge?.stop();
  await hub?.stop();
  rmSync(folder, { recursive: true, force: true });
  assert.deepEqual(errors, []);
});

const post = (path: string, body: string, type = 'application/fhir+json') =>
  fetch(edge.url + path, { method: 'POST', headers: { 'content-type': type }, body });

const observation = (number: string, value: string) =>
  JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    identifier: [{ system: 'urn:lis', value: `${number} ${value}` }],
    code: { text: 'HbA1c' },
    subject: { reference: `Patient?identifier=${MRN}|${number}` },
    valueString: value,
  });

const allFiled = () =>
  until('all is filed', () => {
    const { waiting, received } = edge.figures().states;
    return waiting.count + received.count === 0;
  });

type Sent = { resourceType: string } & Record<string, unknown>;
const lastOf = (): Sent[] => hub.received.at(-1)!.entry.map(({ resource }) => resource);

describe('FHIR', () => {
  test('a visit is kept, sent once, and filed; decimals keep their digits', async () => {
    const visit = readFileSync(join(EXAMPLES, 'visit.json'), 'utf8');
    const first = await post('/fhir', visit);
    assert.equal(first.status, 202);
    const second = await post('/fhir/', visit);
    assert.equal(second.status, 202);
    assert.match(await second.text(), /"duplicate"/);
    await allFiled();
    assert.equal(hub.received.length, 1);
    const [header, ...others] = lastOf();
    assert.deepEqual((header!['eventCoding'] as { code: string }).code, 'visit');
    assert.deepEqual(
      others.map(({ resourceType }) => resourceType),
      ['Patient', 'Encounter', 'Observation'],
    );
    assert.ok(!JSON.stringify(hub.received).includes('"request"'));
    const status = await fetch(edge.url + first.headers.get('content-location'));
    assert.match(await status.text(), /"valueCode":"filed".*Patient\/p1/);
  });

  test('while large bodies fill the room, a further one is told to come again and a small one is taken', async () => {
    const head = { 'content-type': 'application/fhir+json', 'content-length': 15 * 1024 * 1024 };
    const answers: IncomingMessage[] = [];
    const unfinished = Array.from({ length: 10 }, () => {
      const sending = request(`${edge.url}/fhir`, { method: 'POST', headers: head, agent: false });
      sending.on('error', () => {});
      sending.on('response', (answer) => answers.push(answer));
      sending.write(Buffer.alloc(head['content-length'] - 1, ' '));
      return sending;
    });
    await until('three hold what there is', () => answers.length === unfinished.length - 3);
    await sleep(300); // the rest of theirs is read
    for (const { statusCode, headers } of answers) {
      assert.equal(statusCode, 503);
      assert.ok(headers['retry-after']);
    }
    const large = () => post('/fhir', ' '.repeat(10 * 1024 * 1024));
    assert.equal((await large()).status, 503);
    assert.equal((await post('/fhir/Observation', observation('BN-9', '6,9'))).status, 202);
    for (const sending of unfinished) sending.destroy();
    await until('their room is free', async () => (await large()).status !== 503);
    await allFiled();
  });

  test('who sends too much is told so', async () => {
    const refused = await post('/fhir', ' '.repeat(20 * 1024 * 1024));
    assert.equal(refused.status, 413);
    assert.match(await refused.text(), /16 MiB/);
  });

  test('a result alone becomes a record of the patient it names', async () => {
    assert.equal((await post('/fhir/Observation', observation('BN-9', '7,2'))).status, 202);
    await allFiled();
    const [header, patient, result] = lastOf();
    assert.equal((header!['eventCoding'] as { code: string }).code, 'record');
    assert.deepEqual(patient!['identifier'], [{ system: MRN, value: 'BN-9' }]);
    const { fullUrl } = hub.received.at(-1)!.entry[1]!;
    assert.deepEqual(result!['subject'], { reference: fullUrl });
  });

  test('what is withdrawn becomes a retraction', async () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0001',
          resource: { resourceType: 'Patient', identifier: [{ system: MRN, value: 'BN-9' }] },
          request: { method: 'PUT', url: `Patient?identifier=${MRN}|BN-9` },
        },
        { request: { method: 'DELETE', url: 'Observation?identifier=urn:lis|1' } },
      ],
    };
    assert.equal((await post('/fhir', JSON.stringify(bundle))).status, 202);
    await allFiled();
    const [header] = lastOf();
    assert.equal((header!['eventCoding'] as { code: string }).code, 'retraction');
    assert.deepEqual(header!['focus'], [
      { type: 'Observation', identifier: { system: 'urn:lis', value: '1' } },
    ]);
  });

  test('what cannot be kept is refused with element and remedy, and nothing is sent', async () => {
    const before = hub.received.length;
    for (const [body, status, said] of [
      ['{', 400, /line 1/],
      ['{"resourceType":"Observation","status":"final"}', 422, /Observation.code/],
      [observation('', '1'), 400, /mrn/],
    ] as const) {
      const response = await post('/fhir', body);
      assert.equal(response.status, status);
      assert.match(await response.text(), said);
    }
    assert.equal((await post('/fhir', '{}', 'text/plain')).status, 422);
    assert.equal(hub.received.length, before);
  });
});

test('a dossier file is taken from its folder when it is whole, and moved; one of another hospital is not taken, with the reason beside it', async () => {
  const dossier = readFileSync(join(EXAMPLES, 'dossier.xml'), 'utf8');
  writeFileSync(join(inbox, 'hs1.xml'), dossier);
  writeFileSync(join(inbox, 'khac.xml'), dossier.replaceAll('27001', '79013'));
  await until(
    'both are moved',
    () => !existsSync(join(inbox, 'hs1.xml')) && !existsSync(join(inbox, 'khac.xml')),
  );
  await allFiled();
  const [, binary] = lastOf();
  assert.equal(Buffer.from(binary!['data'] as string, 'base64').toString(), dossier);
  assert.deepEqual(readdirSync(join(inbox, 'da-nhan')), ['hs1.xml']);
  assert.match(readFileSync(join(inbox, 'khong-nhan', 'khac.xml.txt'), 'utf8'), /MACSKCB\t.*79013/);
  const response = await post('/fhir/$submit-xml', dossier, 'application/xml');
  assert.equal(response.status, 202);
  assert.match(await response.text(), /"duplicate"/);
});

test('a table becomes one record for each report, all of it or none; digits stay', async () => {
  const before = hub.received.length;
  const table = readFileSync(join(EXAMPLES, 'lab.csv'), 'utf8');
  const folderOfTables = join(folder, 'csv');
  writeFileSync(join(folderOfTables, 'hong.csv'), table.replace('8,4', 'cao'));
  writeFileSync(join(folderOfTables, 'kq.csv'), table);
  await until('both are moved', () => readdirSync(folderOfTables).every((name) => !name.endsWith('.csv')));
  await allFiled();
  const records = hub.received.slice(before);
  assert.equal(records.length, 2);
  const [first] = records;
  assert.deepEqual(
    first!.entry.map(({ resource }) => resource.resourceType),
    ['MessageHeader', 'Patient', 'Observation', 'Observation'],
  );
  assert.match(hub.texts.at(-2)! + hub.texts.at(-1)!, /"value":7\.20/);
  assert.match(
    readFileSync(join(folderOfTables, 'khong-nhan', 'hong.csv.txt'), 'utf8'),
    /Dòng 3, cột GIA_TRI/,
  );
});

describe('HL7 v2', () => {
  const PID = ['PID', '1', '', ['BN-20', '', '', 'BV', 'MR'], '', ['Trịnh', 'Liên']] as const;

  /** Sends a message over its own connection, and reads the answer. */
  async function exchange(text: string): Promise<Message> {
    const socket = connect(edge.mllpPorts[0]!, '127.0.0.1');
    const decoder = new MllpDecoder();
    try {
      socket.write(frameMllp(text));
      for await (const chunk of socket) {
        const [answer] = decoder.push(chunk as Buffer);
        if (answer) return parseMessage(answer);
      }
      throw new Error('The connection ended without an answer');
    } finally {
      socket.destroy();
    }
  }

  test('a message is answered AA and filed once, though it comes twice', async () => {
    const before = hub.received.length;
    const text = aMessage('ADT^A31^ADT_A05', [PID], { controlId: 'C-1' });
    for (let times = 0; times < 2; times++) {
      const answer = await exchange(text);
      assert.equal(answer.first('MSA')!.text(1), 'AA');
      assert.equal(answer.first('MSA')!.text(2), 'C-1');
    }
    await allFiled();
    assert.equal(hub.received.length, before + 1);
    assert.equal(lastOf()[1]!['resourceType'], 'Patient');
  });

  test('of messages that do not end the longest gives way, and a short one is taken meanwhile', async () => {
    const open = [6, 7, 5, 6].map((mib) => {
      const socket = connect(edge.mllpPorts[0]!, '127.0.0.1').on('error', () => {});
      socket.write(Buffer.concat([Buffer.of(0x0b), Buffer.alloc(mib * 1024 * 1024, 'x')]));
      return socket;
    });
    await until('one has given way', () => open.some(({ closed }) => closed));
    const answer = await exchange(aMessage('ADT^A31^ADT_A05', [PID], { controlId: 'C-2' }));
    assert.equal(answer.first('MSA')!.text(1), 'AA');
    assert.equal(open.filter(({ closed }) => closed).length, 1);
    for (const socket of open) socket.destroy();
    await allFiled();
  });

  test('what must be mended is answered AE with segment and field; what is not taken AR', async () => {
    const missing = await exchange(aMessage('ADT^A01^ADT_A01', [PID]));
    assert.equal(missing.first('MSA')!.text(1), 'AE');
    assert.match(missing.first('ERR')!.raw(2), /^PV1/);
    const unknown = await exchange(aMessage('BAR^P01^BAR_P01', [PID]));
    assert.equal(unknown.first('MSA')!.text(1), 'AR');
    assert.equal(unknown.first('ERR')!.text(3), '200');
  });
});

describe('when the hub is away', () => {
  test('messages wait, and go in order for each patient once it is back; a broken answer sends none twice', async () => {
    hub.trouble = 503;
    const before = hub.received.length;
    for (const value of ['1', '2', '3']) await post('/fhir', observation('BN-10', value));
    await until('it has failed', () => edge.figures().trouble !== undefined);
    assert.equal(edge.figures().health, 'away');
    assert.equal(edge.figures().states.waiting.count, 3);
    hub.trouble = 'break';
    await fetch(`${edge.url}/try`, { method: 'POST' });
    await until('one came through', () => hub.received.length > before);
    hub.trouble = undefined;
    await fetch(`${edge.url}/try`, { method: 'POST' });
    await allFiled();
    const values = hub.received.slice(before).map(({ entry }) => entry.at(-1)!.resource['valueString']);
    assert.deepEqual(values, ['1', '2', '3']);
    assert.ok(hub.repeats > 0);
  });

  test('a hub that forgot what it received gets it again', async () => {
    hub.verdict = () => 'received';
    await post('/fhir', observation('BN-11', 'again'));
    await until('it is received', () => edge.figures().states.received.count === 1);
    assert.equal(edge.figures().health, 'busy');
    hub.received.pop();
    await until('it came again', () => JSON.stringify(hub.received.at(-1)).includes('"again"'));
    hub.verdict = () => 'filed';
    await allFiled();
  });
});

test('a refused message is shown with its reason, sent again, and set aside; it is never green meanwhile', async () => {
  hub.verdict = () => 'refused';
  await post('/fhir', observation('BN-12', 'refused'));
  await until('it is refused', () => edge.figures().states.refused.count === 1);
  assert.equal(edge.figures().health, 'refused');
  const page = await (await fetch(`${edge.url}/`)).text();
  assert.match(page, /Bundle\.entry\[2\]\.resource\.status<\/code> Thiếu trạng thái/);
  const again = /action="(\/messages\/[^"]+\/again)"/.exec(page)![1]!;
  const foreign = await fetch(edge.url + again, { method: 'POST', headers: { origin: 'https://x.example' } });
  assert.equal(foreign.status, 403);
  assert.equal((await fetch(edge.url + again, { method: 'POST', redirect: 'manual' })).status, 303);
  await until(
    'it is refused again',
    () => edge.figures().states['set-aside'].count === 1 && edge.figures().states.refused.count === 1,
  );
  const english = await (await fetch(`${edge.url}/?lang=en`)).text();
  assert.match(english, /Messages were refused/);
  const aside = /action="(\/messages\/[^"]+\/set-aside)"/.exec(english)![1]!;
  await fetch(edge.url + aside, { method: 'POST', redirect: 'manual' });
  hub.verdict = () => 'filed';
  await until('it is clear', () => edge.figures().health === 'clear');
});

test('the twin opens by its sealed code, a name and a reason; a look is on the disk and on its way before the record is shown', async () => {
  const code = makeTwinCode(folder, Date.now());
  assert.match(await (await fetch(edge.url)).text(), /niêm phong/);
  const enter = (said: string) =>
    fetch(`${edge.url}/twin/enter`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ who: 'BS Lê Minh Khôi', why: 'mất mạng', code: said }).toString(),
    });
  assert.equal((await enter('AAAA-AAAA-AAAA-AAAA')).status, 200);
  const cookie = (await enter(code.toLowerCase())).headers.get('set-cookie')!.split(';')[0]!;
  const see = async (path: string, init: RequestInit = {}) =>
    (await fetch(edge.url + path, { ...init, headers: { ...init.headers, cookie } })).text();
  const found = await see('/twin/find', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ q: 'kim lien' }).toString(),
  });
  assert.match(found, /Trịnh Thị Kim Liên/);
  // the name in the list is a look of its own, once for who is there, however often the list is asked for
  await see('/twin');
  await allFiled();
  const sentLooks = () =>
    hub.received.flatMap(({ entry }) => {
      const [, about, look] = entry.map(({ resource }) => resource as unknown as LookSent);
      return look?.resourceType === 'AuditEvent'
        ? [`${look.subtype![0]!.code} ${about!.identifier![0]!.value} ${look.agent![0]!.name}`]
        : [];
    });
  assert.deepEqual(
    sentLooks().filter((look) => look.includes('BN-26')),
    ['search BN-26-000001 BS Lê Minh Khôi'],
  );
  const listed = [...(await see('/twin')).matchAll(/href="\/twin\/record\//g)].length;
  assert.equal(new Set(sentLooks()).size, listed);
  const path = /href="(\/twin\/record\/[^"]+)"/.exec(found)![1]!;
  assert.match(await (await fetch(edge.url + path)).text(), /Mã khẩn cấp/);
  assert.doesNotMatch(path, /BN-26/);
  const before = hub.received.length;
  assert.match(await see(path), /HbA1c<\/td>\s*<td>7\.20 %/);
  assert.match(await (await fetch(edge.url)).text(), /Mã khẩn cấp đã mở/);
  await allFiled();
  const [, , event] = hub.received[before]!.entry.map(({ resource }) => resource);
  assert.equal(event!.resourceType, 'AuditEvent');
  assert.match(JSON.stringify(event), /BS Lê Minh Khôi.*mất mạng|mất mạng.*BS Lê Minh Khôi/);
  assert.match(JSON.stringify(hub.received[before]), /"code":"audit-event"/);
});

type LookSent = {
  resourceType: string;
  subtype?: { code: string }[];
  agent?: { name: string }[];
  identifier?: { value: string }[];
};

/** The status of an answer to who names the edge so. */
const byName = (host: string, path: string, method = 'GET', headers: Record<string, string> = {}) =>
  new Promise<number>((done, failed) => {
    const type = method === 'POST' ? { 'content-type': 'application/fhir+json' } : {};
    const asked = request(
      edge.url + path,
      { method, headers: { host, ...type, ...headers }, agent: false },
      (answer) => done(answer.resume().statusCode!),
    );
    asked.once('error', failed).end(method === 'POST' ? observation('BN-77', 'rebound') : undefined);
  });

test('a page on a name of others that leads here (DNS rebinding) is shown nothing and hands nothing over', async () => {
  const before = edge.figures().states;
  const evil = 'evil.example:8180';
  const own = { origin: `http://${evil}`, 'sec-fetch-site': 'same-origin' };
  for (const path of ['/', '/messages', '/status.json', '/metrics', '/twin', '/assets/style.css'])
    assert.equal(await byName(evil, path), 421, path);
  for (const path of ['/fhir', '/twin/enter', '/try', '/renew-key'])
    assert.equal(await byName(evil, path, 'POST', own), 421, path);
  for (const host of [
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.example:80@localhost',
    'evil',
  ])
    assert.equal(await byName(host, '/status.json'), 421, host);
  const { port } = new URL(edge.url);
  const called = [
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'LOCALHOST',
    'localhost.',
    '10.0.0.5',
    hostname(),
    'tram.bv.vn',
  ];
  for (const host of called) assert.equal(await byName(host, '/status.json'), 200, host);
  assert.deepEqual(edge.figures().states, before);
});

test('figures are there as JSON and for Prometheus, and without a patient in them', async () => {
  const figures = (await (await fetch(`${edge.url}/status.json`)).json()) as { health: string };
  assert.equal(figures.health, 'clear');
  const metrics = await (await fetch(`${edge.url}/metrics`)).text();
  assert.match(metrics, /yba_edge_messages\{state="filed"\} \d+/);
  assert.match(metrics, /yba_edge_clear 1/);
  assert.doesNotMatch(metrics + JSON.stringify(figures), /BN-/);
});

test('the key is renewed while messages go on; after a crash in between, whichever the hub knows is used', async () => {
  const before = hub.keys.get('edge-1')![0];
  await edge.renewKey();
  assert.notEqual(hub.keys.get('edge-1')![0], before);
  await post('/fhir', observation('BN-13', 'new key'));
  await allFiled();
  await edge.stop();
  // the hub has heard of a next key; the edge died before it knew
  const file = join(folder, 'identity.json');
  const identity = JSON.parse(readFileSync(file, 'utf8')) as { key: { public: { kid: string } } };
  writeFileSync(
    file,
    JSON.stringify({
      ...identity,
      key: { ...identity.key, private: { ...identity.key.public, kid: 'gone' } },
      nextKey: identity.key,
    }),
  );
  edge = await startEdge({ folder, onError: (error) => errors.push(error) });
  await post('/fhir', observation('BN-13', 'after the crash'));
  await allFiled();
  assert.ok(!('nextKey' in JSON.parse(readFileSync(file, 'utf8'))));
});

test('who guesses the code waits alone; a form of a page that does not say whose it is changes nothing', async () => {
  const code = makeTwinCode(folder, Date.now());
  const enter = (said: string, localAddress: string, origin?: string) =>
    new Promise<{ status: number; text: string; referrer: unknown }>((resolve, reject) => {
      const sending = request(
        `${edge.url}/twin/enter`,
        {
          method: 'POST',
          localAddress,
          agent: false,
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            ...(origin === undefined ? {} : { origin }),
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              text,
              referrer: response.headers['referrer-policy'],
            }),
          );
        },
      );
      sending.on('error', reject);
      sending.end(new URLSearchParams({ who: 'BS Khôi', why: 'mất mạng', code: said }).toString());
    });
  for (let times = 0; times < 5; times++) await enter('AAAA-AAAA-AAAA-AAAA', '127.0.0.2');
  assert.match((await enter(code, '127.0.0.2')).text, /Chờ một phút/);
  assert.equal((await enter(code, '127.0.0.1', 'null')).status, 403);
  const { status, referrer } = await enter(code, '127.0.0.1', new URL(edge.url).origin);
  assert.equal(status, 303);
  assert.equal(referrer, 'same-origin', 'else browsers send the origin of our own forms as null');
});

test('a machine whose clock is wrong brings its messages all the same, dated by the hub', async () => {
  await edge.stop();
  const now = () => Date.now() - 26 * 3_600_000;
  edge = await startEdge({ folder, now, onError: (error) => errors.push(error) });
  await post('/fhir', observation('BN-14', 'of yesterday'));
  await allFiled();
});

test('an answer of the hub that is to come, as when the clock was set back, does not make the page green', () => {
  const { health: _, ...figures } = edge.figures();
  const now = Date.now();
  const at = (lastContact: number) => healthOf({ ...figures, lastContact }, now);
  assert.equal(at(now - 1_000), 'clear');
  assert.equal(at(now + 3_600_000), 'away');
  assert.equal(at(now - 3_600_000), 'away');
});
