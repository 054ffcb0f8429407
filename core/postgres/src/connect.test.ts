import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GCProfiler, setFlagsFromString } from 'node:v8';
import type { GCProfilerResult } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OutcomeError } from '@yba/fhir';
import { connect, failureOf, onDatabase, reconnectAfterS } from './connect.ts';
import type { Sql } from './connect.ts';
import { copyIn } from './copy-in.ts';
import { isUnavailable, toOutcome } from './sqlstate.ts';
import { testDatabase } from './testing.ts';
import type { TestDatabase } from './testing.ts';

let database: TestDatabase;
let sql: Sql;

before(async () => {
  database = await testDatabase();
  sql = connect(database.url, { max: 2 });
});

after(async () => {
  await sql.end();
  await database.drop();
});

test('gives int8 as a number while it is exact, else its digits', async () => {
  const [row] =
    await sql`select 12345678901::int8 as small, 9223372036854775807::int8 as big, array[1, 2]::int8[] as list`;
  assert.deepEqual({ ...row }, { small: 12345678901, big: '9223372036854775807', list: [1, 2] });
});

test('takes int8 numbers and their digits as parameters', async () => {
  const [row] = await sql`select ${12345678901}::int8 + ${'1'}::int8 as sum, ${[1, 2]}::int8[] as list`;
  assert.deepEqual({ ...row }, { sum: 12345678902, list: [1, 2] });
});

test('keeps the microsecond-free instant of a timestamp', async () => {
  const at = new Date('2026-03-04T05:06:07.089Z');
  const [row] = await sql<{ at: Date }[]>`select ${at}::timestamptz as at`;
  assert.deepEqual(row?.at, at);
});

test('gives the years of the first century as they are', async () => {
  for (const text of ['0001-01-01T00:00:00.000Z', '0049-12-31T17:00:00.123Z', '0099-06-01T00:00:00.000Z']) {
    const at = new Date(text);
    const [row] = await sql<{ at: Date; there: Date; day: Date }[]>`
      select ${at}::timestamptz as at, ${at}::timestamptz at time zone 'UTC' as there, ${at}::timestamptz::date as day`;
    assert.deepEqual([row?.at.toISOString(), row?.there.toISOString()], [text, text]);
    assert.equal(row?.day.toISOString(), `${text.slice(0, 10)}T00:00:00.000Z`);
  }
  const before = await sql.reserve();
  await before`set timezone to 'Asia/Ho_Chi_Minh'`; // +07:06:30 in those days
  const [row] = await before<{ at: Date }[]>`select '0049-12-31T17:00:00Z'::timestamptz as at`;
  await before`reset timezone`;
  before.release();
  assert.equal(row?.at.toISOString(), '0049-12-31T17:00:00.000Z');
});

test('asks from before the year 1 as from its beginning, and until after 9999 as until its end', async () => {
  for (const [asked, meant] of [
    ['0000-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
    ['-000001-12-31T17:00:00.000Z', '0001-01-01T00:00:00.000Z'],
    ['+010000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
  ] as const) {
    const [row] = await sql<{ at: Date }[]>`select ${new Date(asked)}::timestamptz as at`;
    assert.equal(row?.at.toISOString(), meant);
  }
});

test('runs as the role asked for', async () => {
  const reader = connect(database.url, { role: 'yba_reader', max: 1 });
  const [row] = await reader`select current_user as role, current_setting('plan_cache_mode') as plans`;
  await reader.end();
  assert.deepEqual({ ...row }, { role: 'yba_reader', plans: 'force_custom_plan' });
});

test('readers and look-ups have one process of the database to themselves', async () => {
  for (const options of [{ role: 'yba_reader' as const }, { lookups: true }]) {
    const pool = connect(database.url, { ...options, max: 1 });
    const [row] = await pool`select current_setting('max_parallel_workers_per_gather') as helpers`;
    await pool.end();
    assert.equal(row?.['helpers'], '0');
  }
});

test('plans look-ups by key once, and by their index however small a table is', async (t) => {
  const lookup = connect(database.url, { lookups: true, max: 1 });
  t.after(() => lookup.end());
  await lookup`create temporary table small (id int primary key)`;
  await lookup`insert into small values (1)`;
  await lookup`analyze small`;
  await lookup.unsafe('prepare look (int) as select from small where id = $1');
  const plan = await lookup.unsafe('explain execute look (1)');
  assert.match(JSON.stringify(plan), /Index Only Scan.*id = \$1/s);
});

test('translates what the database says into outcomes', async () => {
  await sql`create table once (key int primary key)`;
  await sql`insert into once values (1)`;
  const twice = await sql`insert into once values (1)`.catch(toOutcome);
  assert.ok(twice instanceof OutcomeError);
  assert.equal(twice.code, 'duplicate');
  assert.equal((twice.cause as { code: string }).code, '23505');
});

test('calls an unreachable database transient', async () => {
  const nowhere = connect('postgres://yba@localhost/yba?host=/nonexistent', { max: 1 });
  const error = await nowhere`select 1`.catch((cause: unknown) => cause);
  await nowhere.end();
  assert.ok(isUnavailable(error));
});

test('calls a database transient whose name nobody knows, to which no way leads, or whose line timed out', async () => {
  // a name that is none, an address no host has (RFC 6761, RFC 919)
  for (const host of ['nowhere.invalid', '255.255.255.255:1']) {
    const nowhere = connect(`postgres://yba@${host}/yba`, { max: 1 });
    const error = await nowhere`select 1`.catch((cause: unknown) => cause);
    await nowhere.end({ timeout: 0 });
    assert.ok(isUnavailable(error), String(error));
    assert.match(toOutcome(error).message, /cannot be reached/);
  }
  const timedOut = Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'read' });
  assert.ok(isUnavailable(timedOut));
  const noFile = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
  assert.ok(!isUnavailable(noFile));
});

test('tells a database that takes no writes, and a disk that cannot be written, from a refusal', async () => {
  const readOnly = await sql
    .begin('read only', (db) => db`create table never (id int)`)
    .catch((error: Error) => error);
  const disk = Object.assign(new Error('could not open file "base/5/1259": Read-only file system'), {
    code: '42501',
  });
  for (const [error, words] of [
    [readOnly, /read-only.*nothing of this was stored/],
    [disk, /disk of the database cannot be/],
  ] as const) {
    assert.ok(isUnavailable(error));
    const outcome = toOutcome(error);
    assert.ok(outcome instanceof OutcomeError);
    assert.equal(outcome.code, 'transient');
    assert.match(outcome.message, words);
  }
  const refused = await sql
    .begin(async (db) => {
      await db`create table closed (id int)`;
      await db`set local role yba_reader`;
      await db`select * from closed`;
    })
    .catch((error: Error) => error);
  assert.equal((toOutcome(refused) as OutcomeError).code, 'forbidden');
});

test('writes again once a database that was set read-only is so no more, in every session', async () => {
  const name = new URL(database.url).pathname.slice(1);
  const readOnly = (value: string) =>
    sql.unsafe(`alter database ${name} set default_transaction_read_only = ${value}`);
  await sql`create table written (id int)`;
  const asks = [
    (pool: Sql) => pool`insert into written values (1)`,
    (pool: Sql) => pool.begin((db) => db`insert into written values (2)`),
    async (pool: Sql) => {
      const one = await pool.reserve();
      await one`insert into written values (3)`.finally(() => one.release());
    },
  ];
  for (const ask of asks) {
    await readOnly('on');
    // one session each: a second one of a pool may begin now and be asked nothing before it is off
    const pools = [1, 2].map(() => connect(database.url, { max: 1 }));
    const asked = pools.flatMap((pool) => [pool, pool, pool]);
    await Promise.all(asked.map((pool) => assert.rejects(async () => ask(pool), { code: '25006' })));
    await readOnly('off');
    await Promise.all(asked.map((pool) => ask(pool)));
    await Promise.all(pools.map((pool) => pool.end()));
  }
  await sql`drop table written`;
});

test('a database that lets the server in no more is away, not a fault of the request', async () => {
  const name = `${new URL(database.url).pathname.slice(1)}_closed`;
  await sql.unsafe(`create database ${name} with allow_connections false`);
  await sql.unsafe(`create role ${name} nologin`);
  const asLogin = new URL(database.url);
  asLogin.username = name;
  for (const url of [onDatabase(database.url, 'nowhere'), onDatabase(database.url, name), asLogin.href]) {
    const error = await failureOf(url);
    assert.ok(isUnavailable(error), String(error));
    assert.match(toOutcome(error).message, /does not let the server in/);
  }
  await sql.unsafe(`drop role ${name}`);
  await sql.unsafe(`drop database ${name}`);
});

test('a session that an administrator’s timeout ends is told as that, and the next has another', async () => {
  for (const [setting, sqlstate, words] of [
    ['idle_in_transaction_session_timeout', '25P03', /stood still/],
    ['transaction_timeout', '25P04', /took too long/],
  ] as const) {
    // as it is told to a statement under way; to one that comes after the end it is a connection that is closed
    const told = toOutcome(Object.assign(new Error('terminating connection'), { code: sqlstate }));
    assert.ok(told instanceof OutcomeError);
    assert.match(told.message, words);
    const one = connect(database.url, { max: 1 });
    try {
      const ended = await one
        .begin(async (db) => {
          await db`select set_config(${setting}, '50', true)`;
          for (let tries = 0; tries < 1_000; tries++) {
            await sleep(100);
            await db`select 1`;
          }
        })
        .catch(toOutcome);
      assert.ok(ended instanceof OutcomeError, String(ended));
      assert.equal(ended.code, 'transient');
      const { code } = ended.cause as { code: string };
      if (code !== 'CONNECTION_CLOSED') assert.match(ended.message, words);
      assert.equal((await one<{ one: number }[]>`select 1 as one`)[0]!.one, 1);
    } finally {
      await one.end({ timeout: 1 });
    }
  }
});

test('a series of numbers that is used up is no mistake of ours', async () => {
  await sql`create sequence few maxvalue 2`;
  await sql`select nextval('few'), nextval('few')`;
  const error = await sql`select nextval('few')`.catch(toOutcome);
  assert.ok(error instanceof OutcomeError);
  assert.equal(error.code, 'transient');
});

test('whoever waits for somebody’s lock goes away in time, and is told to come again', async () => {
  await sql`create table locked (id int)`;
  const impatient = connect(database.url, { max: 1, lockTimeoutMs: 50 });
  try {
    await sql.begin(async (db) => {
      await db`lock table locked in access exclusive mode`;
      const waits = impatient`select from locked`.catch(toOutcome);
      const error = await Promise.race([waits, sleep(20_000, 'it waits for ever', { ref: false })]);
      assert.ok(error instanceof OutcomeError);
      assert.equal(error.code, 'transient');
    });
    assert.equal((await impatient`select from locked`).length, 0);
  } finally {
    await impatient.end();
  }
});

test('leaves a mistake of ours an exception', async () => {
  const error = await sql`select * from no_such_table`.catch(toOutcome);
  assert.ok(!(error instanceof OutcomeError));
});

test('finds a database again that was away for longer than there are connections', async () => {
  const folder = new URL(database.url).searchParams.get('host')!;
  const elsewhere = mkdtempSync(join(tmpdir(), 'yba-away-'));
  const moved = new URL(database.url);
  moved.searchParams.set('host', elsewhere);
  const pool = connect(moved.href, { max: 2 });
  for (let attempt = 0; attempt < 5; attempt++) await assert.rejects(pool`select 1`, { code: 'ENOENT' });
  symlinkSync(join(folder, '.s.PGSQL.5432'), join(elsewhere, '.s.PGSQL.5432'));
  const [row] = await pool`select 1 as one`;
  assert.equal(row?.['one'], 1);
  await pool.end();
  rmSync(elsewhere, { recursive: true });
});

test('a connection that breaks under its work rejects it, and nothing of that is carried out later', async () => {
  await sql`create table broken (who text)`;
  const pool = connect(database.url, { max: 1 });
  const killed = async (work: (pid: number) => Promise<unknown>) => {
    const [row] = await pool<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await assert.rejects(work(row!.pid));
  };
  const kill = async (pid: number) => void (await sql`select pg_terminate_backend(${pid})`);
  await killed((pid) =>
    pool.begin(async (tx) => {
      await tx`insert into broken values ('transaction')`;
      await Promise.all([tx`select pg_sleep(5)`, kill(pid)]);
    }),
  );
  await killed((pid) =>
    pool.begin(async (tx) => {
      await kill(pid);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await tx`insert into broken values ('late')`;
    }),
  );
  await killed(async (pid) => {
    const reserved = await pool.reserve();
    try {
      await kill(pid);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await Promise.all([reserved`insert into broken values ('reserved')`, reserved`select 1`]);
    } finally {
      reserved.release();
    }
  });
  await killed((pid) =>
    pool.begin(async (tx) => {
      await kill(pid);
      await copyIn(tx, 'copy broken from stdin', Buffer.from('copied\n'.repeat(100)));
    }),
  );
  assert.equal((await pool`select * from broken`).length, 0);
  await pool.end();
});

test(
  'a statement that waits behind another of a reserved connection is refused when that breaks',
  { timeout: 30_000 },
  async () => {
    const pool = connect(database.url, { max: 1 });
    const reserved = await pool.reserve();
    const [{ pid }] = (await reserved`select pg_backend_pid() as pid`) as unknown as [{ pid: number }];
    const [first, behind] = [reserved`select pg_sleep(${60}::int)`, reserved`select 1`];
    const outcomes = Promise.allSettled([first, behind]);
    for (let tries = 0; tries < 200; tries++) {
      const [row] = await sql`select from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`;
      if (row) break;
    }
    await sql`select pg_terminate_backend(${pid})`;
    for (const { status } of await outcomes) assert.equal(status, 'rejected');
    reserved.release();
    assert.equal((await pool`select 1 as one`)[0]?.['one'], 1);
    await pool.end();
  },
);

/** A line to the database over TCP on which `between` says what becomes of what either side sends; `url` leads there. */
async function lineBetween(between: (near: Socket, far: Socket) => void, host = '127.0.0.1') {
  const socket = join(new URL(database.url).searchParams.get('host')!, '.s.PGSQL.5432');
  const line = createServer((near) => {
    const far = createConnection(socket);
    between(near, far);
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => near.destroy());
  }).listen(0, host);
  await once(line, 'listening');
  const url = new URL(database.url);
  url.search = '';
  url.host = `${host.includes(':') ? `[${host}]` : host}:${(line.address() as AddressInfo).port}`;
  return { url: url.href, close: () => line.close() };
}

test('takes an IPv6 address as a host', async (t) => {
  const line = await lineBetween((near, far) => near.pipe(far).pipe(near), '::1').catch(() => undefined);
  if (!line) return t.skip('this machine has no IPv6');
  const pool = connect(line.url, { max: 1 });
  try {
    assert.equal((await pool`select 1 as one`)[0]?.['one'], 1);
  } finally {
    await pool.end({ timeout: 0 });
    line.close();
  }
});

test('rows are copied like any statement, between those before and behind them', async () => {
  await sql`create table copied (id int primary key, text text)`;
  const lines = Array.from({ length: 5_000 }, (_, id) => `${id}\t${'x'.repeat(100)}\n`).join('');
  const [before, { count }, behind] = await sql.begin(async (tx) =>
    Promise.all([
      tx`select count(*)::int as rows from copied`,
      copyIn(tx, 'copy copied from stdin', Buffer.from(lines)),
      tx`select count(*)::int as rows from copied`,
    ]),
  );
  assert.deepEqual([before[0]!['rows'], count, behind[0]!['rows']], [0, 5_000, 5_000]);
});

test('rows or a COPY that the database refuses reject, and the connection goes on', async () => {
  await sql`create table refused (id int primary key)`;
  const one = connect(database.url, { max: 1 });
  for (const [statement, rows, code] of [
    ['copy refused from stdin', '1\n1\n', '23505'],
    ['copy refused from stdin', '2\nnot a number\n', '22P02'],
    ['copy nowhere from stdin', '3\n'.repeat(100_000), '42P01'],
  ] as const) {
    await assert.rejects(
      one.begin(async (tx) =>
        Promise.all([copyIn(tx, statement, Buffer.from(rows)), tx`insert into refused values (4)`]),
      ),
      { code },
    );
    assert.equal((await one<{ one: number }[]>`select 1 as one`)[0]!.one, 1);
  }
  assert.equal((await one`select from refused`).length, 0);
  await one.end();
});

test('what a transaction asks at once goes out together, its BEGIN with it, however much that is', async (t) => {
  let silentUntil: string | undefined; // nothing is answered until that was asked
  const line = await lineBetween((near, far) => {
    let answers: Buffer[] = [];
    near.on('data', (bytes) => {
      far.write(bytes);
      if (!silentUntil || !bytes.includes(silentUntil)) return;
      silentUntil = undefined;
      near.write(Buffer.concat(answers));
      answers = [];
    });
    far.on('data', (bytes) => (silentUntil ? answers.push(bytes) : near.write(bytes)));
  });
  const pool = connect(line.url, { max: 1 });
  t.after(async () => {
    await pool.end({ timeout: 1 });
    line.close();
  });
  await pool`create table together (id int, text text)`;
  const work = () =>
    pool.begin(async (tx) => {
      await Promise.all([
        ...[1, 2, 3].map((id) => tx`insert into together values (${id}, ${'x'.repeat(50_000)})`),
        copyIn(tx, 'copy together from stdin', Buffer.from('4\ttext\n'.repeat(10_000))),
        tx.unsafe('select 7777 as last'),
      ]);
      return 'done';
    });
  await work(); // prepares the statements
  silentUntil = 'select 7777 as last';
  const waits = sleep(20_000, 'it waits for an answer in between', { ref: false });
  assert.equal(await Promise.race([work(), waits]), 'done');
});

test('a connection that breaks while it is being made refuses its query, and ends nothing else', async () => {
  let breaking = 2;
  const line = await lineBetween((near, far) => {
    near.on('data', (bytes) => {
      if (breaking === 0 || !bytes.includes('pg_catalog.pg_type')) return void far.write(bytes);
      breaking -= 1;
      near.resetAndDestroy(); // as a backend that is killed with something unread
    });
    far.on('data', (bytes) => near.write(bytes));
  });
  const pool = connect(line.url, { max: 1 });
  try {
    // a rejection that nobody handles would fail this test
    await assert.rejects(pool`select 1`, (error: unknown) => isUnavailable(error));
    const reserved = await pool.reserve(); // waits for the connection after the one that breaks
    assert.equal((await reserved`select 1 as one`)[0]?.['one'], 1);
    reserved.release();
    assert.equal(breaking, 0);
  } finally {
    await pool.end({ timeout: 1 });
    line.close();
  }
});

test('tries to connect again within a second, however often that failed', () => {
  for (const failures of [0, 1, 5, 50]) {
    assert.ok(reconnectAfterS(failures, () => 0.999) <= 1);
    assert.ok(reconnectAfterS(failures, () => 0) > 0);
  }
  assert.ok(reconnectAfterS(0) < reconnectAfterS(10));
});

test('a connection keeps the statements it used last, however many it was asked', async (t) => {
  const pool = connect(database.url, { max: 1 });
  t.after(() => pool.end());
  const column = (n: number) => pool.unsafe(`select ${n} + $1::int as "n${n}"`, [1], { prepare: true });
  for (let n = 0; n < 300; n += 10) {
    const asked = Array.from({ length: 10 }, (_, at) => n + at);
    const rows = await Promise.all(asked.map(column)); // one behind the other, not each after the answer
    assert.deepEqual(
      rows.map(([row]) => ({ ...row })),
      asked.map((at) => ({ [`n${at}`]: at + 1 })),
    );
  }
  assert.deepEqual({ ...(await column(0))[0] }, { n0: 1 }, 'one that was closed is prepared again');
  const [kept] = await pool.unsafe(
    `select count(*)::int as all, count(*) filter (where statement like '%"n299"')::int as newest from pg_prepared_statements`,
  );
  assert.deepEqual({ ...kept }, { all: 150, newest: 1 });
});

test('nothing is kept of a transaction that ended: neither what it answered nor what it worked with', async (t) => {
  const pool = connect(database.url, { max: 1 });
  t.after(() => pool.end());
  const kept: Record<string, WeakRef<object>> = {};
  const transact = async () => {
    const work = { rows: ['what it worked with'] };
    const answer = await pool.begin(async (transaction) => {
      await transaction`select ${work.rows[0]!} as asked_for_the_first_time`;
      return { rows: ['what it answered'] };
    });
    Object.assign(kept, { work: new WeakRef(work), answer: new WeakRef(answer) });
  };
  await transact();
  await sleep(10); // what a WeakRef was asked for or given lives to the end of its turn
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  assert.deepEqual(
    Object.keys(kept).filter((name) => kept[name]!.deref()),
    [],
  );
});

test('what a piece of work made is cleared away with the young, not kept until all of memory is looked through', async (t) => {
  const pool = connect(database.url, { max: 2 });
  t.after(() => pool.end());
  const pieces: Record<string, (rows: readonly object[]) => Promise<unknown>> = {
    statement: () => pool`select 1`,
    transaction: (rows) => pool.begin(async (db) => [await db`select 1`, rows]),
    reservation: async (rows) => {
      const connection = await pool.reserve();
      try {
        return [await connection`select 1`, rows];
      } finally {
        connection.release();
      }
    },
  };
  const PIECES = 3000;
  for (const [name, piece] of Object.entries(pieces)) {
    const run = async (times: number) => {
      for (let n = 0; n < times; n++) await piece(Array.from({ length: 300 }, (_, row) => ({ row })));
    };
    await run(500);
    const profiler = new GCProfiler();
    profiler.start();
    await run(PIECES);
    const bytes = promoted(profiler.stop());
    assert.ok(bytes < 300 * PIECES, `${Math.round(bytes / PIECES)} B of a ${name} outlived it`);
  }
});

/** Bytes that were moved to what is old while the young was cleared away. */
function promoted({ statistics }: GCProfilerResult): number {
  const old = ({ heapSpaceStatistics }: (typeof statistics)[number]['beforeGC']) =>
    heapSpaceStatistics.find(({ spaceName }) => spaceName === 'old_space')!.spaceUsedSize;
  const young = statistics.filter(({ gcType }) => gcType === 'Scavenge');
  assert.ok(young.length > 1, 'the young was cleared away meanwhile');
  return young.reduce((sum, { beforeGC, afterGC }) => sum + old(afterGC) - old(beforeGC), 0);
}

test('who listens to a database that is away asks for all channels at once, and not again after its end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'yba-away-'));
  let attempts = 0;
  const away = createServer((socket) => {
    attempts += 1;
    socket.destroy();
  }).listen(join(folder, '.s.PGSQL.5432'));
  await once(away, 'listening');
  const sql = connect(`postgres://yba@localhost/yba?host=${folder}`);
  t.after(async () => {
    await sql.end({ timeout: 1 });
    away.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const channels = Array.from({ length: 8 }, (_, n) => `channel_${n}`);
  await Promise.allSettled(channels.map((channel) => sql.listen(channel, () => {})));
  assert.ok(attempts < channels.length, `${attempts} attempts: what waits piles up`);
  const before = attempts;
  while (attempts < before + 2) await sleep(10); // it goes on asking
  await sql.end({ timeout: 1 });
  const atEnd = attempts;
  await sleep(2_500); // a second pause at most between two attempts
  assert.ok(attempts <= atEnd + 1, `${attempts - atEnd} attempts after the end`);
});
