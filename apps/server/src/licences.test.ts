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
      /4\/HNO đã bị thu hồi hoặc đình chỉ từ ngày 2026-02-03/,
    );
    assert.match(String(value('en')!['valueString']), /withdrawn or suspended on 2026-02-03/);
    assert.equal(value('licence')!.part!.find(({ name }) => name === 'state')!['valueCode'], 'withdrawn');
    assert.equal(value('policy')!['valueInteger'], 3);
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
    assert.equal(
      (await enter('admin', { licenceNumber: '2/HNO', licenceWithdrawn: '2026-03-01' })).status,
      200,
    );
    await answers('expired', 403);
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
      version: 4,
      effective: new Date().toISOString(),
      licences: { ...now.licences!, unrecorded: 'refused' },
    });
    assert.match(
      (await as('without').get(`/Patient/${patient}`)).text,
      /No licence to practise is on record/,
    );
    assert.equal((await as('in-force').get(`/Patient/${patient}`)).status, 200);
  });
});
