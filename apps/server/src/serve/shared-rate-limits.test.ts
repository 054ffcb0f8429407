import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { sharedRateLimits } from './shared-rate-limits.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
const sqls: Sql[] = [];
before(async () => {
  database = await testDatabase();
  for (let process = 0; process < 3; process++) sqls.push(connect(database.url, { max: 2 }));
});
after(async () => {
  await Promise.all(sqls.map((sql) => sql.end()));
  await database.drop();
});

/** How many of so many calls, spread over as many processes as there are connections, are let through. */
async function letThrough(
  limits: readonly { take(key: string): Promise<void> }[],
  calls: number,
  key: string,
): Promise<number> {
  const outcomes = await Promise.allSettled(
    Array.from({ length: calls }, (_, n) => limits[n % limits.length]!.take(key)),
  );
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.equal((outcome.reason as { code: string }).code, 'throttled');
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

test('what a system may ask holds over several processes, with and without tokens taken ahead', async () => {
  for (const lease of [1, 10]) {
    const allowance = { perMinute: 1, burst: 60, lease };
    const limits = sqls.map((sql) => sharedRateLimits(sql)(`by ${lease}`, allowance));
    assert.equal(await letThrough(limits, 150, 'one'), 60, `lease ${lease}`);
    assert.equal(await letThrough(limits, 30, 'one'), 0);
    assert.equal(await letThrough(limits, 30, 'other'), 30);
  }
});

test('with tokens taken ahead most calls ask the database nothing', async () => {
  let asked = 0;
  const counting = new Proxy(sqls[0]!, {
    apply: (target, self, args: never[]) => {
      // a fragment of a statement is no question of its own
      if ((args[0] as unknown as string[]).some((part) => part.includes('insert into rate_bucket'))) asked++;
      return Reflect.apply(target, self, args) as unknown;
    },
  });
  const limit = sharedRateLimits(counting)('few', { perMinute: 6_000, burst: 6_000, lease: 100 });
  assert.equal(await letThrough([limit], 1_000, 'one'), 1_000);
  assert.equal(asked, 10);
});

test('who had found the bucket empty is not shut out when the machine’s clock is set back', async () => {
  const clock = Date.now;
  let setBackMs = 0;
  Date.now = () => clock() - setBackMs;
  try {
    const limit = sharedRateLimits(sqls[0]!)('set back', { perMinute: 600, burst: 10, lease: 10 });
    await sqls[0]!`insert into rate_bucket (key, tokens, at) values ('set back one', 0, now() + interval '1 hour')`;
    assert.equal(await letThrough([limit], 1, 'one'), 0);
    await sqls[0]!`update rate_bucket set tokens = 10 where key = 'set back one'`;
    setBackMs = 3_600_000;
    let through = 0;
    for (let tries = 0; tries < 500 && through === 0; tries++) {
      await sleep(10);
      through = await letThrough([limit], 1, 'one');
    }
    assert.equal(through, 1);
  } finally {
    Date.now = clock;
  }
});

test('tokens come back with time, also to a process that had found the bucket empty', async () => {
  let now = Date.now();
  const limit = sharedRateLimits(sqls[0]!, () => now)('slow', { perMinute: 1, burst: 20, lease: 10 });
  assert.equal(await letThrough([limit], 25, 'one'), 20);
  await sqls[0]!`update rate_bucket set at = at - interval '5 minutes' where key like 'slow %'`;
  now += 5 * 60_000;
  const again = await letThrough([limit], 25, 'one');
  assert.ok(again >= 5 && again <= 6, String(again));
});
