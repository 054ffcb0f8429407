import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, onDatabase } from './connect.ts';
import type { Sql } from './connect.ts';
import { migrate, migrations } from './migrate.ts';
import type { Migration } from './migrate.ts';
import { testDatabase } from './testing.ts';
import type { TestDatabase } from './testing.ts';

let database: TestDatabase;
let admin: Sql;
let sql: Sql;

before(async () => {
  database = await testDatabase();
  admin = connect(onDatabase(database.url, 'postgres'), { max: 1 });
  const name = `yba_test_migrate_${process.pid}`;
  await admin.unsafe(`create database ${name}`);
  sql = connect(onDatabase(database.url, name), { max: 4 });
});

after(async () => {
  await sql.end();
  await admin.unsafe(`drop database yba_test_migrate_${process.pid} with (force)`);
  await admin.end();
  await database.drop();
});

const first: Migration = { name: '0001-note.sql', text: 'create table note (text text);', checksum: 'a' };
const second: Migration = { name: '0002-fill.sql', text: "insert into note values ('once')", checksum: 'b' };

test('runs each migration once, also when several servers start together', async () => {
  const runs = await Promise.all([migrate(sql, [first, second]), migrate(sql, [first, second])]);
  assert.deepEqual(runs.flat().sort(), ['0001-note.sql', '0002-fill.sql']);
  assert.equal((await sql`select * from note`).length, 1);
  assert.deepEqual(await migrate(sql, [first, second]), []);
});

test('several servers that start together on an empty database all come up', async () => {
  const name = `yba_test_migrate_new_${process.pid}`;
  await admin.unsafe(`create database ${name}`);
  const servers = Array.from({ length: 8 }, () => connect(onDatabase(database.url, name), { max: 1 }));
  try {
    await Promise.all(servers.map((server) => server`select 1`));
    for (let turn = 0; turn < 30; turn++) {
      const runs = await Promise.all(servers.map((server) => migrate(server, [first, second])));
      assert.deepEqual(runs.flat().sort(), ['0001-note.sql', '0002-fill.sql']);
      await servers[0]!`drop table note, schema_migration`;
    }
  } finally {
    await Promise.all(servers.map((server) => server.end()));
    await admin.unsafe(`drop database ${name} with (force)`);
  }
});

test('refuses a migration that was edited after it ran', async () => {
  await assert.rejects(
    migrate(sql, [{ ...first, checksum: 'other' }, second]),
    /0001-note\.sql was edited after it ran/,
  );
});

test('refuses a database that a newer version migrated', async () => {
  await assert.rejects(migrate(sql, [first]), /0002-fill\.sql is not known here/);
});

test('leaves nothing of a migration that fails, and names its line', async () => {
  const broken: Migration = {
    name: '0003-broken.sql',
    text: 'create table half ();\nselect nonsense;',
    checksum: 'c',
  };
  await assert.rejects(
    migrate(sql, [first, second, broken]),
    /0003-broken\.sql failed: .*nonsense.* \(line 2\)/,
  );
  assert.equal((await sql`select to_regclass('half') as half`)[0]?.['half'], null);
});

test('a test database holds all migrations', async () => {
  const clone = connect(database.url, { max: 1 });
  const rows = await clone<{ name: string }[]>`select name from schema_migration order by name`;
  await clone.end();
  assert.deepEqual(
    rows.map((row) => row.name),
    migrations().map((migration) => migration.name),
  );
});
