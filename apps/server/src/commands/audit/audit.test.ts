import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { aPatient } from '@yba/fhir/testing';
import { fhirClient, type FhirClient } from '../../testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from '../../testing/platform.ts';
import { ROOT } from '../root.ts';
import { AUDIT } from './index.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts');

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

  test('docs/audit-log.md explains every operation with its options', () => {
    const page = readFileSync(join(ROOT, 'docs', 'audit-log.md'), 'utf8');
    const named = new Set([...page.matchAll(/yba audit ([a-z-]+)/g)].map(([, name]) => name!));
    assert.deepEqual([...named].sort(), Object.keys(AUDIT).sort());
    for (const { usage } of Object.values(AUDIT))
      for (const option of usage.match(/--[a-z-]+/g) ?? []) assert.ok(page.includes(option), option);
  });
});
