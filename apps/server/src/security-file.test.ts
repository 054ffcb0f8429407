// The security-level file says what the running system measured of itself, and nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

const HERE = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const THERE = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const PASSWORD = 'mot mat khau that dai';

let server: TestPlatform;
const callers = new Map<string, FhirClient>();

before(async () => {
  server = await startPlatform();
  for (const [who, role, place] of [
    ['ministry', 'ministry', undefined],
    ['admin', 'admin', HERE],
    ['doctor', 'doctor', HERE],
    ['admin there', 'admin', THERE],
  ] as const) {
    await server.platform.access.createAccount({
      username: who,
      password: PASSWORD,
      role,
      name: who,
      ...place,
    });
    const door = role === 'ministry' ? 'command' : 'clinic';
    callers.set(who, fhirClient(server.url, await staffToken(server.url, who, PASSWORD, door)));
  }
});
after(() => server.stop());

type Part = { name: string; valueCode?: string; valueString?: string; valueBoolean?: boolean };

async function controls(who: string, query = ''): Promise<Map<string, Record<string, unknown>>> {
  const { status, body, text } = await callers.get(who)!.get(`/$security-file${query}`);
  assert.equal(status, 200, text);
  const told = (body.parameter ?? []).filter(({ name }) => name === 'control');
  return new Map(
    told.map(({ part }) => {
      const values = Object.fromEntries(
        (part as Part[]).map(({ name, ...value }) => [name, Object.values(value)[0]]),
      );
      return [String(values['id']), values];
    }),
  );
}

test('what holds by itself is met, and what is not so is said', async () => {
  const file = await controls('ministry');
  const state = (id: string) => file.get(id)?.['state'];
  assert.deepEqual(
    ['L1', 'D1', 'D2', 'A5', 'O1', 'O2'].map((id) => [id, state(id)]),
    ['L1', 'D1', 'D2', 'A5', 'O1', 'O2'].map((id) => [id, 'met']),
  );
  assert.equal(state('N1'), 'not-met', 'no TLS here');
  assert.equal(state('A1'), 'not-met', 'nobody has a second factor');
  assert.match(String(file.get('A1')?.['evidenceEn']), /0 of 3 accounts/);
  assert.equal(state('D3'), 'document', 'a PostgreSQL of our own');
  assert.equal(file.get('A2')?.['certain'], false, 'a fact known at second hand');
});

test('a right too many in the database is found', async () => {
  const { owner } = server.pools;
  await owner`grant delete on access_log to yba_writer`;
  const found = (await controls('ministry')).get('L1');
  await owner`revoke delete on access_log from yba_writer`;
  assert.deepEqual(
    [found?.['state'], found?.['evidenceEn']],
    ['not-met', 'Rights too many: yba_writer DELETE'],
  );
  await owner`alter table history disable row level security`;
  const unwalled = (await controls('ministry')).get('D2');
  await owner`alter table history enable row level security`;
  assert.equal(unwalled?.['state'], 'not-met');
});

test('a level asks for what its level asks for; a facility sees its own accounts', async () => {
  const [two, three] = [await controls('ministry', '?level=2'), await controls('ministry', '?level=3')];
  assert.ok(!two.has('L2') && three.has('L2'));
  assert.match(String((await controls('admin')).get('A1')?.['evidenceEn']), /0 of 1 accounts/);
  assert.match(String((await controls('admin there')).get('A2')?.['evidenceEn']), /of 1 accounts/);
  assert.equal((await callers.get('ministry')!.get('/$security-file?level=9')).status, 400);
  assert.equal((await callers.get('doctor')!.get('/$security-file')).status, 403);
});
