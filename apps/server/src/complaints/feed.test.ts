// How notifications are lost elsewhere, and not here: docs/complaints.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FeedEntry } from '@yba/fhir';
import { FEED_START } from '@yba/repository';
import { feedShowsAll } from '@yba/repository/testing';
import { A, anotherServer, aPatient, testRepository, unused, type TestRepository } from './stores.ts';

let store: TestRepository;
before(async () => (store = await testRepository()));
after(() => store.close());

test('19 · a follower that fails, and another server that goes on for it, miss nothing and apply nothing twice', async () => {
  const ids = await Promise.all(
    Array.from({ length: 10 }, async () => (await store.repository.create(A, aPatient())).id),
  );
  await feedShowsAll(store.pools);
  const applied: string[] = [];
  let failures = 2;
  const follower = {
    name: `follower-${unused()}`,
    async apply(_transaction: unknown, entries: readonly FeedEntry[]) {
      if (failures-- > 0) throw new Error('the notification could not be sent');
      applied.push(...entries.map(({ id }) => id));
    },
  };
  for (let n = 0; n < 2; n++) await assert.rejects(store.repository.advance(follower));
  const second = anotherServer(store);
  while (await second.repository.advance(follower));
  assert.equal(await store.repository.advance(follower), false);
  assert.deepEqual(applied.filter((id) => ids.includes(id)).sort(), [...ids].sort());
  await second.close();
});

test('19 · the feed holds each change once, in an order in which no version comes before an earlier one', async () => {
  const id = `fed-${unused()}`;
  const second = anotherServer(store);
  await store.repository.update(A, aPatient({ id }));
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? store : second).repository.update(A, aPatient({ id, active: true })),
    ),
  );
  await feedShowsAll(store.pools);
  const versions: number[] = [];
  for (let cursor = FEED_START; ;) {
    const entries = await store.repository.feed(cursor, 7);
    if (entries.length === 0) break;
    versions.push(...entries.filter((entry) => entry.id === id).map(({ version }) => version));
    cursor = entries.at(-1)!.cursor;
  }
  assert.deepEqual(
    [...versions].sort((a, b) => a - b),
    Array.from({ length: 21 }, (_, n) => n + 1),
  );
  await second.close();
});
