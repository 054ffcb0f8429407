// A facility joins: what its software sends is judged by the conformance kit, and only a clean run lets it go live.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from './commands/root.ts';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

const PASSWORD = 'mot mat khau that dai';
const FACILITY = '27105';
const example = (name: string) =>
  readFileSync(join(ROOT, 'docs/examples', name), 'utf8').replaceAll('27001', FACILITY);

let server: TestPlatform;
let officer: FhirClient;
before(async () => {
  server = await startPlatform();
  const account = {
    username: 'ministry',
    password: PASSWORD,
    role: 'ministry',
    name: 'Bùi Thanh Hà',
  } as const;
  await server.platform.access.createAccount(account);
  officer = fhirClient(server.url, await staffToken(server.url, 'ministry', PASSWORD, 'command'));
});
after(() => server.stop());

type Part = { name: string; part?: Part[]; resource?: { issue?: Issue[] }; [value: string]: unknown };
type Issue = {
  expression?: string[];
  details: { coding?: { code: string }[]; text: string };
  diagnostics: string;
};
const parts = (answer: Answer, name: string) =>
  ((answer.body.parameter ?? []) as Part[]).filter((one) => one.name === name);
const value = (answer: Answer, name: string) => {
  const [part] = parts(answer, name);
  return part && Object.entries(part).find(([key]) => key.startsWith('value'))?.[1];
};
const asked = (said: Record<string, string>, more: object[] = []) => ({
  resourceType: 'Parameters',
  parameter: [...Object.entries(said).map(([name, valueString]) => ({ name, valueString })), ...more],
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('the test run is judged by the conformance kit, in both languages, and only a clean one goes live', async () => {
  const why = 'Hồ sơ đủ giấy tờ';
  const about = { name: 'Trạm Y tế phường Võ Cường', kind: 'station', commune: '09190', contactName: 'Mận' };
  const id = String(value(await officer.send('POST', '/$apply-onboarding', asked(about)), 'id'));
  const step = (name: string, more: Record<string, string> = {}) =>
    officer.send('POST', '/$advance-onboarding', asked({ id, step: name, why, ...more }));
  assert.equal((await step('give-code', { code: FACILITY })).status, 200);
  const secret = await step('issue-credentials');
  const answer = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${base64(`${String(value(secret, 'clientId'))}:${String(value(secret, 'clientSecret'))}`)}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const software = fhirClient(server.url, ((await answer.json()) as { access_token: string }).access_token);
  const send = (...parameter: object[]) => software.send('POST', '/$onboarding-test', asked({}, parameter));
  const file = (name: string, text: string | Buffer) => ({
    name,
    valueBase64Binary: Buffer.from(text).toString('base64'),
  });

  // sums that do not add up: what $submit-xml takes, the kit does not
  const dossier = example('dossier.xml').replace(
    /(<NOIDUNGFILE>)([^<]+)/g,
    (_, tag: string, content: string) =>
      tag + base64(Buffer.from(content, 'base64').toString().replaceAll('27001', FACILITY)),
  );
  const spoilt = dossier.replace(
    /(<LOAIHOSO>XML2<\/LOAIHOSO>\s*<NOIDUNGFILE>)([^<]+)/,
    (_, before: string, content: string) => {
      const table = Buffer.from(content, 'base64').toString();
      return before + base64(table.replace(/<THANH_TIEN_BV>[^<]*/, '<THANH_TIEN_BV>1'));
    },
  );
  assert.notEqual(spoilt, dossier);
  const failed = await send(file('dossier', spoilt));
  assert.equal(value(failed, 'passed'), false, JSON.stringify(failed.body));
  const told = parts(failed, 'file')[0]!.part!.find(({ name }) => name === 'outcome')!.resource!.issue!;
  const money = told.find(({ details }) => details.coding?.[0]?.code === 'xml-money-row')!;
  assert.match(money.expression![0]!, /^XML2\[1\]\.THANH_TIEN_BV/);
  assert.match(money.details.text, /Tính lại/);
  assert.match(money.diagnostics, /Compute/);
  assert.equal((await step('accept-test')).status, 409);

  // what the officer sees of it, without values
  const seen = await officer.get(`/$onboardings?id=${id}`);
  const [run] = parts(seen, 'onboarding')[0]!.part!.filter(({ name }) => name === 'test');
  const finding = run!.part!.find(
    (one) => one.name === 'finding' && one.part!.some(({ valueCode }) => valueCode === 'xml-money-row'),
  )!;
  const names = finding.part!.map(({ name }) => name);
  for (const name of ['path', 'titleVi', 'titleEn', 'foundVi', 'foundEn', 'fixVi', 'fixEn', 'source'])
    assert.ok(names.includes(name), name);

  assert.equal(value(await send(file('file', 'Kính gửi quý vị')), 'passed'), false, 'no format at all');
  assert.equal((await send(file('photo', 'x'))).status, 400);
  const clean = await send(
    file('dossier', dossier),
    { name: 'bundle', resource: JSON.parse(example('visit.json')) as object },
    file('file', example('visit.json')),
  );
  assert.equal(value(clean, 'passed'), true, JSON.stringify(clean.body));
  assert.equal((await step('accept-test')).status, 200);
  assert.equal((await step('go-live')).status, 200);
  // and its figures stand among the results of all facilities
  const results = await officer.get('/$conformance-results');
  const [own] = parts(results, 'result').map(({ part }) => part!);
  assert.equal(own!.find(({ name }) => name === 'facility')!['valueCode'], FACILITY);
  assert.equal(own!.find(({ name }) => name === 'errors')!['valueInteger'], 0);
});
