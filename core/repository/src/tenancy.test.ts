// The second wall, listed from the live catalogue: a new table that nobody thought of fails here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { aPatient, anObservation } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from './rows/facility-number.ts';
import { contextOf, testRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';

const OURS = '01901';
const THEIRS = '79013';
const [ours, theirs] = [facilityNumber(OURS), facilityNumber(THEIRS)];

/** What the roles may see of all facilities, and why that shows nobody's record. */
const OPEN: Record<string, string> = {
  patient_link: 'keys alone: where a Patient lies and whose it is; every read is routed by it',
  client_id: 'which row an id chosen by a client means; every read of such an id is routed by it',
  person_identifier: 'writer alone: a person sent by two hospitals is found by number, whoever sent it first',
  registration: 'writer alone: as person_identifier',
  person_root: 'writer alone: keys of merged persons',
  identity_pin: 'writer alone: keys of decided links',
  identity_queue: 'writer alone: keys of Patients to be compared',
  unidentified: 'writer alone: keys of Patients without a number',
  link_change: 'writer alone: keys and reasons of links',
  submission: 'writer alone: statuses and ids answered to one client, found by that client alone',
  access_log: 'writer alone, who may add and neither read nor change',
  access_agent: 'writer alone: names of those who looked',
  care_author: 'writer alone, who may add and neither read nor change: who wrote what, by ids',
  rate_bucket: 'counts of requests',
  definition_state: 'counts of definitions',
  custom_parameter: 'ids of search parameters',
  page_key: 'the key that sealed page links before it was sealed itself; empty once a server ran',
  reindex_progress: 'counts of rows',
};

type Table = { name: string; walled: boolean; roles: string[]; facility: boolean; columns: string[] };

let store: TestRepository;
let tables: Table[];

before(async () => {
  store = await testRepository();
  for (const facility of [OURS, THEIRS]) await write(facility);
  for (const facility of [ours, theirs]) await receive(facility);
  tables = await tablesOf(store.pools.owner);
});

after(() => store.close());

function fresh({ id: _, ...resource }: Resource): Resource {
  return resource;
}

/** Something in every table of the store: current and former rows, of a patient and shared, with an identifier. */
async function write(facility: string): Promise<void> {
  const { repository } = store;
  const context = contextOf(facility);
  const identifier = [{ system: `https://yba.vn/fhir/sid/mrn/${facility}`, value: `HS-${facility}` }];
  const { id } = await repository.create(context, { ...fresh(aPatient({})), identifier });
  const observation = { ...fresh(anObservation({})), subject: { reference: `Patient/${id}` } };
  const made = await repository.create(context, observation);
  await repository.update(context, { ...observation, id: made.id });
  const group: Resource = { resourceType: 'Group', type: 'person', actual: true };
  const shared = await repository.create(context, group);
  await repository.update(context, { ...group, id: shared.id });
}

/** A message in the inbox, with what lies beside it until it is filed and after. */
async function receive(facility: number): Promise<void> {
  const { owner } = store.pools;
  await owner`
    with one as (
      insert into message (id, seq, facility, sender, size, event, content, identifier)
      values (gen_random_uuid(), nextval('message_seq'), ${facility}, 1, 10, 1, gen_random_uuid(), 'm')
      returning id, received, seq, facility),
    body as (insert into message_body (id, received, facility, body) select id, received, facility, '\\x00' from one),
    document as (
      insert into message_document (document, facility, seq, content, links, rows)
      select id, facility, seq, id, '{}', '{}' from one),
    queued as (insert into message_queue (seq, id, received, facility) select seq, id, received, facility from one)
    insert into message_lane (lane, seq, facility) select 1, seq, facility from one`;
}

async function tablesOf(owner: Sql): Promise<Table[]> {
  return owner<Table[]>`
    select c.relname as name, c.relrowsecurity as walled,
      array(select distinct r.rolname::text from pg_roles r, aclexplode(c.relacl) acl
        where acl.grantee = r.oid and r.rolname in ('yba_reader', 'yba_writer') order by 1) as roles,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'facility' and not a.attisdropped) as facility,
      array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity = '') as columns
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by 1`;
}

const walled = () => tables.filter((table) => table.walled);

async function may(table: string, role: string, privilege: string): Promise<boolean> {
  const [row] = await store.pools.owner<
    { may: boolean }[]
  >`select has_table_privilege(${role}, ${table}, ${privilege}) as may`;
  return row!.may;
}

/** Runs a query as a role, set to our facility alone, and takes back what it did. */
async function asOurs<T>(pool: Sql, work: (db: Sql) => Promise<T>): Promise<T> {
  let answer: T | undefined;
  await pool
    .begin(async (db) => {
      await db`select set_config('yba.facility', ${String(ours)}, true), set_config('yba.facilities', ${`{${ours}}`}, true),
        set_config('yba.patients', '{}', true), set_config('yba.self', 'false', true)`;
      answer = await work(db as unknown as Sql);
      throw new Error('taken back');
    })
    .catch((error: Error) => {
      if (error.message !== 'taken back') throw error;
    });
  return answer as T;
}

test('every table that a role may touch is walled off by rows, or is said to be open and why', () => {
  const open = tables.filter(({ walled: wall, roles }) => !wall && roles.length > 0).map(({ name }) => name);
  assert.deepEqual(
    open.filter((name) => !(name in OPEN)),
    [],
    'without a policy, and not listed here with a reason',
  );
  for (const name of [
    'resource',
    'frame',
    'history',
    'shared_resource',
    'shared_frame',
    'identifier',
    'feed',
    'quarantine',
  ])
    assert.ok(
      walled().some((table) => table.name === name),
      name,
    );
});

test('what is said to be the writer’s alone the reader may not touch', async () => {
  for (const [name, why] of Object.entries(OPEN)) {
    if (!tables.some((table) => table.name === name)) continue;
    if (why.startsWith('writer alone')) assert.equal(await may(name, 'yba_reader', 'select'), false, name);
  }
});

test('a walled table has a policy for each role that may touch it, and its partitions are reached through it alone', async () => {
  const policies = await store.pools.owner<{ name: string; roles: string[] }[]>`
    select tablename::text as name, array_agg(distinct role::text) as roles from pg_policies, unnest(roles) as role group by 1`;
  for (const { name, roles } of walled()) {
    const told = policies.find((policy) => policy.name === name)?.roles ?? [];
    for (const role of roles) {
      if (name === 'feed' && role === 'yba_writer') assert.ok(told.includes(role)); // adds, and sees nothing
      assert.ok(told.includes(role), `${name} for ${role}`);
    }
  }
  const leaves = await store.pools.owner<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c, aclexplode(c.relacl) acl join pg_roles r on r.oid = acl.grantee
    where c.relispartition and r.rolname in ('yba_reader', 'yba_writer')`;
  assert.deepEqual(
    leaves.map(({ name }) => name),
    [],
  );
});

test('the reader sees no row of another facility, table by table', async () => {
  let looked = 0;
  for (const { name, facility } of walled()) {
    if (!facility || !(await may(name, 'yba_reader', 'select'))) continue;
    const [there] = await store.pools.owner<{ own: number; other: number }[]>`
      select count(*) filter (where facility = ${ours}) as own, count(*) filter (where facility = ${theirs}) as other
      from ${store.pools.owner(name)}`;
    assert.ok(there!.own > 0 && there!.other > 0, `${name} holds rows of both`);
    const [seen] = await asOurs(
      store.pools.reader,
      (db) => db<{ own: number; other: number }[]>`
      select count(*) filter (where facility = ${ours}) as own, count(*) filter (where facility = ${theirs}) as other from ${db(name)}
      ${name === 'feed' ? db`where person is not null` : db``}`,
    );
    assert.ok(seen!.own > 0, `${name}: own rows`);
    assert.equal(seen!.other, 0, `${name}: rows of others`);
    looked++;
  }
  assert.ok(looked >= 6, `${looked} tables`);
});

test('the writer writes no row of another facility, table by table and row by row', async () => {
  const { owner, writer } = store.pools;
  let tried = 0;
  for (const { name, facility, columns } of walled()) {
    if (!facility) continue;
    const [row] = await owner<{ row: string }[]>`
      select (to_jsonb(t) || '{"id": "019bdebb-faa0-7e2b-9792-b77b10be991e", "value": "x"}')::text as row
      from ${owner(name)} t where facility = ${theirs} limit 1`;
    if (!row) continue;
    const list = columns.map((column) => `"${column}"`).join(', ');
    const insert = (db: Sql) =>
      db.unsafe(
        `insert into ${name} (${list}) select ${list} from jsonb_populate_record(null::${name}, $1::text::jsonb)`,
        [row.row],
      );
    if (await may(name, 'yba_writer', 'insert'))
      await assert.rejects(asOurs(writer, insert), { code: '42501' }, name);
    if (await may(name, 'yba_loader', 'insert'))
      await assert.rejects(
        asOurs(writer, async (db) => {
          await db`set local role yba_loader`;
          await insert(db);
        }),
        { code: '42501' },
        `${name} by copying`,
      );
    for (const [privilege, change] of [
      ['update', `update ${name} set facility = facility where facility = ${theirs}`],
      ['delete', `delete from ${name} where facility = ${theirs}`],
    ] as const) {
      if (!(await may(name, 'yba_writer', privilege))) continue;
      const done = await asOurs(writer, (db) => db.unsafe(change));
      assert.equal(done.count, 0, `${privilege} ${name}`);
    }
    tried++;
  }
  assert.ok(tried >= 6, `${tried} tables`);
});

test('no role owns a table or steps round the policies, but for the one that only adds', async () => {
  const roles = await store.pools.owner<{ name: string; super: boolean; bypass: boolean }[]>`
    select rolname as name, rolsuper as super, rolbypassrls as bypass from pg_roles where rolname like 'yba\\_%' order by 1`;
  for (const { name, super: all, bypass } of roles) {
    assert.equal(all, false, name);
    assert.equal(bypass, name === 'yba_loader', name);
  }
  for (const { name } of tables)
    for (const privilege of ['select', 'update', 'delete', 'truncate'])
      assert.equal(await may(name, 'yba_loader', privilege), false, `${privilege} ${name}`);
});
