import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { connect, onDatabase } from '../connect.ts';
import type { Sql } from '../connect.ts';
import { migrate, migrations } from '../migrate.ts';
import { previousRelease } from '../testing.ts';
import type { TestDatabase } from '../testing.ts';
import { prepareWritePath } from './prepare-write-path.ts';
import { migrateAtStart, pendingUpgrade, upgrade } from './upgrade.ts';

let database: TestDatabase;
let sql: Sql;

beforeEach(async () => {
  database = await previousRelease();
  sql = connect(database.url, { max: 2 });
});

afterEach(async () => {
  await sql.end();
  await database.drop();
});

/** What a conversion must leave: index terms first, the others behind, none lost; the feed change by change. */
async function contents(): Promise<unknown> {
  const [terms] = await sql`
    select md5(string_agg(id || ' ' || indexed || ' ' || terms[1:indexed]::text || ' ' ||
      (select coalesce(array_agg(term order by term), '{}') from unnest(terms) as term)::text, ',' order by id)) as digest from resource`;
  const [feed] = await sql`
    select md5(string_agg(concat_ws(' ', xid, position, ids, types, versions, actions, client_ids), ',' order by position)) as digest from feed`;
  return { terms, feed };
}

test('converts in batches what the migration alone would convert at once', async () => {
  const told: string[] = [];
  await upgrade(sql, { progress: (text) => told.push(text), batch: 100 });
  const inBatches = await contents();
  assert.ok(
    told.some((text) => /^converted \d+ of about \d+ rows \(resource_\d\)$/.test(text)),
    told.join('\n'),
  );
  const other = await previousRelease();
  await sql.end();
  sql = connect(other.url, { max: 2 });
  await migrateAtStart(sql);
  const atOnce = await contents();
  await sql.end();
  await other.drop();
  sql = connect(database.url, { max: 2 });
  assert.deepEqual(inBatches, atOnce);
  assert.deepEqual((await pendingUpgrade(sql)).names, []);
});

test('goes on where it was cut off, and what the old server wrote meanwhile is converted too', async () => {
  const cut = new AbortController();
  let batches = 0;
  const progress = () => {
    if ((batches += 1) === 3) cut.abort();
  };
  await assert.rejects(prepareWritePath(sql, { progress, signal: cut.signal, batch: 50 }));
  const [kept] = await sql<{ places: number }[]>`select count(*) as places from upgrade_place`;
  assert.ok(kept!.places > 0);
  const [converted] = await sql<{ count: number }[]>`select count(*) from resource where indexed > 0`;
  await sql`update resource set terms = gterms || '{42}', indexed = 0 where (id, person) in (
    select id, person from resource where indexed > 0 order by id limit 1)`;
  let again = 0;
  await upgrade(sql, { progress: () => (again += 1), batch: 50 });
  const rows = await sql<{ count: number; unfound: number }[]>`
    select count(*), count(*) filter (where indexed = 0) as unfound from resource where not deleted and type = (
      select type from resource where indexed > 0 limit 1)`;
  assert.ok(converted!.count > 0 && rows[0]!.count > 0);
  assert.equal((await sql`select 1 from resource where terms @> '{42}' and indexed > 0`).length, 1);
  assert.equal((await sql`select to_regclass('upgrade_place') as place`)[0]?.['place'], null);
  assert.ok(again > 0);
});

test('upgrades that are run at the same moment, and a server that starts meanwhile, convert everything once', async () => {
  const pools = Array.from({ length: 3 }, () => connect(database.url, { max: 2 }));
  const [starting, ...upgrading] = pools as [Sql, Sql, Sql];
  try {
    let begun = false;
    const progress = () => {
      begun = true;
    };
    const upgrades = upgrading.map((pool) => upgrade(pool, { progress, batch: 50 }));
    const start = (async () => {
      while (!begun) await new Promise(setImmediate);
      return migrateAtStart(starting);
    })();
    const ran = await Promise.all([...upgrades, start]);
    const expected = migrations().flatMap(({ name }) => (name > '0011' ? [name] : []));
    assert.deepEqual(ran.flat().sort(), expected);
    const [rows] = await sql<
      { unconverted: number }[]
    >`select count(*) filter (where ids is null) as unconverted from feed`;
    assert.equal(rows!.unconverted, 0);
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
});

test('a server that starts while another has made the list of migrations, and none of the tables, starts', async () => {
  const admin = connect(onDatabase(database.url, 'postgres'), { max: 1 });
  const name = `yba_test_list_${process.pid}`;
  await admin.unsafe(`create database ${name}`);
  const fresh = connect(onDatabase(database.url, name), { max: 2 });
  try {
    await migrate(fresh, []);
    assert.equal((await migrateAtStart(fresh)).length, migrations().length);
  } finally {
    await fresh.end();
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
  }
});

test('says which migrations are to come', async () => {
  const { names, rewriteBytes } = await pendingUpgrade(sql);
  assert.deepEqual(
    names,
    migrations()
      .map(({ name }) => name)
      .filter((name) => name > '0011'),
  );
  assert.ok(rewriteBytes > 0);
});
