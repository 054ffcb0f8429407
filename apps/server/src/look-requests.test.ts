import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PERSON } from '@yba/vietnam';
import type { Answer } from './testing/fhir-client.ts';
import { twoHospitals, type TwoHospitals } from './testing/two-hospitals.ts';

const NUMBER = '001185012345';

type Communication = {
  id: string;
  status: string;
  payload: { contentString: string }[];
  category: { coding?: { system: string; code: string }[] }[];
  inResponseTo?: object[];
};

describe('requests about a look', () => {
  let world: TwoHospitals;
  const as = (who: string) => world.as(who);
  let event: string;
  let question: string;

  before(async () => {
    world = await twoHospitals([
      ['bm.doctor', 'doctor'],
      ['bm.privacy', 'privacy-officer'],
      ['cr.privacy', 'privacy-officer'],
      ['ministry', 'ministry'],
    ]);
    const patient = await as('bm.system').send('POST', '/Patient', {
      resourceType: 'Patient',
      identifier: [{ system: PERSON, value: NUMBER }],
      name: [{ text: 'Nguyễn Thị Bích Hoa' }],
    });
    await as('bm.doctor').get(`/Patient/${patient.body.id}`);
    await world.citizen(NUMBER, 'owner');
    await world.citizen('079200000001', 'Người khác');
    const looks = await as('owner').get('/AuditEvent?action=R');
    event = looks.body.entry![0]!.resource!.id!;
  });
  after(() => world.stop());

  const ask = (who: string, kind: string, text = 'Vì sao xem hồ sơ của tôi?', id = event, key?: string) =>
    as(who).send(
      'POST',
      `/AuditEvent/${id}/$request`,
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'kind', valueCode: kind },
          { name: 'text', valueString: text },
        ],
      },
      key === undefined ? {} : { 'idempotency-key': key },
    );
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
    const keyed = () => ask('owner', 'ask', 'Vì sao xem hồ sơ của tôi?', event, 'hoi-1');
    const asked = await keyed();
    assert.equal(asked.status, 201, asked.text);
    const again = await keyed();
    assert.equal(again.status, 200, again.text);
    assert.deepEqual(again.body.parameter, asked.body.parameter);
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
    for (const kind of ['why', 'constructor', 'toString', '__proto__'])
      assert.equal((await ask('owner', kind)).status, 422, kind);
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
    const late = await ask('owner', 'ask', 'Vì sao xem hồ sơ của tôi?', event, 'hoi-1');
    assert.equal(late.status, 200, 'a late repeat asks nothing anew');
    assert.ok(late.text.includes(question));
    const mine = listed(await as('owner').get('/AuditEvent/$requests'));
    const asked = mine.find(({ id }) => question.endsWith(id));
    assert.equal(asked?.status, 'completed');
    const reply = mine.find(({ inResponseTo }) => inResponseTo !== undefined);
    assert.equal(reply?.payload[0]?.contentString, 'Bác sĩ khám theo lịch hẹn.');
  });

  test('the facility is told once before a deadline and once after it, the person reads so, the ministry counts it', async () => {
    const { lookRequests } = world.server.platform;
    const due = (sqlTime: string) =>
      world.owner.unsafe(`update look_request set due = ${sqlTime} where answered is null`);
    const told = async (who: string) =>
      listed(await as(who).get('/AuditEvent/$requests')).flatMap(({ category }) =>
        category.flatMap(({ coding = [] }) =>
          coding.flatMap(({ system, code }) => (system.endsWith('-reminder') ? [code] : [])),
        ),
      );
    await due("now() + interval '40 days'");
    assert.equal(await lookRequests.remind(), 0, 'it is early');
    await due("now() + interval '1 hour'");
    const both = await Promise.all([lookRequests.remind(), lookRequests.remind()]);
    assert.equal(both[0] + both[1], 1, 'told once, though two look at once');
    assert.deepEqual(await told('bm.privacy'), ['reminder']);
    await due("now() - interval '1 hour'");
    assert.equal(await lookRequests.remind(), 1);
    assert.equal(await lookRequests.remind(), 0);
    assert.deepEqual(await told('bm.privacy'), ['reminder', 'overdue']);
    assert.deepEqual(await told('owner'), ['reminder', 'overdue']);
    assert.equal((await as('bm.privacy').get('/AuditEvent/$overdue-requests')).status, 403);
    const counts = await as('ministry').get('/AuditEvent/$overdue-requests');
    assert.equal(counts.status, 200, counts.text);
    const [row] = counts.body.parameter!;
    const part = Object.fromEntries(row!.part!.map(({ name, ...value }) => [name, Object.values(value)[0]]));
    assert.deepEqual(
      [part['code'], part['name'], part['open'], part['overdue'], part['answered']],
      ['01901', 'Bệnh viện Bạch Mai', 1, 1, 1],
    );
    assert.ok(!counts.text.includes('owner') && !counts.text.includes('Bích Hoa'), 'of nobody by name');
  });

  test('every step stands in the log of the person', async () => {
    const rows = await world.owner<{ action: string; target: string; name: string; outcome: string }[]>`
      select l.action, l.target, a.name, l.outcome from access_log l join access_agent a on a.id = l.agent
      where l.person is not null and (l.target like '%requests' or l.target like 'Communication%' or l.target = 'Bundle' or l.target like '%$%')`;
    const told = rows.map(({ name, target, outcome }) => `${name} ${target.split('/')[0]} ${outcome}`);
    for (const step of [
      'owner Communication success',
      'bm.privacy AuditEvent success',
      'bm.privacy Bundle success',
      'bm.doctor Communication denied',
    ])
      assert.ok(told.includes(step), `${step}: ${told.join(' | ')}`);
  });
});
