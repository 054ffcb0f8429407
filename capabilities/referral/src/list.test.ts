import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resource } from '@yba/fhir';
import { contextOf, facilityNumber, inProcess, newRowId, testRepository } from '@yba/repository/testing';
import type { TestRepository } from '@yba/repository/testing';

const MIB = 1024 * 1024;
const A = contextOf('27001');
const LIST_ONCE = new URL('./testing/list-once.ts', import.meta.url);

let store: TestRepository;

before(async () => (store = await testRepository()));
after(() => store.close());

const described = (text: string, over: object): Resource => ({
  ...({ status: 'draft', intent: 'order', note: [{ text }, { text }] } as object),
  resourceType: 'Task',
  ...over,
});

/** A Task with its request, stored so many times: rows that lie in one frame. */
async function refer(times: number, text: string): Promise<void> {
  const { repository, pools } = store;
  const patient = (await repository.create(A, { resourceType: 'Patient', name: [{ text: 'An' }] })).id;
  const subject = { reference: `Patient/${patient}` };
  const request = await repository.create(A, described(text, { resourceType: 'ServiceRequest', subject }));
  const focus = { reference: `ServiceRequest/${request.id}` };
  const { id } = await repository.create(A, described(text, { for: subject, focus }));
  const [{ person }] = (await pools.owner`select person from resource where id = ${id}`) as unknown as [
    { person: string },
  ];
  const ids = Array.from({ length: times }, () => newRowId(person, Date.now()));
  await pools.owner`
    insert into resource select copy.* from resource, unnest(${ids}::uuid[]) as made,
      jsonb_populate_record(resource, jsonb_build_object('id', made)) as copy where resource.id = ${id}`;
  await pools.owner`delete from referral_party`;
  await pools.owner`
    insert into referral_party (task, facility, side, open, changed)
    select 'Task/' || made, ${facilityNumber('27001')}, 'out', true, now() from unnest(${ids}::uuid[]) as made`;
}

const listed = () => inProcess<[number, number, boolean]>(LIST_ONCE, 'listOnce', store.url, A);

test('a short list is answered whole', async () => {
  await refer(3, 'ngắn');
  const { answer } = await listed();
  assert.deepEqual([answer[0], answer[2]], [4, false]);
});

test('a hundred Tasks of two megabytes each, and a request of theirs, are answered in parts that are held one at a time', async () => {
  await refer(99, 'x'.repeat(MIB));
  const { answer, peakMb } = await listed();
  const [count, length, isInParts] = answer;
  assert.deepEqual([count, isInParts], [100, true]);
  assert.ok(length > 100 * 2 * MIB);
  assert.ok(peakMb < 250, `${peakMb} MB`);
});
