// How PostgreSQL reads a history: as the reader, under row-level security, on a feed of some length.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { versionsWithin } from './versions.ts';

const A = contextOf('01013');
const B = contextOf('27001');
let store: TestRepository;

before(async () => {
  store = await testRepository();
  for (const context of [A, B]) {
    const { id } = await store.repository.create(context, { resourceType: 'Patient', name: [{ text: 'x' }] });
    for (let n = 0; n < 30; n++) {
      await store.repository.create(context, {
        resourceType: 'Observation',
        status: 'final',
        code: { text: String(n) },
        subject: { reference: `Patient/${id}` },
      });
    }
  }
  // the changes of a long time, most of them others'
  await store.pools.owner.unsafe(`
    insert into feed (at, person, patient, facility, ids, types, versions, actions)
    select at - n * interval '1 minute', person, patient, facility + 1 + n % 50, ids, types, versions, actions
    from feed cross join generate_series(1, 1000) as n`);
  await store.pools.owner.unsafe('vacuum (analyze) feed');
});
after(() => store.close());

type Node = {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Node[];
};
const flatten = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flatten)];

/** How many rows of a table were looked at. */
const rowsOf = (nodes: readonly Node[], table: RegExp) =>
  nodes
    .filter((node) => table.test(node['Relation Name'] ?? ''))
    .reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0);

for (const type of [undefined, 'Observation']) {
  test(`a page of the history of ${type ?? 'everything'} walks the feed back only until it is full`, async () => {
    const reach = { facility: '01013', patients: [], self: false };
    const plan = await asReader(store, reach, async (db: Db) => {
      const [answer] = await db<{ 'QUERY PLAN': { Plan: Node }[] }[]>`
        explain (analyze, format json, timing off, buffers off) ${versionsWithin(db, reach, type, { limit: 21 })}`;
      return flatten(answer!['QUERY PLAN'][0]!.Plan);
    });
    assert.ok(
      !plan.some(
        (node) => node['Node Type'] === 'Seq Scan' && (node['Relation Name'] ?? '').startsWith('feed'),
      ),
      'no sequential scan',
    );
    assert.ok(rowsOf(plan, /^feed/) <= 60, `${rowsOf(plan, /^feed/)} changes were looked at`);
  });
}

test('a page goes on past changes whose versions are gone', async () => {
  const seen = new Set<string>();
  let params = new URLSearchParams({ _count: '7' });
  for (let pages = 0; ; pages++) {
    const { entries, next } = await store.repository.history(A, 'Observation', undefined, params);
    for (const { fullUrl } of entries) seen.add(fullUrl);
    if (pages === 0) await eraseSome([...seen], 10);
    if (next === undefined) break;
    params = new URLSearchParams(next.split('?')[1]);
  }
  assert.equal(seen.size, 20);
});

/** Removes `count` Observations of A that were not shown, as an erasure does. */
async function eraseSome(shown: readonly string[], count: number): Promise<void> {
  const ids = shown.map((url) => url.split('/').at(-1)!);
  await store.pools.owner`
    delete from resource where id in (
      select id from resource where facility = (select facility from resource where id = ${ids[0]!})
        and patient <> id and id <> all (${ids}::uuid[])
      order by updated desc limit ${count})`;
}
