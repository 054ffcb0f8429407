// Messages under kill -9: two servers on one database, either of them killed while it receives and files.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@yba/http';
import { migrate } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { maLk, mrn } from '@yba/vietnam';
import { createParts } from './serve/parts.ts';
import { closePools, openPools } from './serve/pools.ts';
import { hospital, type Credentials } from './testing/hospital.ts';
import { serverProcess, type ServerProcess } from './testing/server-process.ts';

const KILLS = 2;
const PATIENTS = 4;
const FACILITY = '01901';
const SETTLED_MS = 120_000;

const dataDir = mkdtempSync(join(tmpdir(), 'yba-messages-kill-'));
let database: Awaited<ReturnType<typeof testDatabase>>;
let pools: ReturnType<typeof openPools>;
let credentials: Credentials;
const ports: number[] = [];
const servers: ServerProcess[] = [];
let sending = true;

const start = (at: number) =>
  serverProcess([
    '--port',
    String(ports[at]),
    '--base-url',
    'http://localhost',
    '--data',
    dataDir,
    '--log',
    'error',
  ]);

before(async () => {
  database = await testDatabase();
  process.env['DATABASE_URL'] = database.url; // of the servers that are started below
  pools = openPools(database.url);
  await migrate(pools.owner);
  const address = { host: '127.0.0.1', port: 0, baseUrl: 'http://localhost' };
  const { access } = await createParts({
    config: {
      ...address,
      dataDir,
      databaseUrl: database.url,
      demo: undefined,
      vneid: undefined,
      logLevel: 'silent',
      webRoot: undefined,
    },
    address,
    pools,
    personas: () => [],
    onError: (error) => assert.ifError(error),
  });
  credentials = await access.createClient({
    name: 'HIS',
    facility: FACILITY,
    facilityName: 'Bệnh viện Bạch Mai',
  });
  ports.push(await freePort(), await freePort());
  servers.push(await start(0), await start(1));
});

after(async () => {
  sending = false;
  for (const { child } of servers) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await closePools(pools);
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

test(`${KILLS} kills lose no message that was received, file none twice, and keep the order of each patient`, async () => {
  const sent = Promise.all(Array.from({ length: PATIENTS }, (_, patient) => send(patient)));
  for (let round = 0; round < KILLS; round++) {
    await sleep(200 + Math.random() * 500);
    const at = round % 2;
    const { child } = servers[at]!;
    child.kill('SIGKILL');
    await once(child, 'exit');
    servers[at] = await start(at);
  }
  sending = false;
  const counts = await sent;
  await untilSettled();

  const received = counts.reduce((sum, count) => sum + count, 0);
  const states = await pools.owner<{ state: number; disposition: number; count: number }[]>`
    select state, disposition, count(*)::int as count from message group by 1, 2 order by 2`;
  assert.deepEqual(
    states.map(({ state, disposition, count }) => [state, disposition, count]),
    [
      [3, 1, PATIENTS],
      [3, 2, received - PATIENTS],
    ],
  );
  const client = hospital(`http://localhost:${ports[0]}`, credentials);
  for (const [patient, count] of counts.entries()) {
    const { body } = await client.send('GET', `/Observation?identifier=urn:kill|${patient}&_count=50`);
    const [observation, more] = (body['entry'] ?? []) as {
      resource: { valueInteger: number; meta: { versionId: string } };
    }[];
    assert.equal(more, undefined);
    assert.equal(observation!.resource.valueInteger, count, 'the last correction stands');
    assert.equal(observation!.resource.meta.versionId, String(count), 'each was filed once, in order');
  }
});

/** Sends a visit and then one correction after the other, each until it is received; answers how many. */
async function send(patient: number): Promise<number> {
  let count = 0;
  while (sending || count < 2) {
    const message = aVisit(patient, count + 1);
    for (let at = patient; ; at++) {
      const client = hospital(`http://localhost:${ports[at % 2]}`, credentials);
      const answer = await client.send('POST', '/$process-message', message).catch(() => undefined);
      if (answer?.status === 202) break;
      if (answer && ![401, 503].includes(answer.status))
        throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      await sleep(20);
    }
    count++;
    await sleep(20); // more than a process files meanwhile only makes the test longer
  }
  return count;
}

async function untilSettled(): Promise<void> {
  for (const until = Date.now() + SETTLED_MS; ;) {
    const [row] = await pools.owner<
      { waiting: number }[]
    >`select count(*)::int as waiting from message_queue`;
    if (row!.waiting === 0) return;
    if (Date.now() > until) throw new Error(`${row!.waiting} messages are still waiting`);
    await sleep(50);
  }
}

/** The visit of a patient with the value of that correction. */
function aVisit(patient: number, value: number): object {
  const [who, when] = [
    'urn:uuid:00000000-0000-4000-8000-000000000001',
    'urn:uuid:00000000-0000-4000-8000-000000000002',
  ];
  return {
    resourceType: 'Bundle',
    type: 'message',
    identifier: { value: `kill-${patient}-${value}` },
    entry: [
      {
        resource: {
          resourceType: 'MessageHeader',
          eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code: 'visit' },
          source: { endpoint: 'https://edge.example' },
        },
      },
      {
        fullUrl: who,
        resource: { resourceType: 'Patient', identifier: [{ system: mrn(FACILITY), value: `P-${patient}` }] },
      },
      {
        fullUrl: when,
        resource: {
          resourceType: 'Encounter',
          identifier: [{ system: maLk(FACILITY), value: `V-${patient}` }],
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
          subject: { reference: who },
        },
      },
      {
        resource: {
          resourceType: 'Observation',
          identifier: [{ system: 'urn:kill', value: String(patient) }],
          status: 'final',
          code: { text: 'x' },
          subject: { reference: who },
          encounter: { reference: when },
          valueInteger: value,
        },
      },
    ],
  };
}
