// The licence to practise decides: expired, not yet valid or withdrawn, a doctor or nurse keeps the own account and no more.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LICENCE, mrn } from '@yba/vietnam';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { staffToken } from './testing/sign-in.ts';

const PLACE = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const PASSWORD = 'mot mat khau dai';
const opening = {
  resourceType: 'Parameters',
  parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
};

type Named = { name: string; part?: Named[]; [value: string]: unknown };

describe('licence to practise', () => {
  let server: TestPlatform;
  let his: FhirClient;
  let patient: string;
  let result: string;
  const tokens = new Map<string, string>();
  const accounts = new Map<string, string>();
  const as = (who: string) => fhirClient(server.url, tokens.get(who)!);

  const hire = async (username: string, more: object) => {
    const subject = await server.platform.access.createAccount({
      username,
      role: 'doctor',
      name: username,
      password: PASSWORD,
      ...PLACE,
      ...more,
    });
    accounts.set(username, subject);
    tokens.set(username, await staffToken(server.url, username, PASSWORD));
  };
  const oauth = (who: string, method: string, path: string, body?: object) =>
    fetch(`${server.url}/oauth${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens.get(who)}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  /** Waits until the doctor is answered so: the feed, or the notice of a change, takes a moment. */
  const answers = async (who: string, status: number) => {
    let last = 0;
    for (let tries = 0; tries < 200 && last !== status; tries++) {
      if (tries > 0) await sleep(50);
      last = (await as(who).get(`/Observation/${result}`)).status;
    }
    assert.equal(last, status, who);
  };

  before(async () => {
    server = await startPlatform();
    his = fhirClient(server.url, await server.facilityToken(PLACE.facility, PLACE.facilityName));
    const create = async (resource: Record<string, unknown>) => {
      const answer = await his.send('POST', `/${String(resource['resourceType'])}`, resource);
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id!;
    };
    patient = await create({
      resourceType: 'Patient',
      identifier: [{ system: mrn(PLACE.facility), value: '1' }],
    });
    const subject = { reference: `Patient/${patient}` };
    result = await create({
      resourceType: 'Observation',
      status: 'final',
      subject,
      code: { text: 'Đường huyết' },
    });
    await hire('in-force', {
      licence: { number: '1/HNO', validFrom: '2020-01-01', validUntil: '2999-12-31' },
    });
    await hire('without', {});
    await hire('expired', { licence: { number: '2/HNO', validUntil: '2026-01-01' } });
    await hire('not-yet', { licence: { number: '3/HNO', validFrom: '2999-01-01' }, role: 'nurse' });
    await hire('withdrawn', { licence: { number: '4/HNO', withdrawn: '2026-02-03' } });
    await hire('desk', { licence: { number: '5/HNO', validUntil: '2026-01-01' }, role: 'receptionist' });
    await hire('admin', { role: 'admin' });
    accounts.set(
      'ministry',
      await server.platform.access.createAccount({
        username: 'ministry',
        role: 'ministry',
        name: 'ministry',
        password: PASSWORD,
      }),
    );
    tokens.set('ministry', await staffToken(server.url, 'ministry', PASSWORD, 'command'));
  });
  after(() => server.stop());

  test('a doctor or nurse whose licence does not hold neither reads, writes, opens, finds nor copies, and is told which licence it is', async () => {
    const said = {
      expired: /2\/HNO has expired: its last day was 2026-01-01/,
      'not-yet': /3\/HNO is not yet valid: it holds from 2999-01-01/,
      withdrawn: /4\/HNO was withdrawn or suspended on 2026-02-03/,
    };
    const asked: [method: string, path: string, body?: object][] = [
      ['GET', `/Patient/${patient}`],
      ['GET', `/Observation/${result}`],
      ['GET', `/Observation/${result}/_history`],
      ['GET', `/Observation?patient=${patient}`],
      ['GET', `/Patient/${patient}/$everything`],
      ['POST', '/Condition', { resourceType: 'Condition', subject: { reference: `Patient/${patient}` } }],
      ['POST', '/Practitioner', { resourceType: 'Practitioner' }],
      ['DELETE', `/Observation/${result}`],
      ['POST', `/Patient/${patient}/$open`, opening],
      ['POST', `/Patient/${patient}/$copy`, { resourceType: 'Parameters' }],
      ['POST', '/$redeem', { resourceType: 'Parameters', parameter: [{ name: 'code', valueString: '0' }] }],
      ['POST', '/Patient/$match', { resourceType: 'Parameters' }],
    ];
    for (const [who, words] of Object.entries(said))
      for (const [method, path, body] of asked) {
        const answer = await as(who).send(method, path, body);
        assert.equal(answer.status, 403, `${who} ${method} ${path}: ${answer.text}`);
        assert.match(answer.text, words);
      }
    for (const who of ['in-force', 'without', 'desk'])
      assert.equal((await as(who).get(`/Patient/${patient}`)).status, 200, who);
  });

  test('each refusal stands in the access log, under the person whose record was asked for', async () => {
    const { owner } = server.pools;
    const rows = await owner<{ action: string }[]>`
      select distinct l.action from access_log l join access_agent a on a.id = l.agent
      where a.subject = ${accounts.get('expired')!} and l.outcome = 'denied'
        and l.person = (select person from patient_link where patient = ${patient})`;
    const actions = rows.map(({ action }) => action);
    for (const action of ['read', 'search', 'open', 'export', 'delete'])
      assert.ok(actions.includes(action), `${action} among ${actions.join(', ')}`);
  });

  test('the own account and the registries stay open', async () => {
    const account = await oauth('expired', 'GET', '/account');
    assert.equal(account.status, 200);
    assert.deepEqual(((await account.json()) as { licence: object }).licence, {
      number: '2/HNO',
      validUntil: '2026-01-01',
    });
    assert.equal((await as('expired').get('/Practitioner')).status, 200);
    for (const who of ['expired', 'admin', 'desk'])
      assert.equal((await as(who).get('/OrganizationAffiliation')).status, 200, who);
    assert.equal((await as('expired').get('/Practitioner?_revinclude=Observation:performer')).status, 403);
  });

  test('$why says in both languages which licence it is and what is the matter, whoever is asked about', async () => {
    const why = await as('withdrawn').get(`/Patient/${patient}/$why`);
    const nobody = await as('withdrawn').get(`/Patient/11111111-1111-4111-8111-111111111111/$why`);
    assert.equal(why.status, 200, why.text);
    assert.deepEqual(nobody.body, why.body);
    const { parameter } = why.body as unknown as { parameter: Named[] };
    const value = (name: string) => parameter.find((one) => one.name === name);
    assert.match(
      String(value('vi')!['valueString']),
      /4\/HNO đã bị thu hồi hoặc đình chỉ từ ngày 03\/02\/2026/,
    );
    assert.match(String(value('en')!['valueString']), /withdrawn or suspended on 2026-02-03/);
    assert.equal(value('licence')!.part!.find(({ name }) => name === 'state')!['valueCode'], 'withdrawn');
    assert.equal(value('policy')!['valueInteger'], 5);
    assert.ok(!value('ground'));
  });

  test('a renewed licence that the administrator enters decides from then on, and one withdrawn too', async () => {
    const enter = (who: string, body: object) =>
      oauth(who, 'POST', `/accounts/${accounts.get('expired')!.slice('account/'.length)}/licence`, body);
    assert.equal((await enter('in-force', { licenceNumber: '2/HNO' })).status, 403);
    const wrong = await enter('admin', { licenceNumber: '2/HNO', licenceUntil: '2031-02-31' });
    assert.equal(wrong.status, 422);
    assert.match(await wrong.text(), /licenceUntil/);
    assert.equal((await enter('admin', { licenceNumber: '2/HNO', licenceUntil: '2999-12-31' })).status, 200);
    await answers('expired', 200);
    const withdraw = { licenceNumber: '2/HNO', licenceUntil: '2999-12-31', licenceWithdrawn: '2026-03-01' };
    const unsaid = await enter('admin', withdraw);
    assert.equal(unsaid.status, 422);
    assert.match(await unsaid.text(), /"words"/);
    assert.equal((await enter('admin', { ...withdraw, words: 'Quyết định 12/QĐ-SYT' })).status, 200);
    await answers('expired', 403);

    const history = (await (
      await oauth('admin', 'GET', `/accounts/${accounts.get('expired')!.slice('account/'.length)}/licence`)
    ).json()) as { history: Record<string, unknown>[] };
    assert.deepEqual(
      history.history.map(({ kind, until, byName, words }) => [kind, until, byName, words]),
      [
        ['withdrawn', '2999-12-31', 'admin', 'Quyết định 12/QĐ-SYT'],
        ['renewed', '2999-12-31', 'admin', null],
        ['entered', '2026-01-01', null, null],
      ],
    );
  });

  test('the ministry suspends a licence for a time; it decides by the day, stands in the facility’s log and ends by itself', async () => {
    const id = accounts.get('in-force')!.slice('account/'.length);
    const found = (await (await oauth('ministry', 'GET', '/licences?of=1%2FHNO')).json()) as {
      practitioners: Record<string, unknown>[];
    };
    assert.deepEqual(
      found.practitioners.map(({ id: one, state }) => [one, state]),
      [[id, 'in-force']],
    );
    const licence = { licenceNumber: '1/HNO', licenceFrom: '2020-01-01', licenceUntil: '2999-12-31' };
    const enter = (body: object, who = 'ministry') =>
      oauth(who, 'POST', `/licences/${id}`, { ...licence, words: 'Quyết định 9/QĐ-BYT', ...body });
    for (const who of ['admin', 'in-force', 'desk']) assert.equal((await enter({}, who)).status, 403, who);
    const backward = await enter({ licenceWithdrawn: '2026-03-01', licenceSuspendedUntil: '2026-02-01' });
    assert.equal(backward.status, 422);
    assert.match(await backward.text(), /licenceSuspendedUntil/);
    const mistyped = await enter({ withdrawn: '2026-03-01' });
    assert.equal(mistyped.status, 422, 'what nobody would read is not passed over');
    assert.match(await mistyped.text(), /no member “withdrawn” here; known are .*licenceWithdrawn/);

    assert.equal(
      (await enter({ licenceWithdrawn: '2026-03-01', licenceSuspendedUntil: '2999-01-31' })).status,
      200,
    );
    await answers('in-force', 403);
    assert.match(
      (await as('in-force').get(`/Observation/${result}`)).text,
      /1\/HNO is suspended from 2026-03-01 to 2999-01-31/,
    );
    // its last day was yesterday, or long ago: nobody has to do anything
    assert.equal(
      (await enter({ licenceWithdrawn: '2026-03-01', licenceSuspendedUntil: '2026-03-31' })).status,
      200,
    );
    await answers('in-force', 200);
    assert.equal((await enter({})).status, 200);
    const { history } = (await (await oauth('ministry', 'GET', `/licences/${id}`)).json()) as {
      history: { kind: string; byName: string | null }[];
    };
    assert.deepEqual(
      history.map(({ kind, byName }) => [kind, byName]),
      [
        ['restored', 'ministry'],
        ['suspended', 'ministry'],
        ['suspended', 'ministry'],
        ['entered', null],
      ],
    );
    const logged = await server.pools.owner<{ reason: string }[]>`
      select l.reason from access_log l join access_agent a on a.id = l.agent
      where a.subject = ${accounts.get('ministry')!} and l.reason like 'Đình chỉ giấy phép%' and a.facility is not null`;
    assert.equal(logged.length, 2, 'the facility’s privacy officer reads of it');
  });

  test('a qualification of the Practitioner that has ended, or a Practitioner that is not active, decides as well', async () => {
    const practitioner = {
      resourceType: 'Practitioner',
      identifier: [{ system: LICENCE, value: '7/HNO' }],
    };
    const { id } = (await his.send('POST', '/Practitioner', practitioner)).body;
    await hire('linked', { practitioner: `Practitioner/${id}`, licence: { number: '7/HNO' } });
    await answers('linked', 200);
    const put = async (more: object) => {
      const answer = await his.send('PUT', `/Practitioner/${id}`, { ...practitioner, id, ...more });
      assert.equal(answer.status, 200, answer.text);
    };
    const qualification = (value: string, period: object) => [
      { code: { text: 'Bác sĩ' }, identifier: [{ system: LICENCE, value }], period },
    ];
    await put({ qualification: qualification('7/HNO', { end: '2026-05' }) });
    await answers('linked', 403);
    assert.match((await as('linked').get(`/Patient/${patient}`)).text, /7\/HNO.*2026-05-31/);
    await put({ qualification: qualification('8/HNO', { end: '2026-05' }) });
    await answers('linked', 200);
    await put({ active: false });
    await answers('linked', 403);
  });

  test('rules of a version without licences, or that ask for one on record, are data too', async () => {
    const { policy } = server.platform.access;
    const now = policy.inForce();
    assert.equal(policy.inForce(new Date('2026-06-01T00:00:00Z')).licences, undefined);
    await policy.add({
      ...now,
      version: 90,
      effective: new Date().toISOString(),
      licences: { ...now.licences!, unrecorded: 'refused' },
    });
    assert.match(
      (await as('without').get(`/Patient/${patient}`)).text,
      /No licence to practise is on record/,
    );
    assert.equal((await as('in-force').get(`/Patient/${patient}`)).status, 200);
  });

  test('the ministry sets from which day those without a licence on record practise no more, seeing whom it concerns', async () => {
    type Told = {
      version: number;
      unrecorded: string;
      without: number;
      practitioners: number;
      facilities: { facility: string; unrecorded: number }[];
      versions: { version: number; words: string }[];
    };
    const told = async () => (await (await oauth('ministry', 'GET', '/policy/licences')).json()) as Told;
    const set = (body: object, who = 'ministry') =>
      oauth(who, 'POST', '/policy/licences', {
        unrecorded: 'allowed',
        effective: '2027-01-31',
        words: 'Thông tư 9/2026',
        ...body,
      });
    const before = await told();
    assert.deepEqual(
      [before.version, before.unrecorded, before.without, before.facilities.map(({ facility }) => facility)],
      [90, 'refused', 1, [PLACE.facility]],
    );
    for (const who of ['admin', 'in-force']) assert.equal((await set({}, who)).status, 403);
    for (const [field, body] of [
      ['effective', { effective: '2026-01-01' }],
      ['effective', { effective: '2027-02-31' }],
      ['effective', { effective: '2999-01-01' }],
      ['unrecorded', { unrecorded: 'maybe' }],
      ['words', { words: 'vậy' }],
    ] as const) {
      const answer = await set(body);
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.match(await answer.text(), new RegExp(`"${field}"`));
    }
    assert.equal((await set({ effective: '2031-01-01' })).status, 200);
    const { policy } = server.platform.access;
    assert.equal(policy.inForce().licences!.unrecorded, 'refused', 'not before its day');
    assert.equal(policy.inForce(new Date('2031-01-02T00:00:00Z')).licences!.unrecorded, 'allowed');
    assert.equal((await as('without').get(`/Patient/${patient}`)).status, 403);
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
    assert.equal((await set({ effective: today })).status, 200);
    assert.equal((await as('without').get(`/Patient/${patient}`)).status, 200);
    const after = await told();
    assert.deepEqual(
      [after.version, after.unrecorded, after.versions.map(({ version }) => version)],
      [1002, 'allowed', [1002, 1001]],
    );
    // a later release brings rules of its own: what the ministry set holds on
    const { licences, ...rules } = policy.inForce();
    await policy.add({
      ...rules,
      version: 91,
      effective: new Date().toISOString(),
      licences: { ...licences!, unrecorded: 'refused' },
    });
    assert.deepEqual([policy.inForce().version, policy.inForce().licences!.unrecorded], [91, 'allowed']);
  });
});
