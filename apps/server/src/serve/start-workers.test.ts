import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@yba/http';
import { isUnavailable } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import type { Config } from '../config.ts';
import { addressOf } from './address.ts';
import { startWorkers } from './workers.ts';

const configOn = async (databaseUrl: string, dataDir: string): Promise<Config> => ({
  host: '127.0.0.1',
  port: await freePort(),
  baseUrl: undefined,
  dataDir,
  databaseUrl,
  demo: undefined,
  vneid: undefined,
  logLevel: 'silent',
  webRoot: undefined,
});

test(
  'a worker that answers nothing any more is replaced',
  { skip: process.platform === 'win32' },
  async (t) => {
    const database = await testDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), 'yba-hung-'));
    const config = await configOn(database.url, dataDir);
    const address = await addressOf(config);
    const workers = await startWorkers({
      count: 1,
      start: { config, address, personas: [] },
      flags: [],
      onError: () => {},
      pulseMs: 250,
    });
    t.after(async () => {
      await workers.stop();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const health = () =>
      fetch(`http://127.0.0.1:${config.port}/health`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(1_000),
      }).then(
        ({ status }) => status,
        () => 0,
      );
    assert.equal(await health(), 200);
    const [hung] = Object.values(cluster.workers!);
    hung!.process.kill('SIGSTOP');
    for (let tries = 0; tries < 300 && (await health()) !== 200; tries++) await sleep(100);
    assert.equal(await health(), 200);
    assert.ok(hung!.isDead());
  },
);

test('that a database is away while a worker starts is known for what it is', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-away-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const config = await configOn(`postgres://yba@127.0.0.1:${await freePort()}/yba`, dataDir);
  const start = { config, address: await addressOf(config), personas: [] };
  await assert.rejects(startWorkers({ count: 1, start, flags: [], onError: () => {} }), isUnavailable);
});
