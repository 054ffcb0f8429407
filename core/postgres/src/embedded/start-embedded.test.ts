import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { attach } from '../backup/attach.ts';
import { connect, failureOf } from '../connect.ts';
import { binaries, CLEAN_ENVIRONMENT } from './binaries.ts';
import { listenOn } from './listen.ts';
import { isRepeatingLog } from './owner.ts';
import { whyNotStarted } from './postmaster.ts';
import { startEmbedded } from './start-embedded.ts';

const INDEX = join(import.meta.dirname, '..', 'index.ts');
const root = process.getuid?.() === 0;
const home = mkdtempSync(join(tmpdir(), 'yba-embedded-'));
chmodSync(home, 0o755);
const dataDir = join(home, 'data');

after(() => rmSync(home, { recursive: true, force: true }));

/** A process that starts the database, writes one row and waits to be killed. */
async function serverProcess(folder: string, row: number) {
  const program = `
    import { connect, startEmbedded } from ${JSON.stringify(INDEX)};
    const { url } = await startEmbedded({ dataDir: ${JSON.stringify(folder)} });
    const sql = connect(url);
    await sql\`create table if not exists kept (row int)\`;
    await sql\`insert into kept values (${row})\`;
    console.log('committed');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function rowsOf(url: string): Promise<number[]> {
  const sql = connect(url, { max: 1 });
  const rows = await sql<{ row: number }[]>`select row from kept order by row`;
  await sql.end();
  return rows.map(({ row }) => row);
}

function postmasterPid(folder: string): number {
  return Number.parseInt(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

describe('the embedded PostgreSQL', () => {
  test('makes its folder, keeps it to its owner, and stops', async () => {
    const { url, stop } = await startEmbedded({ dataDir });
    const sql = connect(url, { max: 1 });
    const [row] =
      await sql`select current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync`;
    await sql.end();
    await stop();
    assert.deepEqual({ ...row }, { major: 18, fsync: 'on' });
    assert.ok(!existsSync(join(dataDir, 'postgres', 'postmaster.pid')));
  });

  test('a command beside one whose connections are all taken says so, and is let in once there is one', async () => {
    const { url, stop } = await startEmbedded({ dataDir, settings: { max_connections: '10' } });
    const others = connect(url, { max: 10 });
    await Promise.all(Array.from({ length: 10 }, () => others.reserve()));
    try {
      await assert.rejects(
        attach(dataDir, () => {}, 0),
        /connections of the database are taken.*max_connections/s,
      );
      const { running } = await attach(dataDir, () => void others.end({ timeout: 0 })); // when told that it waits
      assert.equal(running, true);
    } finally {
      await others.end({ timeout: 0 });
      await stop();
    }
  });

  test('starts again on an existing folder, with the connections its servers need unless somebody says otherwise', async () => {
    const local = join(dataDir, 'postgres', 'local.conf');
    for (const [said, most] of [
      ['', '140'],
      ['max_connections = 77', '77'],
    ] as const) {
      writeFileSync(local, said);
      const { url, stop } = await startEmbedded({ dataDir, connections: 140 });
      const sql = connect(url, { max: 1 });
      assert.deepEqual({ ...(await sql`show max_connections`)[0] }, { max_connections: most });
      await sql.end();
      await stop();
    }
    rmSync(local);
  });

  test('ends by itself when the server is killed, and keeps what was committed', async () => {
    const child = await serverProcess(dataDir, 1);
    const pid = postmasterPid(dataDir);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (let tries = 0; tries < 100 && existsSync(`/proc/${pid}/cwd`); tries += 1) await sleep(50);
    const { url, stop } = await startEmbedded({ dataDir });
    assert.deepEqual(await rowsOf(url), [1]);
    await stop();
  });

  test('ends by itself when the server is killed in the midst of its recovery, and keeps what was committed', async () => {
    const child = await serverProcess(dataDir, 1);
    const pid = postmasterPid(dataDir);
    const sql = connect(
      (await listenOn(dataDir, { folder: join(dataDir, 'postgres'), user: undefined })).url,
      {
        max: 1,
      },
    );
    for (let code = ''; code !== '57P03';)
      // until it is met in its recovery, which may be over before one looks
      await sql<{ pid: number }[]>`select pg_backend_pid() as pid`.then(
        ([backend]) => process.kill(backend!.pid, 'SIGKILL'),
        (error: { code: string }) => ({ code } = error),
      );
    child.kill('SIGKILL');
    await once(child, 'exit');
    await sql.end();
    for (let tries = 0; tries < 1_200 && existsSync(`/proc/${pid}/cwd`); tries += 1) await sleep(50);
    assert.ok(
      !existsSync(`/proc/${pid}/cwd`),
      'nobody started anything on the folder, and its database is there still',
    );
    const { url, stop } = await startEmbedded({ dataDir });
    assert.deepEqual(await rowsOf(url), [1, 1]);
    await stop();
  });

  test('knows one that recovers, whose end is not waited for, by its control file', async () => {
    const folder = join(dataDir, 'postgres');
    const { stop } = await startEmbedded({ dataDir });
    const states = [isRepeatingLog(folder)];
    await stop();
    states.push(isRepeatingLog(folder));
    const copy = join(home, 'recovering');
    mkdirSync(join(copy, 'global'), { recursive: true });
    const control = readFileSync(join(folder, 'global', 'pg_control'));
    control.writeUInt32LE(4, 16);
    writeFileSync(join(copy, 'global', 'pg_control'), control);
    assert.deepEqual([...states, isRepeatingLog(copy)], [false, false, true]);
  });

  test('stops also in the midst of its recovery, and keeps what was committed', async () => {
    const { url, stop } = await startEmbedded({ dataDir });
    const sql = connect(url, { max: 1 });
    for (let code = ''; code !== '57P03';)
      // until it is met in its recovery, which may be over before one looks
      await sql<{ pid: number }[]>`select pg_backend_pid() as pid`.then(
        ([backend]) => process.kill(backend!.pid, 'SIGKILL'),
        (error: { code: string }) => ({ code } = error),
      );
    await stop();
    await sql.end();
    const again = await startEmbedded({ dataDir });
    assert.deepEqual(await rowsOf(again.url), [1, 1]);
    await again.stop();
  });

  test(
    'a standby is told as one that takes no writes, until it is promoted',
    { skip: platform() === 'win32' },
    async () => {
      await (await startEmbedded({ dataDir })).stop();
      const folder = join(dataDir, 'postgres');
      const { uid, gid } = statSync(folder);
      const user = root ? { name: 'its user', uid, gid } : undefined;
      const { url, settings } = await listenOn(dataDir, { folder, user });
      writeFileSync(join(folder, 'standby.signal'), '');
      chownSync(join(folder, 'standby.signal'), uid, gid);
      const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const standby = spawn(binaries(user).postgres, ['-D', folder, ...options], {
        cwd: folder,
        env: CLEAN_ENVIRONMENT,
        stdio: 'ignore',
        ...(user ? { uid, gid } : {}),
      });
      const ended = once(standby, 'exit');
      const codeOf = async () => ((await failureOf(url)) as { code: string } | undefined)?.code;
      try {
        for (let tries = 0; tries < 1_000 && (await codeOf()) !== '25006'; tries += 1) await sleep(20);
        assert.equal(await codeOf(), '25006');
        const sql = connect(url, { max: 1 });
        await sql`select pg_promote()`;
        await sql.end();
        assert.equal(await codeOf(), undefined);
      } finally {
        standby.kill('SIGINT');
        await ended;
        rmSync(join(folder, 'standby.signal'), { force: true }); // gone when it was promoted
      }
    },
  );

  test('stops also when it was just killed, and whoever stops it goes on to his own end', async () => {
    const program = `
      import { startEmbedded } from ${JSON.stringify(INDEX)};
      const { stop } = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)} });
      process.kill(Number.parseInt(process.getBuiltinModule('fs').readFileSync(${JSON.stringify(
        join(dataDir, 'postgres', 'postmaster.pid'),
      )}, 'utf8'), 10), 'SIGKILL');
      await new Promise((later) => setTimeout(later, 100));
      await stop();
      console.log('stopped');`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, said], [0, 'stopped\n']);
  });

  test('starts at once after server and database were both killed', async () => {
    const child = await serverProcess(dataDir, 2);
    process.kill(postmasterPid(dataDir), 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { url, stop } = await startEmbedded({ dataDir });
    assert.deepEqual(await rowsOf(url), [1, 1, 2]);
    await stop();
  });

  test('refuses a folder that another server uses, naming the process', async () => {
    const child = await serverProcess(dataDir, 3);
    await assert.rejects(
      startEmbedded({ dataDir }),
      new RegExp(`in use by a running Y Bạ \\(process ${child.pid}\\)`),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('of two that are started on a new folder one serves, and the other says so', async () => {
    const folder = join(home, 'two');
    const program = `
      import { startEmbedded } from ${JSON.stringify(INDEX)};
      console.log(await startEmbedded({ dataDir: ${JSON.stringify(folder)} }).then(() => 'serves', ({ message }) => message));
      setInterval(() => {}, 1000);`;
    const children = [1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const said = await Promise.all(
      children.map(async (child) => String((await once(child.stdout, 'data'))[0])),
    );
    const winner = children[said.indexOf('serves\n')];
    assert.equal(Number.parseInt(readFileSync(join(folder, 'postgres', 'yba.pid'), 'utf8'), 10), winner?.pid);
    for (const child of children) child.kill('SIGKILL');
    assert.equal(said.filter((text) => text === 'serves\n').length, 1, said.join());
    // the second where both had made it at the same moment
    const isUsed = /in use by a running Y Bạ|another postmaster .* running in data directory/;
    assert.equal(said.filter((text) => isUsed.test(text)).length, 1, said.join());
    const { stop } = await startEmbedded({ dataDir: folder });
    await stop();
    assert.deepEqual(readdirSync(folder), ['postgres']);
  });

  test('knows the folder by another way to it', async () => {
    const link = join(home, 'link');
    symlinkSync(dataDir, link);
    const child = await serverProcess(link, 4);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { url, stop } = await startEmbedded({ dataDir: link });
    assert.deepEqual(await rowsOf(url), [1, 1, 2, 3, 4]);
    await stop();
  });

  test('is not stopped by a left-over pid file that names another program', async () => {
    const first = await startEmbedded({ dataDir });
    await first.stop();
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n${dataDir}/postgres\n`);
    const { url, stop } = await startEmbedded({ dataDir });
    assert.deepEqual(await rowsOf(url), [1, 1, 2, 3, 4]);
    await stop();
  });

  test('starts again cleanly after a crash in the middle of making the folder', async () => {
    const folder = join(home, 'crashed');
    mkdirSync(join(folder, 'postgres.draft-0a1b', 'base'), { recursive: true });
    const { stop } = await startEmbedded({ dataDir: folder });
    await stop();
    assert.deepEqual(readdirSync(folder), ['postgres']);
  });

  test('a disk that is full is said before what PostgreSQL says of it', () => {
    const said = `2026-11-29 18:48:16 GMT [1] LOG:  skipping missing configuration file "/srv/yba/postgres/local.conf"
2026-11-29 18:48:16 UTC [1] FATAL:  could not write lock file "/srv/yba/postgres/.s.PGSQL.5432.lock": No space left on device
`;
    const told = whyNotStarted('/srv/yba/postgres', said);
    assert.match(told, /^PostgreSQL did not start on \/srv\/yba\/postgres: its disk is full\. Make room/);
    assert.match(told, /could not write lock file/);
    assert.doesNotMatch(told, /skipping/);
    assert.doesNotMatch(whyNotStarted('/srv/yba/postgres', 'FATAL:  sorry'), /disk/);
  });

  test('makes no new database where one was', async () => {
    const folder = join(home, 'rest');
    mkdirSync(join(folder, 'postgres', 'base'), { recursive: true });
    await assert.rejects(startEmbedded({ dataDir: folder }), /what is left of a database.*restore a backup/);
    assert.deepEqual(readdirSync(folder), ['postgres']);
  });

  test(
    'says which folder is closed to its user, and what to do',
    { skip: !root && 'only root has another user' },
    async () => {
      const closed = join(home, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      chownSync(closed, 54321, 54321);
      await assert.rejects(startEmbedded({ dataDir: join(closed, 'data') }), (error: Error) => {
        assert.match(error.message, new RegExp(`may not enter ${closed}\\.`));
        assert.match(error.message, /--data/);
        return true;
      });
    },
  );

  test(
    'steps through a fresh folder that root made for itself',
    { skip: !root && 'only root has another user' },
    async () => {
      const fresh = mkdtempSync(join(home, 'fresh-'));
      const { stop } = await startEmbedded({ dataDir: join(fresh, 'data') });
      await stop();
      assert.equal(statSync(fresh).mode & 0o777, 0o710);
    },
  );

  test('takes back a folder that was copied as root', { skip: !root && 'only root can own it' }, async () => {
    execFileSync('chown', ['-R', 'root', join(dataDir, 'postgres')]);
    const { url, stop } = await startEmbedded({ dataDir });
    assert.deepEqual(await rowsOf(url), [1, 1, 2, 3, 4]);
    await stop();
  });
});
