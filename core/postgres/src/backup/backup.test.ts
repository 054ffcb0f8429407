import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../connect.ts';
import type { Sql } from '../connect.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';
import type { Embedded } from '../embedded/start-embedded.ts';
import { meanwhile } from '../testing.ts';
import { makeKey, readKey } from './backup-key.ts';
import { followWal } from './follow-wal.ts';
import { readFolder, readManifests, readReach, writeManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { writePlan } from './plan.ts';
import { checkBackup, restoreBackup } from './restore-backup.ts';
import { noteRestore, readRestores } from './restores.ts';
import { takeBackup } from './take-backup.ts';

const home = mkdtempSync(join(tmpdir(), 'yba-backup-'));
chmodSync(home, 0o755);
const dataDir = join(home, 'data');
const folder = join(home, 'backup');
const key = makeKey(join(home, 'key'));
const progress = () => {};
/** What lies in folders of a data folder, by its path. */
const BESIDE = {
  'audit/audit-signing-key.json': '{"key":"…"}',
  'audit/heads/heads-2026-11.jsonl': '{"checkpoint":"…"}\n',
  [`code-lists/${'danh-muc-thuoc-'.repeat(6)}/${'ban-hanh-'.repeat(6)}.csv`]: 'ma;ten\n',
};
const SMALL = { shared_buffers: '16MB', fsync: 'off' };

let database: Embedded;
let sql: Sql;

before(async () => {
  database = await startEmbedded({ dataDir, settings: SMALL });
  sql = connect(database.url, { max: 2 });
  await sql`create table note (id int primary key, text text)`;
  await sql`insert into note select n, repeat('x', 500) from generate_series(1, 2000) as n`;
  writeFileSync(join(dataDir, 'demo.json'), '{}');
  for (const [name, text] of Object.entries(BESIDE)) {
    mkdirSync(dirname(join(dataDir, name)), { recursive: true });
    writeFileSync(join(dataDir, name), text);
  }
  writeFileSync(join(dataDir, 'postgres', 'local.conf'), 'fsync = off\n'); // goes with the copy: no machine stops in these tests
});

after(async () => {
  await sql.end();
  await database.stop();
  rmSync(home, { recursive: true, force: true });
});

const backup = (over: object = {}) =>
  takeBackup({ url: database.url, dataDir, folder, key, continuous: true, progress, ...over });

async function idsIn(restored: string): Promise<number[]> {
  const running = await startEmbedded({ dataDir: restored, settings: SMALL });
  const db = connect(running.url, { max: 1 });
  const rows = await db<{ id: number }[]>`select id from note where id > 2000 order by id`;
  const [{ count }] = (await db`select count(*) from note where id <= 2000`) as unknown as [
    { count: number },
  ];
  assert.equal(count, 2000);
  await db.end();
  await running.stop();
  return rows.map(({ id }) => id);
}

/** Whether a copy is still listed when one of its files is gone; resolves when it is listed no more. */
async function halfRemoved({ name, parts }: Manifest): Promise<boolean> {
  const isListed = () => readdirSync(join(folder, 'base')).includes(name);
  while (isListed()) {
    const isWhole = [...parts.map(({ file }) => file), '0.more', '4999.more', 'manifest.json'].every((file) =>
      existsSync(join(folder, 'base', name, file)),
    );
    if (!isWhole && isListed()) return true;
    await sleep(0);
  }
  return false;
}

describe('a backup', () => {
  let moment: Date;

  test('is taken while the database is written to, and restored to a moment and to its end', async () => {
    const write = async (n: number) => {
      await sql`insert into note values (${10_000 + n}, 'under way')`;
      await sql`delete from note where id = ${10_000 + n}`;
    };
    await meanwhile(write, async () => {
      const { manifest, storedBytes } = await backup();
      assert.ok(storedBytes < manifest.rawBytes / 2);
    });
    await writePlan(dataDir, { folder, keyFile: join(home, 'key') });
    const follower = followWal({ dataDir, url: database.url }, (text) => assert.fail(text), 50);
    await sql`insert into note values (3001, 'before')`;
    await sleep(5);
    moment = new Date();
    await sleep(5);
    await sql`insert into note values (3002, 'after')`;
    const written = Date.now();
    while (!(Date.parse(readReach(folder)!.at) > written)) await sleep(20);
    await follower.stop();

    await restoreBackup({ folder, dataDir: join(home, 'then'), to: moment, key, progress });
    assert.deepEqual(await idsIn(join(home, 'then')), [3001]);
    assert.ok(existsSync(join(home, 'then', 'demo.json')));
    for (const [name, text] of Object.entries(BESIDE))
      assert.equal(readFileSync(join(home, 'then', name), 'utf8'), text);
    assert.ok(!existsSync(join(home, 'then', 'backup-plan.json')));
    const { until } = await restoreBackup({ folder, dataDir: join(home, 'end'), key, progress });
    assert.ok(until.getTime() > written);
    assert.deepEqual(await idsIn(join(home, 'end')), [3001, 3002]);
  });

  test('goes on over segments: whole ones replace their runs', async () => {
    const follower = followWal({ dataDir, url: database.url }, (text) => assert.fail(text), 50);
    await sql`insert into note select n, 'switched' from generate_series(4001, 4003) as n`;
    await sql`select pg_switch_wal()`;
    await sql`insert into note values (4004, 'next segment')`;
    await follower.stop();
    const names = readdirSync(join(folder, 'wal'));
    assert.ok(names.some((name) => /^[0-9A-F]{24}\.zst\.aes$/.test(name)));
    await restoreBackup({ folder, dataDir: join(home, 'segments'), key, progress });
    assert.deepEqual(await idsIn(join(home, 'segments')), [3001, 3002, 4001, 4002, 4003, 4004]);
  });

  test('is encrypted: nothing of the data can be read, and another key is refused', async () => {
    const [part] = readManifests(folder)[0]!.parts;
    const bytes = readFileSync(join(folder, 'base', readManifests(folder)[0]!.name, part!.file));
    assert.equal(bytes.toString('latin1', 0, 4), 'YBA1');
    assert.ok(!bytes.includes('PG_VERSION'));
    const other = makeKey(join(home, 'other-key'));
    const into = join(home, 'other');
    await assert.rejects(restoreBackup({ folder, dataDir: into, key: other, progress }), /another key/);
    await assert.rejects(restoreBackup({ folder, dataDir: into, progress }), /encrypted\. Name the key file/);
    await assert.rejects(backup({ key: other }), /encrypted with another key/);
    assert.equal(readKey(join(home, 'key')).fingerprint, key.fingerprint);
  });

  test('restores to no moment that it does not hold', async () => {
    const into = join(home, 'never');
    const at = (to: string) => restoreBackup({ folder, dataDir: into, to: new Date(to), key, progress });
    await assert.rejects(at('2020-01-01T00:00:00Z'), /the earliest moment to restore to/);
    await assert.rejects(at('2999-01-01T00:00:00Z'), /reaches to .* what came later is not in it/);
    assert.ok(!existsSync(into));
  });

  test('is never restored over something', async () => {
    await assert.rejects(
      restoreBackup({ folder, dataDir, key, progress }),
      /is not empty .* never overwrites/,
    );
  });

  test('names a file that was damaged, and one that is missing', async () => {
    const name = readManifests(folder)[0]!.name;
    const path = join(folder, 'base', name, '0001.tar.zst.aes');
    const whole = readFileSync(path);
    const broken = Buffer.from(whole);
    broken[broken.length >> 1]! ^= 1;
    const into = join(home, 'broken');
    writeFileSync(path, broken);
    await assert.rejects(
      restoreBackup({ folder, dataDir: into, key, progress }),
      /0001\.tar\.zst\.aes is damaged/,
    );
    rmSync(path);
    await assert.rejects(
      restoreBackup({ folder, dataDir: into, key, progress }),
      /0001\.tar\.zst\.aes is missing/,
    );
    writeFileSync(path, whole);
    const [segment] = readdirSync(join(folder, 'wal')).filter((file) => file.includes('.zst'));
    const log = join(folder, 'wal', segment!);
    const run = readFileSync(log);
    rmSync(log);
    await assert.rejects(checkBackup(folder, key, progress), /has a gap/);
    writeFileSync(log, run.subarray(0, run.length - 1));
    await assert.rejects(checkBackup(folder, key, progress), new RegExp(`${segment} is damaged`));
    writeFileSync(log, run);
    assert.equal((await checkBackup(folder, key, progress)).manifests.length, 1);
  });

  test('names its own papers when one byte of them was changed', async () => {
    const papers = [
      join(folder, 'base', readManifests(folder)[0]!.name, 'manifest.json'),
      join(folder, 'wal', 'reach.json'),
      join(folder, 'yba-backup.json'),
    ];
    for (const path of papers) {
      const whole = readFileSync(path);
      for (let at = 0; at < whole.length; at++) {
        const broken = Buffer.from(whole);
        broken[at]! ^= 1;
        writeFileSync(path, broken);
        const read = () => [readFolder(folder), readManifests(folder), readReach(folder)];
        assert.throws(read, new RegExp(`${basename(path)} is damaged`), `${basename(path)} byte ${at}`);
      }
      writeFileSync(path, whole);
    }
    const [manifest] = readManifests(folder);
    writeFileSync(papers[0]!, JSON.stringify(manifest)); // as earlier releases wrote it
    assert.deepEqual(readManifests(folder), [manifest]);
    await writeManifest(dirname(papers[0]!), manifest!);
  });

  test('without its reach, says what is missing and how to restore the copy alone', async () => {
    const path = join(folder, 'wal', 'reach.json');
    const whole = readFileSync(path);
    rmSync(path);
    const { stoppedAt } = readManifests(folder).at(-1)!;
    const into = join(home, 'reachless');
    const said = new RegExp(`reach\\.json is missing.*--to ${stoppedAt}$`);
    await assert.rejects(restoreBackup({ folder, dataDir: into, key, progress }), said);
    await assert.rejects(checkBackup(folder, key, progress), said);
    await restoreBackup({ folder, dataDir: into, to: new Date(stoppedAt), key, progress });
    assert.ok(existsSync(join(into, 'postgres', 'PG_VERSION')));
    writeFileSync(path, whole);
  });

  test('whose restore was cut off starts no server, and restores again', async () => {
    const into = join(home, 'cut-off');
    mkdirSync(join(into, 'postgres.restoring'), { recursive: true });
    writeFileSync(join(into, 'demo.json'), 'of the restore before');
    await assert.rejects(startEmbedded({ dataDir: into, settings: SMALL }), /Run yba admin restore again/);
    await restoreBackup({ folder, dataDir: into, key, progress });
    assert.equal(readFileSync(join(into, 'demo.json'), 'utf8'), '{}');
  });

  test('whose restore broke off as its database was killed says so, starts no server, and restores again', async () => {
    const into = join(home, 'killed');
    const pidFile = join(into, 'postgres.restoring', 'postmaster.pid');
    const restore = () => restoreBackup({ folder, dataDir: into, key, progress });
    const killing = (async () => {
      while (!existsSync(pidFile) || !(Number.parseInt(readFileSync(pidFile, 'utf8'), 10) > 0))
        await sleep(1);
      process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL');
    })();
    await assert.rejects(restore(), /broke off while the log was repeated.*run it again/s);
    await killing;
    await assert.rejects(startEmbedded({ dataDir: into, settings: SMALL }), /Run yba admin restore again/);
    await restore();
    assert.deepEqual(await idsIn(into), [3001, 3002, 4001, 4002, 4003, 4004]);
  });

  test('is not restored twice at once into one folder', async () => {
    const into = join(home, 'twice');
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    mkdirSync(join(into, 'postgres.restoring'), { recursive: true });
    writeFileSync(join(into, 'postgres.restoring', 'yba.pid'), `${other.pid}\n`);
    const restore = () => restoreBackup({ folder, dataDir: into, key, progress });
    await assert.rejects(restore(), new RegExp(`in use by a running Y Bạ \\(process ${other.pid}\\)`));
    other.kill();
    await once(other, 'exit');
    await restore();
    assert.ok(!existsSync(join(into, 'postgres', 'yba.pid')));
  });

  test('that lost a part of its log is restored to a moment before it, and to none behind it', async () => {
    const follower = followWal({ dataDir, url: database.url }, (text) => assert.fail(text), 50);
    await sql`insert into note values (5001, 'before the gap')`;
    await sleep(5);
    const before = new Date();
    await sleep(5);
    for (const id of [5002, 5003, 5004]) {
      await sql`select pg_switch_wal()`;
      await sql`insert into note values (${id}, 'behind it')`;
    }
    const behind = new Date();
    await sql`insert into note values (5005, 'at its end')`;
    await follower.stop();
    const segments = readdirSync(join(folder, 'wal')).filter((name) => /^[0-9A-F]{24}\.zst/.test(name));
    const lost = join(folder, 'wal', segments.sort().at(-1)!);
    const whole = readFileSync(lost);
    rmSync(lost);
    const into = join(home, 'gap');
    await assert.rejects(restoreBackup({ folder, dataDir: into, key, progress }), /has a gap/);
    await assert.rejects(restoreBackup({ folder, dataDir: into, to: behind, key, progress }), /has a gap/);
    await restoreBackup({ folder, dataDir: into, to: before, key, progress });
    assert.ok((await idsIn(into)).includes(5001));
    writeFileSync(lost, whole);
  });

  test('that is not there is missed: the server says so, and does not begin another by itself', async () => {
    const away = `${folder}-away`;
    renameSync(folder, away);
    mkdirSync(folder); // where the disk was mounted
    const said = await new Promise<string>((tell) => {
      const follower = followWal(
        { dataDir, url: database.url },
        (text) => void follower.stop().then(() => tell(text)),
        50,
      );
    });
    assert.match(said, /reach\.json is missing: is the disk of the backup there\?/);
    await assert.rejects(backup(), /is its disk mounted\?/);
    assert.deepEqual(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
    renameSync(away, folder);
  });

  test('that was cut off is not taken for one, and goes with the next', async () => {
    const draft = join(folder, 'base', '2026-01-01T00-00-00Z.draft');
    mkdirSync(draft);
    writeFileSync(join(draft, '0001.tar.zst.aes'), 'half');
    assert.equal(readManifests(folder).length, 1);
    await sleep(1_000); // copies are named by the second
    const [old] = readManifests(folder);
    for (let n = 0; n < 5_000; n += 1) writeFileSync(join(folder, 'base', old!.name, `${n}.more`), '');
    const removing = halfRemoved(old!);
    const { removed } = await backup({ keep: 1 });
    assert.equal(removed.length, 1);
    assert.equal(await removing, false, 'a copy was listed that had lost files');
    assert.equal(readdirSync(join(folder, 'base')).length, 1);
  });

  test('is not mixed with that of the same database which was copied, or set back to an earlier state', async () => {
    const set = join(home, 'set-back');
    const course = join(home, 'course');
    const saved = join(home, 'saved');
    const run = async (work: (db: Sql, url: string) => Promise<void>) => {
      const running = await startEmbedded({ dataDir: set, settings: SMALL });
      const db = connect(running.url, { max: 1 });
      try {
        await work(db, running.url);
      } finally {
        await db.end();
        await running.stop();
      }
    };
    const take = (url: string) => backup({ url, dataDir: set, folder: course });
    const follow = (url: string) => followWal({ dataDir: set, url }, (text) => assert.fail(text), 50);
    await run(async (db, url) => {
      await db`create table note (id int primary key, text text)`;
      await db`insert into note select n, '' from generate_series(1, 2000) as n`;
      await take(url);
      await writePlan(set, { folder: course, keyFile: join(home, 'key') });
    });
    cpSync(set, saved, { recursive: true });
    await run(async (db, url) => {
      await db`insert into note values (2001, 'written before the machine was set back')`;
      await follow(url).stop();
    });
    rmSync(set, { recursive: true });
    renameSync(saved, set);
    const said = /went on to .* without this database.*Begin another/;
    await run(async (db, url) => {
      await db`insert into note select n, 'of the other course' from generate_series(3001, 3999) as n`; // further than the first
      const told = await new Promise<string>((tell) => {
        const follower = followWal(
          { dataDir: set, url },
          (text) => void follower.stop().then(() => tell(text)),
          50,
        );
      });
      assert.match(told, said);
      await assert.rejects(take(url), said);
    });
    await checkBackup(course, key, progress);
    await restoreBackup({ folder: course, dataDir: join(home, 'first-course'), key, progress });
    assert.deepEqual(await idsIn(join(home, 'first-course')), [2001]);
  });

  test('that is cut off the first time keeps no log for ever', async () => {
    await sql`select pg_drop_replication_slot('yba_backup')`;
    const cut = (text: string) => {
      if (text.startsWith('copied')) throw new Error('cut off');
    };
    await assert.rejects(backup({ folder: join(home, 'first'), progress: cut }), /cut off/);
    assert.deepEqual([...(await sql`select slot_name from pg_replication_slots`)], []);
  });

  test('is told by what was restored out of it, whatever is left of a line that was cut off', () => {
    const restores = ['2026-11-01', '2026-11-08'].map((day) => ({ at: day, until: day, passed: true }));
    noteRestore(folder, restores[0]!);
    writeFileSync(join(folder, 'restores.jsonl'), '{"at":"2026-11-0', { flag: 'a' });
    assert.deepEqual(readRestores(folder), [restores[0]]);
    noteRestore(folder, restores[1]!);
    assert.deepEqual(readRestores(folder), restores);
  });

  test('whose clock was a year ahead is the older one all the same, and goes first', async () => {
    const ahead = join(home, 'ahead');
    await backup({ folder: ahead });
    const [first] = readManifests(ahead);
    const stoppedAt = new Date(Date.parse(first!.stoppedAt) + 365 * 86_400_000).toISOString();
    await writeManifest(join(ahead, 'base', first!.name), { ...first!, stoppedAt });
    await sleep(1_000); // copies are named by the second
    const { manifest, removed } = await backup({ folder: ahead, keep: 1 });
    assert.deepEqual(removed, [first!.name]);
    assert.deepEqual(
      readManifests(ahead).map(({ name }) => name),
      [manifest.name],
    );
  });

  test('refuses a folder that holds something else, and one inside the data folder', async () => {
    const foreign = join(home, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'letter.txt'), '');
    await assert.rejects(backup({ folder: foreign }), /not empty and holds no backup/);
    await assert.rejects(backup({ folder: join(dataDir, 'backup') }), /lies inside the data folder/);
  });
});
