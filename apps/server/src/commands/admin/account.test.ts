// Accounts as the operator of the platform keeps them: commands beside a running server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openAccount } from '@yba/access';
import { browser, signInWithPassword } from '@yba/access/testing';
import { connect, type Sql } from '@yba/postgres';
import { staffToken } from '../../testing/sign-in.ts';
import { testServer, type TestServer } from '../../testing/test-server.ts';
import { runAccount } from './account.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'main.ts');
const OWN = 'con duong ven song dai';
let server: TestServer;
let sql: Sql;

before(async () => {
  server = await testServer({ persons: 0 });
  process.env.DATABASE_URL = server.databaseUrl;
  sql = connect(server.databaseUrl, { max: 1 });
});
after(async () => {
  await sql.end();
  await server.stop();
});

function account(...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'admin', 'account', ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
}

/** The token of somebody who has a first password, and chooses one of their own. */
async function firstToken(username: string, password: string): Promise<string> {
  const { uid, visitor } = await signInWithPassword(server.url, { username, password }, 'clinic', browser());
  const chosen = await visitor.go(`${server.url}/oauth/interaction/${uid}/new-password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password: OWN }),
  });
  assert.equal(chosen.status, 200);
  return staffToken(server.url, username, OWN);
}

const status = async (token: string) =>
  (await fetch(`${server.url}/fhir/Organization`, { headers: { authorization: `Bearer ${token}` } })).status;

test('an account is opened, works at two facilities, leaves one and is out there at once; the log tells', async () => {
  const place = { facility: '01013', facilityName: 'Bệnh viện Bạch Mai' };
  const { firstPassword } = await openAccount(sql, {
    username: 'bv.ha',
    name: 'Phạm Thu Hà',
    role: 'privacy-officer',
    ...place,
  });
  const officer = await firstToken('bv.ha', firstPassword);
  const { code, text } = await account(
    'create',
    'dd.mai',
    '--by',
    'Phòng CNTT',
    '--name',
    'Vũ Thị Mai',
    '--role',
    'nurse',
    '--facility',
    place.facility,
  );
  assert.equal(code, 0, text);
  const nurse = await firstToken('dd.mai', /(\w{4}-){3}\w{4}/.exec(text)![0]);
  assert.equal(await status(nurse), 200);
  await runAccount(['add', 'dd.mai', '--by', 'P', '--role', 'nurse', '--facility', '79013']);
  await runAccount(['end', 'dd.mai', '--by', 'Phòng Tổ chức', '--facility', '01013']);
  for (let tries = 0; (await status(nurse)) !== 401; tries++) {
    assert.ok(tries < 100, 'the open session goes on');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const answer = await fetch(`${server.url}/fhir/AuditEvent?action=U&_sort=-date`, {
    headers: { authorization: `Bearer ${officer}` },
  });
  const { entry } = (await answer.json()) as {
    entry: {
      resource: { subtype: { code: string }[]; agent: { name: string; purposeOfUse: { text: string }[] }[] };
    }[];
  };
  const { subtype, agent } = entry[0]!.resource;
  assert.deepEqual(
    [subtype[0]!.code, agent[0]!.name, agent[0]!.purposeOfUse[0]!.text],
    ['110137', 'Phòng Tổ chức', 'Kết thúc làm việc tại cơ sở: dd.mai'],
  );
});

test('what is missing or wrong on the line is named, and nothing is done', async () => {
  const refused = (why: RegExp, ...args: string[]) => assert.rejects(runAccount(args), why);
  await refused(/--by/, 'unlock', 'dd.mai');
  await refused(/not known/, 'unlock', 'khong.co', '--by', 'P');
  await refused(/--role is one of/, 'create', 'x.y', '--by', 'P', '--role', 'boss', '--facility', '01013');
  assert.equal((await sql`select from account where username = 'x.y'`).length, 0);
});
