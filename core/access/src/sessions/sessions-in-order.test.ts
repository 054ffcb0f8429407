// Sessions that two statements change at the same moment, found by each in another order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase, type TestDatabase } from '@yba/postgres/testing';
import { endSessions } from './end-sessions.ts';
import { lockIdle } from './sign-in-sessions.ts';

let database: TestDatabase;
let sql: Sql;
const opened: Sql[] = [];

before(async () => {
  database = await testDatabase();
  sql = connect(database.url, { max: 2 });
});
after(async () => {
  await Promise.all([sql, ...opened].map((pool) => pool.end()));
  await database.drop();
});

/** One connection that finds rows by an index, as it does where there are many, and the number of its process. */
async function byIndex(): Promise<{ pool: Sql; pid: number }> {
  const pool = connect(database.url, { max: 1 });
  opened.push(pool);
  await pool`set enable_seqscan = off`;
  await pool`set enable_bitmapscan = off`;
  const [row] = await pool<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return { pool, pid: row!.pid };
}

async function untilWaiting(pid: number): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    const [row] = await sql<{ waits: boolean }[]>`select cardinality(pg_blocking_pids(${pid})) > 0 as waits`;
    if (row!.waits) return;
    await sleep(5);
  }
  assert.fail('nothing waits for the row that is held');
}

test('the lock of idle screens and the end of all sessions of an account do not wait for each other crosswise', async () => {
  const [account] = await sql<{ id: string }[]>`
    insert into account (username, name, role) values ('two.screens', 'Two Screens', null) returning id`;
  const session = (startedHours: number, activeHours: number) => sql<{ id: string }[]>`
    insert into sign_in_session (account, client, methods, address, agent, browser, started, active)
    values (${account!.id}, 'clinic', '{pwd}', '', '', gen_random_uuid()::text,
      now() - make_interval(hours => ${startedHours}), now() - make_interval(hours => ${activeHours})) returning id`;
  // the account's are found newest first, the idle ones by how long nobody was there
  const [newer] = await session(1, 1);
  await session(9, 9);
  const ending = await byIndex();
  const locking = await byIndex();
  const done = await sql.begin(async (holding) => {
    await holding`select from sign_in_session where id = ${newer!.id} for update`;
    const ended = endSessions(ending.pool, { account: account!.id }, 'revoked');
    await untilWaiting(ending.pid);
    const locked = lockIdle(locking.pool, 'clinic', 10);
    await untilWaiting(locking.pid);
    return { settled: Promise.allSettled([ended, locked]) };
  });
  const [ended, locked] = await done.settled;
  assert.deepEqual(
    [ended, locked].filter(({ status }) => status === 'rejected'),
    [],
  );
  assert.deepEqual(ended, { status: 'fulfilled', value: 2 });
});
