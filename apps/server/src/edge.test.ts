// The edge and the hub as they run: the agent in a process of its own, killed while the hospital's systems send.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { issueEnrolmentCode } from '@yba/access';
import { frameMllp, MllpDecoder, parseMessage } from '@yba/hl7v2';
import { aMessage } from '@yba/hl7v2/testing';
import { FACILITY as FACILITY_SYSTEM, mrn } from '@yba/vietnam';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { freePort } from './testing/server-process.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const KILLS = 3;
const WRITERS = 3;
const FACILITY = '27001';
const CODE = 'EDGE-TEST';
const END_MS = 60_000;

let hub: TestPlatform;
let token: string;
let agent: ChildProcess;
let over = false;
let ports: { http: number; mllp: number };
const folder = mkdtempSync(join(tmpdir(), 'yba-edge-'));

const place = { facility: FACILITY, facilityName: 'Bệnh viện Đa khoa Bắc Ninh số 1' };
const yba = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, 'edge', ...args, '--data', folder]);

before(async () => {
  hub = await startPlatform();
  token = await hub.facilityToken(FACILITY, place.facilityName);
  ports = { http: await freePort(), mllp: await freePort() };
  const { code } = await issueEnrolmentCode(hub.pools.owner, {
    ...place,
    name: 'Trạm biên',
    validMs: 3_600_000,
  });
  const { stdout } = await yba('enrol', '--hub', hub.url, '--code', code);
  assert.match(stdout, /Enrolled as the edge of Bệnh viện Đa khoa Bắc Ninh số 1 \(27001\)/);
  writeFileSync(
    join(folder, 'edge.json'),
    JSON.stringify({ http: { port: ports.http }, mllp: [{ port: ports.mllp }], outbox: { reserveMb: 0 } }),
  );
});
after(async () => {
  over = true;
  await stop('SIGTERM');
  await hub?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  agent = spawn(process.execPath, [MAIN, 'edge', 'run', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const signal = AbortSignal.timeout(END_MS);
  for (let said = ''; !said.includes('ready at');) {
    const [text] = (await once(agent.stdout!, 'data', { signal })) as [Buffer];
    said += text.toString();
  }
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
  const ended = once(agent, 'exit');
  agent.kill(signal);
  await ended;
}

/** A result by HL7 v2; resolves with the code of the answer. */
async function sendHl7(number: string, value: number): Promise<string> {
  const text = aMessage(
    'ORU^R01^ORU_R01',
    [
      ['PID', '1', '', [number, '', '', 'BV', 'MR'], '', ['Trịnh', 'Liên'], '', '19630902', 'F'],
      ['OBR', '1', '', `${number}-${value}`, [CODE, 'Thử', 'LN'], '', '', '202611200900'],
      ['OBX', '1', 'NM', [CODE, 'Thử', 'LN'], '', String(value), '', '', '', '', '', 'F'],
    ],
    { controlId: `${number}-${value}` },
  );
  const socket = connect(ports.mllp, '127.0.0.1');
  const decoder = new MllpDecoder();
  try {
    socket.write(frameMllp(text));
    for await (const chunk of socket)
      for (const answer of decoder.push(chunk as Buffer)) return parseMessage(answer).first('MSA')!.text(1);
    throw new Error('no answer');
  } finally {
    socket.destroy();
  }
}

/** The same by FHIR. */
async function sendFhir(number: string, value: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${ports.http}/fhir/Observation`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Observation',
      status: 'final',
      identifier: [{ system: 'urn:lis', value: `${number}-${value}` }],
      code: { coding: [{ system: 'http://loinc.org', code: CODE }] },
      subject: { reference: `Patient?identifier=${mrn(FACILITY)}|${number}` },
      valueQuantity: { value },
    }),
  });
  await response.arrayBuffer();
  return response.status === 202 ? 'AA' : String(response.status);
}

/** Sends results of one patient until told to end, each until it is acknowledged; answers how many were. */
async function writer(number: string, send: typeof sendHl7, going: () => boolean): Promise<number> {
  let acknowledged = 0;
  while (going() && !over) {
    const answer = await send(number, acknowledged + 1).catch(() => undefined);
    if (answer === 'AA') acknowledged++;
    else await sleep(50);
  }
  return acknowledged;
}

type Found = { entry?: { resource: { valueQuantity: { value: number } } }[]; total?: number };

async function valuesAtHub(number: string): Promise<number[]> {
  const search = `Observation?subject:Patient.identifier=${encodeURIComponent(`${mrn(FACILITY)}|${number}`)}&code=${CODE}&_count=1000`;
  const response = await fetch(`${hub.url}/fhir/${search}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  const { entry = [] } = (await response.json()) as Found;
  return entry.map(({ resource }) => resource.valueQuantity.value).sort((a, b) => a - b);
}

test(`${KILLS} kills of the agent while systems send: what it acknowledged is in the record, once; then it is green`, async () => {
  await start();
  let going = true;
  const writers = Array.from({ length: WRITERS }, (_, at) => ({
    number: `BN-${at}`,
    sent: writer(`BN-${at}`, at % 2 === 0 ? sendHl7 : sendFhir, () => going),
  }));
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(200 + Math.random() * 400);
      await stop('SIGKILL');
      await start();
    }
    await sleep(200);
  } finally {
    going = false;
  }
  const acknowledged = await Promise.all(
    writers.map(async ({ number, sent }) => ({ number, count: await sent })),
  );
  const end = Date.now() + END_MS;
  let health = '';
  while (health !== 'clear' && Date.now() < end) {
    await sleep(100);
    ({ health } = (await (await fetch(`http://127.0.0.1:${ports.http}/status.json`)).json()) as {
      health: string;
    });
  }
  assert.equal(health, 'clear');
  for (const { number, count } of acknowledged) {
    assert.ok(count > 0, number);
    const found = await valuesAtHub(number);
    const expected = Array.from({ length: count }, (_, at) => at + 1);
    // one more may have been kept whose answer the kill swallowed and that was not sent again
    assert.deepEqual(found.slice(0, count), expected);
    assert.ok(found.length <= count + 1 && new Set(found).size === found.length, JSON.stringify(found));
  }
});

test('a dossier is filed, a visit with a fault refused with its place, a withdrawn result gone; the key is renewed', async () => {
  const post = (body: string | Buffer, type: string, path = '/fhir') =>
    fetch(`http://127.0.0.1:${ports.http}${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: body as never,
    });
  const state = async (response: Response) => {
    assert.equal(response.status, 202);
    const where = `http://127.0.0.1:${ports.http}${response.headers.get('content-location')}`;
    for (const end = Date.now() + END_MS; Date.now() < end; await sleep(100)) {
      const told = await (await fetch(where)).text();
      if (/"valueCode":"(filed|refused)"/.test(told)) return told;
    }
    throw new Error('not settled');
  };
  const examples = join(import.meta.dirname, '../../../docs/examples');
  await yba('renew-key');
  const dossier = await state(
    await post(readFileSync(join(examples, 'dossier.xml')), 'application/xml', '/fhir/$submit-xml'),
  );
  assert.match(dossier, /"filed".*"Encounter\//);
  const organization = {
    resourceType: 'Organization',
    identifier: [{ system: FACILITY_SYSTEM, value: FACILITY }],
    name: place.facilityName,
  };
  const created = await fetch(`${hub.url}/fhir/Organization`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` },
    body: JSON.stringify(organization),
  });
  assert.equal(created.status, 201);
  const visit = readFileSync(join(examples, 'visit.json'), 'utf8');
  assert.match(await state(await post(visit, 'application/fhir+json')), /"filed"/);
  const faulty = visit
    .replace('2026-11-20-0001', 'faulty')
    .replaceAll('LK-26-000001', 'LK-FAULT')
    .replace('sid/facility|27001', 'sid/facility|99999');
  assert.match(await state(await post(faulty, 'application/fhir+json')), /"refused".*"expression"/);
  const [first] = await valuesAtHub('BN-1');
  const withdraw = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        resource: { resourceType: 'Patient', identifier: [{ system: mrn(FACILITY), value: 'BN-1' }] },
        request: { method: 'PUT', url: `Patient?identifier=${mrn(FACILITY)}|BN-1` },
      },
      { request: { method: 'DELETE', url: `Observation?identifier=urn:lis|BN-1-${first}` } },
    ],
  };
  assert.match(await state(await post(JSON.stringify(withdraw), 'application/fhir+json')), /"filed"/);

  const code = /twin: (\S+)/.exec((await yba('twin-code')).stdout)![1]!;
  const form = (path: string, fields: Record<string, string>, cookie = '') =>
    fetch(`http://127.0.0.1:${ports.http}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
      body: new URLSearchParams(fields).toString(),
    });
  const entered = await form('/twin/enter', { who: 'BS Khôi', why: 'mất mạng', code });
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
  const found = await (await form('/twin/find', { q: 'BN-26-000001' }, cookie)).text();
  const record = /href="(\/twin\/record\/[^"]+)"/.exec(found)![1]!;
  await (await fetch(`http://127.0.0.1:${ports.http}${record}`, { headers: { cookie } })).text();
  for (const end = Date.now() + END_MS; ; await sleep(100)) {
    const events = await fetch(`${hub.url}/fhir/AuditEvent?agent-name=${encodeURIComponent('BS Khôi')}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (/mất mạng/.test(await events.text())) break;
    assert.ok(Date.now() < end, 'the look reached the hub');
  }
});
