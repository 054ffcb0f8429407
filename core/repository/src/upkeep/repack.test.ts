import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { anObservation, aPatient } from '@yba/fhir/testing';
import type { Resource } from '@yba/fhir';
import { meanwhile } from '@yba/postgres/testing';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { repack } from './repack.ts';
import { verify } from './verify.ts';

const ours = contextOf('01901');
const silent = { progress: () => {} };
const search = { handling: 'strict' } as const;
let store: TestRepository;
let patient: string;
const observations: string[] = [];

before(async () => {
  store = await testRepository();
  const { repository } = store;
  patient = (await repository.create(ours, fresh(aPatient({})))).id;
  for (let n = 0; n < 30; n++) observations.push((await repository.create(ours, observation(n))).id);
  for (const id of observations.slice(0, 5))
    for (let n = 0; n < 3; n++) await repository.update(ours, { ...observation(100 + n), id });
  await repository.delete(ours, 'Observation', observations[29]!);
});

after(() => store.close());

function fresh({ id: _, ...resource }: Resource): Resource {
  return resource;
}

function observation(n: number): Resource {
  return {
    ...fresh(anObservation({})),
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: `2026-03-${String(1 + (n % 28)).padStart(2, '0')}`,
    valueQuantity: { value: n, unit: 'mmol/L' },
  };
}

async function texts(): Promise<string[]> {
  const { repository } = store;
  const chart = await repository.search(
    ours,
    'Observation',
    new URLSearchParams({ patient, _count: '100' }),
    search,
  );
  const versions = [];
  for (const id of observations) {
    const page = await repository.history(ours, 'Observation', id, new URLSearchParams());
    versions.push(...page.entries.map(({ text }) => text ?? 'deleted'));
  }
  return [...chart.entries.map(({ text }) => text!), ...versions];
}

describe('a repack', () => {
  test('merges the frames of single writes; every version reads as before', async () => {
    const was = await texts();
    const done = await repack(store.pools.owner, { ...silent, graceMs: 0 });
    assert.equal(done.framesBefore, 46);
    assert.ok(done.framesAfter <= 3, `${done.framesAfter} frames`);
    assert.ok(done.frameBytesAfter < done.frameBytesBefore / 2);
    assert.deepEqual(await texts(), was);
    assert.deepEqual((await verify(store.pools.owner, silent)).problems, []);
    const [left] = await store.pools.owner<{ frames: number; waiting: number }[]>`
      select (select count(*) from frame) as frames, (select count(*) from retired_frame) as waiting`;
    assert.deepEqual({ ...left }, { frames: done.framesAfter, waiting: 0 });
  });

  test('finds nothing to do the second time, and goes on with what came since', async () => {
    assert.equal((await repack(store.pools.owner, { ...silent, graceMs: 0 })).persons, 0);
    for (let n = 0; n < 4; n++) observations.push((await store.repository.create(ours, observation(n))).id);
    assert.equal((await repack(store.pools.owner, { ...silent, graceMs: 0 })).persons, 1);
  });

  test('lets writers and readers go on: nobody fails, nothing is lost', async () => {
    for (let n = 0; n < 20; n++)
      await store.repository.update(ours, { ...observation(n), id: observations[n]! });
    const other = async (n: number) => {
      const id = observations[n % 20]!;
      await store.repository.update(ours, { ...observation(n), id });
      await store.repository.read(ours, 'Observation', id);
      await store.repository.search(ours, 'Observation', new URLSearchParams({ patient }), search);
    };
    const steps = await meanwhile(
      (n) => Promise.all([other(2 * n), other(2 * n + 1)]),
      async () => {
        for (let round = 0; round < 3; round++) await repack(store.pools.owner, { ...silent, graceMs: 500 });
      },
    );
    assert.ok(steps > 0);
    assert.deepEqual((await verify(store.pools.owner, silent)).problems, []);
  });

  test('fills frames with more than is held at a time, and does so once', async () => {
    const { repository, pools } = store;
    await repack(pools.owner, { ...silent, graceMs: 0 });
    const id = (await repository.create(ours, fresh(aPatient({})))).id;
    const note = [{ text: 'x'.repeat(40_000) }]; // three fill a frame
    for (let n = 0; n < 120; n++)
      await repository.create(ours, { ...observation(n), note, subject: { reference: `Patient/${id}` } });
    const done = await repack(pools.owner, { ...silent, graceMs: 0 });
    assert.equal(done.persons, 1);
    assert.equal(done.framesAfter, 40);
    assert.equal((await repack(pools.owner, { ...silent, graceMs: 0 })).persons, 0);
    assert.deepEqual((await verify(pools.owner, silent)).problems, []);
  });

  test('gives the room back when asked', async () => {
    const done = await repack(store.pools.owner, { ...silent, graceMs: 0, returnSpace: true });
    assert.ok(done.tableBytesAfter < done.tableBytesBefore);
    assert.deepEqual((await verify(store.pools.owner, silent)).problems, []);
  });
});

describe('a verification', () => {
  test('counts what it went over', async () => {
    const { resources, versions, frames, feedEntries } = await verify(store.pools.owner, silent);
    assert.equal(resources, 156);
    assert.equal(versions, feedEntries);
    assert.ok(frames > 0);
  });

  test('names a place that lies elsewhere, a missing version, an identifier too many and a silent feed', async () => {
    const db = store.pools.owner;
    const id = observations[0]!;
    const problems = async () => (await verify(db, silent)).problems.join('\n');
    await db`update resource set at = at + 1 where id = ${id}`;
    assert.match(await problems(), new RegExp(`Observation row ${id} version \\d+ holds`));
    await db`update resource set at = at - 1 where id = ${id}`;
    const [gone] = await db`delete from history where id = ${id} and version = 2 returning *`;
    assert.match(await problems(), /versions 2 are missing/);
    await db`insert into history ${db(gone!)}`;
    await db`insert into identifier (facility, type, system, value, row_id) values (1, 1, 's', 'v', ${id})`;
    assert.match(await problems(), /its unique identifiers are not those in the directory/);
    await db`delete from identifier where row_id = ${id}`;
    await db`delete from feed where ${id} = any(ids) and versions[1] = 1`;
    assert.match(await problems(), new RegExp(`the feed never told of ${id} version 1`));
    await db`update frame set body = '\\x00' where id = (select frame from resource where id = ${id})`;
    assert.match(await problems(), /frame .* does not open/);
  });
});
