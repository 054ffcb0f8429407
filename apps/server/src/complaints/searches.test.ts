// How searches slow down, go blind or answer another question elsewhere, and not here: docs/complaints.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import {
  A,
  aPatient,
  aResult,
  count,
  MRN,
  pageOf,
  strict,
  testRepository,
  unused,
  type TestRepository,
} from './stores.ts';

let store: TestRepository;
before(async () => (store = await testRepository()));
after(() => store.close());

/** The lines of the plan of a statement, as the role that reads runs it. */
async function planOf(statement: string): Promise<string> {
  const rows = await store.pools.owner.unsafe<{ 'QUERY PLAN': string }[]>(
    `explain (analyze, buffers, costs off, timing off) ${statement}`,
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test('4 · a business identifier is found by its unique index, whatever the statistics say', async () => {
  const values = Array.from({ length: 300 }, unused);
  await Promise.all(
    values.map((value) => store.repository.create(A, aPatient({ identifier: [{ system: MRN, value }] }))),
  );
  for (const analysed of [false, true]) {
    if (analysed) await store.pools.owner`analyze identifier`;
    const plan = await planOf(
      `select row_id from identifier where value = '${values[7]}' and system = '${MRN}'`,
    );
    assert.match(plan, /Index .*Scan using identifier_pkey/);
    assert.doesNotMatch(plan, /Seq Scan/);
  }
});

test('14 · three hundred versions do not slow the current read: they lie apart', async () => {
  const { id } = await store.repository.create(A, aPatient());
  const pages = async () => {
    const plan = await planOf(
      `select * from resource where id = '${id}' and person = (select placement from patient_link where patient = '${id}')`,
    );
    assert.doesNotMatch(plan, /history/);
    return Number(/shared hit=(\d+)/.exec(plan)![1]); // the first line's are those of the whole execution
  };
  const before = await pages();
  for (let n = 0; n < 300; n++) await store.repository.update(A, aPatient({ id, active: n % 2 === 0 }));
  const [row] = await store.pools.owner<{ current: number; past: number }[]>`
    select (select count(*)::int from resource where id = ${id}) as current, (select count(*)::int from history where id = ${id}) as past`;
  assert.deepEqual([row!.current, row!.past], [1, 300]);
  const after = await pages();
  assert.ok(after < before + 40, `a current read touched ${before} pages, now ${after}`);
  assert.equal((await store.repository.read(A, 'Patient', id)).version, 301);
});

test('15 · what a search finds and what it shows are one row: a status changed 20 times is found as it is', async () => {
  const patient = (await store.repository.create(A, aPatient())).id;
  const task = (status: string) => ({
    resourceType: 'Task',
    id: `task-${patient}`,
    status,
    intent: 'order',
    for: { reference: `Patient/${patient}` },
  });
  for (let n = 0; n < 20; n++) {
    const [now, then] = n % 2 === 0 ? ['ready', 'completed'] : ['completed', 'ready'];
    await store.repository.update(A, task(now!));
    assert.equal(await count(store.repository, A, `Task?patient=Patient/${patient}&status=${now}`), 1);
    assert.equal(await count(store.repository, A, `Task?patient=Patient/${patient}&status=${then}`), 0);
  }
});

test('17 · nothing is counted to show a page; a total is told when it is asked for', async () => {
  const patient = (await store.repository.create(A, aPatient())).id;
  for (let n = 0; n < 3; n++) await store.repository.create(A, aResult(patient));
  assert.equal(
    (await pageOf(store.repository, A, `Observation?patient=Patient/${patient}&_count=1`)).total,
    undefined,
  );
  assert.equal(
    (await pageOf(store.repository, A, `Observation?patient=Patient/${patient}&_count=1&_total=accurate`))
      .total,
    3,
  );
});

test('18 · pages are full and repeat nothing, though a result matches in several ways and others write between', async () => {
  const patient = (await store.repository.create(A, aPatient())).id;
  const coding = ['1', '2', '3'].map((code) => ({ system: 'http://example.org/c', code }));
  for (let n = 0; n < 11; n++)
    await store.repository.create(A, aResult(patient, { code: { coding }, effectiveDateTime: '2026-01-01' }));
  const seen: string[] = [];
  const sizes: number[] = [];
  for (
    let query: string | undefined =
      `Observation?patient=Patient/${patient}&code=http://example.org/c|1,http://example.org/c|2,3&_count=4`;
    query;
  ) {
    const { ids, next } = await pageOf(store.repository, A, query);
    seen.push(...ids);
    sizes.push(ids.length);
    if (sizes.length === 1)
      await store.repository.create(
        A,
        aResult(patient, { code: { coding }, effectiveDateTime: '2026-06-01' }),
      );
    query = next;
  }
  assert.deepEqual(sizes, [4, 4, 3]);
  assert.equal(new Set(seen).size, 11);
});

test('23 · the chart of a person is one partition', async () => {
  const patient = (await store.repository.create(A, aPatient())).id;
  const [row] = await store.pools.owner<
    { placement: string }[]
  >`select placement from patient_link where patient = ${patient}`;
  const plan = await planOf(
    `select id from resource where person = '${row!.placement}' order by occurred desc`,
  );
  const touched = new Set(
    [...plan.matchAll(/on resource_(\d)\b|using resource_(\d)_/g)].map(([, a, b]) => a ?? b),
  );
  assert.equal(touched.size, 1, plan);
});

test('24 · an unknown parameter is an error; with lenient handling it is named, and absent from the self link', async () => {
  const params = () => new URLSearchParams({ colour: 'red', gender: 'female' });
  await assert.rejects(store.repository.search(A, 'Patient', params(), strict), (error) => {
    assert.ok(error instanceof OutcomeError);
    assert.deepEqual([error.code, error.issues[0]!.expression], ['invalid', ['colour']]);
    return true;
  });
  const page = await store.repository.search(A, 'Patient', params(), { handling: 'lenient' });
  assert.doesNotMatch(page.self, /colour/);
  assert.match(page.entries.find(({ mode }) => mode === 'outcome')!.text!, /colour/);
});

test('25 · the pending list of every GIN index is bounded', async () => {
  const rows = await store.pools.owner<{ name: string; options: string[] | null }[]>`
    select c.relname as name, c.reloptions as options from pg_class c join pg_am a on a.oid = c.relam
    where a.amname = 'gin' and c.relkind in ('i', 'I')`;
  assert.ok(rows.length > 0);
  const unbounded = rows.filter(
    ({ options }) =>
      !options?.some(
        (option) => option === 'fastupdate=off' || /^gin_pending_list_limit=(\d{1,3}|10\d\d)$/.test(option),
      ),
  );
  assert.deepEqual(
    unbounded.map(({ name }) => name),
    [],
  );
});
