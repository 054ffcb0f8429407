// A database that goes away, or has no room: the server says so, goes on by itself, and nothing acknowledged is lost.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aPatient } from '@yba/fhir/testing';
import { connect, isConflict, startEmbedded, type Sql } from '@yba/postgres';
import type { DemoFile } from './testing/test-server.ts';
import { hospital, type Answer, type Hospital } from './testing/hospital.ts';
import { serverProcess, type ServerProcess } from './testing/server-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'yba-away-'));
chmodSync(dataDir, 0o755);
let server: ServerProcess;
let client: Hospital;
let sql: Sql;

before(async () => {
  server = await serverProcess([
    '--demo',
    '--persons',
    '1',
    '--port',
    '0',
    '--data',
    dataDir,
    '--log',
    'silent',
  ]);
  const { clients } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
  client = hospital(server.url, clients[0]!);
  const socket = encodeURIComponent(join(dataDir, 'postgres'));
  sql = connect(`postgres://yba@localhost/yba?host=${socket}`, { max: 1 });
});

after(async () => {
  await sql.end();
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
});

const create = () => client.send('POST', '/Patient', aPatient({}));
const issueOf = ({ body }: Answer) => (body['issue'] as { code: string; diagnostics: string }[])[0]!;

/** Changes of a table wait for those who read it, who may wait for another of its tables: then one of them is told to try again. */
async function alter(statement: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await sql.unsafe(statement);
      return;
    } catch (error) {
      if (!isConflict(error) || attempt === 20) throw error;
    }
  }
}

test('a full disk refuses writes with the reason, and lets them through once there is room', async () => {
  await alter(`
    create function no_room() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
    create trigger no_room before insert on feed for each row execute function no_room()`);
  const refused = await create();
  assert.equal(refused.status, 503);
  assert.equal(issueOf(refused).code, 'transient');
  assert.match(issueOf(refused).diagnostics, /disk .* full; nothing of this was stored/);
  await alter('drop trigger no_room on feed');
  assert.equal((await create()).status, 201);
});

test('a read whose look cannot be logged for want of room shows nothing', async () => {
  const { body } = await create();
  await alter('create trigger no_room before insert on access_log for each row execute function no_room()');
  const refused = await client.send('GET', `/Patient/${String(body['id'])}`);
  assert.equal(refused.status, 503);
  assert.match(issueOf(refused).diagnostics, /access log cannot be written, so nothing is shown/);
  await alter('drop trigger no_room on access_log');
  assert.equal((await client.send('GET', `/Patient/${String(body['id'])}`)).status, 200);
});

test('a database that is killed is started again; what was acknowledged is there', async () => {
  const written: string[] = [];
  for (let n = 0; n < 5; n += 1) written.push(String((await create()).body['id']));
  const postmaster = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  process.kill(Number.parseInt(postmaster, 10), 'SIGKILL');
  const statuses = new Set<number>();
  const deadline = Date.now() + 60_000;
  for (const id of written) {
    let { status } = await client.send('GET', `/Patient/${id}`);
    for (; status !== 200; { status } = await client.send('GET', `/Patient/${id}`)) {
      assert.ok(Date.now() < deadline, `still ${status}`);
      statuses.add(status);
      await sleep(20);
    }
  }
  assert.deepEqual(
    [...statuses].filter((status) => status !== 503),
    [],
  );
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
});

test('a server whose line to the database breaks while it starts comes up; with the database away it stops all the same', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'yba-away-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const database = await startEmbedded({ dataDir: join(folder, 'own') });
  const line = createServer();
  t.after(() => line.close());
  let made = 0;
  line.on('connection', (near) => {
    const far = connectTo(join(folder, 'own', 'postgres', '.s.PGSQL.5432'));
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
    // the first asks whether the database is there
    if (++made === 2) far.once('data', () => near.destroy());
  });
  await once(line.listen(join(folder, '.s.PGSQL.5432')), 'listening');
  process.env['DATABASE_URL'] = `postgres://yba@localhost/yba?host=${encodeURIComponent(folder)}`;
  const other = await serverProcess(['--data', join(folder, 'data'), '--port', '0', '--log', 'silent']);
  delete process.env['DATABASE_URL'];
  assert.ok(made > 3);
  await database.stop();
  other.child.kill('SIGTERM');
  const [code] = (await once(other.child, 'exit', { signal: AbortSignal.timeout(30_000) })) as [number];
  assert.equal(code, 0);
});

test('a server that is started while others hold all connections of its database waits for one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'yba-away-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const own = join(folder, 'own');
  const settings = { max_connections: '45', superuser_reserved_connections: '0' };
  const database = await startEmbedded({ dataDir: own, settings });
  t.after(() => database.stop());
  const others = connect(database.url, { max: 45 });
  await Promise.all(Array.from({ length: 45 }, () => others.reserve()));
  process.env['DATABASE_URL'] = database.url;
  const starting = serverProcess(['--data', join(folder, 'data'), '--port', '0', '--log', 'silent']);
  delete process.env['DATABASE_URL'];
  starting.catch(() => {}); // awaited below
  const isRefused = () =>
    readFileSync(join(own, 'postgres', 'postgres.log'), 'utf8').includes('too many clients');
  for (let tries = 0; tries < 3_000 && !isRefused(); tries += 1) await sleep(20);
  await others.end({ timeout: 0 });
  const late = await starting;
  assert.equal((await fetch(`${late.url}/health`)).status, 200);
  late.child.kill('SIGTERM');
  await once(late.child, 'exit');
});
