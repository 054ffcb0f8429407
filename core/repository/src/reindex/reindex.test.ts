import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, parseJson } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import { meanwhile } from '@yba/postgres/testing';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { BATCH_BYTES } from '../rows/page-bytes.ts';
import { typeNumber } from '../rows/resource-type.ts';
import { WIDE_HASH } from '../search/plan.ts';
import { reindex, reindexState } from './reindex.ts';

const A = contextOf('01013');
const B = contextOf('27001');
let store: TestRepository;

before(async () => {
  store = await testRepository();
});
after(() => store.close());

const patient = (id: string, name: string, more: object = {}): Resource => ({
  resourceType: 'Patient',
  id,
  name: [{ text: name }],
  ...more,
});

const stay = (id: string, of: string, start: string, end?: string): Resource => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  subject: { reference: `Patient/${of}` },
  period: { start, ...(end ? { end } : {}) },
});

async function put(context: Context, resources: readonly Resource[]): Promise<void> {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
  await store.repository.transaction(context, bundle, { handling: 'strict' });
}

async function found(context: Context, query: string): Promise<string> {
  const [type, rest] = query.split('?');
  const page = await store.repository.search(context, type, new URLSearchParams(rest), {
    handling: 'strict',
  });
  const ids = page.entries.map(({ text }) => (parseJson(text!) as Resource).id!);
  return ids.sort().join();
}

async function counted(context: Context, query: string): Promise<number | undefined> {
  const [type, rest] = query.split('?');
  const params = new URLSearchParams(`${rest}&_summary=count`);
  return (await store.repository.search(context, type, params, { handling: 'strict' })).total;
}

async function fault(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof OutcomeError, String(error));
  return `${error.code} ${error.issues[0]!.expression?.join()}`;
}

/** Makes rows what a former release would have written: without the terms that came since. */
async function asWrittenBefore(): Promise<void> {
  const { owner } = store.pools;
  const [patients, wide] = [typeNumber('Patient'), WIDE_HASH];
  await owner`update resource set extractor = 1, terms = array_remove(terms, ${wide}::bigint)`;
  await owner`update resource set terms = '{}', indexed = 0 where type = ${patients}`;
  await owner`update definition_state set complete = 1`;
  await new Promise((resolve) => setTimeout(resolve, 1100)); // what processes know of it is a second old at most
}

test('finds rows of an older extraction before, while and after they are reindexed, and goes on where it stopped', async () => {
  await put(A, [
    ...Array.from({ length: 40 }, (_, n) => patient(`n${n}`, `Mỹ ${n}`)),
    stay('long', 'n1', '2020-01-01', '2026-01-01'),
    stay('short', 'n1', '2024-06-01', '2024-06-01'),
  ]);
  await asWrittenBefore();
  const asked = async (): Promise<void> => {
    assert.equal((await found(A, 'Patient?name=mi&_count=100')).split(',').length, 40);
    assert.equal(await counted(A, 'Patient?name=mi'), 40);
    assert.equal(await found(A, 'Patient?name=mĩ 17'), 'n17');
    assert.equal(await found(A, 'Encounter?patient=n1&date=ge2025'), 'long');
    assert.equal(await found(A, 'Encounter?date=2024'), 'short');
  };
  await asked();
  await put(A, [patient('n40', 'Lan')]);
  assert.equal(await found(A, 'Patient?name=lan'), 'n40');

  const stop = new AbortController();
  const { revision } = await reindexState(store.pools);
  const first = await reindex(store.pools, {
    batch: 5,
    signal: stop.signal,
    onProgress: ({ done }) => done >= 10 && stop.abort(),
  });
  assert.equal(first.complete, false);
  await asked();
  const { left } = await reindexState(store.pools);
  assert.ok(left > 0 && left < 42, `${left} left`);

  const rest = await reindex(store.pools, { batch: 7 });
  assert.deepEqual([rest.complete, first.rows + rest.rows], [true, 42]);
  assert.deepEqual(await reindexState(store.pools), { revision, complete: revision, left: 0 });
  await asked();
  assert.deepEqual(await reindex(store.pools), { revision, rows: 0, complete: true });
});

test('large rows are reindexed a few at a time', async () => {
  const photo = (n: number) => ({
    photo: [{ contentType: 'image/png', data: Buffer.alloc(BATCH_BYTES / 2, n).toString('base64') }],
  });
  await put(
    A,
    [1, 2, 3, 4].map((n) => patient(`large${n}`, 'Lan', photo(n))),
  );
  await asWrittenBefore();
  const { owner } = store.pools;
  await owner`update resource set extractor = ${(await reindexState(store.pools)).revision} where len < ${BATCH_BYTES / 2}`;
  const done: number[] = [];
  await reindex(store.pools, { onProgress: (progress) => done.push(progress.done) });
  assert.deepEqual(done, [1, 2, 3, 4, 4]);
});

test('what older rows contain is found by a chain once they are reindexed', async () => {
  const { owner } = store.pools;
  const doctor = { resourceType: 'Practitioner', id: 'd', name: [{ text: 'Trần Quế' }] };
  await put(A, [
    {
      resourceType: 'Basic',
      id: 'old',
      code: { text: 'x' },
      contained: [doctor],
      author: { reference: '#d' },
    },
  ]);
  assert.equal(await found(A, 'Basic?author:Practitioner.name=que'), 'old');
  const type = typeNumber('Basic');
  await owner`update shared_resource set extractor = 2, terms = '{}', indexed = 0 where type = ${type}`;
  await owner`update definition_state set complete = 2`;
  await new Promise((resolve) => setTimeout(resolve, 1100)); // what processes know of it is a second old at most
  assert.equal(await found(A, 'Basic?author:Practitioner.name=que&_id=old'), 'old');
  assert.equal((await reindex(store.pools)).complete, true);
  assert.equal(await found(A, 'Basic?author:Practitioner.name=que'), 'old');
});

test('reindexes beside writers without taking their changes back', async () => {
  await asWrittenBefore();
  const written = await meanwhile(
    (n) => put(A, [patient(`n${n % 40}`, `Lý ${n}`)]),
    async () => assert.equal((await reindex(store.pools, { batch: 3 })).complete, true),
  );
  const last = written - 1;
  assert.equal(await found(A, `Patient?name=lí ${last}`), `n${last % 40}`);
});

test('a SearchParameter finds old rows and new ones at once, for the facility that wrote it alone', async () => {
  await put(A, [patient('before', 'Cũ', { maritalStatus: { text: 'Đã kết hôn', coding: [{ code: 'M' }] } })]);
  await put(B, [patient('theirs', 'Khác', { maritalStatus: { coding: [{ code: 'M' }] } })]);
  assert.equal(await fault(found(A, 'Patient?marital=M')), 'invalid marital');
  const parameter = {
    resourceType: 'SearchParameter',
    id: 'marital',
    url: 'https://a.example.vn/SearchParameter/marital',
    name: 'Marital',
    status: 'active',
    description: 'Marital status',
    code: 'marital',
    base: ['Patient'],
    type: 'token',
    expression: 'Patient.maritalStatus',
  };
  const spoilt = { ...parameter, expression: 'Patient.maritalStatus.(' };
  assert.equal(await fault(put(A, [spoilt])), 'processing Bundle.entry[0].resource.expression');
  const { revision } = await reindexState(store.pools);
  await put(A, [{ ...parameter }]);
  assert.equal(await found(A, 'Patient?marital=M'), 'before');
  await put(A, [patient('after', 'Mới', { maritalStatus: { coding: [{ code: 'M' }] } })]);
  const asked = async (): Promise<void> => {
    assert.equal(await found(A, 'Patient?marital=M'), 'after,before');
    assert.equal(await found(A, 'Patient?marital:text=da ket'), 'before');
    assert.equal(await found(A, 'Patient?marital:missing=false&name=cu'), 'before');
    assert.equal(await found(A, 'Patient?marital=M&_sort=marital,-name'), 'after,before');
    assert.equal(await found(A, 'Encounter?patient.marital=M'), '');
  };
  await asked();
  assert.equal(await fault(found(B, 'Patient?marital=M')), 'invalid marital');
  assert.equal((await reindexState(store.pools)).revision, revision + 1);
  assert.equal((await reindex(store.pools)).complete, true);
  await asked();
  const [row] = await store.pools.owner<{ extractor: number }[]>`
    select extractor from resource where client_id = 'before'`;
  assert.equal(row!.extractor, revision + 1);
  await put(A, [{ ...parameter, status: 'retired' }]);
  assert.equal(await fault(found(A, 'Patient?marital=M')), 'invalid marital');
});

test('a composite may be made of parameters that were added, and of those of R4', async () => {
  const url = (name: string) => `https://a.example.vn/SearchParameter/${name}`;
  const added = (code: string, over: object): Resource => ({
    resourceType: 'SearchParameter',
    id: code,
    url: url(code),
    name: 'Added',
    status: 'active',
    description: code,
    code,
    base: ['Patient'],
    type: 'token',
    ...over,
  });
  const birth = 'http://hl7.org/fhir/SearchParameter/individual-birthdate';
  await put(A, [
    added('state', { expression: 'Patient.maritalStatus' }),
    added('state-birth', {
      type: 'composite',
      expression: 'Patient',
      component: [
        { definition: url('state'), expression: 'maritalStatus' },
        { definition: birth, expression: 'birthDate' },
      ],
    }),
    patient('widow', 'Bà', { maritalStatus: { coding: [{ code: 'W' }] }, birthDate: '1950-02-03' }),
    patient('wed', 'Cô', { maritalStatus: { coding: [{ code: 'M' }] }, birthDate: '1990-02-03' }),
  ]);
  assert.equal(await found(A, 'Patient?state-birth=W$1950'), 'widow');
  assert.equal(await found(A, 'Patient?state-birth=W$gt1950-12'), '');
  assert.equal(await found(A, 'Patient?state-birth=W$1950,M$ge1990'), 'wed,widow');
});
