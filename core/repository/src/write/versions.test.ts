import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { PERSON } from '@yba/vietnam';
import { testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { A, B, number, outcome, patient, strict } from '../testing/visits.ts';

let store: TestRepository;

before(async () => (store = await testRepository()));
after(() => store.close());

test('a decimal keeps its digits', async () => {
  const { id } = await store.repository.create(
    A,
    parseJson(
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}',
    ),
  );
  const { text } = await store.repository.read(A, 'Observation', id);
  assert.match(text, /"value":1\.00/);
});

test('update makes versions, history keeps them, If-Match guards them', async () => {
  const { id } = await store.repository.create(A, patient(number()));
  const updated = await store.repository.update(A, patient(number(), { id, gender: 'male' }), {
    ifMatch: [1, 7],
  });
  assert.equal(updated.version, 2);
  assert.equal(
    (await outcome(store.repository.update(A, patient(number(), { id }), { ifMatch: [1, 7] }))).code,
    'lock-error',
  );
  assert.equal(parseJson((await store.repository.vread(A, 'Patient', id, '1')).text)['gender'], 'female');
  assert.equal(parseJson((await store.repository.read(A, 'Patient', id)).text)['gender'], 'male');
  const page = await store.repository.history(A, 'Patient', id, new URLSearchParams());
  assert.deepEqual(
    page.entries.map(({ response }) => response!.etag),
    ['W/"2"', 'W/"1"'],
  );
});

test('writers of one resource at the same moment wait for each other: no version is lost, repeated or refused', async () => {
  const observation = (id: string, text: string) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text },
  });
  const { id } = await store.repository.create(A, observation('any', 'first'));
  for (const each of [id, 'chosen-by-the-client']) {
    const updates = Array.from({ length: 12 }, (_, n) =>
      store.repository.update(A, observation(each, String(n))),
    );
    const written = await Promise.all(updates);
    const { entries, total } = await store.repository.history(A, 'Observation', each, new URLSearchParams());
    const versions = entries.map(({ text }) => parseJson(text!) as Resource);
    const last = each === id ? 13 : 12;
    assert.equal(total, last);
    assert.deepEqual(
      versions.map(({ meta }) => Number(meta!.versionId)),
      Array.from({ length: last }, (_, n) => last - n),
    );
    assert.equal(new Set(written.map(({ version }) => version)).size, 12);
    for (const { text, version } of written)
      assert.deepEqual(
        versions.find(({ meta }) => meta!.versionId === String(version)),
        parseJson(text),
      );
    const times = versions.map(({ meta }) => meta!.lastUpdated!);
    assert.deepEqual(times, [...times].sort().reverse());
  }
});

const aBasic = () => ({ resourceType: 'Basic', code: { text: 'thử' } });

test('a writer that waits for a row holds up nobody else', async () => {
  const held = await store.repository.create(A, aBasic());
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let locked = () => {};
  const isLocked = new Promise<void>((resolve) => (locked = resolve));
  const lock = store.pools.owner.begin(async (db) => {
    await db`select from shared_resource where id = ${held.id} for update`;
    await db`select from resource where id = ${held.id} for update`;
    locked();
    await released;
  });
  await isLocked;
  const order: string[] = [];
  const waits = store.repository
    .update(A, { ...aBasic(), id: held.id })
    .then(({ version }) => order.push(`update to ${version}`));
  const others = Array.from({ length: 20 }, () =>
    store.repository.create(A, aBasic()).then(() => order.push('create')),
  );
  await Promise.all(others);
  assert.equal(order.includes('update to 2'), false);
  release();
  await Promise.all([lock, waits]);
  assert.equal(order.at(-1), 'update to 2');
});

test('a deleted resource is gone, stays in history and may come back', async () => {
  const cccd = number();
  const { id } = await store.repository.create(A, patient(cccd));
  await store.repository.delete(A, 'Patient', id);
  assert.equal((await outcome(store.repository.read(A, 'Patient', id))).code, 'deleted');
  assert.equal(
    (
      await store.repository.search(
        A,
        'Patient',
        new URLSearchParams({ identifier: `${PERSON}|${cccd}` }),
        strict,
      )
    ).entries.length,
    0,
  );
  assert.equal((await store.repository.update(A, patient(cccd, { id }))).version, 3);
  assert.equal((await store.repository.history(A, 'Patient', id, new URLSearchParams())).entries.length, 3);
});

test('an unknown id is created where it was put, and is one facility’s alone', async () => {
  await store.repository.update(A, patient(number(), { id: 'example' }));
  assert.equal((await store.repository.read(A, 'Patient', 'example')).id, 'example');
  assert.equal(
    (await outcome(store.repository.update(B, patient(number(), { id: 'example' })))).code,
    'conflict',
  );
  const { id } = await store.repository.create(A, patient(number()));
  assert.equal((await outcome(store.repository.update(B, patient(number(), { id })))).code, 'conflict');
  assert.equal((await outcome(store.repository.delete(B, 'Patient', id))).code, 'not-found');
});

test('a second Patient under the same number of a facility is refused with the remedy', async () => {
  const cccd = number();
  await store.repository.create(A, patient(cccd));
  const error = await outcome(store.repository.create(A, patient(cccd)));
  assert.equal(error.code, 'duplicate');
  assert.match(error.message, /conditional/);
});
