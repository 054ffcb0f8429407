import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { A, idsOf, number, patient, sendTo, strict, visit } from '../testing/visits.ts';

let store: TestRepository;
const send = sendTo(() => store);

before(async () => (store = await testRepository()));
after(() => store.close());

test('a result may come before its Patient', async () => {
  const result = await store.repository.create(A, {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'early' },
    subject: { reference: 'Patient/comes-later' },
  });
  await store.repository.update(A, patient(number(), { id: 'comes-later' }));
  const page = await store.repository.search(
    A,
    'Observation',
    new URLSearchParams({ patient: 'comes-later' }),
    strict,
  );
  assert.deepEqual(
    page.entries.map(({ fullUrl }) => fullUrl),
    [`http://localhost/fhir/Observation/${result.id}`],
  );
  assert.equal(
    (await store.repository.everything(A, 'Patient', 'comes-later', new URLSearchParams())).entries.length,
    2,
  );
});

test('a reference by our own address is one of ours, one to another server never is', async () => {
  const [patientId] = await idsOf(await send(visit(number(), 'LK30')));
  const create = (reference: string) =>
    store.repository.create(A, {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference },
    });
  const ours = await create(`http://localhost/fhir/Patient/${patientId}`);
  const theirs = await create(`https://other.example/fhir/Patient/${patientId}`);
  const chart = await store.repository.everything(A, 'Patient', patientId!, new URLSearchParams());
  const found = await store.repository.search(
    A,
    'Observation',
    new URLSearchParams({ subject: `http://localhost/fhir/Patient/${patientId}` }),
    strict,
  );
  for (const page of [chart, found]) {
    const urls = page.entries.map(({ fullUrl }) => fullUrl);
    assert.ok(urls.includes(`http://localhost/fhir/Observation/${ours.id}`));
    assert.ok(!urls.includes(`http://localhost/fhir/Observation/${theirs.id}`));
  }
});

test('a result moved to another Patient leaves the first chart', async () => {
  const [first, second] = [
    await store.repository.create(A, patient(number())),
    await store.repository.create(A, patient(number())),
  ];
  const about = (id: string) => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${id}` },
  });
  const { id } = await store.repository.create(A, about(first.id));
  await store.repository.update(A, { ...about(second.id), id });
  const found = async (patientId: string) =>
    (await store.repository.search(A, 'Observation', new URLSearchParams({ patient: patientId }), strict))
      .entries.length;
  assert.deepEqual([await found(first.id), await found(second.id)], [0, 1]);
  assert.equal((await store.repository.read(A, 'Observation', id)).version, 2);
});
