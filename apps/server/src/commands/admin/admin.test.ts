// Backup, restore, upgrade, repack and erase as an IT officer runs them: commands, a server beside them, kill -9.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '@yba/fhir';
import { anObservation, aPatient } from '@yba/fhir/testing';
import { connect, migrate, openSecrets, readReach, startEmbedded } from '@yba/postgres';
import { createAccess } from '@yba/access';
import { meanwhile } from '@yba/postgres/testing';
import { hospital } from '../../testing/hospital.ts';
import type { Hospital } from '../../testing/hospital.ts';
import { serverProcess } from '../../testing/server-process.ts';
import type { ServerProcess } from '../../testing/server-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts');
const home = mkdtempSync(join(tmpdir(), 'yba-admin-'));
chmodSync(home, 0o755);
const dataDir = join(home, 'data');
const folder = join(home, 'backup');
const keyFile = join(home, 'backup.key');

let server: ServerProcess;
let client: Hospital;
let patient: string;
/** Of another person, who names the first as the contact. */
let relative: string;

type Ended = { code: number; stdout: string; stderr: string };

function yba(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function admin(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await yba('admin', ...args);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return stdout;
}

before(async () => {
  const database = await startEmbedded({ dataDir, settings: { fsync: 'off' } });
  // goes with every copy: processes are killed here, no machine stops
  writeFileSync(join(dataDir, 'postgres', 'local.conf'), 'fsync = off\n');
  const sql = connect(database.url, { max: 2 });
  await migrate(sql);
  const nobody = () => Promise.resolve(undefined);
  const access = await createAccess({
    baseUrl: 'http://localhost',
    sql,
    secrets: await openSecrets(sql, join(dataDir, 'secret.key')),
    ports: {
      findPerson: nobody,
      patient: nobody,
      audit: { read: () => Promise.resolve(), write: () => Promise.resolve() },
    },
    onError: () => {},
  } as unknown as Parameters<typeof createAccess>[0]);
  const credentials = await access.createClient({
    name: 'Backup test',
    facility: '01901',
    facilityName: 'Backup test',
  });
  await sql.end();
  await database.stop();
  server = await serverProcess(['--port', '0', '--data', dataDir, '--log', 'error']);
  client = hospital(server.url, credentials);
  const telecom = [{ system: 'phone', value: '0912000123' }];
  patient = (await create(aPatient({ telecom }))).id!;
  relative = (await create({ ...aPatient({ birthDate: '1951-07-07' }), contact: [{ telecom }] })).id!;
});

after(async () => {
  if (server.child.exitCode === null && server.child.signalCode === null) {
    server.child.kill('SIGTERM');
    await once(server.child, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
});

async function create({ id: _, ...resource }: Resource): Promise<Resource> {
  const { status, body } = await client.send('POST', `/${resource.resourceType}`, resource);
  assert.equal(status, 201, JSON.stringify(body));
  return body as Resource;
}

const result = (marker: string): Promise<Resource> =>
  create({
    ...anObservation({}),
    subject: { reference: `Patient/${patient}` },
    identifier: [{ system: 'urn:backup', value: marker }],
  });

/** Which of these are in the database of a data folder; a server on it is not needed. */
async function storedIn(restored: string, ids: readonly string[]): Promise<string[]> {
  const database = await startEmbedded({ dataDir: restored });
  const sql = connect(database.url, { max: 1 });
  const rows = await sql<
    { id: string }[]
  >`select id from resource where id = any(${ids as string[]}::uuid[]) and not deleted`;
  await sql.end();
  await database.stop();
  return rows.map(({ id }) => id);
}

describe('yba admin', () => {
  test('lists its operations, and refuses what is none', async () => {
    const { stdout } = await yba('admin');
    for (const operation of ['backup', 'restore', 'upgrade', 'verify', 'reindex', 'repack', 'erase'])
      assert.ok(stdout.includes(`yba admin ${operation}`), operation);
    assert.match((await yba('admin', 'bakcup')).stderr, /"bakcup" is not an operation/);
    assert.match((await yba('help')).stdout, /yba admin restore FOLDER/);
  });

  let moment: Date;
  let first: string;
  const acknowledged: { id: string; at: number }[] = [];

  test('takes a backup beside the running server, and says what to do with it', async () => {
    first = (await result('first')).id!;
    const said = await admin('backup', folder, '--key', keyFile, '--data', dataDir);
    assert.match(said, /Made the key file/);
    assert.match(said, /became [\d.]+ MB, encrypted, in/);
    assert.match(said, /its log follows every 5 seconds/);
    assert.match(
      await admin('backup', folder, '--key', keyFile, '--check'),
      /1 copy, .*every file as it was written/,
    );
  });

  test('registers a system beside the running server, gives it a new secret, and shuts it out', async () => {
    const said = await admin('client', 'add', '--name', 'HIS', '--facility', '01901', '--data', dataDir);
    const [, id] = /client id +(\S+)/.exec(said)!;
    const [, secret] = /client secret +(\S+)/.exec(said)!;
    const token = async (clientSecret: string) => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id!,
        client_secret: clientSecret,
      });
      const answer = await fetch(`${server.url}/oauth/token`, { method: 'POST', body });
      return ((await answer.json()) as { access_token?: string }).access_token;
    };
    const status = async (bearer: string) => {
      const headers = { authorization: `Bearer ${bearer}` };
      return (await fetch(`${server.url}/fhir/Organization`, { headers })).status;
    };
    const first = (await token(secret!))!;
    assert.equal(await status(first), 200);
    const [, fresh] = /New secret of \S+: (\S+)/.exec(
      await admin('client', 'secret', id!, '--data', dataDir),
    )!;
    assert.deepEqual([await token(secret!), await status((await token(fresh!))!)], [undefined, 200]);
    await admin('client', 'off', id!, '--data', dataDir);
    assert.equal(await token(fresh!), undefined);
    for (let n = 0; n < 100 && (await status(first)) !== 401; n++) await sleep(50);
    assert.equal(await status(first), 401);
    assert.match(await admin('client', 'list', '--data', dataDir), new RegExp(`off +${id}`));
    assert.match((await yba('admin', 'client', 'add', '--name', 'x', '--data', dataDir)).stderr, /facility/);
  });

  test('is never taken for whole when kill -9 cuts it off, and is made whole by the next', async () => {
    const other = join(home, 'cut');
    const cut = spawn(process.execPath, [MAIN, 'admin', 'backup', other, '--once', '--data', dataDir], {
      stdio: 'ignore',
    });
    const drafts = () => (existsSync(join(other, 'base')) ? readdirSync(join(other, 'base')) : []);
    while (drafts().length === 0 && cut.exitCode === null) await sleep(1);
    cut.kill('SIGKILL');
    await once(cut, 'exit');
    assert.deepEqual(
      drafts().map((name) => name.endsWith('.draft')),
      [true],
    );
    assert.match((await yba('admin', 'backup', other, '--check')).stderr, /holds no whole backup/);
    assert.match(
      (await yba('admin', 'restore', other, '--data', join(home, 'x'))).stderr,
      /holds no whole backup/,
    );
    assert.match(await admin('backup', other, '--once', '--data', dataDir), /NOT ENCRYPTED/);
    assert.match(await admin('backup', other, '--check'), /1 copy, .*every file as it was written/);
    const open = join(home, 'open');
    mkdirSync(join(other, 'restores.jsonl')); // a folder that takes no note, as one that is mounted for reading alone
    assert.match(await admin('restore', other, '--data', open), /could not be noted in .*cut/);
    for (const file of ['secret.key', 'audit/audit-signing-key.json'])
      assert.ok(existsSync(join(dataDir, file)) && !existsSync(join(open, file)), `${file} in the clear`);
    const start = await yba('serve', '--port', '0', '--data', open);
    assert.match(start.stderr, /sealed with the key [0-9a-f]{8}, which is not in .*secret\.key/);
  });

  test('restores to a moment after kill -9 under load: what was before is there, what came later is not', async () => {
    const before = (await result('before')).id!;
    await sleep(20);
    moment = new Date();
    await sleep(20);
    const later = (await result('later')).id!;
    const load = async () => {
      const made = await result('load').catch(() => undefined);
      if (made) acknowledged.push({ id: made.id!, at: Date.now() });
    };
    await meanwhile(
      () => Promise.all([load(), load()]),
      async () => {
        const since = Date.now();
        while (!(Date.parse(readReach(folder)!.at) > since + 500)) await sleep(50);
        await sleep(300);
        server.child.kill('SIGKILL');
        await once(server.child, 'exit');
      },
    );

    const then = join(home, 'then');
    const said = await admin(
      'restore',
      folder,
      '--to',
      moment.toISOString(),
      '--key',
      keyFile,
      '--data',
      then,
    );
    assert.match(said, /Restored to .* in [\d.]+ s/);
    assert.match(said, /Verified 4 resources/);
    assert.deepEqual(new Set(await storedIn(then, [first, before, later])), new Set([first, before]));
  });

  test('restores to its end: all that was acknowledged before the log was last copied', async () => {
    const reach = Date.parse(readReach(folder)!.at);
    const covered = acknowledged.filter(({ at }) => at <= reach).map(({ id }) => id);
    assert.ok(
      covered.length > 0 && covered.length < acknowledged.length,
      `${covered.length} of ${acknowledged.length}`,
    );
    const end = join(home, 'end');
    await admin('restore', folder, '--key', keyFile, '--data', end);
    assert.equal((await storedIn(end, covered)).length, covered.length);
    for (const file of ['secret.key', 'audit/audit-signing-key.json'])
      assert.equal(readFileSync(join(end, file), 'utf8'), readFileSync(join(dataDir, file), 'utf8'), file);
  });

  test('never restores over something, nor from a folder that is no backup', async () => {
    assert.match(
      (await yba('admin', 'restore', folder, '--key', keyFile, '--data', dataDir)).stderr,
      /is not empty/,
    );
    assert.match(
      (await yba('admin', 'restore', home, '--data', join(home, 'x'))).stderr,
      /holds no backup of Y Bạ/,
    );
    assert.match(
      (await yba('admin', 'restore', folder, '--to', 'yesterday', '--data', join(home, 'x'))).stderr,
      /is not a moment/,
    );
  });

  test('takes a backup of a stopped server, and counts on after kill -9', async () => {
    assert.match(
      await admin('backup', folder, '--key', keyFile, '--keep', '1', '--data', dataDir),
      /removed the old copy/,
    );
    const end = join(home, 'again');
    await admin('restore', folder, '--key', keyFile, '--data', end);
    const ids = acknowledged.map(({ id }) => id);
    assert.equal((await storedIn(end, ids)).length, ids.length);
  });

  test('repacks, verifies and erases', async () => {
    assert.match(
      await admin('repack', '--return-space', '--data', join(home, 'then')),
      /Repacked \d+ charts/,
    );
    assert.match(await admin('verify', '--data', join(home, 'then')), /every version opens and is itself/);
    const order = ['--by', 'Court', '--reason', 'Order 12/2026', '--data', join(home, 'then')];
    assert.match(
      await admin('erase', `Observation/${first}`, ...order),
      /Would erase 1 resources.*\n.*\n.*\nNothing was changed/,
    );
    const erased = await yba('admin', 'erase', '--person', `Patient/${patient}`, ...order, '--yes');
    assert.deepEqual([erased.code, erased.stdout.includes('none is left')], [1, false], erased.stdout);
    assert.match(
      erased.stdout,
      new RegExp(`in the records of Patient/${relative}\\n`),
      'whose contact the person is',
    );
    const database = await startEmbedded({ dataDir: join(home, 'then') });
    const sql = connect(database.url, { max: 2 });
    const limit = (to: string) =>
      sql.unsafe(
        `do $$ begin execute format('alter database %I ${to}', current_database()); end $$`,
      ) as Promise<unknown>;
    try {
      await limit('set lock_timeout = 20');
      await sql.begin(async (tx) => {
        await tx`lock table submission in share update exclusive mode`; // so that a vacuum fails, and nothing else
        assert.match(
          await admin('erase', '--person', `Patient/${relative}`, ...order, '--yes'),
          /none is left\nThe room it took could not be freed now \(.*\); .* The record is erased\.\n/,
        );
      });
    } finally {
      await limit('reset lock_timeout');
      await sql.end();
      await database.stop();
    }
    assert.match(await admin('verify', '--data', join(home, 'then')), /every version opens and is itself/);
  });

  test('reindexes what an older set of search parameters wrote, and counts it', async () => {
    const then = join(home, 'then');
    const database = await startEmbedded({ dataDir: then });
    const sql = connect(database.url, { max: 1 });
    await sql`update definition_state set revision = revision + 1`;
    await sql.end();
    await database.stop();
    assert.match(
      await admin('reindex', '--data', then),
      /Reindexed \d+ rows to revision \d+ .*\n {2}complete: no row/,
    );
    assert.match(await admin('reindex', '--data', then), /Nothing to reindex/);
  });

  test('what an administrator did at the machine stands in the access log, a rehearsed erasure in that of the person', async () => {
    const then = join(home, 'then');
    const database = await startEmbedded({ dataDir: then });
    const sql = connect(database.url, { max: 1 });
    try {
      const rows = await sql<{ request: string; action: string; name: string; of: string; about: boolean }[]>`
        select l.request, l.action, a.name, coalesce(l.detail, '') as of, l.person is not null as about
        from access_log l join access_agent a on a.id = l.agent where l.request like 'yba admin %' order by l.at, l.id`;
      const told = (command: string) => rows.filter(({ request }) => request === `yba admin ${command}`);
      for (const [command, action] of [
        ['restore', 'restore'],
        ['repack', 'operation'],
        ['verify', 'operation'],
        ['reindex', 'operation'],
      ] as const) {
        assert.ok(told(command).length > 0, command);
        assert.ok(
          told(command).every((row) => row.action === action && row.name !== ''),
          command,
        );
      }
      assert.deepEqual(
        told('erase').map((row) => [row.action, row.name, row.of.includes('rehearsal'), row.about]),
        [
          ['read', 'Court', true, true],
          ['delete', 'Court', false, true],
          ['delete', 'Court', false, true],
        ],
      );
    } finally {
      await sql.end();
      await database.stop();
    }
  });

  test('makes a new key for the secrets, and drops nothing that opens', async () => {
    const then = join(home, 'then');
    const before = readFileSync(join(then, 'secret.key'), 'utf8');
    assert.match(
      await admin('keys', 'rotate', '--data', then),
      /New key for the secrets.*\n {2}[1-9]\d* secrets sealed with it anew/,
    );
    assert.notEqual(readFileSync(join(then, 'secret.key'), 'utf8'), before);
    assert.match(await admin('keys', 'forget', '--yes', '--data', then), /Nothing was dropped/);
  });

  test('has nothing to upgrade in a folder of this release', async () => {
    assert.match(await admin('upgrade', '--data', join(home, 'then')), /Nothing to upgrade/);
  });

  test('refuses a folder of another PostgreSQL, with what to do', async () => {
    const other = join(home, 'end', 'postgres', 'PG_VERSION');
    assert.ok(existsSync(other));
    const kept = readFileSync(other, 'utf8');
    for (const [major, said] of [
      ['17', /pg_dump/],
      ['19', /newer Y Bạ/],
    ] as const) {
      writeFileSync(other, `${major}\n`);
      const { code, stderr } = await yba('admin', 'upgrade', '--data', join(home, 'end'));
      assert.equal(code, 1);
      assert.match(stderr, said);
    }
    writeFileSync(other, kept);
  });
});
