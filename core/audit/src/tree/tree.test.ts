import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AccessEvent, Caller } from '@yba/fhir';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { createAudit, type Audit } from '../index.ts';
import {
  canonicalJson,
  hashesOf,
  leafHash,
  readCheckpoint,
  readVerifier,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from '../proof/index.ts';
import { entryColumns, entryOf, textOf, type EntryRow } from './entry-rows.ts';
import { keyFile, latestHead, logKeys, rotateKey, signNow, treeHead, type HeadOptions } from './heads.ts';
import { EMPTY_ROOT, GrowingRoot, leafOf } from './nodes.ts';
import { consistencyProof, inclusionProofs } from './prove.ts';
import { sequence, sequenceAll } from './sequence.ts';
import { readWitness, Witness } from './witness.ts';

const doctor: Caller = {
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/1',
  name: 'Lê “Minh” Khôi\t\\',
  facility: '01013',
  facilityName: 'Bệnh viện Bạch Mai',
  scopes: [],
};

/** Texts that one encoder might write otherwise than another. */
const ODD = [
  'chuyển tuyến',
  '"\\/\b\f\n\r\t',
  '\u0001\u001f\u007f\u2028\u2029',
  '😀 \ufeff é',
  '{}',
  'null',
  '',
];

let database: { url: string; drop(): Promise<void> };
let owner: Sql;
let writer: Sql;
let sequencer: Sql;
let audit: Audit;
let folder: string;
let options: HeadOptions;

before(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'yba-tree-'));
  owner = connect(database.url, { max: 4 });
  writer = connect(database.url, { max: 2, role: 'yba_writer' });
  sequencer = connect(database.url, { max: 1, role: 'yba_sequencer' });
  audit = await createAudit({
    baseUrl: 'http://hub.example',
    owner,
    writer,
    ports: { patient: async () => undefined, explain: async (looks) => looks.map(() => undefined) },
  });
  options = {
    sql: sequencer,
    keyFolder: folder,
    witnessFolder: join(folder, 'heads'),
    name: 'hub.example/audit',
  };
});

after(async () => {
  await Promise.all([owner.end(), writer.end(), sequencer.end()]);
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function look(n: number): AccessEvent {
  return {
    at: new Date(Date.now() - n * 1_000),
    requestId: `r${n}`,
    caller: doctor,
    action: 'read',
    persons: n % 5 === 0 ? [] : [randomUUID()],
    target: `Observation/${n}`,
    ...(n % 2 ? { reason: ODD[n % ODD.length]!, purpose: 'TREAT' } : {}),
    ...(n % 3 ? { count: n } : {}),
    ...(n % 7 ? {} : { detail: { policy: 'v3', b: ODD[n % 5]!, a: 'x' } }),
    outcome: 'success',
  };
}

async function write(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => audit.ports.read(look(n))));
}

async function rows(): Promise<EntryRow[]> {
  return owner<EntryRow[]>`
    select ${entryColumns(owner)} from access_log l join access_agent a on a.id = l.agent order by l.xid, l.id`;
}

describe('the hashes of RFC 9162', () => {
  // Source: https://github.com/google/certificate-transparency/blob/master/cpp/merkletree/merkle_tree_test.cc
  const inputs = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const roots = [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];

  test('give the roots that Certificate Transparency publishes', () => {
    const tree = new GrowingRoot();
    assert.deepEqual(tree.root(), EMPTY_ROOT);
    inputs.forEach((hex, n) => {
      tree.add(leafOf(Buffer.from(hex, 'hex').toString('latin1')));
      assert.equal(tree.root().toString('hex'), roots[n]);
    });
  });

  test('a key of a signed note is the key its id says', async () => {
    // Source: https://pkg.go.dev/golang.org/x/mod/sumdb/note
    const line = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    assert.equal((await readVerifier(line)).id, 'c74f20a3');
    await assert.rejects(readVerifier(line.replace('c74f20a3', 'c74f20a4')), /not that of its content/);
  });
});

describe('the tree over the log', () => {
  test('grows in batches of any size, and its root is that of its leaves one by one', async () => {
    for (const count of [1, 254, 1, 1, 300, 7]) {
      await write(count);
      assert.equal(await sequenceAll(sequencer), count);
      const expected = new GrowingRoot();
      for (const row of await rows()) {
        assert.equal(textOf(row), canonicalJson(entryOf(row)));
        expected.add(leafOf(textOf(row)));
      }
      const { size, root } = await treeHead(sequencer);
      assert.equal(size, expected.size);
      assert.equal(root.toString('hex'), expected.root().toString('hex'));
    }
    assert.equal(await sequenceAll(sequencer), 0, 'nothing twice');
  });

  test('a row that was written without its leaf gets it when it comes into the tree', async () => {
    await write(5);
    const without = await owner`
      update access_log set leaf = null where id in (select id from access_log order by xid desc, id desc limit 3) returning id`;
    assert.equal(without.length, 3);
    assert.equal(await sequenceAll(sequencer), 5);
    const expected = new GrowingRoot();
    for (const row of await rows()) expected.add(leafOf(textOf(row)));
    assert.equal((await treeHead(sequencer)).root.toString('hex'), expected.root().toString('hex'));
  });

  test('every entry is proved, and proves no other place', async () => {
    const { size, root } = await treeHead(owner);
    const all = await rows();
    const paths = await inclusionProofs(
      owner,
      all.map((_, n) => n),
      size,
    );
    for (const [index, row] of all.entries()) {
      const leaf = await leafHash(textOf(row));
      const path = hashesOf(paths[index]!);
      assert.ok(await verifyInclusion({ leaf, index, size, path, root }), `entry ${index}`);
      if (index % 50 > 0) continue;
      assert.ok(!(await verifyInclusion({ leaf, index: (index + 1) % size, size, path, root })));
      assert.ok(!(await verifyInclusion({ leaf, index, size: index, path, root })));
      assert.ok(
        !(await verifyInclusion({ leaf: await leafHash(`${textOf(row)} `), index, size, path, root })),
      );
      assert.ok(!(await verifyInclusion({ leaf, index, size, path: path.slice(1), root })));
    }
  });

  test('every earlier size is proved to be its beginning', async () => {
    const { size, root } = await treeHead(owner);
    const growing = new GrowingRoot();
    for (const row of await rows()) {
      growing.add(leafOf(textOf(row)));
      const first = growing.size;
      if (first % 37 > 1 && first < size - 2) continue;
      const proof = { first, firstRoot: growing.root(), second: size, secondRoot: root };
      const path = await consistencyProof(owner, first, size);
      assert.ok(await verifyConsistency({ ...proof, path }), `from ${first}`);
      assert.ok(!(await verifyConsistency({ ...proof, firstRoot: leafOf('other'), path })), `from ${first}`);
    }
  });

  test('an entry that commits late is neither passed over nor waited for by others', async () => {
    await sequenceAll(sequencer);
    const before = await treeHead(owner);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let isWritten = () => {};
    const written = new Promise<void>((resolve) => (isWritten = resolve));
    const late = owner.begin(async (tx) => {
      await audit.ports.write(tx, [look(1)]);
      isWritten();
      await held;
    });
    await written;
    await write(3); // their commits come first
    assert.equal(await sequence(sequencer), 0, 'what is below the running transaction alone');
    release();
    await late;
    assert.equal(await sequenceAll(sequencer), 4);
    assert.equal((await treeHead(owner)).size, before.size + 4);
  });

  test('two sequencers at once put every entry in once', async () => {
    const other = connect(database.url, { max: 1, role: 'yba_sequencer' });
    await write(200);
    const { size } = await treeHead(owner);
    const counts = await Promise.all([sequence(sequencer), sequence(other), sequence(sequencer)]);
    await sequenceAll(sequencer);
    await other.end();
    assert.ok(counts.every((count) => count <= 200));
    assert.equal((await treeHead(owner)).size, size + 200);
    const [sum] = await owner<
      { n: number }[]
    >`select sum(cardinality(ids))::int as n from audit_tile where level = 0`;
    assert.equal(sum!.n, size + 200);
  });
});

describe('heads', () => {
  test('a line of the witness that was cut off, by a kill or a full disk, spoils neither what is there nor the next', () => {
    const heads = join(folder, 'cut off');
    const at = new Date('2026-11-29T08:00:00Z');
    const file = join(heads, 'heads-2026-11.jsonl');
    const witness = new Witness(heads);
    for (const head of ['one', 'two', 'cut off']) witness.head(head, at);
    for (let left = statSync(file).size - 2; left >= 0; left--) {
      const before = readFileSync(file);
      truncateSync(file, left);
      const whole = readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).checkpoint);
      const last = readFileSync(file, 'utf8').endsWith('}');
      assert.deepEqual(readWitness(heads).checkpoints.slice(0, whole.length), whole, `${left} bytes`);
      assert.ok(readWitness(heads).checkpoints.length <= whole.length + Number(last));
      witness.head('next', at);
      assert.deepEqual(readWitness(heads).checkpoints, [...whole, 'next'], `${left} bytes`);
      writeFileSync(file, before);
    }
    appendFileSync(file, 'no JSON\n');
    assert.throws(() => readWitness(heads), /cannot be read at .*heads-2026-11\.jsonl, line 4/);
  });

  test('are signed with a key of their own, also when nothing was logged, and stand in the witness file', async () => {
    await sequenceAll(sequencer);
    const first = await signNow(options, true);
    const again = await signNow(options, true);
    assert.equal(await signNow(options), undefined, 'a minute has not gone by');
    const [key] = await logKeys(owner);
    const verifier = await readVerifier(key!.verifier);
    for (const head of [first!, again!]) {
      const checkpoint = readCheckpoint(head.checkpoint);
      assert.ok(await verifyCheckpoint(checkpoint, verifier));
      assert.equal(checkpoint.size, (await treeHead(owner)).size);
      assert.ok(
        !(await verifyCheckpoint(
          { ...checkpoint, body: checkpoint.body.replace('time 1', 'time 2') },
          verifier,
        )),
      );
    }
    assert.deepEqual(readWitness(options.witnessFolder), {
      keys: [key!.verifier],
      checkpoints: [first!.checkpoint, again!.checkpoint],
    });
    assert.equal(statSync(keyFile(folder)).mode & 0o077, 0, 'nobody else reads the key');
    assert.ok(!readFileSync(keyFile(folder), 'utf8').includes(verifier.id));
  });

  test('a new key is vouched for by the one before it', async () => {
    const [old] = await logKeys(owner);
    await rotateKey({ ...options, sql: owner });
    const [before, now] = await logKeys(owner);
    assert.deepEqual(before, { ...old, until: now!.since });
    const handover = readCheckpoint(now!.handover!);
    assert.ok(await verifyCheckpoint(handover, await readVerifier(old!.verifier)));
    assert.ok(await verifyCheckpoint(handover, await readVerifier(now!.verifier)));
    assert.equal((await signNow(options, true))!.key, now!.id);
  });

  test('a rotation that is cut off loses no key, whether the database has the new one already or not', async () => {
    const signing = async () => (await signNow(options, true))!.key;
    const before = await signing();
    await owner`create function refuse() returns trigger language plpgsql as $$ begin raise 'cut off'; end $$`;
    await owner`create trigger refuse before insert on audit_key execute function refuse()`;
    await assert.rejects(rotateKey({ ...options, sql: owner }), /cut off/);
    await owner`drop function refuse cascade`;
    assert.equal(await signing(), before);

    const old = readFileSync(keyFile(folder));
    const { signer, from } = await rotateKey({ ...options, sql: owner });
    assert.equal(from?.id, before, 'vouched for all the same');
    renameSync(keyFile(folder), `${keyFile(folder)}.next`); // as it lies before the last step
    writeFileSync(keyFile(folder), old);
    assert.equal(await signing(), signer.id);
    assert.ok(!existsSync(`${keyFile(folder)}.next`));
  });

  test('a clock that was ahead when the last one was signed holds back none over what is logged since', async () => {
    await sequenceAll(sequencer);
    const last = (await signNow(options, true))!;
    await owner`update audit_head set at = at + interval '30 days' where at = ${last.at}`;
    assert.equal(await signNow(options), undefined, 'nothing was logged since');
    await audit.ports.read(look(1));
    await sequenceAll(sequencer);
    const next = await signNow(options);
    assert.equal(next?.size, last.size + 1);
    assert.equal((await latestHead(owner))!.size, next!.size);
    assert.equal(await signNow(options), undefined, 'a minute has not gone by');
  });

  test('two that rotate at the same moment, and a server that signs meanwhile: one key is in force, and it signs', async () => {
    const rotate = () => rotateKey({ ...options, sql: owner });
    const rotated = await Promise.all([rotate(), rotate(), signNow(options, true), rotate()]);
    const open = (await logKeys(owner)).filter(({ until }) => until === null);
    assert.equal(open.length, 1);
    assert.equal((await signNow(options, true))!.key, open[0]!.id);
    const made = rotated.flatMap((one) => (one && 'signer' in one ? [one] : []));
    assert.ok(made.every(({ from }) => from !== undefined));
    assert.equal(
      new Set(made.map(({ from }) => from!.id)).size,
      3,
      'each is vouched for by the one before it',
    );
  });

  test('a machine without the key signs nothing, and says what to do', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'yba-tree-'));
    await assert.rejects(signNow({ ...options, keyFolder: elsewhere }, true), /yba audit rotate/);
    rmSync(elsewhere, { recursive: true });
  });

  test('a tree that became smaller is not signed', async () => {
    await owner`update audit_tree set size = size - 1`;
    await assert.rejects(signNow(options, true), /yba audit verify/);
    await owner`update audit_tree set size = size + 1`;
  });
});

describe('servers that start together on a new log', () => {
  /** So many sign at the same moment, on a database of its own, each with the folder it is given. */
  async function signTogether(folders: readonly string[]) {
    const fresh = await testDatabase();
    const pools = folders.map(() => connect(fresh.url, { max: 1, role: 'yba_sequencer' }));
    await Promise.all(pools.map((sql) => sql`select 1`));
    const sign = (n: number) =>
      signNow({ ...options, sql: pools[n]!, keyFolder: folders[n]!, witnessFolder: folders[n]! }, true);
    try {
      const heads = await Promise.allSettled(folders.map((_, n) => sign(n)));
      const later = await Promise.allSettled(folders.map((_, n) => sign(n)));
      return { heads, later, keys: await logKeys(pools[0]!) };
    } finally {
      await Promise.all(pools.map((sql) => sql.end()));
      await fresh.drop();
    }
  }

  test('in one data folder: one key is made, and all sign with it', async () => {
    const shared = mkdtempSync(join(tmpdir(), 'yba-tree-'));
    const { heads, later, keys } = await signTogether(Array.from({ length: 4 }, () => shared));
    assert.equal(keys.length, 1);
    for (const one of [...heads, ...later])
      assert.equal(one.status === 'fulfilled' ? one.value!.key : one.reason, keys[0]!.id);
    assert.deepEqual(readWitness(shared).keys, [keys[0]!.verifier]);
    rmSync(shared, { recursive: true });
  });

  test('each on a machine of its own: one signs, the others say whose key is needed', async () => {
    const folders = Array.from({ length: 4 }, () => mkdtempSync(join(tmpdir(), 'yba-tree-')));
    const { later, keys } = await signTogether(folders);
    assert.equal(keys.length, 1);
    assert.equal(later.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const one of later)
      if (one.status === 'rejected')
        assert.match(String(one.reason), /this machine has none.*yba audit rotate/);
    for (const each of folders) rmSync(each, { recursive: true });
  });
});

describe('the roles of the log', () => {
  const statements = [
    'update access_log set outcome = outcome',
    'delete from access_log',
    'truncate access_log',
    'update access_log_other set outcome = outcome',
    'delete from access_log_other',
    'truncate access_log_other',
    'alter table access_log detach partition access_log_other',
    'alter table access_log disable row level security',
    'drop table access_log_other',
    'create table access_log_mine partition of access_log for values from (now()) to (now())',
    `select yba_ensure_months('access_log')`,
    `create function public.mine() returns int language sql return 1`,
    `create rule swallow as on insert to access_log do instead nothing`,
    `create trigger swallow before insert on access_log execute function yba_facility()`,
    `copy access_log from '/dev/null'`,
  ];

  for (const role of ['yba_writer', 'yba_reader', 'yba_sequencer'] as const) {
    test(`${role} cannot update, delete or truncate it, nor by partitions, functions, rules or triggers`, async () => {
      const months = await owner<{ name: string }[]>`
        select inhrelid::regclass::text as name from pg_inherits where inhparent = 'access_log'::regclass`;
      const sql = connect(database.url, { max: 1, role });
      const partitions = months.flatMap(({ name }) => [
        `update ${name} set outcome = 'failed'`,
        `delete from ${name}`,
        `truncate ${name}`,
        `insert into ${name} (at, agent, action, outcome, request) values (now(), 1, 'read', 'success', 'r')`,
      ]);
      for (const statement of [...partitions, ...statements]) {
        if (/yba_ensure_months/.test(statement)) await owner`drop table ${owner(months.at(-1)!.name)}`;
        await assert.rejects(sql.unsafe(statement), { code: /42501|42P16|42809/ }, statement);
      }
      await sql.end();
      await owner`select yba_ensure_months('access_log')`;
      const owned = await owner<{ name: string }[]>`
        select c.relname as name from pg_class c join pg_roles r on r.oid = c.relowner
        where r.rolname in ('yba_writer', 'yba_reader', 'yba_sequencer', 'yba_loader') `;
      assert.deepEqual([...owned], [], 'new partitions belong to the owner');
      const definers = await owner<{ name: string }[]>`
        select proname as name from pg_proc where prosecdef and pronamespace = 'public'::regnamespace
          and prosrc ilike '%access_log%'`;
      assert.deepEqual([...definers], [], 'no function lends its rights');
    });
  }
});
