import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fromBase64, hashesOf, leafHash, readCheckpoint, verifyInclusion } from '@yba/audit/proof';
import { connect, type Sql } from '@yba/postgres';
import { aPatient } from '@yba/fhir/testing';
import { fhirClient, type FhirClient } from '../../testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from '../../testing/platform.ts';
import { staffToken } from '../../testing/sign-in.ts';
import { ROOT } from '../root.ts';
import { AUDIT } from './index.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts');

type Part = { name: string; valueString?: string; valueId?: string; valueBase64Binary?: string };

describe('yba audit', () => {
  let server: TestPlatform;
  let client: FhirClient;
  let owner: Sql;
  let patient: string;

  before(async () => {
    server = await startPlatform();
    owner = connect(server.databaseUrl, { max: 1 });
    client = fhirClient(server.url, await server.facilityToken('01901', 'Bệnh viện Bạch Mai'));
    const { id: _, ...resource } = aPatient({});
    patient = (await client.send('POST', '/Patient', resource)).body.id!;
    for (let n = 0; n < 20; n++) await client.get(`/Patient/${patient}`);
    await server.platform.seal();
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  function yba(...args: string[]): Promise<{ code: number; said: string }> {
    const env = { ...process.env, DATABASE_URL: server.databaseUrl };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [MAIN, 'audit', ...args, '--data', server.dataDir],
        { env },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }),
      );
    });
  }

  test('verify: exit code 0 and how much was checked, beside the heads of the data folder', async () => {
    const { code, said } = await yba('verify');
    assert.equal(code, 0, said);
    assert.match(said, /Verified 2\d entries against \d+ signed heads/);
    assert.match(said, /beside the \d+ heads of the witness/);
  });

  test('verify: exit code 1 and the entry’s name after the owner changed a row', async () => {
    const [row] = await owner<{ id: number; target: string }[]>`
      select id, target from access_log where action = 'read' order by id limit 1 offset 5`;
    await owner`update access_log set target = 'Patient/khac' where id = ${row!.id}`;
    const { code, said } = await yba('verify');
    await owner`update access_log set target = ${row!.target} where id = ${row!.id}`;
    assert.equal(code, 1, said);
    assert.match(said, /first: AuditEvent\/\w+-\w+/);
    assert.match(said, /changed · entry \d+/);
  });

  test('verify: on a database that takes no writes says what it found, and that it could not be noted', async () => {
    const name = new URL(server.databaseUrl).pathname.slice(1);
    await owner.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    const { code, said } = await yba('verify');
    await owner.unsafe(`alter database ${name} reset default_transaction_read_only`);
    assert.equal(code, 0, said);
    assert.match(said, /Verified 2\d entries/);
    assert.match(said, /It could not be noted in the database: .*takes no writes/);
  });

  test('verify: exit code 2 when there is nothing to check', async () => {
    const missing = await yba('verify', join(server.dataDir, 'none.jsonl'));
    assert.equal(missing.code, 2, missing.said);
    const junk = join(server.dataDir, 'junk.jsonl');
    writeFileSync(junk, 'not a file of ours\n');
    assert.equal((await yba('verify', junk)).code, 2);
  });

  test('export: a file only its owner reads, checked without database or server; whose looks left stands in their log', async () => {
    const file = join(server.dataDir, 'looks.jsonl');
    const { code, said } = await yba(
      'export',
      file,
      '--person',
      `Patient/${patient}`,
      '--by',
      'Thanh tra Sở Y tế',
    );
    assert.equal(code, 0, said);
    assert.equal(statSync(file).mode & 0o077, 0);
    const verified = await new Promise<string>((resolve) => {
      const env = { ...process.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
      execFile(process.execPath, [MAIN, 'audit', 'verify', file], { env }, (error, stdout, stderr) =>
        resolve(`${String(error?.code ?? 0)} ${stdout}${stderr}`),
      );
    });
    assert.match(verified, /^0 Verified 2\d entries/);
    const cut = join(server.dataDir, 'cut.jsonl');
    writeFileSync(cut, readFileSync(file, 'utf8').replace('"action\\":\\"read', '"action\\":\\"open'));
    const { code: bad, said: words } = await yba('verify', cut);
    assert.equal(bad, 1, words);
    const [logged] = await owner<{ name: string; person: string | null }[]>`
      select a.name, l.person from access_log l join access_agent a on a.id = l.agent where l.action = 'export'`;
    assert.equal(logged!.name, 'Thanh tra Sở Y tế');
    assert.ok(logged!.person);
  });

  test('rotate: the new key is vouched for, and what was signed before still holds', async () => {
    const { code, said } = await yba('rotate');
    assert.equal(code, 0, said);
    assert.match(said, /the key before, [0-9a-f]{8}, signed for it/);
    await server.platform.seal();
    const verified = await yba('verify');
    assert.equal(verified.code, 0, verified.said);
    const { keys } = (await (await fetch(`${server.url}/audit/keys`)).json()) as { keys: object[] };
    assert.equal(keys.length, 2);
  });

  test('thousands of looks are proved by API in a few requests, each to the same signed head', async () => {
    const LOOKS = 2_000;
    // the month before this one has a partition of its own, which the next test lets go
    const rows = await owner<{ id: string; at: Date }[]>`
      insert into access_log (at, person, agent, action, outcome, target, request)
      select date_trunc('month', now()) - interval '15 days' + n * interval '1 second', l.person, l.agent, 'read', 'success',
        'Observation/' || n, 'r' || n
      from generate_series(1, ${LOOKS}) as n, (select person, agent from access_log where action = 'read' order by id limit 1) l
      returning id, at`;
    await server.platform.seal();
    await server.platform.access.createAccount({
      username: 'bm.privacy',
      password: 'mot mat khau dai',
      role: 'privacy-officer',
      name: 'Bảo Vệ',
      facility: '01901',
      facilityName: 'Bệnh viện Bạch Mai',
    });
    const officer = fhirClient(server.url, await staffToken(server.url, 'bm.privacy', 'mot mat khau dai'));
    const ids = rows.map(({ id, at }) => `${at.getTime().toString(36)}-${Number(id).toString(36)}`);
    const proved = new Set<string>();
    let requests = 0;
    for (let from = 0; from < ids.length; from += 1_000, requests++) {
      const parameter = ids.slice(from, from + 1_000).map((valueId) => ({ name: 'event', valueId }));
      const answer = await officer.send('POST', '/AuditEvent/$inclusion-proof', {
        resourceType: 'Parameters',
        parameter,
      });
      assert.equal(answer.status, 200, answer.text.slice(0, 300));
      const told = answer.body.parameter as { name: string; valueString?: string; part?: Part[] }[];
      const { size, root } = readCheckpoint(told.find(({ name }) => name === 'checkpoint')!.valueString!);
      for (const { part } of told.filter(({ name }) => name === 'proof')) {
        const value = (name: string) => {
          const found = part!.find((one) => one.name === name)!;
          return found.valueString ?? found.valueId ?? found.valueBase64Binary!;
        };
        const leaf = await leafHash(value('entry'));
        const path = hashesOf(fromBase64(value('path')));
        assert.ok(await verifyInclusion({ leaf, index: Number(value('index')), size, path, root }));
        proved.add(value('event'));
      }
    }
    assert.deepEqual([proved.size, requests], [LOOKS, 2]);
  });

  test('detach: a month is written, verified and let go; file and log are checked as before', async () => {
    const [last] = await owner<{ month: string; rows: number }[]>`
      select to_char(date_trunc('month', now()) - interval '15 days', 'YYYY-MM') as month,
        (select count(*)::int from access_log where at < date_trunc('month', now())) as rows`;
    const { month, rows } = last!;
    const file = join(server.dataDir, `${month}.jsonl`);
    const [{ now } = { now: '' }] = await owner<{ now: string }[]>`select to_char(now(), 'YYYY-MM') as now`;
    assert.match((await yba('detach', now, file, '--by', 'x')).said, /is not over/);
    assert.match((await yba('detach', '1999-01', file, '--by', 'x')).said, /has no partition/);
    assert.match((await yba('detach', month, file)).said, /--by WHO/);
    await owner`insert into access_log (at, agent, action, outcome, request)
      select date_trunc('month', now()) - interval '1 day', agent, 'read', 'success', 'late' from access_log limit 1`;
    const early = await yba('detach', month, file, '--by', 'Phòng lưu trữ');
    assert.match(early.said, /1 of \d+ entries .* are in no file/, 'one is not in the tree yet');
    rmSync(file);
    await server.platform.seal();

    const { code, said } = await yba('detach', month, file, '--by', 'Phòng lưu trữ');
    assert.equal(code, 0, said);
    assert.equal(statSync(file).mode & 0o077, 0);
    assert.match(said, new RegExp(`${(rows + 1).toLocaleString('en')} looks of ${month}`));
    const [left] = await owner<{ n: number; table: string | null }[]>`
      select count(*)::int as n, to_regclass(${`access_log_${month.replace('-', '')}`})::text as table
      from access_log where at < date_trunc('month', now())`;
    assert.deepEqual(left, { n: 0, table: null });
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    const [logged] = await owner<{ detail: string; name: string }[]>`
      select l.detail, a.name from access_log l join access_agent a on a.id = l.agent
      where l.request = 'yba audit detach' order by l.id desc limit 1`;
    assert.deepEqual(JSON.parse(logged!.detail), { month, sha256: digest });
    assert.equal(logged!.name, 'Phòng lưu trữ');

    assert.equal((await yba('verify', file)).code, 0);
    await server.platform.seal();
    const whole = await yba('verify', '--archive', file);
    assert.equal(whole.code, 0, whole.said);
    assert.equal((await yba('verify')).code, 1, 'without the file nobody can say what stood there');
  });

  test('docs/audit-log.md explains every operation with its options', () => {
    const page = readFileSync(join(ROOT, 'docs', 'audit-log.md'), 'utf8');
    const named = new Set([...page.matchAll(/yba audit ([a-z-]+)/g)].map(([, name]) => name!));
    assert.deepEqual([...named].sort(), Object.keys(AUDIT).sort());
    for (const { usage } of Object.values(AUDIT))
      for (const option of usage.match(/--[a-z-]+/g) ?? []) assert.ok(page.includes(option), option);
  });
});
