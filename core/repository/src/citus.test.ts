// docs/citus.md, held against the live catalogue.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import type { TestDatabase } from '@yba/postgres/testing';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'citus.md'), 'utf8');
const distributed = new Map(
  [...PAGE.matchAll(/create_distributed_table\('(\w+)', '(\w+)'/g)].map(([, table, column]) => [
    table!,
    column!,
  ]),
);
const reference = [...PAGE.matchAll(/create_reference_table\('(\w+)'\)/g)].map(([, table]) => table!);
const local = [...PAGE.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) =>
  [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
);

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await testDatabase();
  sql = connect(database.url, { max: 1 });
});

after(async () => {
  await sql.end();
  await database.drop();
});

test('names every table once: distributed, on every machine, or on the coordinator', async () => {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`;
  assert.deepEqual(
    [...distributed.keys(), ...reference, ...local].sort(),
    tables.map(({ name }) => name).sort(),
  );
});

test('every unique key of a distributed table, and of its partitions, holds the column it is distributed by', async () => {
  for (const [table, column] of distributed) {
    const keys = await sql<{ name: string; columns: string[] }[]>`
      select i.indexrelid::regclass::text as name, array(
        select a.attname::text from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) as columns
      from pg_index i where i.indisunique and (i.indrelid = ${table}::regclass or i.indrelid in (select relid from pg_partition_tree(${table}::regclass)))`;
    assert.ok(keys.length > 0, table);
    for (const { name, columns } of keys) assert.ok(columns.includes(column), `${name} holds ${column}`);
    const [required] = await sql<{ required: boolean }[]>`
      select attnotnull as required from pg_attribute where attrelid = ${table}::regclass and attname = ${column}`;
    assert.ok(required?.required, `${table}.${column} is never null`);
  }
});

test('all tables of a person’s record are distributed alike', () => {
  for (const table of ['resource', 'frame', 'history']) assert.equal(distributed.get(table), 'person');
  for (const [, table] of PAGE.matchAll(
    /create_distributed_table\('(\w+)', 'person', colocate_with => 'resource'\)/g,
  ))
    assert.equal(distributed.get(table!), 'person');
});

test('no foreign key crosses a border, and no distributed row is numbered by one machine', async () => {
  const crossing = await sql`
    select conname from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
      and not (conrelid = any(${local}::text[]::regclass[]) and confrelid = any(${local}::text[]::regclass[]))`;
  assert.deepEqual([...crossing], []);
  const numbered = await sql<{ name: string }[]>`
    select attrelid::regclass::text || '.' || attname as name from pg_attribute
    where attidentity <> '' and attrelid = any(${[...distributed.keys()]}::text[]::regclass[])`;
  assert.deepEqual(
    numbered.map(({ name }) => name),
    [],
  );
});

test('the rows of one person are spread by the same ranges in every table that lies with them', async () => {
  const bounds = await sql<{ range: string; tables: string[] }[]>`
    select pg_get_expr(c.relpartbound, c.oid) as range, array_agg(regexp_replace(c.relname, '_\\d$', '') order by 1) as tables
    from pg_class c join pg_inherits on inhrelid = c.oid
    where inhparent in ('resource'::regclass, 'frame'::regclass) group by 1`;
  assert.equal(bounds.length, 8);
  for (const { tables } of bounds) assert.deepEqual([...tables].sort(), ['frame', 'resource']);
});
