// Row numbers are set aside by each server process. None is given out twice, also when the database is killed in between.
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

test('a database that takes over without the last commits gives no number twice, and nobody another’s looks', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-takeover-'));
  chmodSync(dataDir, 0o755);
  const folder = join(dataDir, 'postgres');
  const settings = { fsync: 'off', restore_command: 'false' };
  let database = await startEmbedded({ dataDir, settings });
  const owner = connect(database.url, { max: 4 });
  const logs = [1, 2].map(() => connect(database.url, { role: 'yba_writer', max: 2 }));
  const writer = connect(database.url, { role: 'yba_writer', max: 2 });
  const sequencer = connect(database.url, { role: 'yba_sequencer', max: 1 });
  t.after(async () => {
    await Promise.all([owner, writer, ...logs, sequencer].map((pool) => pool.end({ timeout: 1 })));
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  await migrate(owner);
  const [one, other] = await Promise.all(
    logs.map((log) =>
      createAudit({
        baseUrl: 'http://hub.example',
        owner,
        writer: log,
        ports: {
          patient: async () => undefined,
          explain: async (looks: readonly object[]) => looks.map(() => undefined),
        },
      }),
    ),
  );
  const look = (name: string, requestId: string): AccessEvent => ({
    at: new Date(),
    requestId,
    caller: { role: 'doctor', client: 'yba-clinic', subject: `account/${name}`, name, scopes: [] },
    action: 'read',
    persons: [],
    outcome: 'success',
  });
  await one!.ports.read(look('Khôi', 'before'));
  await database.stop();
  cpSync(folder, join(dataDir, 'standby'), { recursive: true });

  database = await startEmbedded({ dataDir, settings });
  await one!.ports.read(look('Mai', 'lost')); // her number as an agent, and the rows’ numbers that were set aside, are lost too
  await database.stop();
  rmSync(folder, { recursive: true });
  cpSync(join(dataDir, 'standby'), folder, { recursive: true });
  writeFileSync(join(folder, 'recovery.signal'), ''); // as a standby is promoted: another timeline
  database = await startEmbedded({ dataDir, settings });
  const isStandby = async () =>
    (await owner<{ standby: boolean }[]>`select pg_is_in_recovery() as standby`)[0]!.standby;
  while (await isStandby()) await new Promise((resolve) => setTimeout(resolve, 20));

  await other!.ports.read(look('Lan', 'after 0'));
  await one!.ports.read(look('Mai', 'after 1'));
  await writer.begin(async (transaction) => {
    await one!.ports.write(transaction, [look('Mai', 'after 2')]);
  });
  await other!.ports.read(look('Lan', 'after 3'));
  const rows = await owner<{ request: string; name: string; times: number }[]>`
    select request, name, (select count(*)::int from access_log same where same.id = l.id) as times
    from access_log l left join access_agent a on a.id = l.agent where request like 'after%' order by request`;
  assert.deepEqual(
    rows.map(({ request, name, times }) => [request, name, times]),
    [
      ['after 0', 'Lan', 1],
      ['after 1', 'Mai', 1],
      ['after 2', 'Mai', 1],
      ['after 3', 'Lan', 1],
    ],
  );
  await sequenceAll(sequencer);
  assert.deepEqual((await verifyLog(owner)).findings, []);
});
