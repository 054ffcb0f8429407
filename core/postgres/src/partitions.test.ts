// Months and days whose partition comes late, or in another time zone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from './connect.ts';
import type { Sql } from './connect.ts';
import { testDatabase } from './testing.ts';
import type { TestDatabase } from './testing.ts';

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await testDatabase();
  sql = connect(database.url, { max: 4 });
});

after(async () => {
  await sql.end();
  await database.drop();
});

const LOG = { table: 'access_log', key: 'at', ensure: 'yba_ensure_months' };
const BODIES = { table: 'message_body', key: 'received', ensure: 'yba_ensure_days' };

/** The partitions of a table with their bounds, the default one left away. */
const partitionsOf = async (table: string) => [
  ...(await sql<{ name: string; bounds: string }[]>`
    select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${table}::regclass and c.relname not like '%other' order by c.relname`),
];

for (const { table, key, ensure } of [LOG, BODIES])
  test(`${table}: rows of a month or day without a partition move into it when it is made, by several servers at once`, async () => {
    const before = await partitionsOf(table);
    const last = before.at(-1)!.name;
    await sql`drop table ${sql(last)}`;
    const [, low] = /FROM \('([^']+)'\)/.exec(before.at(-1)!.bounds)!;
    const day = new Date(Date.parse(low!) + 3_600_000);
    await (table === 'access_log'
      ? sql`insert into access_log (at, agent, action, outcome, request) values (${day}, 1, 'read', 'success', 'late')`
      : sql`insert into message_body (id, received, facility, body) values (${crypto.randomUUID()}, ${day}, 1, '\\x00')`);
    const all = sql`select to_jsonb(t)::text as row from ${sql(table)} t order by ${sql(key)}`;
    const rows = [...(await all)];
    await Promise.all([1, 2, 3].map(() => sql.unsafe(`select ${ensure}('${table}')`)));
    assert.deepEqual(await partitionsOf(table), before);
    const [moved] = await sql<{ count: number }[]>`select count(*) as count from ${sql(last)}`;
    assert.equal(moved!.count, 1);
    assert.deepEqual(
      [...(await sql`select to_jsonb(t)::text as row from ${sql(table)} t order by ${sql(key)}`)],
      rows,
    );
    const indexes = (name: string) =>
      sql<{ count: number }[]>`select count(*) as count from pg_index where indrelid = ${name}::regclass`;
    assert.deepEqual([...(await indexes(last))], [...(await indexes(before[0]!.name))]);
  });

test('a database that speaks another time than it did makes the same months', async () => {
  const before = await partitionsOf('access_log');
  await sql`drop table ${sql(before.at(-1)!.name)}`;
  await sql.begin(async (db) => {
    await db`set local timezone to 'Asia/Ho_Chi_Minh'`;
    await db`select yba_ensure_months('access_log')`;
  });
  assert.deepEqual(await partitionsOf('access_log'), before);
});
