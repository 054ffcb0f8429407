import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson } from '@yba/fhir';
import type { FeedEntry, Resource } from '@yba/fhir';
import { typeNumber } from './rows/resource-type.ts';
import { contextOf, feedShowsAll, testRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';
import { A, B, idsOf, number, patient, sendTo, visit } from './testing/visits.ts';

let store: TestRepository;
const send = sendTo(() => store);

before(async () => {
  store = await testRepository();
  await fill();
});
after(() => store.close());

/** What a feed tells of: visits at two facilities, a correction, a deletion, a return, a result that moves, what all share. */
async function fill(): Promise<void> {
  for (let n = 0; n < 25; n++) await send(visit(number(), `LK${n}`));
  const [patientId, encounterId, observationId] = await idsOf(await send(visit(number(), 'LK0', '27001'), B));
  const observation = parseJson((await store.repository.read(B, 'Observation', observationId!)).text);
  await store.repository.update(B, { ...observation, status: 'amended' } as Resource);
  await store.repository.delete(B, 'Encounter', encounterId!);
  const { id: other } = await store.repository.create(B, patient(number()));
  const subject = { reference: `Patient/${other}` };
  await store.repository.update(B, { ...observation, subject, encounter: undefined } as Resource);
  await store.repository.delete(B, 'Patient', patientId!);
  await store.repository.update(B, patient(number(), { id: patientId }));
  await store.repository.create(A, { resourceType: 'Practitioner', name: [{ text: 'Trần Lan' }] });
}

test('the feed replayed from zero equals the store', async () => {
  await feedShowsAll(store.pools);
  const current = new Map<string, number>();
  let cursor = '0.0';
  for (;;) {
    const entries = await store.repository.feed(cursor, 50);
    if (entries.length === 0) break;
    for (const { type, id, version } of entries)
      current.set(`${type}/${id}`, Math.max(version, current.get(`${type}/${id}`) ?? 0));
    cursor = entries.at(-1)!.cursor;
  }
  const rows = await store.pools.owner<{ count: number; versions: number }[]>`
    select count(*) as count, sum(version) as versions from (select version from resource union all select version from shared_resource) as every_row`;
  assert.deepEqual(
    [current.size, [...current.values()].reduce((a, b) => a + b, 0)],
    [rows[0]!.count, Number(rows[0]!.versions)],
  );
});

test('a reader of some types sees every transaction, of those types all and of others one entry', async () => {
  await feedShowsAll(store.pools);
  const all = await store.repository.feed('0.0', 10_000);
  const some = [];
  for (let cursor = '0.0'; ;) {
    const page = await store.repository.feed(cursor, 3, ['Patient', 'Observation']);
    some.push(...page);
    if (page.length < 3) break;
    cursor = page.at(-1)!.cursor;
  }
  const wanted = (type: string) => type === 'Patient' || type === 'Observation';
  const row = (cursor: string) => cursor.split('.').slice(0, 2).join('.');
  const rows = Map.groupBy(all, ({ cursor }) => row(cursor));
  const expected = [...rows.values()].flatMap((entries) => {
    const matching = entries.filter(({ type }) => wanted(type));
    return matching.length > 0 ? matching : entries.slice(0, 1);
  });
  assert.ok(expected.length < all.length);
  assert.deepEqual(some, expected);
});

test('a transaction that commits late is never passed over, and a cursor goes on where it was', async () => {
  await feedShowsAll(store.pools);
  const start = await store.repository.feedHead();
  const { owner } = store.pools;
  const write = (db: typeof owner) => db`
    insert into feed (at, facility, ids, types, versions, actions)
    values (now(), 0, array[gen_random_uuid()], '{1}', '{1}', '{1}')`;
  let finish = () => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  let begun = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const late = owner.begin(async (db) => {
    await write(db as unknown as typeof owner);
    begun();
    await held;
  });
  await started;
  await write(owner); // younger, committed first
  assert.deepEqual(await store.repository.feed(start, 10), []);
  finish();
  await late;
  await feedShowsAll(store.pools);
  const [first, ...more] = await store.repository.feed(start, 1);
  assert.equal(more.length, 0);
  const [second, ...none] = await store.repository.feed(first!.cursor, 10);
  assert.equal(none.length, 0);
  assert.ok(BigInt(first!.cursor.split('.')[0]!) < BigInt(second!.cursor.split('.')[0]!));
  assert.deepEqual(await store.repository.feed(second!.cursor, 10), []);
  await owner`delete from feed where ids[1] in (${first!.id}, ${second!.id})`;
});

test('the feed keeps the order of transactions when their ids gain a digit', async () => {
  const { owner } = store.pools;
  await owner.unsafe(
    'do $$ begin while pg_current_xact_id() <= 10010::text::xid8 loop commit; end loop; end $$',
  );
  await owner`
    insert into feed (xid, at, facility, ids, types, versions, actions)
    select n::text::xid8, now(), 0, array[gen_random_uuid()], '{1}', '{1}', '{1}' from generate_series(9997, 10002) n`;
  await feedShowsAll(store.pools);
  const read = await store.repository.feed('9996.0', 3);
  const more = await store.repository.feed(read.at(-1)!.cursor, 3);
  assert.deepEqual(
    [...read, ...more].map(({ cursor }) => cursor.split('.')[0]),
    ['9997', '9998', '9999', '10000', '10001', '10002'],
  );
  await owner`delete from feed where xid between '9997' and '10002'`;
});

test('a page read once serves every subscriber that stands in it, and one behind it reads for itself', async () => {
  const after = await store.repository.feedHead();
  for (const type of ['Patient', 'Observation', 'Patient', 'Task'])
    await store.pools.owner`
      insert into feed (at, facility, ids, types, versions, actions)
      values (now(), 0, array[gen_random_uuid()], array[${typeNumber(type)}::smallint], '{1}', '{1}')`;
  await feedShowsAll(store.pools);
  const page = { after, entries: await store.repository.feed(after, 10, ['Patient', 'Task']) };
  const applied = new Map<string, string[]>();
  const advance = async (name: string, given?: typeof page) => {
    const apply = async (_tx: unknown, entries: readonly FeedEntry[]) =>
      void applied.set(name, [...(applied.get(name) ?? []), ...entries.map(({ cursor }) => cursor)]);
    while (await store.repository.advance({ name, types: ['Task'], apply }, given));
    return applied.get(name)!;
  };
  const cursors = page.entries.map(({ cursor }) => cursor);
  assert.equal(cursors.length, 4);
  assert.deepEqual((await advance('behind', page)).slice(-4), cursors);
  for (const [name, cursor] of [
    ['where it begins', after],
    ['within', cursors[0]!],
  ] as const) {
    const [xid, position, element] = cursor.split('.') as [string, string, string];
    await store.pools.owner`
      insert into feed_cursor (subscriber, xid, position, element) values (${name}, ${xid}::xid8, ${position}, ${element})`;
  }
  assert.deepEqual(await advance('where it begins', page), cursors);
  assert.deepEqual(await advance('within', page), cursors.slice(1));
  const [xid, position] = after.split('.') as [string, string];
  await store.pools.owner`delete from feed where (xid, position) > (${xid}::xid8, ${position}::int8)`;
});

test('a subscriber that fails sees the same entries again, and is moved on with what it applied', async () => {
  await feedShowsAll(store.pools);
  const seen: number[] = [];
  let fail = true;
  const subscriber = {
    name: 'test',
    apply: (_tx: unknown, entries: readonly unknown[]) => {
      if (fail) return Promise.reject(new Error('no'));
      seen.push(entries.length);
      return Promise.resolve();
    },
  };
  await feedShowsAll(store.pools);
  await assert.rejects(store.repository.advance(subscriber));
  fail = false;
  while (await store.repository.advance(subscriber));
  const total = seen.reduce((sum, n) => sum + n, 0);
  const [row] = await store.pools.owner<
    { count: number }[]
  >`select sum(cardinality(ids))::int8 as count from feed`;
  assert.equal(total, row!.count);
});

test('who follows the feed is given a few large resources at a time, and former versions come so too', async () => {
  const D = contextOf('79002');
  const after = await store.repository.feedHead();
  const large = (letter: string): Resource => ({
    resourceType: 'Basic',
    code: { text: 'scan' },
    extension: [{ url: 'http://example.org/scan', valueBase64Binary: letter.repeat(3 * 1024 * 1024) }],
  });
  const { id } = await store.repository.create(D, large('a'));
  for (const letter of ['b', 'c', 'd']) await store.repository.update(D, { ...large(letter), id }); // four versions, of which three are former
  await store.repository.create(D, large('e'));
  await store.repository.create(D, { resourceType: 'Basic', code: { text: 'small' } });
  await feedShowsAll(store.pools);
  const [xid, position] = after.split('.') as [string, string];
  await store.pools.owner`
    insert into feed_cursor (subscriber, xid, position, element) values ('large', ${xid}::xid8, ${position}, 2147483647)`;
  const lots: number[] = [];
  const apply = (_tx: unknown, entries: readonly FeedEntry[]) =>
    Promise.resolve(void lots.push(entries.length));
  while (await store.repository.advance({ name: 'large', types: ['Basic'], apply }));
  assert.deepEqual(lots, [1, 1, 1, 1, 2]);
  const pages = [];
  for (let place: { id: string; version: number } | undefined; ;) {
    const page = await store.repository.formerVersions('79002', place, 10);
    if (page.length === 0) break;
    pages.push(page.map(({ version }) => version));
    place = page.at(-1);
  }
  assert.deepEqual(pages, [[1, 2], [3]]);
});
