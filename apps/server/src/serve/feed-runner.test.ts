import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedEntry } from '@yba/fhir';
import type { Subscriber } from '@yba/repository';
import { runFeed } from './feed-runner.ts';

/** A feed of numbered entries that can be added to, with a cursor for each subscriber. */
function aFeed(entries: number) {
  const all: FeedEntry[] = [];
  const add = (count: number) => {
    for (let n = 0; n < count; n++) {
      const id = String(all.length + 1);
      all.push({
        cursor: `${id}.0`,
        type: 'Patient',
        id,
        version: 1,
        action: 'create',
        facility: '01901',
        at: new Date(),
        len: 100,
      });
    }
  };
  add(entries);
  const cursors = new Map<string, number>();
  return {
    add,
    feed: async (cursor: string, limit: number) => all.slice(Number(cursor), Number(cursor) + limit),
    feedHead: async () => String(all.length),
    async advance(subscriber: Subscriber) {
      const at = cursors.get(subscriber.name) ?? 0;
      const next = all.slice(at, at + 10);
      await subscriber.apply(undefined as never, next);
      cursors.set(subscriber.name, at + next.length);
      return next.length === 10;
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries++) await sleep(10);
  assert.ok(isSo());
}

function aSubscriber(name: string, applied: string[], fails: () => boolean = () => false): Subscriber {
  return {
    name,
    async apply(_transaction, entries) {
      if (fails()) throw new Error('not now');
      applied.push(...entries.map(({ id }) => id));
    },
  };
}

test('a subscriber catches up with everything before it, and news comes after it was applied', async () => {
  const repository = aFeed(25);
  const applied: string[] = [];
  const news: number[] = [];
  const runner = await runFeed({
    repository,
    subscribers: [aSubscriber('one', applied)],
    onNews: async (entries) => void news.push(entries.length, applied.length),
    onError: assert.fail,
  });
  await runner.settled();
  assert.equal(applied.length, 25);
  repository.add(5);
  await until(() => news.length > 0);
  assert.deepEqual(news, [5, 30]);
  await until(() => runner.cursor === '30.0');
  await runner.stop();
});

test('one that failed is tried again in its time, though the machine’s clock is set back by an hour', async () => {
  const repository = aFeed(3);
  const applied: string[] = [];
  let broken = true;
  let failed = 0;
  const runner = await runFeed({
    repository,
    subscribers: [aSubscriber('ill', applied, () => broken)],
    onNews: async () => {},
    onError: () => failed++,
  });
  try {
    await until(() => failed > 0);
    broken = false;
    const clock = Date.now;
    Date.now = () => performance.timeOrigin - 3_600_000;
    try {
      await until(() => applied.length > 0);
    } finally {
      Date.now = clock;
    }
    assert.equal(applied.length, 3);
  } finally {
    await runner.stop();
  }
});

test('one that fails is tried again and holds nobody else up', async () => {
  const repository = aFeed(0);
  const [well, ill]: string[][] = [[], []];
  const errors: string[] = [];
  let broken = true;
  const runner = await runFeed({
    repository,
    subscribers: [aSubscriber('ill', ill!, () => broken), aSubscriber('well', well!)],
    onNews: async () => {},
    onError: (_error, doing) => errors.push(doing),
  });
  repository.add(3);
  await until(() => well!.length > 0 && errors.length > 0);
  assert.deepEqual([well!.length, ill!.length], [3, 0]);
  assert.ok(errors.includes('feed subscriber ill'));
  broken = false;
  await until(() => ill!.length > 0);
  assert.deepEqual([well!.length, ill!.length], [3, 3]);
  await runner.stop();
});
