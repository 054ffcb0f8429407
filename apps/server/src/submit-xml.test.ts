import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PERSON } from '@yba/vietnam';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import { fhirClient, type FhirClient, type Shown } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const BAC_NINH = '27009';
const CHO_RAY = '79901';
const XML = { 'content-type': 'application/xml' };

type Part = {
  name: string;
  valueString?: string;
  valueCode?: string;
  valueReference?: { reference: string };
  resource?: Shown;
};

const dossiers = (body: Shown) =>
  (body.parameter ?? [])
    .filter(({ name }) => name === 'dossier')
    .map(({ part }) => Object.fromEntries((part as Part[]).map((one) => [one.name, one])));
const matches = (body: Shown) =>
  (body.entry ?? []).flatMap(({ resource, search }) =>
    search?.mode === 'match' && resource ? [resource] : [],
  );
const tables = (body: Shown) =>
  matches(body)
    .flatMap(({ type }) => (type as unknown as { coding: { code: string }[] }).coding.map(({ code }) => code))
    .sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));

describe('a hospital sends the national XML file', () => {
  let server: TestPlatform;
  let sender: FhirClient;
  let other: FhirClient;
  let patient = '';
  const made = aDossier({
    seed: 2026,
    facility: BAC_NINH,
    tables: ['XML1', 'XML2', 'XML3', 'XML4', 'XML6', 'XML7', 'XML15'],
  });
  const number = made.tables.XML1![0]!.SO_CCCD!;

  before(async () => {
    server = await startPlatform({ demo: true });
    sender = fhirClient(server.url, await server.facilityToken(BAC_NINH, 'Bệnh viện Bắc Ninh'));
    other = fhirClient(server.url, await server.facilityToken(CHO_RAY, 'Bệnh viện Chợ Rẫy'));
  });
  after(() => server.stop());

  test('it is stored, and told dossier by dossier', async () => {
    const bad = aDossier({ seed: 2027, facility: BAC_NINH });
    bad.tables.XML1![0]!.HO_TEN = '';
    const answer = await sender.send(
      'POST',
      '/$submit-xml',
      anEnvelope([made, bad], { bom: true, cdata: true }),
      {
        'content-type': 'application/xml; charset=utf-8',
      },
    );
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.resourceType, 'Parameters');
    const [stored, quarantined] = dossiers(answer.body);
    assert.deepEqual(Object.keys(stored!), ['maLK', 'status', 'patient', 'encounter', 'outcome']);
    assert.equal(stored!.maLK!.valueString, made.maLk);
    assert.equal(stored!.status!.valueCode, 'stored', answer.text);
    assert.equal(quarantined!.status!.valueCode, 'quarantined');
    assert.equal(quarantined!.outcome!.resource!.resourceType, 'OperationOutcome');
    patient = stored!.patient!.valueReference!.reference;
    assert.equal((await sender.get(`/${stored!.encounter!.valueReference!.reference}`)).status, 200);
  });

  test('the same file again is a duplicate', async () => {
    const answer = await sender.send('POST', '/$submit-xml', anEnvelope([made]), XML);
    const [again] = dossiers(answer.body);
    assert.equal(again!.status!.valueCode, 'duplicate');
    assert.equal(again!.patient!.valueReference!.reference, patient);
  });

  test('another hospital finds the person by number, opens, and sees all but HIV and tuberculosis', async () => {
    assert.equal((await other.get(`/${patient}`)).status, 404);
    const found = await other.send('POST', '/Patient/$match', {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'resource',
          resource: { resourceType: 'Patient', identifier: [{ system: PERSON, value: number }] },
        },
      ],
    });
    assert.equal(found.body.entry?.[0]?.resource?.id, patient.split('/')[1], found.text);
    const opened = await other.send('POST', `/${patient}/$open`, {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'purpose',
          valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-PurposeOfUse', code: 'TREAT' },
        },
        { name: 'reason', valueString: 'Khám chuyển tuyến' },
      ],
    });
    assert.equal(opened.status, 200, opened.text);
    assert.equal(matches((await other.get(`/MedicationRequest?patient=${patient}`)).body).length, 3);
    assert.equal(matches((await other.get(`/Observation?patient=${patient}`)).body).length, 5);
    assert.deepEqual(tables((await other.get(`/DocumentReference?patient=${patient}`)).body), ['XML7']);
    const own = await sender.get(`/DocumentReference?patient=${patient}`);
    assert.deepEqual(tables(own.body), ['XML1', 'XML2', 'XML3', 'XML4', 'XML6', 'XML7', 'XML15']);
    const hidden = matches(own.body).find(({ meta }) => JSON.stringify(meta).includes('tuberculosis'))!;
    assert.equal((await other.get(`/DocumentReference/${hidden.id}`)).status, 404);
  });

  test('the citizen sees the whole of it', async () => {
    const { HO_TEN, NGAY_SINH } = made.tables.XML1![0]!;
    const birthDate = `${NGAY_SINH!.slice(0, 4)}-01-01`;
    await server.platform.book!.addVneidCitizens([
      { nationalId: number, name: HO_TEN!, birthDate, password: 'Sach-2026' },
    ]);
    const citizen = fhirClient(server.url, await citizenToken(server.url, number, 'Sach-2026'));
    const shown = await citizen.get(`/DocumentReference?patient=${patient}`);
    assert.deepEqual(tables(shown.body), ['XML1', 'XML2', 'XML3', 'XML4', 'XML6', 'XML7', 'XML15']);
  });

  test("the facility's IT officer sees what stayed out, others do not", async () => {
    const account = (role: 'admin' | 'doctor', username: string) =>
      server.platform.access.createAccount({
        username,
        password: 'mot-mat-khau-dai',
        role,
        name: username,
        facility: BAC_NINH,
        facilityName: 'Bệnh viện Bắc Ninh',
      });
    await account('admin', 'it.bacninh');
    await account('doctor', 'bs.bacninh');
    const officer = fhirClient(server.url, await staffToken(server.url, 'it.bacninh', 'mot-mat-khau-dai'));
    const listed = await officer.get('/$quarantine?_count=1');
    assert.equal(listed.status, 200, listed.text);
    assert.deepEqual(
      listed.body.parameter!.map(({ name }) => name),
      ['item', 'next'],
    );
    const doctor = fhirClient(server.url, await staffToken(server.url, 'bs.bacninh', 'mot-mat-khau-dai'));
    assert.equal((await doctor.get('/$quarantine')).status, 403);
    assert.equal((await other.get('/$quarantine')).body.parameter, undefined);
  });

  test('what cannot be read or is not the sender’s is refused in words', async () => {
    const refused = async (text: string, status: number, headers: Record<string, string> = XML) => {
      const answer = await sender.send('POST', '/$submit-xml', text, headers);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.body.resourceType, 'OperationOutcome');
      assert.ok(answer.body.issue![0]!.diagnostics);
    };
    const good = anEnvelope([aDossier({ seed: 2028, facility: BAC_NINH })]);
    await refused(good.slice(0, -50), 400);
    await refused(good.replace('<GIAMDINHHS', '<!DOCTYPE x [<!ENTITY a "b">]><GIAMDINHHS'), 400);
    await refused('', 400);
    await refused(anEnvelope([aDossier({ seed: 2029, facility: CHO_RAY })]), 403);
    await refused('{}', 415, { 'content-type': 'application/json' });
    await refused(`<!DOCTYPE x>${' '.repeat(20 * 1024 * 1024)}`, 400);
    await refused(' '.repeat(65 * 1024 * 1024), 413);
  });
});
