import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { feedShowsAll } from '@yba/repository/testing';
import { nation } from '@yba/demonstration';
import { OutcomeError } from '@yba/fhir';
import { testDatabase } from '@yba/postgres/testing';
import type { Config } from '../config.ts';
import { addressOf } from '../serve/address.ts';
import { compose, type Platform } from '../serve/compose.ts';
import { asPlatform } from '../serve/platform-reads.ts';
import { closePools, type DatabasePools, openPools } from '../serve/pools.ts';
import { readDemoFile, writeDemoFile } from './demo-file.ts';
import { type DemoFile, loadDemo, type StoreAt } from './index.ts';

const now = new Date('2026-11-24T10:30:00+07:00');
let dataDir: string;
let pools: DatabasePools;
let platform: Platform;
let drop: () => Promise<void>;

before(async () => {
  const database = await testDatabase();
  drop = database.drop;
  dataDir = await mkdtemp(join(tmpdir(), 'yba-demo-'));
  pools = openPools(database.url);
  const config: Config = {
    host: '127.0.0.1',
    port: 0,
    baseUrl: undefined,
    dataDir,
    databaseUrl: database.url,
    demo: { persons: 10, seed: 1 },
    vneid: undefined,
    logLevel: 'silent',
    webRoot: undefined,
  };
  platform = await compose(config, await addressOf(config), pools);
});
after(async () => {
  await platform.stop();
  await closePools(pools);
  await drop();
  await rm(dataDir, { recursive: true });
});

const load = (
  demo: { persons: number; seed: number },
  storeAt: StoreAt = platform.storeAt,
): Promise<DemoFile> =>
  loadDemo({
    demo,
    dataDir,
    baseUrl: 'http://localhost:8080',
    sql: pools.owner,
    access: platform.access,
    book: platform.book!,
    storeAt,
    platform: asPlatform('demo'),
    progress: () => {},
    now: () => now,
  });

const visitsOf = (persons: number) => [...nation({ persons, seed: 1, now: now.getTime() }).visits()].length;

async function stored(): Promise<number> {
  const params = new URLSearchParams({ _summary: 'count' });
  const { total } = await platform.repository.search(asPlatform('test'), 'Encounter', params, {
    handling: 'strict',
  });
  return total!;
}

test('goes on where a load was cut off, and files nothing twice', async () => {
  let sent = 0;
  const breaking: StoreAt = (clock) => {
    const store = platform.storeAt(clock);
    return {
      ...store,
      transaction: (...of) => {
        if (of[0].caller.role === 'system' && ++sent > 30) throw new Error('power cut');
        return store.transaction(...of);
      },
    };
  };
  await assert.rejects(load({ persons: 10, seed: 1 }, breaking), /power cut/);
  const first = await readDemoFile(dataDir);
  await load({ persons: 10, seed: 1 });
  assert.equal(await stored(), visitsOf(10));
  assert.deepEqual(await readDemoFile(dataDir), first);
});

test('tells in demo.json, for its owner alone, who can sign in', async () => {
  const file = (await readDemoFile(dataDir))!;
  assert.equal((await stat(join(dataDir, 'demo.json'))).mode & 0o777, 0o600);
  assert.equal(file.fhir, 'http://localhost:8080/fhir');
  assert.ok(
    file.clients.some(
      ({ facility, clientId, clientSecret }) => facility === '01901' && clientId && clientSecret,
    ),
  );
  const roles = new Set(file.personas.map(({ role }) => role));
  for (const role of [
    'doctor',
    'nurse',
    'receptionist',
    'identity-officer',
    'admin',
    'privacy-officer',
    'ministry',
    'citizen',
  ])
    assert.ok(roles.has(role as never), role);
  assert.ok(file.personas.some(({ username }) => username === 'bs.khoi.bachmai'));
  const citizens = file.personas.filter(({ role }) => role === 'citizen');
  assert.ok(citizens.length >= 4 && citizens.every(({ nationalId }) => /^\d{12}$/.test(nationalId ?? '')));
  const usernames = file.personas.map(({ username }) => username);
  assert.equal(new Set(usernames).size, usernames.length);
});

test('does nothing when the nation is there, and extends a smaller one', async () => {
  await load({ persons: 10, seed: 1 });
  assert.equal(await stored(), visitsOf(10));
  await load({ persons: 14, seed: 1 });
  assert.equal(await stored(), visitsOf(14));
});

test('receives each visit when it ended, so that the figures tell of two years', async () => {
  await feedShowsAll(pools);
  while (await platform.repository.advance(platform.oversight.subscriber));
  const [span] = await pools.owner<
    { first: Date; last: Date }[]
  >`select min(at) as first, max(at) as last from feed where patient is not null`;
  assert.ok(span!.first.getTime() < now.getTime() - 600 * 86_400_000);
  assert.ok(span!.last.getTime() <= now.getTime());
  const [figures] = await pools.owner<
    { visits: number }[]
  >`select sum(visits)::int as visits from oversight_hour`;
  assert.equal(figures!.visits, await stored());
});

test('makes the sign-ins again when demo.json was lost', async () => {
  const before = (await readDemoFile(dataDir))!;
  await rm(join(dataDir, 'demo.json'));
  const file = await load({ persons: 14, seed: 1 });
  assert.deepEqual(
    file.personas.map(({ username }) => username),
    before.personas.map(({ username }) => username),
  );
  assert.notEqual(file.clients[0]!.clientSecret, before.clients[0]!.clientSecret);
  assert.equal(await stored(), visitsOf(14));
});

test('does not trust a demo.json of another database', async () => {
  const file = (await readDemoFile(dataDir))!;
  const foreign = file.clients.map((client) => ({ ...client, clientSecret: 'of another database' }));
  await writeDemoFile(dataDir, { ...file, clients: foreign });
  const { clients } = await load({ persons: 14, seed: 1 });
  assert.ok(clients.every(({ clientSecret }) => clientSecret !== 'of another database'));
});

test('refuses another seed in the same database', async () => {
  await assert.rejects(
    load({ persons: 10, seed: 2 }),
    (error: unknown) => error instanceof OutcomeError && /--data/.test(error.message),
  );
});
