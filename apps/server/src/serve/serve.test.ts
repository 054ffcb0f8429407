import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase, type TestDatabase } from '@yba/postgres/testing';
import type { Config } from '../config.ts';
import { hospital } from '../testing/hospital.ts';
import type { DemoFile } from '../testing/test-server.ts';
import { serve } from './index.ts';

let beside: TestDatabase;
let admin: Sql;

before(async () => {
  beside = await testDatabase();
  admin = connect(beside.url, { max: 1 });
});
after(async () => {
  await admin.end();
  await beside.drop();
});

test('servers that are started at the same moment on an empty database all come up, on one nation and one key', async () => {
  const name = `yba_test_together_${process.pid}`;
  await admin.unsafe(`create database ${name}`);
  const databaseUrl = Object.assign(new URL(beside.url), { pathname: `/${name}` }).href;
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-together-'));
  const config: Config = {
    host: '127.0.0.1',
    port: 0,
    baseUrl: undefined,
    dataDir,
    databaseUrl,
    demo: { persons: 1, seed: 1 },
    vneid: undefined,
    logLevel: 'silent',
    webRoot: undefined,
  };
  const starts = await Promise.allSettled(Array.from({ length: 3 }, () => serve(config, { progress() {} })));
  const servers = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    assert.deepEqual(
      starts.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : [])),
      [],
    );
    const { clients } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
    const found = await Promise.all(
      servers.map(({ url }) => hospital(url, clients[0]!).send('GET', '/Organization?_summary=count')),
    );
    assert.deepEqual(
      found.map(({ status }) => status),
      [200, 200, 200],
    );
    const heads = await Promise.all(servers.map(({ seal }) => seal()));
    assert.equal(new Set(heads.map(({ key }) => key)).size, 1);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await admin.unsafe(`drop database ${name} with (force)`);
    rmSync(dataDir, { recursive: true, force: true });
  }
});
