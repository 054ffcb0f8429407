// Unusual looks, made over HTTP, found in the access log, judged by the privacy officer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACT_CODE } from '@yba/vietnam';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

const HOSPITAL = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const ELSEWHERE = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const PASSWORD = 'mot mat khau that dai';

type Part = { name: string; [value: string]: unknown };
type Told = Record<string, unknown> & { id: string; rule: string; open: boolean };

let server: TestPlatform;
let software: FhirClient;
const callers = new Map<string, FhirClient>();
const as = (who: string) => callers.get(who)!;

async function join(
  who: string,
  role: string,
  place?: typeof HOSPITAL,
  practitioner?: string,
): Promise<void> {
  await server.platform.access.createAccount({
    username: who,
    password: PASSWORD,
    role: role as 'doctor',
    name: `BS. ${who}`,
    ...place,
    ...(practitioner ? { practitioner: `Practitioner/${practitioner}` } : {}),
  });
  const door = role === 'ministry' ? 'command' : 'clinic';
  callers.set(who, fhirClient(server.url, await staffToken(server.url, who, PASSWORD, door)));
}

async function store(resource: object): Promise<string> {
  const { resourceType } = resource as { resourceType: string };
  const answer = await software.send('POST', `/${resourceType}`, resource);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id!;
}

let serial = 0;
const aPatient = (over: object = {}) =>
  store({
    resourceType: 'Patient',
    name: [{ text: `Nguyễn Văn Số ${++serial}` }],
    birthDate: '1970-01-01',
    ...over,
  });

/** The watch reads below the oldest transaction still running, and another test may have one on this database server. */
async function logShowsAll(): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const [row] = await server.pools.owner<{ all: boolean }[]>`
      select coalesce(max(xid), '0'::xid8) < pg_snapshot_xmin(pg_current_snapshot()) as all from access_log`;
    if (row!.all) return;
    await sleep(25);
  }
  throw new Error('a transaction on this database server does not end');
}

/** The server’s own watch may be at it in this moment: then the one called here leaves it to that. */
async function watchedAll(): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    await server.platform.oversight.alerts.catchUp();
    const [row] = await server.pools.owner<{ all: boolean }[]>`
      select not exists (select from access_log l, privacy_watch w where (l.xid, l.id) > (w.xid, w.id)) as all`;
    if (row!.all) return;
    await sleep(25);
  }
  throw new Error('the watch does not come to the end of the log');
}

/** What the watch has found, once it has seen all there is. */
async function alerts(state = 'open', who = 'privacy'): Promise<Told[]> {
  await logShowsAll();
  await watchedAll();
  const { body, text, status } = await as(who).get(`/$privacy-alerts?state=${state}`);
  assert.equal(status, 200, text);
  return (body.parameter ?? []).map(({ part }) => told(part as Part[]));
}

function told(parts: Part[]): Told {
  return Object.fromEntries(
    parts.map(({ name, ...value }) => [name, Object.values(value)[0]]),
  ) as unknown as Told;
}

const of = async (rule: string) => (await alerts()).filter((alert) => alert.rule === rule);

before(async () => {
  server = await startPlatform();
  software = fhirClient(server.url, await server.facilityToken(HOSPITAL.facility, HOSPITAL.facilityName));
  // nobody's night unless a test says so
  await server.pools.owner`
    insert into privacy_threshold (rule, values, by) values
      ('odd-hours', '{"persons": 3, "minutes": 480, "from": 0, "to": 0}', 'test'),
      ('mass-reading', '{"persons": 12, "listed": 40, "minutes": 60}', 'test')`;
  const looker = await store({
    resourceType: 'Practitioner',
    name: [{ text: 'Tạ Văn Hòa' }],
    birthDate: '1980-05-05',
  });
  const other = await store({
    resourceType: 'Practitioner',
    name: [{ text: 'Lê Thu Hà' }],
    birthDate: '1990-06-06',
  });
  await join('hoa', 'doctor', HOSPITAL, looker);
  await join('ha', 'nurse', HOSPITAL, other);
  await join('desk', 'receptionist', HOSPITAL);
  await join('privacy', 'privacy-officer', HOSPITAL);
  await join('privacy elsewhere', 'privacy-officer', ELSEWHERE);
  await join('elsewhere', 'doctor', ELSEWHERE);
  await join('ministry', 'ministry');
});
after(() => server.stop());

test('an ordinary morning raises nothing', async () => {
  const patient = await aPatient();
  await as('hoa').get(`/Patient/${patient}`);
  await as('hoa').get(`/Observation?patient=Patient/${patient}`);
  await as('hoa').get('/Patient?_count=50');
  assert.deepEqual(await alerts('all'), []);
});

test('many records read one after the other are one alert, with the rows behind it', async () => {
  for (let n = 0; n < 12; n++) await as('ha').get(`/Patient/${await aPatient()}`);
  const [alert, ...more] = await of('mass-reading');
  assert.deepEqual(more, []);
  assert.deepEqual(
    { name: alert!['name'], persons: alert!['persons'], limit: alert!['minutes'], open: alert!.open },
    { name: 'BS. ha', persons: 12, limit: 60, open: true },
  );
  const detail = await as('privacy').get(`/$privacy-alert?id=${alert!.id}`);
  const looks = (detail.body.parameter ?? [])
    .filter(({ name }) => name === 'look')
    .map(({ part }) => told(part as Part[]));
  assert.equal(looks.length, 12);
  assert.ok(looks.every(({ action, patient }) => action === 'read' && patient !== undefined));
  const [read] = await server.pools.owner`
    select distinct purpose, reason from access_log where request = ${detail.headers.get('x-request-id')}`;
  assert.deepEqual(
    { ...read },
    { purpose: 'HCOMPL', reason: 'Xem xét cảnh báo truy cập' },
    'each person reads in their log why the officer came by',
  );
  await as('ha').get(`/Patient/${await aPatient()}`);
  const again = await of('mass-reading');
  assert.deepEqual(
    [again.length, again[0]!['persons'], again[0]!['looks']],
    [1, 13, 13],
    'it grew, and is one',
  );
});

test('a person under protection, a colleague and a relative are told, unless they are being cared for', async () => {
  const vip = await aPatient({ meta: { security: [{ system: ACT_CODE, code: 'VIP' }] } });
  const colleague = await aPatient({ name: [{ text: 'LÊ THU HÀ' }], birthDate: '1990-06-06' });
  const relative = await aPatient({ name: [{ text: 'Tạ Thị Lan' }] });
  const cared = await aPatient({
    name: [{ text: 'Tạ Thị Mai' }],
    meta: { security: [{ system: ACT_CODE, code: 'VIP' }] },
  });
  await store({
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: ACT_CODE, code: 'AMB' },
    subject: { reference: `Patient/${cared}` },
  });
  // the feed tells who is cared for
  for (let tries = 0; tries < 100; tries++) {
    const [care] = await server.pools.owner`select 1 from care_relationship limit 1`;
    if (care) break;
    await sleep(50);
  }
  for (const patient of [vip, colleague, relative, cared]) {
    assert.equal((await as('hoa').get(`/Patient/${patient}`)).status, 200);
    await as('hoa').get(`/Observation?patient=Patient/${patient}`);
  }
  const found = (await alerts()).filter(({ name }) => name === 'BS. hoa');
  const shown = found.map(({ rule, patient, shared }) => [
    rule,
    (patient as { reference: string }).reference,
    shared,
  ]);
  assert.deepEqual(
    shown.sort(),
    [
      ['colleague', `Patient/${colleague}`, 'colleague'],
      ['same-surname', `Patient/${relative}`, 'surname'],
      ['vip', `Patient/${vip}`, undefined],
    ].sort(),
  );
});

test('looks at night are told of whoever is not on duty', async () => {
  const patients = await Promise.all([aPatient(), aPatient(), aPatient()]);
  await server.pools.owner`
    insert into privacy_threshold (rule, values, by)
    values ('odd-hours', '{"persons": 3, "minutes": 480, "from": 0, "to": 24}', 'test')`;
  for (const patient of patients) await as('hoa').get(`/Patient/${patient}`);
  assert.deepEqual(
    (await of('odd-hours')).map(({ name }) => name),
    ['BS. hoa'],
  );
});

test('who is on duty by a Schedule has no night, and whose shift is over has one at noon', async () => {
  const practitioner = () => store({ resourceType: 'Practitioner', name: [{ text: 'Người Trực' }] });
  const [onDuty, offDuty] = [await practitioner(), await practitioner()];
  await join('on duty', 'doctor', HOSPITAL, onDuty);
  await join('off duty', 'doctor', HOSPITAL, offDuty);
  const hours = (from: number, to: number) => ({
    start: new Date(Date.now() + from * 3_600_000).toISOString(),
    end: new Date(Date.now() + to * 3_600_000).toISOString(),
  });
  for (const [actor, planningHorizon] of [
    [onDuty, hours(-4, 4)],
    [offDuty, hours(-20, -12)],
  ] as const)
    await store({
      resourceType: 'Schedule',
      actor: [{ reference: `Practitioner/${actor}` }],
      planningHorizon,
    });
  const { owner } = server.pools;
  const duties = async () => (await owner`select 1 from duty`).length;
  for (let tries = 0; tries < 200 && (await duties()) < 2; tries++) await sleep(25);
  assert.equal(await duties(), 2);

  const patients = await Promise.all([aPatient(), aPatient(), aPatient()]);
  // night all day long is in force: the one on duty is not told all the same
  for (const patient of patients) await as('on duty').get(`/Patient/${patient}`);
  assert.ok(!(await of('odd-hours')).some(({ name }) => name === 'BS. on duty'));
  await owner`
    insert into privacy_threshold (rule, values, by)
    values ('odd-hours', '{"persons": 3, "minutes": 480, "from": 0, "to": 0}', 'test')`;
  // nobody's night is in force: the one whose shift is over is told
  for (const patient of patients) await as('off duty').get(`/Patient/${patient}`);
  const told = (await of('odd-hours')).filter(({ name }) => name === 'BS. off duty');
  assert.equal(told.length, 1);
});

test('refused attempts and emergency openings add up', async () => {
  const patient = await aPatient();
  for (let n = 0; n < 10; n++)
    assert.equal((await as('desk').get(`/Observation?patient=Patient/${patient}`)).status, 403);
  for (let n = 0; n < 3; n++) {
    const opened = await as('elsewhere').send('POST', `/Patient/${await aPatient()}/$open`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'purpose', valueCoding: { code: 'ETREAT' } },
        { name: 'reason', valueString: 'hôn mê sau tai nạn giao thông' },
      ],
    });
    assert.equal(opened.status, 200, opened.text);
  }
  const [denied] = await of('denied-attempts');
  assert.deepEqual([denied?.['name'], denied?.['looks']], ['BS. desk', 10]);
  const elsewhere = await alerts('open', 'privacy elsewhere');
  assert.deepEqual(
    elsewhere.map(({ rule, name }) => [rule, name]),
    [['emergencies', 'BS. elsewhere']],
  );
});

test('an officer handles an alert with words, takes it back, and new looks open it again', async () => {
  const [alert] = await of('mass-reading');
  const decide = (decision: string, words: string, who = 'privacy') =>
    as(who).send('POST', '/$decide-alert', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'alert', valueString: alert!.id },
        { name: 'decision', valueCode: decision },
        { name: 'words', valueString: words },
      ],
    });
  assert.equal((await decide('handled', 'ok')).status, 422, 'one word is none');
  assert.equal((await decide('handled', 'Bàn giao ca trực', 'privacy elsewhere')).status, 404);
  assert.equal((await decide('handled', 'Bàn giao ca trực', 'hoa')).status, 403);
  assert.equal((await decide('handled', 'Bàn giao ca trực')).status, 200);
  assert.equal((await of('mass-reading')).length, 0);
  assert.equal((await decide('reopened', 'Xem lại với khoa')).status, 200);
  assert.equal((await of('mass-reading')).length, 1);
  assert.equal((await decide('handled', 'Bàn giao ca trực')).status, 200);
  await as('ha').get(`/Patient/${await aPatient()}`);
  const [open] = await of('mass-reading');
  assert.deepEqual([open?.id, open?.['words']], [alert!.id, 'Bàn giao ca trực'], 'with what was said before');
});

test('alerts are for the officer of the place alone; the ministry is told how many', async () => {
  for (const who of ['hoa', 'desk', 'ministry'])
    for (const path of ['/$privacy-alerts', '/$privacy-alert?id=x'])
      assert.equal((await as(who).get(path)).status, 403, `${who} ${path}`);
  assert.equal((await as('privacy').get('/$privacy-alert-counts')).status, 403);
  const { body, text } = await as('ministry').get('/$privacy-alert-counts');
  const counts = (body.parameter ?? []).map(({ part }) => told(part as Part[]));
  assert.ok(
    counts.some(
      ({ rule, facility, open }) => rule === 'vip' && facility === '01901' && (open as unknown) === 1,
    ),
  );
  assert.ok(!text.includes('BS.') && !text.includes('Patient/'), 'no person and no member of staff');
  assert.equal((await as('privacy').get('/$privacy-alerts?state=nonsense')).status, 400);
});

test('the same rows judged again, by two watches at once, add nothing', async () => {
  const before = await alerts('all');
  const watch = server.platform.oversight.alerts;
  await Promise.all([watch.catchUp(), watch.catchUp(), watch.catchUp()]);
  await server.pools.owner`update privacy_watch set xid = '0', id = 0`;
  await watch.catchUp();
  assert.deepEqual(
    (await alerts('all')).map(({ id, looks, persons }) => [id, looks, persons]).sort(),
    before.map(({ id, looks, persons }) => [id, looks, persons]).sort(),
  );
});

test('the officer sees when alerts are raised, changes it within bounds for their own facility, and takes it back', async () => {
  const officer = as('privacy elsewhere');
  const rules = (body: { parameter?: unknown }) =>
    new Map(
      ((body.parameter ?? []) as { part: (Part & { part?: Part[] })[] }[]).map(({ part }) => [
        part.find(({ name }) => name === 'rule')!['valueCode'] as string,
        part.filter(({ name }) => name === 'version').map(({ part: values }) => told(values as Part[])),
      ]),
    );
  const set = (who: string, more: Record<string, number | string | boolean>, rule = 'denied-attempts') =>
    as(who).send('POST', '/$set-privacy-threshold', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'rule', valueCode: rule },
        ...Object.entries(more).map(([name, value]) =>
          typeof value === 'number'
            ? { name, valueInteger: value }
            : typeof value === 'string'
              ? { name, valueString: value }
              : { name, valueBoolean: value },
        ),
      ],
    });
  const listed = await officer.get('/$privacy-thresholds');
  assert.equal(listed.status, 200, listed.text);
  const [common] = rules(listed.body).get('denied-attempts')!;
  assert.deepEqual([common!['attempts'], common!['own']], [10, false]);
  for (const rule of ['vip', 'same-surname'])
    for (const { persons, minutes } of rules(listed.body).get(rule)!)
      assert.deepEqual(
        [persons, minutes],
        [1, 1440],
        'also a version of before they were counted within a time',
      );
  for (const who of ['hoa', 'elsewhere', 'ministry'])
    assert.equal((await as(who).get('/$privacy-thresholds')).status, 403, who);
  assert.equal((await set('elsewhere', { attempts: 5, words: 'thử một lần' })).status, 403);

  const beyond = await set('privacy elsewhere', { attempts: 1000, words: 'cho đỡ ồn ào' });
  assert.equal(beyond.status, 422);
  assert.match(beyond.text, /attempts is a whole number from 3 to 50/);
  assert.equal(
    (await set('privacy elsewhere', { attempts: 3, words: 'ok' })).status,
    422,
    'one word is none',
  );
  assert.equal((await set('privacy elsewhere', { words: 'không đổi gì' })).status, 422);
  assert.equal((await set('privacy elsewhere', { persons: 5, words: 'nới cho vip' }, 'vip')).status, 422);

  const attempts = async () => {
    for (let n = 0; n < 3; n++) assert.equal((await as('elsewhere').get('/AuditEvent')).status, 403);
    return (await alerts('all', 'privacy elsewhere')).filter(({ rule }) => rule === 'denied-attempts');
  };
  assert.equal((await attempts()).length, 0, 'three are not ten');
  const stricter = await set('privacy elsewhere', { attempts: 4, words: 'Vừa có sự cố' });
  assert.equal(stricter.status, 200, stricter.text);
  const [own, before] = rules(stricter.body).get('denied-attempts')!;
  assert.deepEqual(
    [own!['attempts'], own!['minutes'], own!['own'], own!['by'], own!['words'], before!['attempts']],
    [4, 60, true, 'BS. privacy elsewhere', 'Vừa có sự cố', 10],
  );
  assert.equal((await attempts()).length, 1, 'and now it strikes');
  assert.equal(
    rules((await as('privacy').get('/$privacy-thresholds')).body).get('denied-attempts')!.length,
    1,
    'of another facility nothing is seen',
  );

  assert.equal((await set('privacy elsewhere', { attempts: 6, words: 'Đã qua sự cố' })).status, 200);
  const back = await set('privacy elsewhere', { since: own!['since'] as string, words: 'Lại có sự cố' });
  assert.deepEqual(
    rules(back.body)
      .get('denied-attempts')!
      .map(({ attempts: most }) => most),
    [4, 6, 4, 10],
  );
  const everywhere = await set('privacy elsewhere', { common: true, words: 'Về mức chung' });
  assert.equal(rules(everywhere.body).get('denied-attempts')![0]!['attempts'], 10);
});

test('how many protected persons, or possible relatives, within which time are told is set as the others, and looks before count', async () => {
  const set = (rule: string, persons: number) =>
    as('privacy').send('POST', '/$set-privacy-threshold', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'rule', valueCode: rule },
        { name: 'persons', valueInteger: persons },
        { name: 'minutes', valueInteger: 600 },
        { name: 'words', valueString: 'Khoa có nhiều cán bộ' },
      ],
    });
  assert.equal((await set('vip', 4)).status, 422, 'nobody sets it so that nobody is noticed');
  for (const rule of ['vip', 'same-surname']) assert.equal((await set(rule, 2)).status, 200);
  const VIP = { meta: { security: [{ system: ACT_CODE, code: 'VIP' }] } };
  const ours = async (rule: string, who: string) =>
    (await of(rule))
      .filter(({ name }) => name === `BS. ${who}`)
      .map(({ patient }) => (patient as { reference: string }).reference);
  const first = await aPatient(VIP);
  await as('ha').get(`/Patient/${first}`);
  assert.deepEqual(await ours('vip', 'ha'), [], 'one is not two');
  await as('ha').get(`/Observation?patient=Patient/${first}`);
  assert.deepEqual(await ours('vip', 'ha'), [], 'nor is the same one twice');
  const second = await aPatient(VIP);
  await as('ha').get(`/Patient/${second}`);
  assert.deepEqual(
    (await ours('vip', 'ha')).toSorted(),
    [`Patient/${first}`, `Patient/${second}`].toSorted(),
    'both are told, the one before too',
  );

  const relatives = (await ours('same-surname', 'hoa')).length;
  const another = await aPatient({ name: [{ text: 'Tạ Thị Nga' }] });
  await as('hoa').get(`/Patient/${another}`);
  const now = await ours('same-surname', 'hoa');
  assert.equal(now.length, relatives + 1, 'the one of this morning and this one are two');
  const { body } = await as('privacy').get('/$privacy-thresholds');
  assert.match(JSON.stringify(body), /"name":"minutes","valueInteger":600/);
});

test('an officer who reads the alerts, the log and the questions raises none by it', async () => {
  const officer = as('privacy');
  const told = await of('vip');
  assert.ok(told.length > 1);
  for (const path of [
    ...told.map(({ id }) => `/$privacy-alert?id=${id}`),
    ...told.map(({ patient }) => `/AuditEvent?patient=${(patient as { reference: string }).reference}`),
    '/$privacy-alerts',
    '/AuditEvent?_count=200',
    '/AuditEvent/$requests',
    '/$emergency-openings',
  ])
    assert.equal((await officer.get(path)).status, 200, path);
  const own = (await alerts('all')).filter(({ role }) => role === 'privacy-officer');
  assert.deepEqual(own, []);
});
