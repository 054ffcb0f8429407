// Large resources are read one request at a time; small ones go on meanwhile, and nobody meets what a failed read left behind.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { connect } from '@yba/postgres';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { inRoom, inRoomIfLarge, LargeRead } from './large-reads.ts';
import { asReader } from './session.ts';

const A = contextOf('01013');

let store: TestRepository;

/** An Observation of some MB in the chart of a Patient. */
const result = (id: string, megabytes: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: id },
  subject: { reference: 'Patient/whose' },
  note: Array.from({ length: 1 + megabytes }, (_, at) => ({
    text: at === 0 ? 'x' : randomBytes(375_000).toString('base64') + 'a'.repeat(500_000),
  })),
});

before(async () => {
  store = await testRepository();
  await store.repository.update(A, { resourceType: 'Patient', id: 'whose', name: [{ text: 'Lê An' }] });
  await store.repository.update(A, result('large', 4) as Resource);
  await store.repository.update(A, result('small', 0) as Resource);
});
after(() => store.close());

const search = (query: string) =>
  store.repository.search(A, 'Observation', new URLSearchParams(query), { handling: 'strict' });

test('reads, versions, histories and pages of large resources wait for one another, and small ones for nobody', async () => {
  const { repository } = store;
  const held = Promise.withResolvers<void>();
  const first = inRoom(() => held.promise);
  const isOver: string[] = [];
  const large = [
    repository.read(A, 'Observation', 'large').then(({ text }) => text.length),
    repository.vread(A, 'Observation', 'large', '1').then(({ text }) => text.length),
    repository
      .history(A, 'Observation', 'large', new URLSearchParams())
      .then(({ entries }) => entries.length),
    search('_id=large').then(({ entries }) => entries.length),
    search('patient=whose&_count=1&_sort=code').then(({ entries }) => entries.length),
    repository.everything(A, 'Patient', 'whose', new URLSearchParams()).then(async ({ entries, more }) => {
      let count = entries.length;
      for await (const part of more ?? []) count += part.length;
      return count;
    }),
  ].map((one) => one.finally(() => isOver.push('large')));
  for (let round = 0; round < 3; round++) {
    assert.equal((await repository.read(A, 'Observation', 'small')).id, 'small');
    assert.equal((await repository.vread(A, 'Observation', 'small', '1')).id, 'small');
    assert.equal((await search('_id=small')).entries.length, 1);
    assert.equal((await repository.history(A, 'Observation', 'small', new URLSearchParams())).total, 1);
  }
  assert.deepEqual(isOver, [], 'the large ones wait');
  held.resolve();
  await first;
  const [length, version, ...counts] = await Promise.all(large);
  assert.ok(length! > 3_500_000);
  assert.equal(version, length);
  assert.deepEqual(counts, [1, 1, 1, 3]);
});

test('conditions that look into large resources are asked one after another, and no more of them than 64 MiB in one Bundle', async () => {
  const { repository } = store;
  const conditional = (count: number) => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: Array.from({ length: count }, (_, at) => ({
      resource: { resourceType: 'Observation', status: 'final', code: { text: `new ${at}` } },
      request: { method: 'POST', url: 'Observation', ifNoneExist: `patient=whose&code:text=nothing-${at}` },
    })),
  });
  const send = (count: number) =>
    repository.transaction(A, conditional(count) as Resource, { handling: 'strict' });
  await assert.rejects(send(20), (error: unknown) => {
    assert.ok(error instanceof OutcomeError, String(error));
    assert.equal(error.code, 'too-costly');
    assert.match(error.message, /64 MiB of large resources/);
    return true;
  });
  assert.match((await send(4)).text, /201 Created/);
});

test('what is done in a turn is done again with room, and a turn is given back whatever comes of it', async () => {
  const asked: boolean[] = [];
  const answer = await inRoomIfLarge({}, async ({ room = false }: { room?: boolean }) => {
    asked.push(room);
    if (!room) throw new LargeRead(5_000_000);
    return 'read';
  });
  assert.equal(answer, 'read');
  assert.deepEqual(asked, [false, true]);
  await assert.rejects(
    inRoom(() => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await inRoom(async () => 'next'), 'next');
});

test('who has a connection behind a read that failed meets nothing of it', async () => {
  const reader = connect(store.url, { role: 'yba_reader', max: 1 });
  const env = { pools: { ...store.pools, reader } };
  const reach = { facility: '01013', patients: [], self: false };
  for (let round = 0; round < 20; round++) {
    const left = [1, 2, 3].map((one) => ({ one, rows: undefined as Promise<unknown> | undefined }));
    const failing = asReader(env, reach, async (db) => {
      // statements that this connection has not met: each is described before it is carried out
      for (const each of left)
        each.rows = Promise.resolve(
          db.unsafe(`select $1::int as one, ${round} as round${each.one}, pg_sleep(0.002)`, [each.one], {
            prepare: true,
          }),
        );
      await new Promise(setImmediate); // they are on their way
      throw new Error('given up');
    }).catch((error: unknown) => String(error));
    const next = asReader(env, reach, async (db) => {
      const [row] = await db<
        { next: string }[]
      >`select ${`next ${round}`}::text as next, ${round}::int as at`;
      return row;
    });
    assert.match(String(await failing), /given up/);
    assert.deepEqual({ ...(await next) }, { next: `next ${round}`, at: round });
    for (const { rows } of left)
      await Promise.race([rows, sleep(5_000).then(() => assert.fail('never answered'))]);
  }
  await reader.end();
});
