import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { maLk, mrn, PERSON } from '@yba/vietnam';
import { fhirClient, type FhirClient, type Shown } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const BACH_MAI = '01901';
const CHO_RAY = '79901';
const NUMBER = '001185012345';

/** A closed visit at a hospital: the patient, the encounter, a diagnosis, a result. */
function visit(facility: string, { number = NUMBER, key = 'V-1' } = {}) {
  const subject = { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' };
  const encounter = { reference: 'urn:uuid:22222222-2222-4222-8222-222222222222' };
  const entry = (fullUrl: string, resource: object, url: string) => ({
    fullUrl,
    resource,
    request: { method: 'POST', url },
  });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    identifier: { system: maLk(facility), value: key },
    entry: [
      {
        fullUrl: subject.reference,
        resource: {
          resourceType: 'Patient',
          identifier: [
            { system: PERSON, value: number },
            { system: mrn(facility), value: 'BN-7' },
          ],
          name: [{ text: 'Nguyễn Thị Hoa' }],
          gender: 'female',
          birthDate: '1985-03-02',
        },
        request: { method: 'PUT', url: `Patient?identifier=${mrn(facility)}|BN-7` },
      },
      entry(
        encounter.reference,
        {
          resourceType: 'Encounter',
          identifier: [{ system: maLk(facility), value: key }],
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
          subject,
          period: { start: '2026-03-02T08:00:00+07:00', end: '2026-03-02T09:00:00+07:00' },
        },
        'Encounter',
      ),
      entry(
        'urn:uuid:33333333-3333-4333-8333-333333333333',
        { resourceType: 'Condition', subject, encounter, code: { text: 'Đái tháo đường' } },
        'Condition',
      ),
      entry(
        'urn:uuid:44444444-4444-4444-8444-444444444444',
        {
          resourceType: 'Observation',
          status: 'final',
          subject,
          encounter,
          code: { coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'HBA1C' }] },
          effectiveDateTime: '2026-03-02T08:30:00+07:00',
          valueQuantity: { value: 7.0, unit: '%' },
        },
        'Observation',
      ),
    ],
  };
}

const entries = (body: Shown) => body.entry ?? [];
const sorted = (words: Iterable<string | undefined>) =>
  [...words].map(String).sort((a, b) => (a < b ? -1 : 1));
const openWith = (code: string, reason?: string) => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'purpose',
      valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-PurposeOfUse', code },
    },
    ...(reason ? [{ name: 'reason', valueString: reason }] : []),
  ],
});

describe('the path of one visit', () => {
  let server: TestPlatform;
  let a: FhirClient;
  let b: FhirClient;
  let patient = '';

  before(async () => {
    server = await startPlatform({ demo: true });
    a = fhirClient(server.url, await server.facilityToken(BACH_MAI, 'Bệnh viện Bạch Mai'));
    b = fhirClient(server.url, await server.facilityToken(CHO_RAY, 'Bệnh viện Chợ Rẫy'));
  });
  after(() => server.stop());

  const listen = async (token: string, query: string) => {
    const stop = new AbortController();
    const response = await fetch(`${server.url}/live${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    });
    assert.equal(response.status, 200);
    const reader = response.body!.getReader();
    const until = async (words: string) => {
      let told = '';
      while (!told.includes(words)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended: ${told}`);
        told += Buffer.from(value).toString();
      }
      return told;
    };
    return { until, stop: () => stop.abort() };
  };

  test('a hospital sends a closed visit as one transaction', async () => {
    const text = JSON.stringify(visit(BACH_MAI)).replace('"value":7,', '"value":7.0,');
    const answer = await a.send('POST', '', text);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.type, 'transaction-response');
    assert.deepEqual(
      entries(answer.body).map((each) => each.response?.status.slice(0, 3)),
      ['201', '201', '201', '201'],
    );
    patient = /Patient\/([^/]+)/.exec(entries(answer.body)[0]!.response!.location!)![1]!;
  });

  test('the same submission again is applied once and says so', async () => {
    const text = JSON.stringify(visit(BACH_MAI)).replace('"value":7,', '"value":7.0,');
    const again = await a.send('POST', '', text);
    assert.equal(again.status, 200);
    assert.match(again.text, /duplicate/);
    const found = await a.get(`/Encounter?patient=Patient/${patient}`);
    assert.equal(entries(found.body).length, 1);
    const changed = text.replace('Đái tháo đường', 'Tăng huyết áp');
    const other = await a.send('POST', '', changed);
    assert.equal(other.status, 422, other.text);
  });

  test('it reads its own records back, decimals as they were written', async () => {
    const read = await a.get(`/Patient/${patient}`);
    assert.equal(read.status, 200, read.text);
    assert.equal(read.headers.get('etag'), 'W/"1"');
    const results = await a.get(`/Observation?patient=Patient/${patient}`);
    assert.match(results.text, /"value":7\.0[,}]/);
  });

  test('to another hospital the person is absent until opened', async () => {
    assert.equal((await b.get(`/Patient/${patient}`)).status, 404);
    const found = await b.get(`/Observation?patient=Patient/${patient}`);
    assert.equal(found.status, 200, found.text);
    assert.equal(entries(found.body).filter(({ search }) => search?.mode !== 'outcome').length, 0);
  });

  test('finding by number answers identity alone', async () => {
    const found = await b.send('POST', '/Patient/$match', {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'resource',
          resource: { resourceType: 'Patient', identifier: [{ system: PERSON, value: NUMBER }] },
        },
      ],
    });
    assert.equal(found.status, 200, found.text);
    const [first] = entries(found.body);
    assert.equal(first?.resource?.id, patient);
    assert.equal(first?.resource?.extension?.[0]?.valueCode, 'closed');
    assert.equal((await b.get(`/Patient/${patient}`)).status, 404);
  });

  test('opening needs a purpose, an emergency needs words, and then the chart is one', async () => {
    assert.equal(
      (await b.send('POST', `/Patient/${patient}/$open`, { resourceType: 'Parameters' })).status,
      422,
    );
    assert.equal((await b.send('POST', `/Patient/${patient}/$open`, openWith('ETREAT'))).status, 422);
    const opened = await b.send('POST', `/Patient/${patient}/$open`, openWith('TREAT', 'Khám chuyển tuyến'));
    assert.equal(opened.status, 200, opened.text);
    assert.equal((await b.get(`/Patient/${patient}`)).status, 200);
    const results = await b.get(`/Observation?patient=Patient/${patient}&code=HBA1C`);
    assert.equal(entries(results.body).length, 1, results.text);
    const everything = await b.get(`/Patient/${patient}/$everything`);
    assert.deepEqual(
      sorted(new Set(entries(everything.body).map(({ resource }) => resource?.resourceType))),
      ['Condition', 'Encounter', 'Observation', 'Patient'],
    );
  });

  test('a visit of the same person elsewhere joins the same chart', async () => {
    const sent = await b.send('POST', '', visit(CHO_RAY));
    assert.equal(sent.status, 200, sent.text);
    const results = await b.get(`/Observation?patient=Patient/${patient}`);
    assert.deepEqual(sorted(entries(results.body).map(({ resource }) => resource?.meta?.source)), [
      `https://yba.vn/fhir/facility/${BACH_MAI}`,
      `https://yba.vn/fhir/facility/${CHO_RAY}`,
    ]);
    assert.equal(entries((await a.get(`/Observation?patient=Patient/${patient}`)).body).length, 1);
  });

  test("another hospital's record cannot be changed, and the answer says how to go about it", async () => {
    const taken = await b.send('PUT', `/Patient/${patient}`, {
      resourceType: 'Patient',
      id: patient,
      active: false,
    });
    assert.equal(taken.status, 409, taken.text);
    assert.equal(taken.body.resourceType, 'OperationOutcome');
  });

  test('a doctor signs in with a password and reads what that doctor opened', async () => {
    await server.platform.access.createAccount({
      username: 'bs.lan',
      password: 'mot-mat-khau-dai',
      role: 'doctor',
      name: 'Bs. Lê Thị Lan',
      facility: '31001',
      facilityName: 'Bệnh viện Hải Phòng',
    });
    const doctor = fhirClient(server.url, await staffToken(server.url, 'bs.lan', 'mot-mat-khau-dai'));
    assert.equal((await doctor.get(`/Patient/${patient}`)).status, 404);
    assert.equal(
      (await doctor.send('POST', `/Patient/${patient}/$open`, openWith('TREAT', 'Khám lần đầu'))).status,
      200,
    );
    assert.equal(entries((await doctor.get(`/Observation?patient=Patient/${patient}`)).body).length, 2);
  });

  test('the citizen signs in through VNeID and reads who looked, when and why, within a second', async () => {
    await server.platform.book!.addVneidCitizens([
      { nationalId: NUMBER, name: 'Nguyễn Thị Hoa', birthDate: '1985-03-02', password: 'Hoa-1985' },
    ]);
    const citizen = fhirClient(server.url, await citizenToken(server.url, NUMBER, 'Hoa-1985'));
    assert.equal(entries((await citizen.get(`/Observation?patient=Patient/${patient}`)).body).length, 2);
    const doctor = fhirClient(server.url, await staffToken(server.url, 'bs.lan', 'mot-mat-khau-dai'));
    await doctor.get(`/Condition?patient=Patient/${patient}`);
    const looks = await citizen.get(`/AuditEvent?patient=Patient/${patient}&_sort=-date`);
    const told = JSON.stringify(looks.body);
    assert.match(told, /Bs\. Lê Thị Lan/);
    assert.match(told, /Bệnh viện Hải Phòng/);
    assert.match(told, /Khám lần đầu/);
    assert.match(told, /HIS Bệnh viện Chợ Rẫy/);
    // inside a Bundle too the log is read from the log
    for (const type of ['batch', 'transaction']) {
      const url = `AuditEvent?patient=Patient/${patient}&_sort=-date`;
      const bundle = { resourceType: 'Bundle', type, entry: [{ request: { method: 'GET', url } }] };
      const inside = await citizen.send('POST', '', bundle);
      assert.match(JSON.stringify(inside.body.entry?.[0]?.resource), /Bs\. Lê Thị Lan/, inside.text);
    }
  });

  test('an event stream tells the doctor that the chart moved', async () => {
    const stream = await listen(
      await staffToken(server.url, 'bs.lan', 'mot-mat-khau-dai'),
      `?patient=Patient/${patient}`,
    );
    assert.equal((await a.send('POST', '', visit(BACH_MAI, { key: 'V-2' }))).status, 200);
    const told = await stream.until('event: chart');
    assert.match(told, new RegExp(`data: {"patient":"Patient/${patient}"}`));
    stream.stop();
  });

  test('an event stream tells the citizen that somebody looked', async () => {
    const stream = await listen(await citizenToken(server.url, NUMBER, 'Hoa-1985'), '');
    assert.equal((await b.get(`/Patient/${patient}`)).status, 200);
    await stream.until('event: access');
    stream.stop();
  });

  test('a chart that is not open cannot be followed', async () => {
    const token = await server.facilityToken('89001', 'Bệnh viện An Giang');
    const refused = await fetch(`${server.url}/live?patient=Patient/${patient}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(refused.status, 404);
  });

  test('the ministry reads how many visits there were and who has sent', async () => {
    await server.platform.access.createAccount({
      username: 'boyte.ha',
      password: 'mot-mat-khau-dai',
      role: 'ministry',
      name: 'Bùi Thanh Hà',
    });
    const officer = fhirClient(
      server.url,
      await staffToken(server.url, 'boyte.ha', 'mot-mat-khau-dai', 'command'),
    );
    const status = await officer.get('/Organization/$coordination-status');
    assert.equal(status.status, 200, status.text);
    assert.ok(status.body.parameter?.some(({ name }) => name === 'feedPosition'));
    assert.equal((await officer.get(`/Observation?patient=Patient/${patient}`)).status, 403);
  });

  test('wrong input is an OperationOutcome that names the place', async () => {
    const notJson = await a.send('POST', '', '{"resourceType":"Bundle",');
    assert.equal(notJson.status, 400);
    const wrong = await a.send('POST', '/Patient', {
      resourceType: 'Patient',
      birthDate: '31/12/1990',
      gendr: 'male',
    });
    assert.equal(wrong.status, 422, wrong.text);
    assert.deepEqual(sorted((wrong.body.issue ?? []).map((issue) => issue.expression?.[0])), [
      'Patient.birthDate',
      'Patient.gendr',
    ]);
    const dangling = visit(BACH_MAI, { key: 'V-3' });
    dangling.entry = dangling.entry.slice(1);
    const refused = await a.send('POST', '', dangling);
    assert.equal(refused.status, 422, refused.text);
    assert.equal((await a.get(`/Patient?colour=red`)).status, 400);
    assert.equal((await fetch(`${server.url}/fhir/Patient`)).status, 401);
  });
});
