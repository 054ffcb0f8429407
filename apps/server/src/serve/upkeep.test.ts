import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase, type TestDatabase } from '@yba/postgres/testing';
import { ensureMonths } from './upkeep.ts';

let database: TestDatabase;
let owner: Sql;

before(async () => {
  database = await testDatabase();
  owner = connect(database.url, { max: 4 });
});
after(async () => {
  await owner.end();
  await database.drop();
});

const months = async () =>
  (
    await owner<{ name: string }[]>`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'access_log'::regclass order by c.relname`
  ).map(({ name }) => name);

test('a partition that somebody’s long reading is in the way of comes later, and nobody waits behind it', async () => {
  const all = await months();
  await owner`drop table ${owner(all.findLast((name) => /\d$/.test(name))!)}`;
  const missing = await months();
  await owner.begin(async (reading) => {
    await reading`select count(*) from access_log`;
    await ensureMonths({ owner }, 50);
    assert.deepEqual(await months(), missing);
    await owner`insert into access_log (at, agent, action, outcome, request) values (now(), 1, 'read', 'success', 'x')`;
  });
  await ensureMonths({ owner }, 50);
  assert.deepEqual(await months(), all);
});
