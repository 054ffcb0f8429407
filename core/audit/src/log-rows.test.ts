// Row numbers are set aside by each server process. None is given out twice, also when the database is killed in between.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AccessEvent } from '@yba/fhir';
import { connect, migrate, startEmbedded } from '@yba/postgres';
import { createAudit } from './index.ts';
import { sequenceAll } from './tree/sequence.ts';
import { verifyLog } from './verify/verify-log.ts';

/** Numbers that a process sets aside at a time. */
const AHEAD = 1_000;

test('a database killed in the middle of a write gives no row number of the log twice', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-numbers-'));
  chmodSync(dataDir, 0o755);
  const database = await startEmbedded({ dataDir, settings: { fsync: 'off' } });
  const owner = connect(database.url, { max: 4 });
  const writer = connect(database.url, { role: 'yba_writer', max: 2 });
  const log = connect(database.url, { role: 'yba_writer', max: 2 });
  const sequencer = connect(database.url, { role: 'yba_sequencer', max: 1 });
  t.after(async () => {
    await Promise.all([owner, writer, log, sequencer].map((pool) => pool.end({ timeout: 1 })));
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  await migrate(owner);
  const ports = {
    patient: async () => undefined,
    explain: async (looks: readonly object[]) => looks.map(() => undefined),
  };
  const server = () => createAudit({ baseUrl: 'http://hub.example', owner, writer: log, ports });
  const [one, other] = [await server(), await server()];
  const look = (requestId: string): AccessEvent => ({
    at: new Date(),
    requestId,
    caller: { role: 'doctor', client: 'yba-clinic', subject: 'account/1', name: 'Khôi', scopes: [] },
    action: 'read',
    persons: [],
    outcome: 'success',
  });
  const looks = async ({ ports: { read } }: typeof one, count: number) => {
    await Promise.all(Array.from({ length: count }, (_, n) => read(look(`r${n}`))));
  };
  await looks(one, 1);
  await looks(one, AHEAD); // the next row needs new numbers

  await assert.rejects(
    writer.begin(async (transaction) => {
      const [backend] = await transaction<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await one.ports.write(transaction, [look('never committed')]);
      process.kill(backend!.pid, 'SIGKILL'); // PostgreSQL ends all others and recovers
      await transaction`select pg_sleep(30)`;
    }),
  );
  const asked = () => Promise.all([owner`select 1`, log`select 1`, log`select 1`]);
  for (let attempt = 0; ; attempt++) {
    const areBack = await asked().then(
      () => true,
      () => false,
    );
    if (areBack) break;
    assert.ok(attempt < 500, 'the database did not come back');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await looks(other, 100);
  await looks(one, 100);

  assert.deepEqual([...(await owner`select id from access_log group by id having count(*) > 1`)], []);
  await sequenceAll(sequencer);
  const { findings, entries } = await verifyLog(owner);
  assert.deepEqual(findings, []);
  assert.equal(entries, 1 + AHEAD + 200);
});
