// Scans that were changed again and again: the upkeep of a store holds a few of them at a time, however many there are.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { anObservation, aPatient } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { compress, contextOf, inProcess, newRowId, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { repack } from './repack.ts';
import { verify } from './verify.ts';

const MIB = 1024 * 1024;
const VERSIONS = 32;
const MARK = '0912000001';
/** What a process takes that only loads the program is half of it, and all of them together as much again. */
const MOST_MB = 210;
const silent = { progress: () => {} };

const A = contextOf('01901');
const WORK = new URL('../testing/upkeep-once.ts', import.meta.url);

let store: TestRepository;
let document: string;

before(async () => {
  store = await testRepository();
  const { repository } = store;
  const fresh = ({ id: _, ...resource }: Resource): Resource => resource;
  const patient = (await repository.create(A, fresh(aPatient({})))).id;
  const subject = { reference: `Patient/${patient}` };
  const made = {
    resourceType: 'DocumentReference',
    status: 'current',
    subject,
    content: [{ attachment: { title: 'x' } }],
  };
  document = (await repository.create(A, made as Resource)).id;
  for (let n = 1; n < VERSIONS; n++)
    await repository.update(A, { ...made, id: document, description: `${n}` } as Resource);
  for (let n = 0; n < 5; n++) await repository.create(A, { ...fresh(anObservation({})), subject });
  await enlarge();
});
after(() => store.close());

/** Gives each former version a scan of three megabytes, which no compression makes smaller: as if they had been sent so. */
async function enlarge(): Promise<void> {
  const { owner } = store.pools;
  const rows = await owner<{ version: number; person: string; frame: string }[]>`
    select version, person, frame from history where id = ${document}`;
  for (const { version, person, frame } of rows) {
    const text = JSON.stringify({
      resourceType: 'DocumentReference',
      id: document,
      meta: { versionId: String(version) },
      description: MARK,
      content: [{ attachment: { data: randomBytes(2.25 * MIB).toString('base64') } }],
    });
    const id = newRowId(person, Date.now());
    await owner`
      insert into frame (person, id, patient, facility, label, types, body)
      select person, ${id}, patient, facility, label, types, ${compress(Buffer.from(text))} from frame
      where person = ${person} and id = ${frame}`;
    await owner`
      update history set frame = ${id}, at = 0, len = ${Buffer.byteLength(text)} where id = ${document} and version = ${version}`;
    await owner`delete from frame where person = ${person} and id = ${frame}`;
  }
}

async function within<Answer>(work: string, ...args: unknown[]): Promise<Answer> {
  const { answer, peakMb } = await inProcess<Answer>(WORK, work, store.url, ...args);
  assert.ok(peakMb < MOST_MB, `${work} took ${peakMb} MB`);
  return answer;
}

test('a repack of a chart that has them merges the others, and a verification opens them a few at a time', async () => {
  assert.equal(await within('repackOnce'), 1);
  assert.deepEqual(await within('verifyOnce'), []);
  assert.equal((await repack(store.pools.owner, silent)).persons, 0);
});

test('a number is looked for in them one after another', async () => {
  const found = await within<{ table: string; rows: number }[]>('scanOnce', [MARK]);
  assert.equal(
    found.reduce((sum, { rows }) => sum + rows, 0),
    VERSIONS - 1,
  );
});

test('an erasure takes them one after another', async () => {
  assert.deepEqual(await within('eraseOnce', `DocumentReference/${document}`), [VERSIONS, VERSIONS, 6]);
  assert.deepEqual((await verify(store.pools.owner, silent)).problems, []);
});
