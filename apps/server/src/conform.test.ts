// What vendors send to be checked is checked, and nothing of it stays but figures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from './commands/root.ts';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

const HERE = { facility: '27001', facilityName: 'Bệnh viện Bắc Ninh' };
const PASSWORD = 'mot mat khau that dai';
const example = (name: string) => readFileSync(join(ROOT, 'docs/examples', name), 'utf8');

let server: TestPlatform;
const callers = new Map<string, FhirClient>();
const as = (who: string) => callers.get(who)!;

before(async () => {
  server = await startPlatform();
  for (const [who, role, place] of [
    ['ministry', 'ministry', undefined],
    ['admin', 'admin', HERE],
    ['doctor', 'doctor', HERE],
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
  callers.set(
    'software',
    fhirClient(server.url, await server.facilityToken(HERE.facility, HERE.facilityName)),
  );
  callers.set('other', fhirClient(server.url, await server.facilityToken('79901', 'Bệnh viện Chợ Rẫy')));
});
after(() => server.stop());

type Part = {
  name: string;
  part?: Part[];
  resource?: { issue: { severity: string; details: { coding?: { code: string }[]; text: string } }[] };
  [value: string]: unknown;
};
const partsOf = (answer: Answer, name: string) =>
  ((answer.body.parameter ?? []) as Part[]).filter((one) => one.name === name);
const valueOf = (parts: readonly Part[] | undefined, name: string) => {
  const found = parts?.find((one) => one.name === name);
  return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
};
const rules = (answer: Answer) =>
  partsOf(answer, 'file')[0]
    ?.part?.find(({ name }) => name === 'outcome')
    ?.resource?.issue.flatMap(({ details }) => details.coding?.map(({ code }) => code) ?? []);

test('checks FHIR, XML and what is neither, whatever the media type says, and stores nothing', async () => {
  const clean = await as('software').send('POST', '/$conform', example('visit.json'));
  assert.equal(clean.status, 200, clean.text);
  assert.equal(valueOf(partsOf(clean, 'passed'), 'passed'), true);
  const xml = await as('software').send(
    'POST',
    '/$conform',
    example('dossier.xml').replace('<MACSKCB>27001', '<MACSKCB>01013'),
    { 'content-type': 'application/xml' },
  );
  assert.deepEqual(rules(xml)?.filter((rule) => rule === 'xml-facility').length, 2, xml.text);
  const cut = await as('software').send('POST', '/$conform?keep=false', example('visit.json').slice(0, 300));
  assert.deepEqual([cut.status, rules(cut)], [200, ['fhir-json']]);
  const words = await as('software').send('POST', '/$conform', 'Kính gửi', { 'content-type': 'text/plain' });
  assert.deepEqual([words.status, valueOf(partsOf(words, 'kept'), 'kept')], [200, false]);
  const nothing = await as('software').send('POST', '/$conform', undefined);
  assert.equal(nothing.status, 400, nothing.text);
  assert.equal((await server.pools.owner`select 1 from resource limit 1`).length, 0);
});

test('keeps the figures of each run for the facility, and no value of what was sent', async () => {
  const faulty = example('visit.json').replace('"gender": "female"', '"gender": "Nữ"');
  const sent = await as('software').send(
    'POST',
    `/$conform?vendor=${encodeURIComponent('HIS Kinh Bắc 4.2')}`,
    faulty,
  );
  assert.equal(valueOf(partsOf(sent, 'kept'), 'kept'), true, sent.text);
  await as('other').send('POST', '/$conform', '{"resourceType":"Patient"}');

  const [all] = [await as('ministry').get('/$conformance-results')];
  const codes = partsOf(all, 'result').map(({ part }) => valueOf(part, 'facility'));
  assert.deepEqual(codes, ['79901', '27001'], 'newest first');
  const mine = partsOf(all, 'result')[1]!.part!;
  assert.equal(valueOf(mine, 'vendor'), 'HIS Kinh Bắc 4.2');
  assert.equal(valueOf(mine, 'passed'), false);
  const [rule] = mine.filter(({ name }) => name === 'rule');
  assert.deepEqual([valueOf(rule?.part, 'code'), valueOf(rule?.part, 'errors')], ['fhir-code', 1]);
  assert.ok(mine.filter(({ name }) => name === 'trend').length >= 3, 'with the runs before');
  const own = await as('admin').get('/$conformance-results?facility=27001');
  assert.ok(partsOf(own, 'result').length >= 3);

  const kept = JSON.stringify(await server.pools.owner`select * from conformance_run`);
  assert.doesNotMatch(kept, /Trịnh|027163999001|BN-26|"Nữ"/);
});

test('is for a facility’s software, its IT officer and the ministry; each facility sees its own', async () => {
  for (const [who, method, path, status] of [
    ['doctor', 'POST', '/$conform', 403],
    ['doctor', 'GET', '/$conformance-results', 403],
    ['software', 'POST', '/$conform?facility=79901', 403],
    ['admin', 'GET', '/$conformance-results?facility=79901', 403],
    ['ministry', 'GET', '/$conformance-results?facility=x', 400],
    ['software', 'POST', `/$conform?vendor=${'x'.repeat(81)}`, 400],
    ['ministry', 'POST', '/$conform?facility=27001', 200],
    ['admin', 'POST', '/$conform', 200],
  ] as const) {
    const answer = await as(who).send(
      method,
      path,
      method === 'POST' ? '{"resourceType":"Patient"}' : undefined,
    );
    assert.equal(answer.status, status, `${who} ${path}: ${answer.text}`);
  }
  const large = await as('software').send(
    'POST',
    '/$conform',
    `{"resourceType":"Patient","id":"${'x'.repeat(2 * 1024 * 1024)}"}`,
  );
  assert.equal(large.status, 413, large.text);
});
