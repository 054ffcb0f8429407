import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
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
import { writePlan } from './plan.ts';
import { checkBackup, restoreBackup } from './restore-backup.ts';
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

  test('that was cut off is not taken for one, and goes with the next', async () => {
    const draft = join(folder, 'base', '2026-01-01T00-00-00Z.draft');
    mkdirSync(draft);
    writeFileSync(join(draft, '0001.tar.zst.aes'), 'half');
    assert.equal(readManifests(folder).length, 1);
    await sleep(1_000); // copies are named by the second
    const { removed } = await backup({ keep: 1 });
    assert.equal(removed.length, 1);
    assert.equal(readdirSync(join(folder, 'base')).length, 1);
  });

  test('refuses a folder that holds something else, and one inside the data folder', async () => {
    const foreign = join(home, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'letter.txt'), '');
    await assert.rejects(backup({ folder: foreign }), /not empty and holds no backup/);
    await assert.rejects(backup({ folder: join(dataDir, 'backup') }), /lies inside the data folder/);
  });
});
