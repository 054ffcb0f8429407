// A patient climbs four levels and comes back: station → regional centre → province (on software of its own) → Bạch Mai.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { feedShowsAll } from '@yba/repository/testing';
import { FACILITY, ICD10_VN, INSURANCE_CARD, PERSON, extension } from '@yba/vietnam';
import { joinFacilities } from './testing/facilities.ts';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const STATION = { facility: '27105', facilityName: 'Trạm Y tế phường Võ Cường' };
const CENTRE = { facility: '27020', facilityName: 'Trung tâm Y tế khu vực Bắc Ninh' };
const PROVINCE = { facility: '27001', facilityName: 'Bệnh viện Đa khoa Bắc Ninh' };
const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const STRANGER = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const PASSWORD = 'mot mat khau dai';
const NUMBER = '027163999002';

type Task = {
  id: string;
  status: string;
  businessStatus: { coding: { code: string }[] };
  owner: { identifier: { value: string } };
  focus: { reference: string };
  restriction?: { period: { start: string; end: string } };
  identifier?: { value: string }[];
  statusReason?: { text: string };
  output?: { type: { coding: { code: string }[] }; valueReference?: { reference: string } }[];
  meta: { versionId: string; source: string };
};

const facilityId = (value: string) => ({ system: FACILITY, value });
const paper = [
  { name: 'diagnosis', valueCoding: { system: ICD10_VN, code: 'I21.0', display: 'Nhồi máu cơ tim cấp' } },
  { name: 'DAU_HIEU_LS', valueString: 'Đau ngực trái, vã mồ hôi' },
  { name: 'QT_BENHLY', valueString: 'Khởi phát 2 giờ trước' },
  { name: 'TOMTAT_KQ', valueString: 'Điện tim: ST chênh lên V1–V4' },
  { name: 'PP_DIEUTRI', valueString: 'Aspirin, thở oxy' },
  { name: 'TINH_TRANG_CT', valueString: 'Tỉnh, huyết áp 130/80' },
  { name: 'MA_LYDO_CT', valueCode: '2' },
  { name: 'HUONG_DIEU_TRI', valueString: 'Chụp và can thiệp mạch vành' },
  { name: 'PHUONGTIEN_VC', valueString: 'Xe cứu thương' },
  { name: 'MA_TTDV', valueString: '0001234/BN-GPHN' },
];

describe('a referral over four levels', () => {
  let server: TestPlatform;
  let owner: Sql;
  const callers = new Map<string, FhirClient>();
  const as = (who: string) => callers.get(who)!;
  let patient: string;
  let task: string;
  let secondTask: string;

  before(async () => {
    server = await startPlatform({ demo: true });
    owner = connect(server.databaseUrl, { max: 1 });
    const { access, book } = server.platform;
    for (const [facility, system] of await joinFacilities(server, [
      STATION,
      CENTRE,
      PROVINCE,
      BACH_MAI,
      STRANGER,
    ]))
      callers.set(`system ${facility}`, system);
    for (const [username, role, place] of [
      ['vc.doctor', 'doctor', STATION],
      ['vc.nurse', 'nurse', STATION],
      ['kv.doctor', 'doctor', CENTRE],
      ['kv.desk', 'receptionist', CENTRE],
      ['bm.doctor', 'doctor', BACH_MAI],
      ['cr.doctor', 'doctor', STRANGER],
      ['cr.desk', 'receptionist', STRANGER],
    ] as const) {
      const licence = role === 'doctor' ? { licence: { number: `0009${place.facility}/GPHN` } } : {};
      await access.createAccount({
        username,
        role,
        name: username,
        password: PASSWORD,
        ...place,
        ...licence,
      });
      callers.set(username, fhirClient(server.url, await staffToken(server.url, username, PASSWORD)));
    }
    const made = await as('system 27105').send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:6a1e5a3e-7b1a-4d2a-9a55-1c8a2f0f0001',
          resource: {
            resourceType: 'Patient',
            identifier: [{ system: PERSON, value: NUMBER }],
            name: [{ text: 'Nguyễn Văn Bền' }],
            gender: 'male',
            birthDate: '1963-05-04',
            address: [{ text: 'Khu Bồ Sơn, phường Võ Cường, tỉnh Bắc Ninh' }],
          },
          request: { method: 'POST', url: 'Patient' },
        },
        {
          resource: {
            resourceType: 'Coverage',
            identifier: [{ system: INSURANCE_CARD, value: 'HT3270123456789' }],
            status: 'active',
            beneficiary: { reference: 'urn:uuid:6a1e5a3e-7b1a-4d2a-9a55-1c8a2f0f0001' },
            payor: [{ display: 'Bảo hiểm xã hội Việt Nam' }],
            period: { start: '2026-01-01', end: '2026-12-31' },
            extension: [{ url: extension('registered-facility'), valueIdentifier: facilityId('27105') }],
          },
          request: { method: 'POST', url: 'Coverage' },
        },
      ],
    });
    assert.equal(made.status, 200, made.text);
    patient = made.body.entry![0]!.response!.location!.split('/').slice(-4, -2).join('/');
    await book!.addVneidCitizens([
      { nationalId: NUMBER, name: 'Nguyễn Văn Bền', birthDate: '1963-05-04', password: PASSWORD },
    ]);
    callers.set('citizen', fhirClient(server.url, await citizenToken(server.url, NUMBER, PASSWORD)));
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  const refer = (who: string, to: string, more: object[] = paper, headers = {}, whom = patient) =>
    as(who).send(
      'POST',
      '/ServiceRequest/$refer',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'patient', valueReference: { reference: whom } },
          { name: 'to', valueIdentifier: facilityId(to) },
          { name: 'reason', valueString: 'Hội chứng vành cấp, cần can thiệp' },
          ...more,
        ],
      },
      headers,
    );
  const step = (valueCode: string, more: object[] = []) => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'step', valueCode }, ...more],
  });
  const advance = (who: string, id: string, code: string, more: object[] = [], headers = {}) =>
    as(who).send('POST', `/${id}/$advance`, step(code, more), headers);
  /** Software of a facility with these scopes. */
  const system = async (place: typeof PROVINCE, scope: string) => {
    const made = await server.platform.access.createClient({ name: 'HIS', ...place, scope });
    const response = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: made.clientId,
        client_secret: made.clientSecret!,
      }),
    });
    const { access_token } = (await response.json()) as { access_token: string };
    return fhirClient(server.url, access_token);
  };
  const why = (valueString: string) => ({ name: 'reason', valueString });
  const taskIn = ({ body }: Answer) => body as unknown as Task;
  const stateIn = (answer: Answer) => taskIn(answer).businessStatus?.coding[0]?.code;
  const made = (answer: Answer, name: string) =>
    (answer.body.parameter as unknown as { name: string; valueReference?: { reference: string } }[]).find(
      (one) => one.name === name,
    )!.valueReference!.reference;
  const listed = ({ body }: Answer) =>
    (body.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Task' ? [`Task/${resource.id}`] : [],
    );
  const arrivalsIn = ({ text }: Answer) => text.match(/"valueCode":"arrive"/g)?.length ?? 0;
  /** Waits until what follows the feed has seen everything. */
  const settled = async () => {
    await feedShowsAll(server.pools);
    for (let tries = 0; tries < 100; tries++) {
      const [behind] = await owner`
        select 1 from feed_cursor where subscriber in ('care-relationships', 'referral-parties', 'referral-arrivals')
          and position < (select coalesce(max(position), 0) from feed)`;
      if (!behind) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('a paper that is not whole is not sent, and every missing field is named', async () => {
    const answer = await refer('vc.doctor', '27020', [paper[0]!]);
    assert.equal(answer.status, 422, answer.text);
    const named = answer.body.issue!.map(({ diagnostics }) => /needs (\w+)/.exec(diagnostics!)![1]);
    assert.deepEqual(named, [
      'DAU_HIEU_LS',
      'QT_BENHLY',
      'MA_LYDO_CT',
      'HUONG_DIEU_TRI',
      'PHUONGTIEN_VC',
      'MA_TTDV',
    ]);
    assert.equal((await refer('vc.nurse', '27020')).status, 403, 'a doctor signs');
    assert.equal((await refer('vc.doctor', '99999')).status, 422, 'no such facility');
    assert.equal((await refer('vc.doctor', '27105')).status, 422, 'not to oneself');
    assert.equal((await refer('cr.doctor', '27020')).status, 404, 'a person who is not open');
  });

  test('the station sends it once, numbered, valid for ten working days', async () => {
    const headers = { 'idempotency-key': 'giay-1' };
    const first = await refer('vc.doctor', '27020', paper, headers);
    assert.equal(first.status, 201, first.text);
    task = made(first, 'task');
    const again = await refer('vc.doctor', '27020', paper, headers);
    assert.equal(again.status, 200, again.text);
    assert.equal(made(again, 'task'), task);
    const stored = await as('vc.doctor').get(`/${task}`);
    const { identifier, restriction } = taskIn(stored);
    assert.match(identifier![0]!.value, /^27105-\d{4}-000001$/);
    const days = (Date.parse(restriction!.period.end) - Date.parse(restriction!.period.start)) / 86_400_000;
    // ten working days and at least one weekend; more over a holiday
    assert.ok(days > 11 && days < 31, `${days} days`);
  });

  test('the paper is the national table, field by field', async () => {
    const { focus } = taskIn(await as('vc.doctor').get(`/${task}`));
    const answer = await as('vc.doctor').get(`/${focus.reference}/$paper`);
    assert.equal(answer.status, 200, answer.text);
    const fields = Object.fromEntries(
      answer.body.parameter!.map(({ name, valueString }) => [name, valueString]),
    );
    assert.equal(fields['HO_TEN'], 'Nguyễn Văn Bền');
    assert.equal(fields['MA_CSKCB_DI'], '27105');
    assert.equal(fields['MA_CSKCB_DEN'], '27020');
    assert.equal(fields['MA_BENH_CHINH'], 'I21.0');
    assert.equal(fields['MA_THE_BHYT'], 'HT3270123456789');
    assert.equal(fields['MA_BAC_SI'], '000927105/GPHN');
    assert.deepEqual(
      answer.body.parameter!.filter(({ name }) => name === 'missing').map(({ valueCode }) => valueCode),
      ['MA_LK'],
      'referred outside a visit: only the key of the visit is not there',
    );
  });

  test('the centre finds it, and the record is open to it; a stranger finds nothing', async () => {
    await settled();
    assert.deepEqual(listed(await as('kv.doctor').get('/Task/$referrals?side=in')), [task]);
    assert.equal((await as('kv.doctor').get(`/${patient}`)).status, 200);
    assert.deepEqual(listed(await as('cr.doctor').get('/Task/$referrals?side=in')), []);
    assert.equal((await as('cr.doctor').get(`/${patient}`)).status, 404);
    assert.equal((await as('cr.doctor').get(`/${task}`)).status, 404);
    assert.equal((await advance('cr.doctor', task, 'accept')).status, 404);
  });

  test('reception sees who comes, nothing of the illness, and takes no step that is a doctor’s', async () => {
    const seen = await as('kv.desk').get('/Task/$referrals?side=in');
    assert.deepEqual(listed(seen), [task], seen.text);
    assert.match(seen.text, /Nguyễn Văn Bền/);
    assert.doesNotMatch(seen.text, /vành cấp|I21|ServiceRequest\/\w+"[^}]*"status"/);
    assert.equal(seen.body.entry!.length, 1, 'no ServiceRequest');
    assert.equal((await as('kv.desk').get('/Task/$referrals?side=out')).status, 403);
    assert.equal((await as('kv.desk').get(`/${task}`)).status, 403, 'the Task itself stays clinical');
    assert.equal((await advance('kv.desk', task, 'accept')).status, 403);
    assert.equal((await advance('cr.desk', task, 'arrive')).status, 404, 'not of another facility');
  });

  test('each side takes its own steps, each once, and takes back its last', async () => {
    assert.equal(stateIn(await advance('kv.doctor', task, 'receive')), 'received');
    assert.equal((await advance('vc.doctor', task, 'accept')).status, 403, 'the sender does not accept');
    assert.equal((await advance('kv.doctor', task, 'refuse')).status, 422, 'a refusal needs its reason');
    assert.equal(stateIn(await advance('kv.doctor', task, 'refuse', [why('Hết giường hồi sức')])), 'refused');
    const undone = await advance('kv.doctor', task, 'undo', [{ name: 'of', valueCode: 'refuse' }]);
    assert.equal(stateIn(undone), 'received');
    // reception takes no step of a doctor's by what it says it takes back
    const arrival = { name: 'of', valueCode: 'arrive' };
    assert.equal((await advance('kv.desk', task, 'refuse', [why('Hết giường'), arrival])).status, 403);
    const accepted = await advance('kv.doctor', task, 'accept');
    assert.equal((await advance('kv.desk', task, 'undo', [arrival])).status, 403);
    assert.equal(stateIn(accepted), 'accepted');
    const again = await advance('kv.doctor', task, 'accept');
    assert.equal(taskIn(again).meta.versionId, taskIn(await as('vc.doctor').get(`/${task}`)).meta.versionId);
    assert.match(taskIn(again).meta.source, /27105$/, 'the row stays the sender’s');
    await settled(); // the record is open to the centre again
    const when = new Date(Date.now() + 2 * 86_400_000);
    when.setUTCHours(1, 0, 0, 0);
    const at = (moment: Date) => ({ name: 'when', valueDateTime: moment.toISOString() });
    const booked = await advance('kv.desk', task, 'book', [
      at(when),
      { name: 'department', valueString: 'Khoa Khám bệnh, quầy 3' },
    ]);
    assert.equal(stateIn(booked), 'accepted', booked.text);
    assert.doesNotMatch(booked.text, /vành cấp/, 'what the desk did is answered without the illness');
    const late = await advance('kv.desk', task, 'book', [at(new Date(Date.now() + 90 * 86_400_000))]);
    assert.equal(late.status, 422, 'not after the paper ends');
    assert.equal(
      (await advance('kv.desk', task, 'book', [at(new Date(when.getTime() + 3_600_000))])).status,
      200,
    );
    const visits = await as('citizen').get(`/Appointment?patient=${patient}&status=booked`);
    assert.equal(visits.body.entry!.length, 1, 'moved, not doubled');
    assert.equal(
      (visits.body.entry![0]!.resource as unknown as { start: string }).start,
      new Date(when.getTime() + 3_600_000).toISOString(),
    );
    const arrived = await advance('kv.desk', task, 'arrive');
    assert.equal(stateIn(arrived), 'arrived', arrived.text);
    assert.equal(
      stateIn(await advance('kv.desk', task, 'undo', [{ name: 'of', valueCode: 'arrive' }])),
      'accepted',
    );
    for (const [match, status] of [
      ['"1"', 412],
      ['W/"1", W/"2"', 412],
      ['the one I saw', 400],
    ] as const)
      assert.equal(
        (await advance('kv.doctor', task, 'arrive', [], { 'if-match': match })).status,
        status,
        match,
      );
    const stale = await advance('kv.doctor', task, 'arrive', [], { 'if-match': 'W/"1"' });
    assert.equal(stale.status, 412, stale.text);
  });

  test('the centre passes it on; the right to read goes with it', async () => {
    const to = { name: 'to', valueIdentifier: facilityId('27001') };
    const redirected = await advance('kv.doctor', task, 'redirect', [to, why('Không có phòng can thiệp')]);
    assert.equal(stateIn(redirected), 'requested', redirected.text);
    assert.equal(taskIn(redirected).owner.identifier.value, '27001');
    assert.equal(stateIn(await advance('kv.doctor', task, 'redirect', [to, why('Lần nữa')])), 'requested');
    const visits = await as('citizen').get(`/Appointment?patient=${patient}&status=booked`);
    assert.deepEqual(visits.body.entry ?? [], [], 'nobody is expected at the centre any more');
    assert.equal((await advance('kv.doctor', task, 'accept')).status, 404, 'no longer a party');
    await settled();
    assert.equal((await as('kv.doctor').get(`/${patient}`)).status, 404);
    assert.equal((await as('system 27001').get(`/${patient}`)).status, 200);
  });

  test('a hospital on its own software works on the Task itself', async () => {
    const his = as('system 27001');
    const waiting = await his.get(
      '/Task?owner:identifier=' + encodeURIComponent(`${FACILITY}|27001`) + '&status=requested',
    );
    assert.deepEqual(listed(waiting), [task], waiting.text);
    const mine = waiting.body.entry![0]!.resource as unknown as Task;
    const provenance = { 'x-provenance': '{"resourceType": "Provenance"}' };
    const accompanied = await his.send('PUT', `/${task}`, { ...mine, status: 'accepted' }, provenance);
    assert.equal(accompanied.status, 400, 'a step has its own history');
    const put = await his.send(
      'PUT',
      `/${task}`,
      { ...mine, status: 'accepted' },
      { 'if-match': `W/"${mine.meta.versionId}"` },
    );
    assert.equal(put.status, 200, put.text);
    assert.equal(stateIn(put), 'accepted');
    const changed = await his.send('PUT', `/${task}`, { ...taskIn(put), priority: 'stat' });
    assert.equal(changed.status, 422, 'what was sent does not change');
    const patched = await his.send(
      'PATCH',
      `/${task}`,
      [{ op: 'replace', path: '/status', value: 'in-progress' }],
      {
        'content-type': 'application/json-patch+json',
      },
    );
    assert.equal(stateIn(patched), 'arrived', patched.text);
    const inBundle = await his.send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: taskIn(patched), request: { method: 'PUT', url: task } }],
    });
    assert.equal(inBundle.status, 422, 'a step is a request of its own');
    const batch = await his.send('POST', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'GET', url: task } },
        { resource: taskIn(patched), request: { method: 'PUT', url: task } },
        {
          resource: { resourceType: 'Basic', code: { text: 'ghi chú của phần mềm' } },
          request: { method: 'POST', url: 'Basic' },
        },
      ],
    });
    assert.equal(batch.status, 200, batch.text);
    assert.deepEqual(
      batch.body.entry!.map(({ response }) => response!.status.slice(0, 3)),
      ['200', '422', '201'],
      'in a batch the others go on',
    );
    assert.equal((await his.send('DELETE', `/${task}`, undefined)).status, 400, 'cancelled, not deleted');
  });

  test('whoever has no part in it learns nothing by trying to change it; no way of writing it goes round its steps', async () => {
    const json = { 'content-type': 'application/json-patch+json' };
    const right = [{ op: 'test', path: '/status', value: 'in-progress' }];
    const [nobody] = ['Task/0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b'];
    const told = ({ status, text }: Answer, id: string) => `${status} ${text.replaceAll(id.slice(5), 'ID')}`;
    const stored = taskIn(await as('system 27001').get(`/${task}`));
    for (const who of ['system 79901', 'cr.doctor', 'cr.desk', 'kv.desk'])
      for (const body of [
        right,
        [{ op: 'test', path: '/status', value: 'draft' }],
        [{ op: 'replace', path: '/priority', value: 'stat' }],
      ])
        assert.equal(
          told(await as(who).send('PATCH', `/${task}`, body, json), task),
          told(await as(who).send('PATCH', `/${nobody}`, body, json), nobody!),
          who,
        );
    for (const who of ['system 79901', 'cr.doctor']) {
      assert.equal(
        told(await as(who).send('DELETE', `/${task}`, undefined), task),
        told(await as(who).send('DELETE', `/${nobody}`, undefined), nobody!),
      );
      const same = await as(who).send('PUT', `/${task}`, stored);
      const other = await as(who).send('PUT', `/${task}`, { ...stored, description: 'khác' });
      assert.deepEqual([same.status, same.text], [other.status, other.text], 'what it says is not compared');
      for (const url of [task, `/${task}`, `${server.url}/fhir/${task}`]) {
        const batch = await as(who).send('POST', '', {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [{ request: { method: 'DELETE', url } }, { request: { method: 'DELETE', url: nobody } }],
        });
        const [about, unknown] = batch.body.entry!.map(({ response }) =>
          JSON.stringify(response).replace(/entry\[\d\]/, 'entry'),
        );
        assert.equal(about!.replaceAll(task.slice(5), 'ID'), unknown!.replaceAll(nobody!.slice(5), 'ID'));
      }
    }
    // its sender, whose row it is, does not get round the steps either
    const sender = as('system 27105');
    const forged = { ...stored, status: 'completed', description: 'đã xong' };
    for (const url of [
      `${server.url}/fhir/${task}`,
      `//${task}`,
      `Task//${task.slice(5)}`,
      `Task?_id=${task.slice(5)}`,
    ])
      for (const type of ['batch', 'transaction'])
        for (const entry of [
          { request: { method: 'DELETE', url } },
          { resource: forged, request: { method: 'PUT', url } },
        ])
          await sender.send('POST', '', { resourceType: 'Bundle', type, entry: [entry] });
    const condition = `/Task?_id=${task.slice(5)}`;
    await sender.send('PUT', condition, forged);
    await sender.send('PATCH', condition, [{ op: 'replace', path: '/description', value: 'đã xong' }], json);
    await sender.send('DELETE', condition, undefined);
    const after = taskIn(await as('system 27001').get(`/${task}`));
    assert.deepEqual(after, stored, 'nothing was changed, nor deleted');
    const stepped = await as('system 27001').send(
      'PATCH',
      condition,
      [{ op: 'replace', path: '/status', value: 'in-progress' }],
      json,
    );
    assert.equal(stateIn(stepped), 'arrived', 'a condition that names it takes its step');
  });

  test('software whose token does not read Tasks learns nothing of a referral by writing it', async () => {
    const json = { 'content-type': 'application/json-patch+json' };
    const guess = (value: string) => [{ op: 'test', path: '/status', value }];
    const stored = taskIn(await as('system 27001').get(`/${task}`));
    for (const scope of [
      'system/Task.u system/ServiceRequest.u',
      'system/Task.cud system/Task.rs?status=draft system/ServiceRequest.cud',
    ]) {
      const his = await system(PROVINCE, scope);
      const pairs = [
        [
          await his.send('PATCH', `/${task}`, guess(stored.status), json),
          await his.send('PATCH', `/${task}`, guess('draft'), json),
        ],
        [
          await his.send('PUT', `/${task}`, stored),
          await his.send('PUT', `/${task}`, { ...stored, description: 'khác' }),
        ],
        [
          await his.send('POST', `/${task}/$advance`, step('arrive')),
          await his.send('POST', `/${task}/$advance`, step('accept')),
        ],
      ] as const;
      for (const [right, wrong] of pairs) {
        assert.deepEqual([right.status, right.text], [wrong.status, wrong.text], scope);
        assert.equal(right.status, 403, right.text);
        assert.doesNotMatch(right.text, /"Task"/);
        for (const { headers } of [right, wrong]) {
          const rows = await owner`
            select target from access_log
            where request = ${headers.get('x-request-id')!} and outcome = 'denied' and person is not null`;
          assert.deepEqual(
            rows.map(({ target }) => target as string),
            [task],
          );
        }
      }
    }
    assert.deepEqual(taskIn(await as('system 27001').get(`/${task}`)), stored);
    const some = await system(PROVINCE, 'system/Task.rs?status=draft system/ServiceRequest.rs');
    const answer = await some.get('/Task/$referrals?side=in');
    assert.equal(answer.status, 403, answer.text);
    assert.doesNotMatch(answer.text, new RegExp(task));
  });

  test('the province refers further up, and Bạch Mai answers with summary and appointment', async () => {
    // the province keeps its own record of the person
    const own = await as('system 27001').send('POST', '/Patient', {
      resourceType: 'Patient',
      identifier: [{ system: PERSON, value: NUMBER }],
      name: [{ text: 'Nguyễn Văn Bền' }],
    });
    const further = await refer(
      'system 27001',
      '01901',
      [...paper, { name: 'MA_BAC_SI', valueString: '000927001/GPHN' }],
      {},
      `Patient/${own.body.id}`,
    );
    assert.equal(further.status, 201, further.text);
    secondTask = made(further, 'task');
    await settled();
    assert.equal(stateIn(await advance('bm.doctor', secondTask, 'accept')), 'accepted');
    // the visit that Bạch Mai opens says that he arrived; nobody notes it by hand
    const { focus } = taskIn(await as('bm.doctor').get(`/${secondTask}`));
    const visit = {
      resourceType: 'Encounter',
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER' },
      subject: { reference: `Patient/${own.body.id}` },
      basedOn: [focus],
    };
    const elsewhere = await as('system 27001').send('POST', '/Encounter', visit);
    assert.equal(elsewhere.status, 201, elsewhere.text);
    const opened = await as('system 01901').send('POST', '/Encounter', visit);
    assert.equal(opened.status, 201, opened.text);
    await settled();
    const there = await as('bm.doctor').get(`/${secondTask}`);
    assert.equal(stateIn(there), 'arrived', there.text);
    assert.equal(arrivalsIn(there), 1, 'by the visit of the hospital that was asked, once');
    await as('bm.doctor').send('PUT', `/Encounter/${opened.body.id}`, {
      ...visit,
      id: opened.body.id,
      status: 'finished',
    });
    await settled();
    assert.equal(arrivalsIn(await as('bm.doctor').get(`/${secondTask}`)), 1);
    const answered = await advance('bm.doctor', secondTask, 'answer', [
      why('Đã đặt stent LAD, ổn định'),
      { name: 'PP_DIEUTRI', valueString: 'Stent phủ thuốc LAD' },
      { name: 'MA_TTDV', valueString: '000001/BM-GPHN' },
      { name: 'HUONG_DIEU_TRI', valueString: 'Kháng kết tập tiểu cầu kép 12 tháng' },
      { name: 'diagnosis', valueCoding: { code: 'I25.2', display: 'Nhồi máu cơ tim cũ' } },
      { name: 'appointment', valueDateTime: new Date(Date.now() + 30 * 86_400_000).toISOString() },
    ]);
    assert.equal(stateIn(answered), 'answered', answered.text);
    const kinds = taskIn(answered).output!.map(({ type }) => type.coding[0]!.code);
    assert.deepEqual(kinds, ['answer', 'back-referral', 'appointment']);
    await settled();
    const back = taskIn(answered).output![1]!.valueReference!.reference;
    const read = await as('system 27001').get(`/${back}`);
    assert.equal(read.status, 200, 'the back-referral opens what was done to who referred');
    assert.equal(stateIn(await advance('system 27001', secondTask, 'complete')), 'completed');
    await settled();
    assert.equal(
      (await as('bm.doctor').get(`/${own.body.id ? `Patient/${own.body.id}` : ''}`)).status,
      200,
      'the appointment still cares',
    );
    const appointment = taskIn(answered).output![2]!.valueReference!.reference;
    const slip = await as('bm.doctor').get(`/${appointment}/$paper`);
    assert.equal(slip.body.parameter![0]!.valueCode, 'XML14', slip.text);
    assert.ok(slip.body.parameter!.some(({ name }) => name === 'SO_GIAYHEN_KL'));
    assert.deepEqual(
      slip.body.parameter!.filter(({ name }) => name === 'missing').map(({ valueCode }) => valueCode),
      ['MA_LK'],
      'booked with an answer, outside a visit of this facility',
    );
  });

  test('the province answers the station; what is over tells its end and opens nothing', async () => {
    const answered = await as('system 27001').send('PUT', `/${task}`, {
      ...taskIn(await as('system 27001').get(`/${task}`)),
      status: 'completed',
      output: [{ type: { text: 'Tóm tắt' }, valueString: 'Đã can thiệp tại Bạch Mai, về trạm theo dõi' }],
    });
    assert.equal(stateIn(answered), 'answered', answered.text);
    assert.equal(stateIn(await advance('vc.doctor', task, 'complete')), 'completed');
    await settled();
    const over = await as('system 27001').get('/Task/$referrals?side=in&open=false');
    assert.deepEqual(listed(over), [task]);
    assert.ok(!over.body.entry!.some(({ resource }) => resource?.resourceType === 'ServiceRequest'));
    assert.equal(
      (await advance('vc.doctor', task, 'cancel', [why('Nhầm')])).status,
      422,
      'nothing to cancel',
    );
  });

  test('the citizen reads every referral with its steps, and who did what', async () => {
    const own = await as('citizen').get(`/Task?patient=${patient}`);
    assert.deepEqual(listed(own).sort(), [task, secondTask].sort());
    const looks = await as('citizen').get('/AuditEvent?_count=200');
    assert.match(looks.text, /kv\.doctor/, 'who changed the sender’s row stands in the log by name');
    assert.equal((await advance('citizen', task, 'complete')).status, 404, 'a citizen takes no step');
  });

  test('the family doctor’s facility is told who went where, and nothing of the illness', async () => {
    const told = await as('vc.doctor').get('/Task/$referrals?side=family&open=false');
    assert.deepEqual(listed(told), [secondTask], told.text);
    assert.doesNotMatch(told.text, /stent|vành cấp/i);
  });

  test('a draft is nobody else’s; sent it gets its number; out of date it ends', async () => {
    const drafted = await refer('vc.doctor', '27020', [paper[0]!, { name: 'draft', valueBoolean: true }]);
    assert.equal(drafted.status, 201, drafted.text);
    const draft = made(drafted, 'task');
    await settled();
    assert.deepEqual(listed(await as('kv.doctor').get('/Task/$referrals?side=in')), []);
    assert.equal((await advance('vc.doctor', draft, 'send')).status, 422, 'the paper is not whole');
    const ready = await refer('vc.doctor', '27020', [...paper, { name: 'draft', valueBoolean: true }]);
    const sent = await advance('vc.doctor', made(ready, 'task'), 'send');
    assert.equal(stateIn(sent), 'requested', sent.text);
    assert.match(taskIn(sent).identifier![0]!.value, /-000002$/);
    const key = { 'idempotency-key': 'giay-1' };
    const signed = [...paper, { name: 'MA_BAC_SI', valueString: '000927105/GPHN' }];
    const another = await refer('system 27105', '27020', signed, key);
    assert.equal(another.status, 201, another.text);
    assert.match(
      taskIn(await as('system 27105').get(`/${made(another, 'task')}`)).identifier![0]!.value,
      /-000003$/,
      'another sender’s paper by the same key has a number of its own',
    );
    assert.equal(
      (await refer('vc.doctor', '27020', paper, { 'idempotency-key': 'k'.repeat(256) })).status,
      400,
    );
    await settled();
    await owner`update referral_party set until = now() - interval '1 minute' where task = ${made(ready, 'task')}`;
    assert.equal(await server.platform.referral.expire(), 1);
    assert.equal(stateIn(await as('vc.doctor').get(`/${made(ready, 'task')}`)), 'expired');
  });

  test('capacity is what a facility declares, and says when it declares nothing', async () => {
    const found = await as('vc.doctor').get(
      '/Organization?identifier=' + encodeURIComponent(`${FACILITY}|27001`),
    );
    const id = found.body.entry![0]!.resource!.id;
    const silent = await as('vc.doctor').get(`/Organization/${id}/$capacity`);
    const value = (answer: Answer, name: string) =>
      (answer.body.parameter as unknown as Record<string, unknown>[]).find((one) => one['name'] === name);
    assert.equal(value(silent, 'declared')!['valueBoolean'], false);
    await as('system 27001').send('POST', '/Location', {
      resourceType: 'Location',
      identifier: [facilityId('27001')],
      status: 'active',
      name: 'Bệnh viện Đa khoa Bắc Ninh',
      extension: [
        {
          url: extension('bed-capacity'),
          extension: [
            { url: 'declared', valueUnsignedInt: 800 },
            { url: 'occupied', valueUnsignedInt: 742 },
            { url: 'asOf', valueDateTime: '2026-11-28T07:00:00+07:00' },
          ],
        },
      ],
    });
    const told = await as('vc.doctor').get(`/Organization/${id}/$capacity`);
    assert.equal(value(told, 'declared')!['valueBoolean'], true, told.text);
    assert.match(told.text, /742/);
  });
});
