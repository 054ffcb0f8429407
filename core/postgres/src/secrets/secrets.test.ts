import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '../connect.ts';
import { testDatabase, type TestDatabase } from '../testing/test-database.ts';
import { testSecrets } from '../testing/test-secrets.ts';
import { sealedBy } from './secret-seal.ts';
import { forgetLostSecrets, openSecrets, rotateSecretKey } from './secret-store.ts';

const home = mkdtempSync(join(tmpdir(), 'yba-secrets-'));
const file = join(home, 'secret.key');
let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await testDatabase();
  sql = connect(database.url, { max: 2 });
  await sql`create table factor (id int primary key, totp_sealed text)`;
  await sql`create table needed (id int primary key, factor_sealed text not null)`;
});
after(async () => {
  await sql.end();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

const stored = async (id: number) => {
  const [row] = await sql<{ totp_sealed: string | null }[]>`select totp_sealed from factor where id = ${id}`;
  return row!.totp_sealed!;
};
const store = (id: number, sealed: string) => sql`insert into factor values (${id}, ${sealed})`;

test('what is sealed opens for its purpose, and for no other', () => {
  const secrets = testSecrets();
  const sealed = secrets.seal('JBSWY3DPEHPK3PXP', 'totp account/1');
  assert.ok(!sealed.includes('JBSWY3'));
  assert.equal(secrets.open(sealed, 'totp account/1'), 'JBSWY3DPEHPK3PXP');
  assert.notEqual(secrets.seal('JBSWY3DPEHPK3PXP', 'totp account/1'), sealed);
  assert.throws(() => secrets.open(sealed, 'totp account/2'), /sealed for “totp account\/1”/);
});

test('a sealed secret that was changed, or renamed for another purpose, does not open', () => {
  const secrets = testSecrets();
  const sealed = secrets.seal('JBSWY3DPEHPK3PXP', 'totp account/1');
  const [form, key, , body] = sealed.split('.') as [string, string, string, string];
  const renamed = [form, key, Buffer.from('totp account/2').toString('base64url'), body].join('.');
  assert.throws(() => secrets.open(renamed, 'totp account/2'), /was changed/);
  const bytes = Buffer.from(body, 'base64url');
  for (const at of [0, 12, bytes.length - 1]) {
    const other = Buffer.from(bytes);
    other[at]! ^= 1;
    const changed = sealed.slice(0, -body.length) + other.toString('base64url');
    assert.throws(() => secrets.open(changed, 'totp account/1'), /was changed/, `byte ${at}`);
  }
  const short = sealed.slice(0, -body.length) + bytes.subarray(0, 20).toString('base64url');
  assert.throws(() => secrets.open(short, 'totp account/1'), /was changed/);
  assert.throws(() => secrets.open('in the clear', 'totp account/1'), /is none/);
});

test('the key file is made at the first start, for its owner alone', async () => {
  const secrets = await openSecrets(sql, file);
  if (platform() !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  await store(1, secrets.seal('one', 'totp 1'));
  assert.equal((await openSecrets(sql, file)).open(await stored(1), 'totp 1'), 'one');
});

test(
  'a key file that cannot be written whole is not there, and is made when there is room',
  { skip: platform() === 'win32' },
  () => {
    for (const [module, call] of [
      ['./key-file.ts', 'makeSecretKeys'],
      ['../backup/backup-key.ts', 'makeKey'],
    ] as const) {
      const full = mkdtempSync(join(home, 'full-'));
      const path = join(full, 'a.key');
      const making = `import { ${call} } from ${JSON.stringify(join(import.meta.dirname, module))}; ${call}(${JSON.stringify(path)});`;
      const make = (limit: string) =>
        spawnSync('sh', [
          '-c',
          `ulimit -f ${limit}; exec "$0" --input-type=module -e "$1"`,
          process.execPath,
          making,
        ]);
      assert.notEqual(make('0').status, 0, 'not a byte may be written');
      assert.ok(!existsSync(path), call);
      const made = make('unlimited');
      assert.equal(made.status, 0, made.stderr.toString());
      assert.match(readFileSync(path, 'utf8'), /^[0-9a-f]{64}$/m);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.deepEqual(
        readdirSync(full).filter((name) => name.endsWith('.draft') && !name.includes('.key.')),
        [],
      );
    }
  },
);

test('a server that starts while another makes the file, and seals with it, takes it up', async () => {
  const later = connect(database.url, { max: 1 });
  const path = join(mkdtempSync(join(home, 'together-')), 'secret.key');
  let opening: Promise<unknown> = Promise.resolve();
  await later.begin(async (held) => {
    await held`select 1`;
    opening = openSecrets(later, path); // asks the database when this is over
    copyFileSync(file, path);
  });
  await assert.doesNotReject(opening);
  await later.end();
});

test('a lost key file is said with its remedy, and none is made in its place', async () => {
  const elsewhere = join(home, 'elsewhere.key');
  await assert.rejects(openSecrets(sql, elsewhere), /which is not in .*elsewhere\.key\.\nPut the file back/);
  await assert.rejects(rotateSecretKey(sql, elsewhere), /Put the file back/);
  assert.throws(() => readFileSync(elsewhere), /ENOENT/);
  writeFileSync(elsewhere, 'not a key\n');
  await assert.rejects(openSecrets(sql, elsewhere), /is not a secret key file/);
});

test('a new key seals everything anew, beside a server that goes on', async () => {
  const running = await openSecrets(sql, file);
  await store(2, running.seal('two', 'totp 2'));
  const before = [await stored(1), await stored(2)];
  const { keyId, count } = await rotateSecretKey(sql, file);
  assert.equal(count, 2);
  assert.deepEqual(
    [await stored(1), await stored(2)].map((sealed) => sealedBy(sealed).keyId),
    [keyId, keyId],
  );
  assert.equal(running.open(await stored(2), 'totp 2'), 'two');
  assert.equal(running.open(before[1]!, 'totp 2'), 'two', 'sealed by a server in that very moment');
  assert.equal(sealedBy(running.seal('three', 'totp 3')).keyId, keyId);
  await rotateSecretKey(sql, file);
  assert.throws(() => running.open(before[1]!, 'totp 2'), /which is not in/);
  if (platform() !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('what a key sealed that is lost for good can be dropped, and nothing else', async () => {
  const other = join(home, 'other.key');
  copyFileSync(file, other);
  await rotateSecretKey(sql, file);
  await rotateSecretKey(sql, file);
  const lost = await openSecrets(sql, file);
  await store(4, lost.seal('four', 'totp 4'));
  await sql`insert into needed values (1, ${lost.seal('one', 'needed 1')})`;
  writeFileSync(file, readFileSync(other)); // the newest keys are gone
  await assert.rejects(openSecrets(sql, file), /yba admin keys forget/);
  assert.equal(await forgetLostSecrets(sql, file), 4);
  assert.equal(
    (await sql`select from needed`).length,
    0,
    'a row that is nothing without its secret goes with it',
  );
  const secrets = await openSecrets(sql, file);
  assert.equal(await stored(4), null);
  await sql`update factor set totp_sealed = ${secrets.seal('new', 'totp 4')} where id = 4`;
  assert.equal(await forgetLostSecrets(sql, file), 0);
  assert.equal(secrets.open(await stored(4), 'totp 4'), 'new');
});
