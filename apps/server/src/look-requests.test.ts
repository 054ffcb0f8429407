import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { PERSON } from '@yba/vietnam';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const CHO_RAY = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const PASSWORD = 'mot mat khau dai';
const NUMBER = '001185012345';

type Communication = {
  id: string;
  status: string;
  payload: { contentString: string }[];
  inResponseTo?: object[];
};

describe('requests about a look', () => {
  let server: TestPlatform;
  let owner: Sql;
  const callers = new Map<string, FhirClient>();
  const as = (who: string) => callers.get(who)!;
  let event: string;
  let question: string;

  before(async () => {
    server = await startPlatform({ demo: true });
    owner = connect(server.databaseUrl, { max: 1 });
    const { access, book } = server.platform;
    for (const [username, role, place] of [
      ['bm.doctor', 'doctor', BACH_MAI],
      ['bm.privacy', 'privacy-officer', BACH_MAI],
      ['cr.privacy', 'privacy-officer', CHO_RAY],
    ] as const) {
      await access.createAccount({ username, role, name: username, password: PASSWORD, ...place });
      callers.set(username, fhirClient(server.url, await staffToken(server.url, username, PASSWORD)));
    }
    const system = fhirClient(
      server.url,
      await server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName),
    );
    const patient = await system.send('POST', '/Patient', {
      resourceType: 'Patient',
      identifier: [{ system: PERSON, value: NUMBER }],
      name: [{ text: 'Nguyễn Thị Bích Hoa' }],
    });
    await as('bm.doctor').get(`/Patient/${patient.body.id}`);
    for (const [nationalId, name] of [
      [NUMBER, 'Nguyễn Thị Bích Hoa'],
      ['079200000001', 'Người khác'],
    ] as const) {
      await book!.addVneidCitizens([{ nationalId, name, birthDate: '1985-03-02', password: PASSWORD }]);
      callers.set(name, fhirClient(server.url, await citizenToken(server.url, nationalId, PASSWORD)));
    }
    callers.set('owner', as('Nguyễn Thị Bích Hoa'));
    const looks = await as('owner').get('/AuditEvent?action=R');
    event = looks.body.entry![0]!.resource!.id!;
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  const ask = (who: string, kind: string, text = 'Vì sao xem hồ sơ của tôi?', id = event) =>
    as(who).send('POST', `/AuditEvent/${id}/$request`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'kind', valueCode: kind },
        { name: 'text', valueString: text },
      ],
    });
  const answer = (who: string, text = 'Bác sĩ khám theo lịch hẹn.') =>
    as(who).send('POST', `/${question}/$answer`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'text', valueString: text }],
    });
  const listed = ({ body }: Answer) =>
    (body.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Communication' ? [resource as unknown as Communication] : [],
    );

  test('the person concerned asks, and learns until when the facility has to answer', async () => {
    const asked = await ask('owner', 'ask');
    assert.equal(asked.status, 201, asked.text);
    const [request, due] = asked.body.parameter as unknown as [
      { valueReference: { reference: string } },
      { valueDateTime: string },
    ];
    question = request.valueReference.reference;
    assert.ok(Date.parse(due.valueDateTime) > Date.now());
    assert.equal((await ask('owner', 'ask')).status, 409, 'asked once while it is open');
    assert.equal((await ask('owner', 'correct', 'Sai ngày sinh')).status, 201);
  });

  test('what cannot be asked is refused with its reason', async () => {
    assert.equal((await ask('Người khác', 'ask')).status, 403);
    assert.equal((await ask('bm.doctor', 'ask')).status, 403);
    assert.equal((await ask('owner', 'why')).status, 422);
    assert.equal((await ask('owner', 'object', ' ')).status, 422);
    assert.equal((await ask('owner', 'ask', 'Vì sao?', 'zzzzzzzz-1')).status, 404);
    const own = await as('owner').get('/AuditEvent?action=E');
    assert.equal((await ask('owner', 'ask', 'Vì sao?', own.body.entry![0]!.resource!.id)).status, 422);
  });

  test('it reaches the privacy officer of the facility that looked, and nobody else', async () => {
    const list = await as('bm.privacy').get('/AuditEvent/$requests');
    assert.deepEqual(
      listed(list).map(({ status }) => status),
      ['in-progress', 'in-progress'],
    );
    assert.ok(list.body.entry!.some(({ resource }) => resource?.resourceType === 'AuditEvent'));
    assert.equal(listed(await as('cr.privacy').get('/AuditEvent/$requests')).length, 0);
    assert.equal(listed(await as('Người khác').get('/AuditEvent/$requests')).length, 0);
    assert.equal((await as('bm.doctor').get('/AuditEvent/$requests')).status, 403);
    assert.equal((await as('bm.doctor').get(`/${question}`)).status, 404, 'who looked does not read it');
    assert.equal((await as('bm.doctor').get('/Communication')).body.entry, undefined);
  });

  test('the officer answers once, and the person reads the answer', async () => {
    assert.equal((await answer('cr.privacy')).status, 404);
    assert.equal((await answer('owner')).status, 403);
    const answered = await answer('bm.privacy');
    assert.equal(answered.status, 201, answered.text);
    assert.equal((await answer('bm.privacy', 'Lần nữa')).status, 409);
    const mine = listed(await as('owner').get('/AuditEvent/$requests'));
    const asked = mine.find(({ id }) => question.endsWith(id));
    assert.equal(asked?.status, 'completed');
    const reply = mine.find(({ inResponseTo }) => inResponseTo !== undefined);
    assert.equal(reply?.payload[0]?.contentString, 'Bác sĩ khám theo lịch hẹn.');
  });

  test('every step stands in the log of the person', async () => {
    const rows = await owner<{ action: string; target: string; name: string; outcome: string }[]>`
      select l.action, l.target, a.name, l.outcome from access_log l join access_agent a on a.id = l.agent
      where l.person is not null and (l.target like '%requests' or l.target like 'Communication%' or l.target = 'Bundle' or l.target like '%$%')`;
    const told = rows.map(({ name, target, outcome }) => `${name} ${target.split('/')[0]} ${outcome}`);
    for (const step of [
      'Nguyễn Thị Bích Hoa Communication success',
      'bm.privacy AuditEvent success',
      'bm.privacy Bundle success',
      'bm.doctor Communication denied',
    ])
      assert.ok(told.includes(step), `${step}: ${told.join(' | ')}`);
  });
});
