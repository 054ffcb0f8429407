import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { registerSource } from '@yba/exchange';
import { connect, openSecrets, type Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { ACT_CODE, mrn, PERSON } from '@yba/vietnam';
import { join } from 'node:path';
import { SECRET_KEY_FILE } from '@yba/postgres';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { hospitalSource, type HospitalSource } from './testing/hospital-source.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { signInTokens, staffToken } from './testing/sign-in.ts';

const NUMBER = '027163000001';
const BAC_NINH = { facility: '27001', facilityName: 'Bệnh viện Đa khoa Bắc Ninh' };
const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const CHO_RAY = { facility: '79013', facilityName: 'Bệnh viện Chợ Rẫy' };
const LOCAL = ['127.0.0.0/8', '::1/128'];

let hub: TestPlatform;
/** Bắc Ninh's own Y Bạ: what it knows stays there. */
let home: TestPlatform;
/** Bạch Mai's own system, which fails in all the ways there are. */
let source: HospitalSource;
let owner: Sql;
let doctor: FhirClient;
let doctorToken: string;
let patient: string;

const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
const observation = (subject: string, code: string, value: number, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: loinc(code),
  subject: { reference: subject },
  effectiveDateTime: '2026-11-02T09:40:00+07:00',
  valueQuantity: { value, unit: 'mmol/L' },
  ...more,
});
const registration = (facility: string, record: string) => ({
  resourceType: 'Patient',
  identifier: [
    { system: PERSON, value: NUMBER },
    { system: mrn(facility), value: record },
  ],
  name: [{ text: 'Nguyễn Thị Hạnh' }],
  gender: 'female',
  birthDate: '1963-03-14',
});

before(async () => {
  [hub, home, source] = await Promise.all([
    startPlatform({ config: { outboundAllow: LOCAL } }),
    startPlatform(),
    hospitalSource(`${PERSON}|${NUMBER}`, (subject) => [
      { id: 'o-1', ...observation(subject, '2345-7', 8.1) },
      { id: 'o-2', ...observation(subject, '4548-4', 7.2) },
      {
        id: 'o-3',
        ...observation(subject, '7917-8', 1),
        meta: { security: [{ system: ACT_CODE, code: 'HIV' }] },
      },
      {
        resourceType: 'DocumentReference',
        id: 'd-1',
        status: 'current',
        subject: { reference: subject },
        content: [{ attachment: { contentType: 'text/plain', url: 'Binary/b-1' } }],
      },
    ]),
  ]);
  owner = connect(hub.databaseUrl, { max: 2 });
  const [atHome, ...registered] = await Promise.all([
    home.facilityToken(BAC_NINH.facility, BAC_NINH.facilityName).then((token) => fhirClient(home.url, token)),
    ...[BAC_NINH, BACH_MAI, CHO_RAY].map(async ({ facility, facilityName }) =>
      fhirClient(hub.url, await hub.facilityToken(facility, facilityName)),
    ),
  ]);
  const own = (await atHome.send('POST', '/Patient', registration(BAC_NINH.facility, 'BN-7'))).body.id!;
  for (let n = 0; n < 3; n++)
    await atHome.send('POST', '/Observation', observation(`Patient/${own}`, '2345-7', 6 + n / 10));
  const [bacNinh, bachMai, choRay] = registered as [FhirClient, FhirClient, FhirClient];
  await bacNinh.send('POST', '/Patient', registration(BAC_NINH.facility, 'BN-7'));
  await bachMai.send('POST', '/Patient', registration(BACH_MAI.facility, 'BM-9'));
  patient = (await choRay.send('POST', '/Patient', registration(CHO_RAY.facility, 'CR-1'))).body.id!;
  await choRay.send('POST', '/Observation', observation(`Patient/${patient}`, '2345-7', 5.4));

  const secrets = await openSecrets(owner, join(hub.dataDir, SECRET_KEY_FILE));
  const { clientId, clientSecret } = await home.platform.access.createClient({ name: 'Y Bạ', ...BAC_NINH });
  await registerSource(owner, secrets, {
    facility: BAC_NINH.facility,
    name: BAC_NINH.facilityName,
    base: `${home.url}/fhir`,
    client: { tokenEndpoint: `${home.url}/oauth/token`, id: clientId, secret: clientSecret },
  });
  await registerSource(owner, secrets, {
    facility: BACH_MAI.facility,
    name: BACH_MAI.facilityName,
    base: source.base,
  });

  await hub.platform.access.createAccount({
    username: 'bs.lan',
    password: 'mot mat khau that dai',
    role: 'doctor',
    name: 'BS Trần Thị Lan',
    ...CHO_RAY,
  });
  doctorToken = await staffToken(hub.url, 'bs.lan', 'mot mat khau that dai', 'clinic');
  doctor = fhirClient(hub.url, doctorToken);
  const purpose = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' };
  assert.equal((await ask('')).headers.get('yba-sources'), null, 'nobody is asked before it is opened');
  const opened = await doctor.send('POST', `/Patient/${patient}/$open`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'purpose', valueCoding: purpose },
      { name: 'reason', valueString: 'khám tim mạch' },
    ],
  });
  assert.equal(opened.status, 200);
  for (let tries = 0; tries < 100 && !(await ask('')).headers.get('yba-sources'); tries++) await sleep(50);
});

after(async () => {
  await source?.stop();
  await owner?.end();
  await Promise.all([hub?.stop(), home?.stop()]);
});

/** The source behaves and was heard of, and nothing that it told is kept. */
beforeEach(async () => {
  source.behaviour = 'well';
  assert.equal(noticesOf(await ask('', { anew: true }))['01901']!.state, 'answered');
  await owner`delete from live_answer`;
  source.asked.length = 0;
});

type Options = { wait?: number; anew?: boolean; type?: string };

function ask(
  query: string,
  { wait = 10, anew = false, type = 'Observation' }: Options = {},
): Promise<Answer> {
  return doctor.get(`/${type}?patient=Patient/${patient}${query}`, {
    prefer: `wait=${wait}`,
    ...(anew ? { 'cache-control': 'no-cache' } : {}),
  });
}

type Notice = { severity: string; state: string; facility: string; last: string | undefined };

/** What an answer says of its sources, by facility. */
function noticesOf({ body }: Pick<Answer, 'body'>): Record<string, Notice> {
  const outcome = body.entry?.find(({ search }) => search?.mode === 'outcome')?.resource;
  const issues = (outcome?.issue ?? []) as unknown as {
    severity: string;
    details: { coding: { code: string }[] };
    extension: { extension: { url: string; valueIdentifier?: { value: string }; valueInstant?: string }[] }[];
  }[];
  const told = issues.map(({ severity, details, extension }): Notice => {
    const part = (url: string) => extension[0]!.extension.find((one) => one.url === url);
    return {
      severity,
      state: details.coding[0]!.code,
      facility: part('facility')!.valueIdentifier!.value,
      last: part('last')?.valueInstant,
    };
  });
  return Object.fromEntries(told.map((one) => [one.facility, one]));
}

const matchesIn = ({ body }: Pick<Answer, 'body'>) =>
  (body.entry ?? []).filter(({ search }) => search?.mode === 'match');
const valuesIn = (answer: Answer) =>
  matchesIn(answer)
    .map(({ resource }) => (resource!['valueQuantity'] as { value: number }).value)
    .sort((a, b) => a - b);

test('one search answers with the hub and both hospitals that keep detail at home, and says that this is all', async () => {
  const answer = await ask('&code=http://loinc.org|2345-7');
  assert.deepEqual(valuesIn(answer), [5.4, 6, 6.1, 6.2, 8.1]);
  const notices = noticesOf(answer);
  assert.deepEqual(Object.keys(notices).sort(), ['01901', '27001']);
  for (const { severity, state } of Object.values(notices))
    assert.deepEqual([severity, state], ['information', 'answered']);
  assert.match(answer.headers.get('yba-sources')!, /"01901";state=answered;last=@\d+/);
  const live = matchesIn(answer).find(({ fullUrl }) => fullUrl?.startsWith(source.base))!.resource!;
  assert.equal(live.meta?.source, 'https://yba.vn/fhir/facility/01901');
  assert.equal(answer.body.total, 5);
});

test('a source is told who asks, from where and why, in a token that it can check', async () => {
  await ask('');
  const [, token] = source.asked.at(-1)!.authorization!.split(' ');
  const keys = createRemoteJWKSet(new URL(`${hub.url}/oauth/jwks`));
  const { payload } = await jwtVerify(token!, keys, { issuer: hub.url, audience: source.base });
  const { ihe_iua: iua } = payload['extensions'] as {
    ihe_iua: { subject_name: string; subject_organization: string; purpose_of_use: { code: string }[] };
  };
  assert.equal(iua.subject_name, 'BS Trần Thị Lan');
  assert.equal(iua.subject_organization, CHO_RAY.facilityName);
  assert.equal(iua.purpose_of_use[0]!.code, 'TREAT');
  assert.equal((await fhirClient(hub.url, token!).get('/Patient')).status, 401, 'it opens nothing here');
});

test('the look at the sources stands in the access log of the person', async () => {
  const answer = await ask('&code=http://loinc.org|4548-4');
  const request = answer.headers.get('x-request-id')!;
  const rows = await owner<{ detail: string; count: number; purpose: string }[]>`
    select detail, count, purpose from access_log where request = ${request} and detail like '%sources%'`;
  assert.equal(rows.length, 1);
  assert.equal(rows[0]!.count, 1);
  assert.equal(rows[0]!.purpose, 'TREAT');
  assert.match(rows[0]!.detail, /01901:answered/);
});

test('a source that is slow is named with the age of its data, and its late answer reaches the open chart', async () => {
  await ask('&code=http://loinc.org|2345-7'); // so that it has told something once
  await owner`delete from live_answer`;
  source.behaviour = 'slow';
  const stop = new AbortController();
  const live = await fetch(`${hub.url}/live?patient=Patient/${patient}`, {
    headers: { authorization: `Bearer ${doctorToken}` },
    signal: stop.signal,
  });
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const early = await ask('&code=http://loinc.org|2345-7', { wait: 1 });
    assert.deepEqual(valuesIn(early), [5.4, 6, 6.1, 6.2]);
    const told = noticesOf(early)['01901']!;
    assert.deepEqual([told.severity, told.state], ['warning', 'asked']);
    assert.ok(Date.now() - Date.parse(told.last!) < 60_000, 'the age of its last data');
    source.letGo();
    let heard = '';
    while (!heard.includes('event: chart'))
      heard += (await reader.read()).value ?? assert.fail('stream ended');
    const late = await ask('&code=http://loinc.org|2345-7', { wait: 0 });
    assert.deepEqual(valuesIn(late), [5.4, 6, 6.1, 6.2, 8.1]);
    assert.equal(noticesOf(late)['01901']!.state, 'answered');
  } finally {
    stop.abort();
  }
});

for (const [behaviour, state] of [
  ['cut', 'silent'],
  ['away', 'silent'],
  ['shut', 'refused'],
  ['garbage', 'faulty'],
  ['stranger', 'faulty'],
] as const)
  test(`a source that is ${behaviour} is named ${state}, and nothing of its answer is taken`, async () => {
    source.behaviour = behaviour;
    const answer = await ask('', { anew: true });
    assert.equal(answer.status, 200);
    assert.deepEqual(valuesIn(answer), [5.4, 6, 6.1, 6.2]);
    const notice = noticesOf(answer)['01901']!;
    assert.deepEqual([notice.severity, notice.state], ['warning', state]);
    assert.equal(noticesOf(answer)['27001']!.state, 'answered', 'the other one is not touched by it');
  });

test('a source that leaves parameters unread does not widen the answer', async () => {
  source.behaviour = 'unread';
  assert.deepEqual(valuesIn(await ask('&code=http://loinc.org|4548-4')), [7.2]);
});

test('what a source labels as sensitive is kept back as if it lay here', async () => {
  assert.deepEqual(matchesIn(await ask('&code=http://loinc.org|7917-8')), []);
});

test('a source that is down is left alone after a while, and asked when a person asks again', async () => {
  source.behaviour = 'away';
  for (const code of ['1-1', '2-2', '3-3']) await ask(`&code=${code}`);
  const asked = source.asked.length;
  const answer = await ask('&code=4-4');
  assert.equal(noticesOf(answer)['01901']!.state, 'down');
  assert.equal(source.asked.length, asked, 'it was not asked');
  source.behaviour = 'well';
  const again = await Promise.all(
    ['4548-4', '5-5', '6-6'].map((code) => ask(`&code=${code}`, { anew: true })),
  );
  assert.deepEqual(again.map(valuesIn), [[7.2], [], []]);
  for (const answer of again) assert.equal(noticesOf(answer)['01901']!.state, 'answered');
});

test('what a source told stays for a while beside its name when it falls silent', async () => {
  await ask('&code=http://loinc.org|4548-4');
  source.behaviour = 'away';
  const answer = await ask('&code=http://loinc.org|4548-4', { anew: true });
  assert.deepEqual(valuesIn(answer), [7.2]);
  assert.equal(noticesOf(answer)['01901']!.state, 'silent');
});

test('what was kept by a clock that was ahead is asked for anew', async () => {
  await ask('&code=http://loinc.org|718-7');
  await owner`update live_answer set at = at + interval '1 year'`;
  source.asked.length = 0;
  await ask('&code=http://loinc.org|718-7');
  assert.ok(source.asked.length > 0);
});

for (const [sort, order] of [
  ['', 'newest'],
  ['&_sort=-date', 'newest'],
  ['&_sort=date', 'oldest'],
  ['&_sort=value-quantity', 'value'],
  ['&_elements=value', undefined],
] as const)
  test(`pages “${sort}”: what sources hold stands in the order of all, and none of it is lost`, async () => {
    const found: Record<string, unknown>[] = [];
    let path: string | undefined = `/Observation?patient=Patient/${patient}&code=2345-7&_count=2${sort}`;
    for (let page = 0; path && page < 9; page++) {
      const answer: Answer = await doctor.get(path, { prefer: 'wait=10' });
      assert.ok(matchesIn(answer).length <= 2);
      assert.equal(Object.keys(noticesOf(answer)).length, 2, 'each page says how it stands');
      found.push(...matchesIn(answer).map(({ resource }) => resource!));
      const links = answer.body['link'] as { relation: string; url: string }[];
      path = links.find(({ relation }) => relation === 'next')?.url.replace(`${hub.url}/fhir`, '');
    }
    const values = found.map((resource) => (resource['valueQuantity'] as { value: number }).value);
    const times = found.map((resource) => Date.parse(resource['effectiveDateTime'] as string));
    const rising = (numbers: readonly number[]) => numbers.toSorted((one, other) => one - other);
    assert.deepEqual(rising(values), [5.4, 6, 6.1, 6.2, 8.1]);
    if (order === 'newest') assert.deepEqual(times, rising(times).toReversed());
    if (order === 'oldest') assert.deepEqual(times, rising(times));
    if (order === 'value') assert.deepEqual(values, rising(values));
  });

test('a batch asks the sources for each of its searches, and one that cannot be put to them says so', async () => {
  const answer = await doctor.send(
    'POST',
    '',
    {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        `Observation?patient=Patient/${patient}&code=4548-4`,
        `Observation?patient=Patient/${patient}&encounter.status=finished`,
      ].map((url) => ({ request: { method: 'GET', url } })),
    },
    { prefer: 'wait=10' },
  );
  const [first, second] = answer.body.entry!.map(({ resource }) => ({ body: resource! }));
  assert.equal(matchesIn(first!).length, 1);
  assert.equal(noticesOf(first!)['01901']!.state, 'answered');
  assert.equal(noticesOf(second!)['01901']!.state, 'unasked');
  const everything = await doctor.get(`/Patient/${patient}/$everything`);
  assert.equal(noticesOf(everything)['27001']!.state, 'unasked');
});

/** The person refuses the doctor's hospital kinds of data, or everything. */
const refuse = (types: string[]) => owner`
  insert into directive (consent, person, effect, audience, facility, types, since)
  select 'Consent/of-the-test', person, 'refuse', 'facility', ${facilityNumber(CHO_RAY.facility)}::int, ${types}, now() - interval '1 minute'
  from patient_link where patient = ${patient}`;
const takeBack = () => owner`delete from directive where consent = 'Consent/of-the-test'`;

/** The source was asked for what it holds, and holds its answer back. */
async function heldBack(): Promise<void> {
  const isAsked = () => source.asked.some(({ url }) => !url.includes('/Patient?'));
  for (let tries = 0; tries < 1_000 && !isAsked(); tries++) await sleep(10);
  assert.ok(isAsked());
}

test('what a person closes while a source is asked is not shown when its answer comes', async () => {
  for (const [types, left] of [
    [[], 0],
    [['Observation'], 2],
  ] as const) {
    source.behaviour = 'slow';
    source.asked.length = 0;
    const waits = ask('&code=http://loinc.org|2345-7', { anew: true });
    await heldBack();
    await refuse([...types]);
    source.letGo();
    const answer = await waits;
    await takeBack();
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      valuesIn(answer),
      [5.4],
      `what the own hospital wrote, after refusing ${types.join() || 'all'}`,
    );
    assert.equal(Object.keys(noticesOf(answer)).length, left);
  }
});

test('a document that lies at its hospital is read through here, by whom it was shown to', async () => {
  const [found] = matchesIn(await ask('', { type: 'DocumentReference' }));
  const { url } = (found!.resource!['content'] as { attachment: { url: string } }[])[0]!.attachment;
  assert.ok(!url.includes('b-1'), 'the address tells nothing');
  const path = url.replace(`${hub.url}/fhir`, '');
  const document = await doctor.get(path);
  assert.equal(document.status, 200, document.text);
  assert.equal(Buffer.from(document.body['data'] as string, 'base64').toString(), 'Giấy ra viện');
  const other = fhirClient(hub.url, await hub.facilityToken('48001', 'Bệnh viện Đà Nẵng'));
  assert.equal((await other.get(path)).status, 403);
  assert.equal((await doctor.get(path.slice(0, -6))).status, 400);
  // to whom it was shown may be refused by now: the kind of data, or the right to take files along
  const addressFor = async (who: FhirClient) => {
    const [seen] = matchesIn(
      await who.get(`/DocumentReference?patient=Patient/${patient}`, { prefer: 'wait=10' }),
    );
    return (seen!.resource!['content'] as { attachment: { url: string } }[])[0]!.attachment.url.replace(
      `${hub.url}/fhir`,
      '',
    );
  };
  await hub.platform.access.createAccount({
    username: 'dd.hoa',
    password: 'mot mat khau that dai',
    role: 'nurse',
    name: 'ĐD Hoa',
    ...CHO_RAY,
  });
  const nurse = fhirClient(hub.url, await staffToken(hub.url, 'dd.hoa', 'mot mat khau that dai', 'clinic'));
  const opened = await nurse.send('POST', `/Patient/${patient}/$open`, {
    resourceType: 'Parameters',
    parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
  });
  assert.equal(opened.status, 200, opened.text);
  const taken = await nurse.get(await addressFor(nurse));
  assert.equal(taken.status, 403, 'a file is a copy, wherever it lies');
  await refuse(['DocumentReference']);
  assert.equal((await doctor.get(path)).status, 404, 'refused since it was found');
  await takeBack();
  assert.equal((await doctor.get(path)).status, 200);
  source.behaviour = 'slow';
  source.asked.length = 0;
  const waits = doctor.get(path);
  await heldBack();
  await refuse(['DocumentReference']);
  source.letGo();
  assert.equal((await waits).status, 404, 'refused while the source was asked for it');
  await takeBack();
  source.behaviour = 'away';
  assert.equal((await doctor.get(path)).status, 503);
});

test('whom a record is not open to learns nothing of where the person is known, and asks nobody', async () => {
  const stranger = fhirClient(hub.url, await hub.facilityToken('48001', 'Bệnh viện Đà Nẵng'));
  const answer = await stranger.get(`/Observation?patient=Patient/${patient}`);
  assert.deepEqual(answer.body.entry ?? [], []);
  assert.equal(answer.headers.get('yba-sources'), null);
  assert.equal(source.asked.length, 0);
});

test('an app that was opened for one patient learns nothing of where its user’s other patients are known', async () => {
  const redirect = 'https://app.test/callback';
  const app = await hub.platform.access.registerClient({
    name: 'Biểu đồ',
    scope: 'openid launch patient/*.rs user/Practitioner.rs',
    proof: { method: 'none' },
    redirectUris: [redirect],
    launchUri: 'https://app.test/launch',
  });
  const software = fhirClient(hub.url, await hub.facilityToken(CHO_RAY.facility, CHO_RAY.facilityName));
  const other = (
    await software.send('POST', '/Patient', {
      resourceType: 'Patient',
      name: [{ text: 'Lê Văn Tư' }],
      birthDate: '1970-01-01',
    })
  ).body.id!;
  const opened = async (of: string) => {
    const launched = await fetch(`${hub.url}/oauth/launch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${doctorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ client: app.clientId, patient: of }),
    });
    const { url } = (await launched.json()) as { url: string };
    const { access_token } = await signInTokens(hub.url, 'bs.lan', 'mot mat khau that dai', 'clinic', {
      client_id: app.clientId,
      redirect_uri: redirect,
      scope: 'openid launch patient/*.rs user/Practitioner.rs',
      launch: new URL(url).searchParams.get('launch')!,
      aud: `${hub.url}/fhir`,
    });
    const { headers, body } = await fhirClient(hub.url, access_token).get(
      `/Observation?patient=Patient/${patient}`,
      { prefer: 'wait=10' },
    );
    return { sources: headers.get('yba-sources'), entries: body.entry ?? [] };
  };
  const itsOwn = await opened(patient);
  assert.match(String(itsOwn.sources), /01901/);
  source.asked.length = 0;
  assert.deepEqual(await opened(other), { sources: null, entries: [] });
  assert.equal(source.asked.length, 0, 'nobody is asked');
});
