// The promise everything rests on: what was acknowledged is there, once, whatever was killed and when.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aPatient, anEncounter, anObservation } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { readWitness, runSequencer, verifyLog } from '@yba/audit';
import { freePort } from '@yba/http';
import { migrate, startEmbedded } from '@yba/postgres';
import { FEED_START } from '@yba/repository';
import { mrn } from '@yba/vietnam';
import { closePools, openPools } from './serve/pools.ts';
import { createParts } from './serve/parts.ts';
import { hospital } from './testing/hospital.ts';
import type { Hospital } from './testing/hospital.ts';
import { serverProcess } from './testing/server-process.ts';
import type { ServerProcess } from './testing/server-process.ts';

const KILLS = 20;
const WRITERS = 4;
const PATIENCE_MS = 60_000;
const FACILITY = '01901';
const CODE = { system: 'https://yba.vn/fhir/CodeSystem/test', code: 'KILL-TEST' };

const dataDir = mkdtempSync(join(tmpdir(), 'yba-kill-'));
chmodSync(dataDir, 0o755);

/** What the server acknowledged: by id, the marker that the resource carries. */
const acknowledged = new Map<string, string>();
let visits = 0;
let writing = true;
let over = false;
let port: number;
let server: ServerProcess;
let client: Hospital;

before(async () => {
  const credentials = await registerClient();
  port = await freePort();
  server = await start();
  client = hospital(server.url, credentials);
});

after(async () => {
  writing = false;
  over = true;
  await stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test(`${KILLS} kills under load lose nothing that was acknowledged and file nothing twice`, async () => {
  const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
  for (let round = 0; round < KILLS; round += 1) {
    await written(visits + 2); // it is under load
    await sleep(Math.random() * 400);
    await kill(round % 2 === 0);
    server = await start();
  }
  writing = false;
  await Promise.all(writers);
  assert.ok(visits > KILLS, `only ${visits} visits were written`);
  await everythingIsThere();
  await nothingIsThereTwice();
});

test('the feed replayed from zero equals the store', async () => {
  await stop();
  const database = await startEmbedded({ dataDir });
  const pools = openPools(database.url);
  const { repository } = await createParts(partsOptions(pools));
  const replayed = new Map<string, string>();
  for (let cursor = FEED_START; ;) {
    const entries = await repository.feed(cursor, 1_000);
    for (const { type, id, version, action } of entries) {
      const known = Number(replayed.get(`${type}/${id}`)?.split(' ')[0] ?? 0);
      if (version > known) replayed.set(`${type}/${id}`, `${version} ${action === 'delete'}`);
    }
    const last = entries.at(-1);
    if (!last) break;
    cursor = last.cursor;
  }
  const stored = await pools.owner<{ id: string; version: number; deleted: boolean }[]>`
    select coalesce(client_id, id::text) as id, version, deleted from resource
    union all
    select coalesce(client_id, id::text), version, deleted from shared_resource`;
  await closePools(pools);
  await database.stop();
  const ids = new Map([...replayed].map(([reference, state]) => [reference.split('/')[1], state]));
  assert.equal(stored.length, replayed.size);
  for (const { id, version, deleted } of stored) assert.equal(ids.get(id), `${version} ${deleted}`, id);
  for (const reference of acknowledged.keys()) assert.ok(replayed.has(reference), reference);
});

test('every access that was logged is in the tree once, and the tree leads to every head that was signed', async () => {
  const database = await startEmbedded({ dataDir });
  const pools = openPools(database.url);
  const keyFolder = join(dataDir, 'audit');
  const witnessFolder = join(keyFolder, 'heads');
  const sequencer = runSequencer({
    sql: pools.sequencer,
    keyFolder,
    witnessFolder,
    name: 'kill/audit',
    onError: (error) => assert.ifError(error),
  });
  const head = await sequencer.seal();
  await sequencer.stop();
  const [log] = await pools.owner<{ rows: number }[]>`select count(*)::int as rows from access_log`;
  const verified = await verifyLog(pools.owner, { witness: readWitness(witnessFolder) });
  await closePools(pools);
  await database.stop();
  assert.ok(log!.rows > visits);
  assert.equal(head.size, log!.rows);
  assert.deepEqual(verified.findings, []);
  assert.equal(verified.entries, log!.rows);
  assert.ok(verified.heads > 1);
});

/** A hospital's software, registered on the database before the server runs. */
async function registerClient() {
  const database = await startEmbedded({ dataDir });
  const pools = openPools(database.url);
  await migrate(pools.owner);
  const { access } = await createParts(partsOptions(pools));
  const credentials = await access.createClient({
    name: 'Kill test',
    facility: FACILITY,
    facilityName: 'Kill test',
  });
  await closePools(pools);
  await database.stop();
  return credentials;
}

function partsOptions(pools: ReturnType<typeof openPools>): Parameters<typeof createParts>[0] {
  const address = { host: '127.0.0.1', port: 0, baseUrl: 'http://localhost' };
  const config = {
    ...address,
    dataDir,
    databaseUrl: '',
    demo: undefined,
    vneid: undefined,
    logLevel: 'silent',
    webRoot: undefined,
  } as const;
  return { config, address, pools, personas: () => [], onError: (error) => assert.ifError(error) };
}

function start(): Promise<ServerProcess> {
  return serverProcess(['--port', String(port), '--data', dataDir, '--log', 'error']);
}

async function stop(): Promise<void> {
  if (server.child.exitCode !== null || server.child.signalCode !== null) return;
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
}

/** Ends the server without a word, in every second round the database with it. */
async function kill(databaseToo: boolean): Promise<void> {
  const exited = once(server.child, 'exit');
  if (databaseToo) {
    process.kill(
      Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10),
      'SIGKILL',
    );
  }
  server.child.kill('SIGKILL');
  await exited;
}

/** Sends one visit after the other; what got no answer is sent again, the same, until it has one. */
async function write(writer: number): Promise<void> {
  for (let count = 0; writing; count += 1) {
    const key = `${process.pid}-${writer}-${count}`;
    const { bundle, markers } = visit(key);
    const response = await insist(bundle, key);
    const locations = (response['entry'] as { response: { status: string; location: string } }[]).map(
      (entry) => entry.response,
    );
    locations.forEach(({ location }, at) =>
      acknowledged.set(location.split('/').slice(-4, -2).join('/'), markers[at]!),
    );
    visits += 1;
  }
}

/** Waits until so many visits were acknowledged. */
async function written(count: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (visits < count) {
    assert.ok(Date.now() < deadline, `no further visit was acknowledged in ${PATIENCE_MS / 1000} s`);
    await sleep(5);
  }
}

async function insist(bundle: Resource, key: string): Promise<Record<string, unknown>> {
  while (!over) {
    const answer = await client.send('POST', '', bundle, { 'idempotency-key': key }).catch(() => undefined);
    if (answer?.status === 200) return answer.body;
    if (answer && ![401, 503].includes(answer.status))
      throw new Error(`${answer.status} ${JSON.stringify(answer.body)}\n${server.errors()}`);
    await sleep(20);
  }
  throw new Error('The test is over');
}

/** A visit of five resources, each with a marker of its own. */
function visit(key: string): { bundle: Resource; markers: string[] } {
  const patient = { ...aPatient({}), identifier: [{ system: mrn(FACILITY), value: `${key}-0` }] };
  const reference = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' };
  const encounter = {
    ...anEncounter({}),
    subject: reference,
    identifier: [{ system: 'urn:kill', value: `${key}-1` }],
  };
  const observations = [2, 3, 4].map((at) => ({
    ...anObservation({}),
    subject: reference,
    code: { coding: [CODE] },
    identifier: [{ system: 'urn:kill', value: `${key}-${at}` }],
  }));
  const resources: Resource[] = [patient, encounter, ...observations].map(
    ({ id: _, ...resource }) => resource as Resource,
  );
  return {
    bundle: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: resources.map((resource, at) => ({
        fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${at + 1}`,
        resource,
        request: { method: 'POST', url: resource.resourceType },
      })),
    },
    markers: resources.map((_, at) => `${key}-${at}`),
  };
}

async function everythingIsThere(): Promise<void> {
  const references = [...acknowledged.keys()];
  for (let from = 0; from < references.length; from += 100) {
    const part = references.slice(from, from + 100);
    const entry = part.map((url) => ({ request: { method: 'GET', url } }));
    const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    const found = (body['entry'] as { resource?: Resource }[]).map(({ resource }) => markerOf(resource));
    assert.deepEqual(
      found,
      part.map((reference) => acknowledged.get(reference)),
    );
  }
}

function markerOf(resource: Resource | undefined): string | undefined {
  return (resource?.['identifier'] as { value: string }[] | undefined)?.[0]?.value;
}

/** Every visit was sent until it was acknowledged: what is stored is what was acknowledged, no more. */
async function nothingIsThereTwice(): Promise<void> {
  const count = async (path: string) => (await client.send('GET', path)).body['total'];
  assert.equal(acknowledged.size, visits * 5);
  assert.equal(await count(`/Observation?code=${CODE.system}|${CODE.code}&_summary=count`), visits * 3);
  assert.equal(await count('/Patient?_summary=count'), visits);
  assert.equal(await count('/Encounter?_summary=count'), visits);
}
