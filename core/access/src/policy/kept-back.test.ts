import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '@yba/fhir';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase, type TestDatabase } from '@yba/postgres/testing';
import { keptBack } from './kept-back.ts';

let database: TestDatabase;
let owner: Sql;

before(async () => {
  database = await testDatabase();
  owner = connect(database.url, { max: 2 });
});
after(async () => {
  await owner.end();
  await database.drop();
});

const doctor = {
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/1',
  name: 'Lê Minh Khôi',
  facility: '01013',
  scopes: [],
} satisfies Caller;

/** A way to the database on which a connection that listens can be made to hear nothing, without breaking. */
async function muffled() {
  const socket = join(new URL(database.url).searchParams.get('host')!, '.s.PGSQL.5432');
  const line = { mute: false };
  const server = createServer((near) => {
    const far = createConnection(socket);
    let listens = false;
    near.on('data', (bytes) => {
      listens ||= bytes.includes('listen "directive"');
      far.write(bytes);
    });
    far.on('data', (bytes) => void (listens && line.mute ? undefined : near.write(bytes)));
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => {}).on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(database.url);
  url.searchParams.delete('host');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { line, url: url.href, close: () => server.close() };
}

test('a refusal by name is known within a beat, also where the database’s notices are swallowed', async () => {
  const { line, url, close } = await muffled();
  const sql = connect(url, { max: 2 });
  const kept = await keptBack(sql, 20);
  try {
    assert.equal(await kept.from(doctor, 1), undefined);
    line.mute = true;
    await owner`
      insert into directive (consent, person, effect, audience, subject, since)
      values ('Consent/1', ${randomUUID()}, 'refuse', 'person', ${doctor.subject}, now())`;
    const deadline = Date.now() + 10_000;
    while ((await kept.from(doctor, 1)) === undefined && Date.now() < deadline) await sleep(10);
    assert.ok(await kept.from(doctor, 1), 'it is known');
  } finally {
    line.mute = false;
    await kept.stop();
    await sql.end();
    close();
  }
});
