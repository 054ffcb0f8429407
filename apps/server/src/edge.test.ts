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
import { freePort } from '@yba/http';
import { FACILITY as FACILITY_SYSTEM, mrn, PERSON } from '@yba/vietnam';
import { fhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken } from './testing/sign-in.ts';

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
  hub = await startPlatform({ demo: true });
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
});

/** Asks until something is so. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + END_MS; !(await isSo()); await sleep(100)) assert.ok(Date.now() < end, what);
}

test('with the hub away the twin shows what it told of a patient, other hospitals included; each look made then is in the proved log of that person, once, with its own time', async () => {
  const edge = `http://127.0.0.1:${ports.http}`;
  const other = fhirClient(hub.url, await hub.facilityToken('79013', 'Bệnh viện Chợ Rẫy'));
  const cccd = { system: PERSON, value: '027163999001' };
  const own = fhirClient(hub.url, token);
  const found = await own.get(`/Patient?identifier=${mrn(FACILITY)}|BN-26-000001`);
  const patient = found.body.entry![0]!.resource!.id!;
  // in care here, so that what others hold may be read here
  const care = await own.send('POST', '/Encounter', {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: `Patient/${patient}` },
  });
  assert.equal(care.status, 201, care.text);
  const there = await other.send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [cccd, { system: mrn('79013'), value: 'CR-1' }],
    name: [{ text: 'Trịnh Thị Kim Liên' }],
    gender: 'female',
    birthDate: '1963-09-02',
  });
  const allergy = await other.send('POST', '/AllergyIntolerance', {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
      ],
    },
    code: { text: 'Penicillin' },
    patient: { reference: `Patient/${there.body.id}` },
  });
  assert.equal(allergy.status, 201, allergy.text);

  const code = /twin: (\S+)/.exec((await yba('twin-code')).stdout)![1]!;
  const form = (path: string, fields: Record<string, string>, cookie = '') =>
    fetch(edge + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
      body: new URLSearchParams(fields).toString(),
    });
  const entered = await form('/twin/enter', { who: 'BS Khôi', why: 'mất mạng', code });
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
  const open = async () => {
    const list = await (await form('/twin/find', { q: 'BN-26-000001' }, cookie)).text();
    const record = /href="(\/twin\/record\/[^"]+)"/.exec(list)?.[1];
    return record ? (await fetch(edge + record, { headers: { cookie } })).text() : '';
  };
  await until('the chart with what the other hospital sent was fetched', async () => {
    await fetch(`${edge}/try`, { method: 'POST', redirect: 'manual' });
    return /Penicillin/.test(await open());
  });

  // the hub is away
  await stop('SIGTERM');
  const identity = readFileSync(join(folder, 'identity.json'), 'utf8');
  writeFileSync(join(folder, 'identity.json'), identity.replaceAll(hub.url, 'http://127.0.0.1:9'));
  await start();
  const again = await form('/twin/enter', { who: 'BS Trần Đêm Trực', why: 'cấp cứu, mất mạng', code });
  const night = again.headers.get('set-cookie')!.split(';')[0]!;
  const list = await (await form('/twin/find', { q: 'kim lien' }, night)).text();
  const record = /href="(\/twin\/record\/[^"]+)"/.exec(list)![1]!;
  const looked = Date.now();
  assert.match(await (await fetch(edge + record, { headers: { cookie: night } })).text(), /Penicillin/);
  await stop('SIGKILL');
  await sleep(5);
  writeFileSync(join(folder, 'identity.json'), identity);
  await start();

  // the person reads it in their log, with its proof
  await hub.platform.book!.addVneidCitizens([
    {
      nationalId: cccd.value,
      name: 'Trịnh Thị Kim Liên',
      birthDate: '1963-09-02',
      password: 'mot mat khau dai',
    },
  ]);
  const citizen = fhirClient(hub.url, await citizenToken(hub.url, cccd.value, 'mot mat khau dai'));
  const looks = async () => {
    const { body } = await citizen.get('/AuditEvent?_count=200');
    return (body.entry ?? []).flatMap(({ resource }) => {
      const event = resource as unknown as LookEvent;
      return event.agent[0]!.name === 'BS Trần Đêm Trực' ? [event] : [];
    });
  };
  await until('the looks are in the log', async () => (await looks()).length > 1);
  const [look, named, more] = (await looks()).toSorted((a, b) => (a.action > b.action ? -1 : 1));
  assert.equal(more, undefined, 'each once');
  assert.deepEqual([look!.action, named!.action, named!.subtype[0]!.code], ['R', 'E', 'search']);
  assert.ok(look!.period.start.length > 0 && Math.abs(Date.parse(look!.period.start) - looked) < 60_000);
  assert.ok(Date.parse(look!.recorded) >= Date.parse(look!.period.start));
  assert.equal(look!.agent[0]!.location.display, place.facilityName);
  assert.deepEqual(look!.agent[0]!.purposeOfUse[0], {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' }],
    text: 'cấp cứu, mất mạng',
  });
  await hub.platform.seal();
  const proof = await citizen.get(`/AuditEvent/${look!.id}/$inclusion-proof`);
  assert.equal(proof.status, 200, proof.text);
  assert.match(proof.text, /edge-twin/);
});

type LookEvent = {
  id: string;
  action: string;
  subtype: { code: string }[];
  recorded: string;
  period: { start: string };
  agent: { name: string; location: { display: string }; purposeOfUse: object[] }[];
};
