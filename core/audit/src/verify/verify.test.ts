import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AccessEvent, Caller } from '@yba/fhir';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { lookId } from '../audit-event.ts';
import { createAudit } from '../create-audit.ts';
import { rotateKey, signNow, type HeadOptions } from '../tree/heads.ts';
import { sequence, sequenceAll } from '../tree/sequence.ts';
import { readWitness } from '../tree/witness.ts';
import { eraseReason } from './erase-reason.ts';
import { exportLog, type ExportLine } from './export-log.ts';
import { verifyExport } from './verify-export.ts';
import { verifyLog, type VerifyOptions } from './verify-log.ts';

const doctor: Caller = {
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/1',
  name: 'Lê Minh Khôi',
  facility: '01013',
  scopes: [],
};
const COUNT = 700;
const hanh = randomUUID();

let database: { url: string; drop(): Promise<void> };
let owner: Sql;
let folder: string;
let options: HeadOptions;
/** Names of the entries, in the order of the tree. */
let names: string[];
let ids: number[];

async function grow(count: number): Promise<void> {
  const audit = await createAudit({
    baseUrl: 'http://hub.example',
    owner,
    writer: owner,
    ports: { patient: async () => undefined, explain: async (looks) => looks.map(() => undefined) },
  });
  for (let n = 0; n < count; n++) {
    const event: AccessEvent = {
      at: new Date(Date.UTC(2026, 10, 1, 0, 0, n)),
      requestId: `r${n}`,
      caller: n % 2 ? doctor : { ...doctor, subject: `account/${n % 7}` },
      action: 'read',
      persons: [n % 3 ? randomUUID() : hanh],
      target: `Observation/${n}`,
      reason: `lý do ${n}`,
      outcome: 'success',
    };
    await (n % 50 ? audit.ports.read(event) : Promise.all([1, 2].map(() => audit.ports.read(event))));
  }
  await sequenceAll(owner);
  await signNow(options, true);
}

before(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'yba-verify-'));
  owner = connect(database.url, { max: 1 }); // one connection: what a test changes is taken back by a savepoint's end
  options = {
    sql: owner,
    keyFolder: folder,
    witnessFolder: join(folder, 'heads'),
    name: 'hub.example/audit',
  };
  await grow(COUNT / 2);
  await grow(COUNT / 2);
  const rows = await owner<{ at: Date; id: number }[]>`select at, id from access_log order by xid, id`;
  names = rows.map((row) => `AuditEvent/${lookId(row)}`);
  ids = rows.map(({ id }) => id);
});

after(async () => {
  await owner.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a verification says after the owner of the database did something, which is then taken back. */
async function afterwards(
  deed: (db: Sql) => Promise<unknown>,
  more: VerifyOptions = { witness: readWitness(options.witnessFolder) },
) {
  let verified: Awaited<ReturnType<typeof verifyLog>> | undefined;
  await owner
    .begin(async (tx) => {
      await deed(tx as unknown as Sql);
      verified = await verifyLog(tx as unknown as Sql, more);
      throw new Error('taken back');
    })
    .catch((error: Error) => {
      if (error.message !== 'taken back') throw error;
    });
  return verified!;
}

/** The tree built anew from what the rows say now, as one would who has the whole database in hand. */
async function rebuild(db: Sql): Promise<void> {
  await db`delete from audit_tile`;
  await db`update audit_tree set size = 0, xid = '0', id = 0`;
  await db`delete from audit_head`;
  await db`update access_log set leaf = null`;
  for (let more = 1; more > 0;) {
    const within = Object.assign(Object.create(db) as Sql, {
      begin: (work: (tx: Sql) => unknown) => work(db),
    });
    more = await sequence(within);
  }
}

describe('yba audit verify, of the database', () => {
  test('finds nothing in a log that is as it was signed', async () => {
    const verified = await afterwards(async () => {});
    assert.deepEqual(verified.findings, []);
    assert.equal(verified.entries, names.length);
    assert.equal(verified.heads, 2);
  });

  const single: [what: string, kind: string, deed: (db: Sql, id: number) => Promise<unknown>][] = [
    [
      'changed target',
      'changed',
      (db, id) => db`update access_log set target = 'Observation/x' where id = ${id}`,
    ],
    ['changed hash', 'changed', (db, id) => db`update access_log set leaf = sha256('x') where id = ${id}`],
    ['changed outcome', 'changed', (db, id) => db`update access_log set outcome = 'denied' where id = ${id}`],
    ['changed reason', 'changed', (db, id) => db`update access_log set reason = 'khác' where id = ${id}`],
    [
      'changed salt',
      'changed',
      (db, id) => db`update access_log set salt = gen_random_uuid() where id = ${id}`,
    ],
    [
      'changed person',
      'changed',
      (db, id) => db`update access_log set person = ${randomUUID()} where id = ${id}`,
    ],
    [
      'changed moment',
      'changed',
      (db, id) => db`update access_log set at = at + interval '1 microsecond' where id = ${id}`,
    ],
    ['removed row', 'removed', (db, id) => db`delete from access_log where id = ${id}`],
    [
      'row moved behind all others',
      'reordered',
      (db, id) => db`update access_log set xid = '999999999' where id = ${id}`,
    ],
    [
      'removed and put in anew with the tile altered',
      'forked',
      async (db, id) => {
        await db`update access_log set target = 'Observation/y', leaf = null where id = ${id}`;
        await db`delete from audit_tile where level = 0`;
        await db`update audit_tree set size = 0, xid = '0', id = 0`;
        const within = Object.assign(Object.create(db) as Sql, {
          begin: (work: (tx: Sql) => unknown) => work(db),
        });
        await sequence(within);
      },
    ],
  ];
  for (const [what, kind, deed] of single) {
    test(`names the entry: ${what}`, async () => {
      for (const index of [0, 255, 256, 500, names.length - 1]) {
        const { findings, count } = await afterwards((db) => deed(db, ids[index]!));
        assert.ok(count > 0);
        assert.equal(findings[0]!.kind, kind, JSON.stringify(findings[0]));
        if (kind === 'forked') continue;
        assert.equal(findings[0]!.index, index);
        if (kind === 'changed' && what !== 'changed moment') assert.equal(findings[0]!.entry, names[index]);
      }
    });
  }

  test('names the entry before which a row was inserted', async () => {
    const { findings } = await afterwards(
      (db) => db`
        insert into access_log (at, person, agent, action, outcome, request, xid, id) overriding system value
        select at, person, agent, action, outcome, 'r', xid, 900000 from access_log where id = ${ids[300]!}`,
    );
    assert.equal(findings[0]!.kind, 'inserted');
    assert.ok(Math.abs(findings[0]!.index! - 301) <= 1);
  });

  test('names both of two rows that were swapped', async () => {
    const [a, b] = [ids[10]!, ids[400]!];
    const { findings, count } = await afterwards(async (db) => {
      await db`alter table access_log alter column id drop identity`;
      await db`update access_log set id = -1 where id = ${a}`;
      await db`update access_log set id = ${a} where id = ${b}`;
      await db`update access_log set id = ${b} where id = -1`;
    });
    assert.ok(count >= 2);
    assert.equal(findings[0]!.index, 10);
  });

  test('says that a truncated partition is gone, from its first entry', async () => {
    const [part] = await owner<
      { name: string }[]
    >`select tableoid::regclass::text as name from access_log limit 1`;
    const { findings, count } = await afterwards((db) => db`truncate ${db(part!.name)}`);
    assert.equal(count, names.length);
    assert.deepEqual([findings[0]!.kind, findings[0]!.index], ['removed', 0]);
  });

  test('names who looked when that was changed or deleted', async () => {
    const renamed = await afterwards(
      (db) => db`update access_agent set name = 'Người khác' where subject = 'account/1'`,
    );
    assert.equal(renamed.findings[0]!.kind, 'changed');
    const gone = await afterwards((db) => db`delete from access_agent where subject = 'account/1'`);
    assert.equal(gone.findings[0]!.kind, 'changed');
  });

  test('a tree rebuilt after a change does not lead to the heads that were kept elsewhere', async () => {
    const { findings } = await afterwards(async (db) => {
      await db`delete from access_log where id = ${ids[42]!}`;
      await rebuild(db);
    });
    assert.deepEqual([findings[0]!.kind, findings[0]!.index], ['forked', 0]);
    assert.match(findings[0]!.words, /witness/);
  });

  test('a tree rebuilt and signed with another key is not believed', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'yba-verify-'));
    const forge = async (db: Sql) => {
      await db`delete from access_log where id = ${ids[42]!}`;
      await rebuild(db);
      await db`delete from audit_key`;
      // the forgery is a transaction that is rolled back: what begins one goes on in it
      const sql = Object.assign(db, { begin: (work: (tx: Sql) => unknown) => work(db) }) as Sql;
      await signNow({ ...options, sql, keyFolder: elsewhere, witnessFolder: join(elsewhere, 'heads') }, true);
    };
    const alone = await afterwards(forge, {});
    assert.equal(alone.count, 0, 'by itself the forgery is whole: that is what the witness is for');
    const { findings } = await afterwards(forge);
    const kinds = new Set(findings.map(({ kind }) => kind));
    assert.ok(kinds.has('key') && kinds.has('forked'), JSON.stringify(findings));
    const pinned = await afterwards(forge, { keys: readWitness(options.witnessFolder).keys });
    assert.ok(pinned.findings.some(({ kind }) => kind === 'key'));
    rmSync(elsewhere, { recursive: true });
  });

  test('a log rolled back to an older head is told by the heads kept elsewhere', async () => {
    const [older] = await owner<
      { size: number; at: Date }[]
    >`select size, at from audit_head order by size limit 1`;
    const rollBack = async (db: Sql) => {
      await db`delete from access_log where id = any(${ids.slice(older!.size)}::bigint[])`;
      await rebuild(db);
      await db`delete from audit_head`;
    };
    const { findings } = await afterwards(rollBack);
    assert.deepEqual([findings.at(-1)!.kind, findings.at(-1)!.index], ['rolled-back', older!.size]);
  });

  test('levels above the leaves that were altered are told', async () => {
    const { findings } = await afterwards(
      (db) => db`update audit_tile set hashes = decode(repeat('00', length(hashes)), 'hex') where level = 1`,
    );
    assert.equal(findings[0]!.kind, 'tree');
  });

  test('heads that were taken out of the witness are told, wherever they stood', async () => {
    const { keys, checkpoints } = readWitness(options.witnessFolder);
    const kept = await owner<{ at: Date }[]>`select at from audit_head order by at`;
    const cut = (lines: string[]) => afterwards(async () => {}, { witness: { keys, checkpoints: lines } });
    assert.equal((await cut(checkpoints)).unwitnessed, undefined);
    const times = kept.map(({ at }) => at);
    for (const [left, first, last] of [
      [checkpoints.slice(0, -1), times.at(-1), times.at(-1)],
      [checkpoints.slice(1), times[0], times[0]],
      [[], times[0], times.at(-1)],
    ] as const) {
      const { unwitnessed, count } = await cut([...left]);
      assert.deepEqual(unwitnessed, { heads: checkpoints.length - left.length, first, last });
      assert.equal(count, 0, 'what the log holds is whole all the same');
    }
  });

  test('what the database tells of a head otherwise than it was signed is told; so is one that is gone', async () => {
    for (const deed of [
      (db: Sql) =>
        db`update audit_head set root = decode(repeat('00', 32), 'hex') where size = ${names.length}`,
      (db: Sql) => db`update audit_head set size = size - 1 where size = ${names.length}`,
      (db: Sql) => db`update audit_head set at = at + interval '1 day' where size = ${names.length}`,
    ]) {
      const { findings } = await afterwards(deed);
      assert.deepEqual(
        [findings[0]!.kind, /not what was signed/.test(findings[0]!.words)],
        ['changed', true],
      );
    }
    const { count, unkept } = await afterwards(
      (db) => db`delete from audit_head where size = ${names.length}`,
    );
    assert.deepEqual([count, unkept], [0, 1]);
    assert.equal((await afterwards(async () => {})).unkept, undefined);
  });

  test('a head that was altered is told', async () => {
    const { findings } = await afterwards(
      (db) => db`update audit_head set checkpoint = replace(checkpoint, 'time 1', 'time 2')`,
    );
    assert.equal(findings[0]!.kind, 'key');
  });

  test('words erased by order of the law leave the tree as it is, and tell nothing of themselves', async () => {
    const { count } = await afterwards(async (db) => {
      const [, event] = names[7]!.split('/');
      assert.ok(await eraseReason(db as never, event!));
      assert.equal(await eraseReason(db as never, event!), undefined, 'once');
      const [row] = await db<
        { row: string }[]
      >`select to_jsonb(l)::text as row from access_log l where id = ${ids[7]!}`;
      assert.ok(!row!.row.includes('lý do'));
    });
    assert.equal(count, 0);
  });

  test('a partition that was detached is verified with its exported file', async () => {
    const archive = new Map<number, string>();
    await exportLog(owner, { from: new Date(0), to: new Date('2100-01-01') }, (line) => {
      if (line.line === 'entry') archive.set((JSON.parse(line.entry) as { id: number }).id, line.entry);
    });
    const [part] = await owner<
      { name: string }[]
    >`select tableoid::regclass::text as name from access_log limit 1`;
    const detach = (db: Sql) => db`alter table access_log detach partition ${db(part!.name)}`;
    assert.equal((await afterwards(detach, { archive })).count, 0);
    archive.set(ids[3]!, archive.get(ids[3]!)!.replace('read', 'open'));
    const { findings } = await afterwards(detach, { archive });
    assert.deepEqual([findings[0]!.kind, findings[0]!.index], ['changed', 3]);
  });
});

describe('yba audit verify, of an exported file', () => {
  const exported: Record<'person' | 'period', ExportLine[]> = { person: [], period: [] };
  const check = (lines: readonly ExportLine[], more = {}) =>
    verifyExport(
      lines.map((line) => JSON.stringify(line)),
      more,
    );

  before(async () => {
    await exportLog(owner, { persons: [hanh] }, (line) => void exported.person.push(line));
    const { persons } = await exportLog(
      owner,
      { from: new Date(0), to: new Date('2100-01-01') },
      (line) => void exported.period.push(line),
    );
    assert.ok(persons.includes(hanh) && persons.length > 100);
  });

  test('needs nothing but the file', async () => {
    for (const lines of Object.values(exported)) {
      const verified = await check(lines, { witness: readWitness(options.witnessFolder) });
      assert.deepEqual(verified.findings, []);
      assert.ok(verified.entries > 200);
    }
  });

  const edits: [what: string, kind: string, edit: (lines: ExportLine[]) => ExportLine[]][] = [
    [
      'an entry changed',
      'changed',
      (lines) => change(lines, 40, 'entry', (text) => text.replace('Observation', 'Condition')),
    ],
    [
      'who looked changed',
      'changed',
      (lines) => change(lines, 40, 'agent', (text) => text.replace('Khôi', 'Khoa')),
    ],
    ['the words changed', 'changed', (lines) => change(lines, 40, 'reason', () => 'khác')],
    ['an entry removed', 'removed', (lines) => lines.filter((_, n) => n !== 40)],
    ['the end cut off', 'removed', (lines) => lines.slice(0, -3)],
    [
      'two entries in another order',
      'reordered',
      (lines) => [...lines.slice(0, 40), lines[41]!, lines[40]!, ...lines.slice(42)],
    ],
    ['an entry twice', 'reordered', (lines) => [...lines.slice(0, 41), ...lines.slice(40)]],
    [
      'an entry more than it says',
      'inserted',
      (lines) => lines.map((line) => (line.line === 'export' ? { ...line, count: line.count - 1 } : line)),
    ],
    [
      'the head altered',
      'key',
      (lines) =>
        lines.map((line) =>
          line.line === 'export'
            ? { ...line, checkpoint: line.checkpoint.replace('time 1', 'time 2') }
            : line,
        ),
    ],
  ];
  for (const [what, kind, edit] of edits) {
    test(`names what is wrong: ${what}`, async () => {
      for (const kindOfFile of ['person', 'period'] as const) {
        const { findings, count } = await check(edit(exported[kindOfFile]));
        assert.ok(count > 0, kindOfFile);
        assert.ok(
          findings.some((finding) => finding.kind === kind),
          `${kindOfFile}: ${JSON.stringify(findings)}`,
        );
      }
    });
  }

  test('what stands before the first line, or behind a second one, is not passed over', async () => {
    const { period, person } = exported;
    const entry = person.findLast(({ line }) => line === 'entry')!;
    const forged = change([entry], 0, 'entry', (text) => text.replace('success', 'denied'));
    for (const [lines, why] of [
      [[...forged, ...period], /its first line is missing/],
      [[...period, ...person], /more than one file/],
      [
        period.map((line) => (line.line === 'export' ? { ...line, checkpoint: 'x' } : line)),
        /no signed head/,
      ],
      [
        period.map((line) => (line.line === 'export' ? { ...line, checkpoint: undefined as never } : line)),
        /no signed head/,
      ],
    ] as const)
      await assert.rejects(check(lines), why);
  });

  function change(
    lines: readonly ExportLine[],
    at: number,
    member: 'entry' | 'agent' | 'reason',
    edit: (text: string) => string,
  ): ExportLine[] {
    return lines.map((line, n) =>
      n >= at && n < at + 8 && line.line === 'entry' ? { ...line, [member]: edit(line[member] ?? '') } : line,
    );
  }

  test('a file whose head is not that of the witness is told', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'yba-verify-'));
    const forged: ExportLine[] = [];
    await owner
      .begin(async (tx) => {
        const db = tx as unknown as Sql;
        await db`update access_log set target = 'Observation/z' where id = ${ids[5]!}`;
        await rebuild(db);
        await signNow({ ...options, sql: db, witnessFolder: elsewhere }, true);
        await exportLog(db, { persons: [hanh] }, (line) => void forged.push(line));
        throw new Error('taken back');
      })
      .catch((error: Error) => assert.equal(error.message, 'taken back'));
    assert.equal((await check(forged)).count, 0, 'by itself the forgery is whole');
    const { findings } = await check(forged, { witness: readWitness(options.witnessFolder) });
    assert.equal(findings[0]!.kind, 'forked');
    rmSync(elsewhere, { recursive: true });
  });

  test('heads signed after a rotation are believed by the key before', async () => {
    const [pinned] = readWitness(options.witnessFolder).keys;
    await rotateKey(options);
    const lines: ExportLine[] = [];
    await exportLog(owner, { persons: [hanh] }, (line) => void lines.push(line));
    assert.deepEqual((await check(lines, { keys: [pinned!] })).findings, []);
    const without = lines.map((line) => {
      if (line.line !== 'key') return line;
      const { handover: _, ...rest } = line;
      return rest;
    });
    assert.ok((await check(without, { keys: [pinned!] })).findings.every(({ kind }) => kind === 'key'));
    assert.ok((await check(without, { keys: [pinned!] })).count > 0);
  });
});
