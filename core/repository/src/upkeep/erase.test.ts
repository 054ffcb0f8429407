import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anEncounter, anObservation, aPatient } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { PERSON } from '@yba/vietnam';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { FEED_START } from '../feed.ts';
import { erase } from './erase.ts';
import type { EraseOptions } from './erase.ts';
import { scanForTraces } from './traces.ts';
import { verify } from './verify.ts';

const ours = contextOf('01901');
const theirs = contextOf('79013');
const order = { by: 'client/legal', reason: 'Order 12/2026' };
/** The number by which the person is found lies with another part, which forgets it in the same commit. */
const forgetting: EraseOptions = {
  ...order,
  also: async (db, { persons }) =>
    void (await db`delete from person_identifier where person = any(${persons}::uuid[])`),
};
const silent = { progress: () => {} };
const NUMBER = '027163999001';

let store: TestRepository;

before(async () => (store = await testRepository()));
after(() => store.close());

function fresh({ id: _, ...resource }: Resource): Resource {
  return resource;
}

/** A visit of four resources in one transaction, answered once; gives the references. */
async function visit(marker: string, number: string, context = ours): Promise<string[]> {
  const patient = {
    ...fresh(aPatient({})),
    identifier: [{ system: PERSON, value: number }],
    telecom: [{ system: 'phone', value: `09120${marker}` }],
  };
  const about = { subject: { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' } };
  const resources: Resource[] = [
    patient,
    { ...fresh(anEncounter({})), ...about },
    {
      ...fresh(anObservation({})),
      ...about,
      identifier: [{ system: 'urn:test', value: `erased-${marker}` }],
    },
    { ...fresh(anObservation({})), ...about, identifier: [{ system: 'urn:test', value: `stays-${marker}` }] },
  ];
  const { text } = await store.repository.transaction(
    context,
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: resources.map((resource, n) => ({
        fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${n + 1}`,
        resource,
        request: { method: 'POST', url: resource.resourceType },
      })),
    },
    { handling: 'strict', idempotencyKey: `visit-${marker}`, bodyHash: marker },
  );
  const { entry } = JSON.parse(text) as { entry: { response: { location: string } }[] };
  return entry.map(({ response }) => response.location.split('/').slice(0, 2).join('/'));
}

const read = (reference: string, context = ours) => {
  const [type, id] = reference.split('/');
  return store.repository.read(context, type!, id!);
};

test('erases one resource with its versions; the others of its visit stay', async () => {
  const { repository, pools } = store;
  const [, , gone, stays] = (await visit('000001', '001188012345')) as [string, string, string, string];
  const was = JSON.parse((await read(gone)).text) as Resource;
  await repository.update(ours, { ...was, note: [{ text: 'second version' }] });
  const before = (await read(stays)).text;

  const rehearsal = await erase(pools.owner, { reference: gone }, { ...order, dryRun: true });
  assert.equal(rehearsal.versions, 2);
  await read(gone);

  const erased = await erase(pools.owner, { reference: gone }, order);
  assert.equal(erased.resources, 1);
  assert.equal(erased.submissions, 1);
  await assert.rejects(read(gone), { code: 'deleted' });
  const [type, id] = gone.split('/') as [string, string];
  for (const version of ['1', '2', '3'])
    await assert.rejects(repository.vread(ours, type, id, version), { code: 'deleted' });
  assert.equal((await read(stays)).text, before);
  assert.deepEqual(await scanForTraces(pools.owner, ['erased-000001', 'second version'], silent), []);
  assert.ok((await scanForTraces(pools.owner, ['stays-000001'], silent)).length > 0);
  assert.deepEqual((await verify(pools.owner, silent)).problems, []);
  const last = (await repository.feed(FEED_START, 1000)).at(-1)!;
  assert.deepEqual([last.type, last.id, last.version, last.action], [type, id, 3, 'delete']);

  const again = await erase(pools.owner, { reference: gone }, order); // as after a run that was cut off before it could tell
  assert.deepEqual([again.resources, again.versions], [0, 0]);
  assert.deepEqual((await repository.feed(FEED_START, 1000)).at(-1), last);
});

test('a repeat of the submission is answered without it, and files nothing again', async () => {
  const [resources] = await store.pools.owner<{ count: number }[]>`select count(*) from resource`;
  await assert.doesNotReject(
    store.repository.transaction(
      ours,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: fresh(aPatient({})), request: { method: 'POST', url: 'Patient' } }],
      },
      { handling: 'strict', idempotencyKey: 'visit-000001', bodyHash: '000001' },
    ),
  );
  assert.deepEqual(
    await store.pools.owner<{ count: number }[]>`select count(*) from resource`.then(([row]) => row),
    resources,
  );
});

test('erases the whole record of a person over all facilities, in every table', async () => {
  const { repository, pools } = store;
  const here = await visit('000002', NUMBER);
  const there = await visit('000003', NUMBER, theirs);
  await repository.update(ours, {
    ...fresh(anObservation({})),
    id: 'so-027163999001',
    subject: { reference: here[0]! },
  } as Resource);
  // a frame that a repack replaced a moment ago
  await pools.owner`insert into frame (person, id, patient, facility, label, body)
    select person, gen_random_uuid(), patient, facility, label, body from frame where patient = ${here[0]!.split('/')[1]!}`;
  await pools.owner`insert into retired_frame (person, id)
    select person, id from frame where id not in (select frame from resource union all select frame from history)`;
  const erased = await erase(pools.owner, { personOf: here[0]! }, forgetting);
  assert.ok(erased.resources >= 9);
  assert.ok(erased.traces.includes(NUMBER) && erased.traces.includes('09120000003'));
  for (const reference of here) await assert.rejects(read(reference), { code: 'deleted' });
  for (const reference of there) await assert.rejects(read(reference, theirs), { code: 'deleted' });
  await assert.rejects(read('Observation/so-027163999001'), { code: 'not-found' });
  const left = await scanForTraces(pools.owner, [...erased.traces, 'so-027163999001'], silent);
  assert.deepEqual(left, []);
  assert.deepEqual((await verify(pools.owner, silent)).problems, []);
});

test('what another person’s record holds of it stays there, and is told by that record', async () => {
  const { repository, pools } = store;
  const telecom = [{ system: 'phone', value: '0912000444' }];
  const { id } = await repository.create(ours, { ...fresh(aPatient({})), telecom });
  const relative = await repository.create(ours, { ...fresh(aPatient({})), contact: [{ telecom }] });
  const { traces } = await erase(pools.owner, { personOf: id }, forgetting);
  const left = await scanForTraces(pools.owner, traces, silent);
  assert.deepEqual(
    left.map(({ table, rows, patients }) => [table.replace(/_\d+$/, ''), rows, patients]),
    [['frame', 1, [relative.id]]],
  );
});

test('a hash that rows are found by is no trace of a number with the same digits', async () => {
  const { owner } = store.pools;
  const [row] = await owner<{ term: number }[]>`
    select max(term) as term from resource, unnest(terms) as term`;
  const digits = String(row!.term);
  assert.ok(digits.length >= 8, digits);
  assert.deepEqual(await scanForTraces(owner, [digits], silent), []);
});

test('a create under a key is answered 410 once it is erased, and makes nothing again', async () => {
  const { repository, pools } = store;
  const submission = { key: 'result-000077', body: '000077' };
  const create = () => repository.create(ours, fresh(anObservation({})), { submission });
  const { id } = await create();
  assert.equal((await create()).id, id);
  const { submissions } = await erase(pools.owner, { reference: `Observation/${id}` }, order);
  assert.equal(submissions, 1);
  const [before] = await pools.owner<{ count: number }[]>`select count(*) from resource`;
  await assert.rejects(create(), { code: 'deleted' });
  const [after] = await pools.owner<{ count: number }[]>`select count(*) from resource`;
  assert.deepEqual(after, before);
});

test('keys of submissions that hold a number of the person go too, and a repeat still files nothing', async () => {
  const { repository, pools } = store;
  const number = '027163999055';
  const send = (idempotencyKey: string, bodyHash: string, entry: object[]) =>
    repository.transaction(
      ours,
      { resourceType: 'Bundle', type: 'transaction', entry },
      { handling: 'strict', idempotencyKey, bodyHash },
    );
  const patient = () => ({
    resource: { ...fresh(aPatient({})), identifier: [{ system: PERSON, value: number }] },
    request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${PERSON}|${number}` },
  });
  const { text } = await send(`visit ${number}`, 'first', [patient()]);
  const { entry } = JSON.parse(text) as { entry: { response: { location: string } }[] };
  const whose = entry[0]!.response.location.split('/').slice(0, 2).join('/');
  const note = (await repository.create(ours, fresh(anObservation({})))).id;
  const withdraw = () =>
    send(`withdrawn for ${number}`, 'second', [
      { request: { method: 'DELETE', url: `Observation/${note}` } },
    ]);
  await withdraw();
  const { traces } = await erase(pools.owner, { personOf: whose }, order);
  assert.ok(traces.includes(number));
  assert.deepEqual(
    (await scanForTraces(pools.owner, traces, silent)).filter(({ table }) => table !== 'person_identifier'),
    [],
  );
  const repeat = await send(`visit ${number}`, 'first', [patient()]);
  assert.equal(repeat.duplicate, true);
  assert.doesNotMatch(repeat.text, new RegExp(whose));
  assert.equal((await withdraw()).duplicate, true);
});

test('says that there is nothing to erase', async () => {
  await assert.rejects(erase(store.pools.owner, { reference: 'Observation/nothing' }, order), {
    code: 'not-found',
  });
  await assert.rejects(erase(store.pools.owner, { personOf: 'nobody' }, order), { code: 'not-found' });
});

test('is for the owner of the database alone', async () => {
  const { reader, writer } = store.pools;
  for (const attempt of [
    writer`update frame set body = ''`,
    writer`delete from frame`,
    writer`update history set deleted = true`,
    writer`delete from history`,
    writer`delete from feed`,
    writer`insert into erasure (by, reason, resources, versions, frames) values ('', '', 0, 0, 0)`,
    writer`select * from retired_frame`,
    reader`select * from erasure`,
  ])
    await assert.rejects(attempt, { code: '42501' });
  const [row] = await store.pools.owner`select by, reason, resources from erasure order by id limit 1`;
  assert.deepEqual({ ...row }, { by: order.by, reason: order.reason, resources: 1 });
});
