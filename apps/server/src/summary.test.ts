// A person's record in short: what another country's hospital reads of it, and the link by which its owner hands it out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compactDecrypt } from 'jose';
import { validate, type Resource } from '@yba/fhir';
import { connect, type Sql } from '@yba/postgres';
import { ICD10_VN, PERSON } from '@yba/vietnam';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { ipsProfiles, mustSupport } from './testing/ips-profiles.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const CHO_RAY = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const PASSWORD = 'mot mat khau dai';
const FULL = { number: '027163999003', name: 'Nguyễn Thị Đủ' };
const BARE = { number: '027163999004', name: 'Nguyễn Thị Trống' };
const HIV = { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] };
const PASSCODE = 'hoa sen 2026';

const IPS = 'http://hl7.org/fhir/uv/ips/StructureDefinition';

type Section = { code: { coding: [{ code: string }] }; entry?: object[] };
/** A summary to break at any place. */
type Loose = { [name: string]: any }; // oxlint-disable-line no-explicit-any

describe('the summary of a record', () => {
  let server: TestPlatform;
  let owner: Sql;
  const callers = new Map<string, FhirClient>();
  const as = (who: string) => callers.get(who)!;
  let full: string;
  let bare: string;

  before(async () => {
    server = await startPlatform({ demo: true });
    owner = connect(server.databaseUrl, { max: 1 });
    const { access, book } = server.platform;
    const token = await server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName);
    const system = fhirClient(server.url, token);
    const create = async (resource: { resourceType: string; [name: string]: unknown }) => {
      const made = await system.send('POST', `/${resource.resourceType}`, resource);
      assert.equal(made.status, 201, made.text);
      return `${resource.resourceType}/${made.body.id}`;
    };
    const patient = ({ number, name }: typeof FULL, more: object) =>
      create({
        resourceType: 'Patient',
        identifier: [{ system: PERSON, value: number }],
        name: [{ text: name }],
        ...more,
      });
    full = await patient(FULL, { birthDate: '1963-03-14', gender: 'female' });
    bare = await patient(BARE, {});
    const subject = { reference: full };
    const active = (name: string) => ({
      coding: [{ system: `http://terminology.hl7.org/CodeSystem/${name}`, code: 'active' }],
    });
    const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
    const condition = (code: string, display: string, meta = {}) => ({
      resourceType: 'Condition',
      ...meta,
      clinicalStatus: active('condition-clinical'),
      code: { coding: [{ system: ICD10_VN, code, display }] },
      subject,
    });
    await create(condition('E11.2', 'Đái tháo đường típ 2'));
    await create(condition('B20', 'Bệnh nhạy cảm', { meta: HIV }));
    await create({
      resourceType: 'AllergyIntolerance',
      clinicalStatus: active('allergyintolerance-clinical'),
      code: { text: 'Penicillin <b>' },
      patient: subject,
    });
    await create({
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: { text: 'Metformin 500 mg' },
      subject,
      dosageInstruction: [{ text: 'Ngày 2 viên' }],
    });
    await create({
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [{ system: category, code: 'laboratory' }] }],
      code: { text: 'HbA1c' },
      subject,
      effectiveDateTime: '2026-11-01T08:00:00+07:00',
      valueQuantity: { value: 8.1, unit: '%' },
    });
    await create({
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: { text: 'Cúm mùa' },
      patient: subject,
      occurrenceDateTime: '2026-10-01',
    });
    for (const [username, place] of [
      ['bm.doctor', BACH_MAI],
      ['cr.doctor', CHO_RAY],
    ] as const) {
      const licence = { number: `0009${place.facility}/GPHN` };
      await access.createAccount({
        username,
        role: 'doctor',
        name: username,
        password: PASSWORD,
        ...place,
        licence,
      });
      callers.set(username, fhirClient(server.url, await staffToken(server.url, username, PASSWORD)));
    }
    for (const { number, name } of [FULL, BARE]) {
      await book!.addVneidCitizens([
        { nationalId: number, name, birthDate: '1963-03-14', password: PASSWORD },
      ]);
      callers.set(name, fhirClient(server.url, await citizenToken(server.url, number, PASSWORD)));
    }
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  const section = (bundle: object, code: string) =>
    (bundle as { entry: { resource: { section: Section[] } }[] }).entry[0]!.resource.section.find(
      (one) => one.code.coding[0].code === code,
    );
  const ofType = (bundle: Loose, type: string): Loose =>
    (bundle['entry'] as { resource: Loose }[]).find(({ resource }) => resource['resourceType'] === type)!
      .resource;
  const PROFILES: Readonly<Record<string, string>> = {
    AllergyIntolerance: 'AllergyIntolerance-uv-ips',
    Condition: 'Condition-uv-ips',
    Immunization: 'Immunization-uv-ips',
    MedicationRequest: 'MedicationRequest-uv-ips',
    MedicationStatement: 'MedicationStatement-uv-ips',
    Procedure: 'Procedure-uv-ips',
  };
  /** What is wrong with the document, and with each entry by the profile that its section asks for. */
  const faultsOf = (bundle: object) => {
    const copy = structuredClone(bundle) as Loose;
    for (const { resource } of copy['entry'] as { resource: Loose }[]) {
      const type = String(resource['resourceType']);
      const isResult =
        type === 'Observation' && JSON.stringify(resource['category']).includes('"laboratory"');
      const profile = isResult ? 'Observation-results-laboratory-pathology-uv-ips' : PROFILES[type];
      if (profile) resource['meta'] = { ...resource['meta'], profile: [`${IPS}/${profile}`] };
    }
    return validate(copy as unknown as Resource, { profiles: ipsProfiles }).filter(
      ({ severity }) => severity === 'error' || severity === 'fatal',
    );
  };

  test('it is a document that passes the profiles of the International Patient Summary, full or empty', async () => {
    for (const [who, patient] of [
      [FULL.name, full],
      [BARE.name, bare],
    ] as const) {
      const answer = await as(who).get(`/${patient}/$summary`);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(faultsOf(answer.body), []);
      for (const code of ['11450-4', '48765-2', '10160-0'])
        assert.ok(section(answer.body, code)?.entry?.length, code);
    }
    const empty = await as(BARE.name).get(`/${bare}/$summary`);
    for (const code of ['no-problem-info', 'no-allergy-info', 'no-medication-info'])
      assert.ok(empty.text.includes(code), code);
    assert.equal(section(empty.body, '11369-6'), undefined, 'an optional section is left out');
  });

  test('a record that holds more than a page where the summary looks is read by pages', async () => {
    const system = fhirClient(
      server.url,
      await server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName),
    );
    const { body: patient } = await system.send('POST', '/Patient', { resourceType: 'Patient' });
    const subject = { reference: `Patient/${patient.id}` };
    const scan = [{ url: 'http://example.org/scan', valueString: 'x'.repeat(1_000_000) }];
    for (const type of ['Condition', 'Procedure']) {
      for (let count = 0; count < 5; count++) {
        const resource = { resourceType: type, subject, code: { text: 'x' }, extension: scan };
        const status = type === 'Procedure' ? { status: 'completed' } : {};
        const made = await system.send('POST', `/${type}`, { ...resource, ...status });
        assert.equal(made.status, 201, made.text);
      }
    }
    const { status, text } = await system.get(`/Patient/${patient.id}/$summary`);
    assert.equal(status, 400, text.slice(0, 200));
    assert.match(text, /too-costly.*8 MiB/s);
  });

  test('the profiles catch what a summary must not be', async () => {
    const { body } = await as(FULL.name).get(`/${full}/$summary`);
    const breaks: [string, (bundle: Loose) => unknown][] = [
      ['another type', (bundle) => (bundle['type'] = 'collection')],
      ['no identifier', (bundle) => delete bundle['identifier']],
      ['a required section is missing', (bundle) => bundle['entry'][0].resource.section.shift()],
      ['neither entry nor reason', (bundle) => delete bundle['entry'][0].resource.section[0].entry],
      ['no narrative', (bundle) => delete bundle['entry'][0].resource.section[0].text],
      ['no fullUrl', (bundle) => delete bundle['entry'][1].fullUrl],
      ['a result in error', (bundle) => (ofType(bundle, 'Observation')['status'] = 'entered-in-error')],
      ['an allergy without code', (bundle) => delete ofType(bundle, 'AllergyIntolerance')['code']],
      ['no birth date', (bundle) => delete bundle['entry'][1].resource.birthDate],
    ];
    for (const [what, change] of breaks) {
      const copy = structuredClone(body) as Loose;
      change(copy);
      assert.ok(faultsOf(copy).length > 0, what);
    }
  });

  test('a category of the guide is advised, and what must be supported is there when the record has it', async () => {
    const { body } = await as(FULL.name).get(`/${full}/$summary`);
    const copy = structuredClone(body) as Loose;
    const category = 'http://terminology.hl7.org/CodeSystem/condition-category';
    ofType(copy, 'Condition')['category'] = [{ coding: [{ system: category, code: 'encounter-diagnosis' }] }];
    const advised = validate(copy as unknown as Resource, { profiles: ipsProfiles }).filter(
      ({ diagnostics }) => diagnostics?.includes('problem-type-uv-ips'),
    );
    assert.deepEqual(
      advised.map(({ severity }) => severity),
      ['warning'],
    );
    let looked = 0;
    for (const { resource } of (body as Loose)['entry'] as { resource: Loose }[]) {
      if (
        !['Condition', 'AllergyIntolerance', 'MedicationRequest', 'Observation'].includes(
          resource['resourceType'],
        )
      )
        continue;
      const type = String(resource['resourceType']);
      const stored = (await as(FULL.name).get(`/${type}/${resource['id']}`)).body as Loose;
      for (const path of mustSupport(type))
        if (path in stored) {
          assert.deepEqual(path in resource, true, `${type}.${path}`);
          looked++;
        }
    }
    assert.ok(looked >= 10, String(looked));
  });

  test('it shows what the caller may see, and says that parts are kept back', async () => {
    const own = await as(FULL.name).get(`/${full}/$summary`);
    assert.match(own.text, /Bệnh nhạy cảm/, 'the person reads all of it');
    assert.equal((await as('cr.doctor').get(`/${full}/$summary`)).status, 404, 'not open');
    const opened = await as('cr.doctor').send('POST', `/${full}/$open`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
    });
    assert.equal(opened.status, 200, opened.text);
    const shown = await as('cr.doctor').get(`/${full}/$summary`);
    assert.doesNotMatch(shown.text, /Bệnh nhạy cảm/);
    for (const one of (shown.body as Loose)['entry'][0].resource.section) {
      assert.match(one.extension[0].valueAnnotation.text, /giữ lại[\s\S]*kept back/, one.title);
      assert.match(one.text.div, /không có trong phần này/);
    }
    assert.match(JSON.stringify((shown.body as Loose)['entry'][0].resource.meta), /"REDACTED"/);
    // of a record that hides nothing the same is said: the sentence tells nothing of what is there
    const empty = await as('cr.doctor').send('POST', `/${bare}/$open`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
    });
    assert.equal(empty.status, 200, empty.text);
    const nothing = await as('cr.doctor').get(`/${bare}/$summary`);
    for (const one of (nothing.body as Loose)['entry'][0].resource.section)
      assert.match(one.extension[0].valueAnnotation.text, /kept back/);
    assert.doesNotMatch(own.text, /REDACTED|kept back/, 'the person reads the whole');
    assert.deepEqual(faultsOf(shown.body), []);
    assert.match(shown.text, /Penicillin &lt;b&gt;/, 'words of the record are no markup');
  });

  const linkOf = async (more: object[] = []) => {
    const made = await as(FULL.name).send('POST', `/${full}/$health-link`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'passcode', valueString: PASSCODE }, ...more],
    });
    assert.equal(made.status, 201, made.text);
    const part = (name: string) =>
      (made.body.parameter as unknown as Record<string, string>[]).find((one) => one['name'] === name)!;
    const text = Buffer.from(part('url')['valueUri']!.split('shlink:/')[1]!, 'base64url').toString();
    const payload = JSON.parse(text) as { url: string; key: string; flag: string; exp: number };
    return { id: part('link')['valueString']!, payload };
  };
  const ask = (url: string, passcode: string, recipient = 'Bác sĩ John, Singapore') =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ recipient, passcode }),
    });
  const opened = async ({ url, key }: { url: string; key: string }) => {
    const answer = await ask(url, PASSCODE);
    assert.equal(answer.status, 200);
    const { files } = (await answer.json()) as { files: [{ contentType: string; embedded: string }] };
    assert.equal(files[0].contentType, 'application/fhir+json');
    const { plaintext } = await compactDecrypt(files[0].embedded, Buffer.from(key, 'base64url'));
    return new TextDecoder().decode(plaintext);
  };

  test('who holds the link and the passcode decrypts the summary; the server keeps nothing readable', async () => {
    const { payload } = await linkOf();
    assert.equal(payload.flag, 'P');
    const text = await opened(payload);
    assert.deepEqual(faultsOf(JSON.parse(text) as object), []);
    assert.match(text, /Metformin/);
    assert.match(text, /REDACTED/, 'said of every link without sensitive data, whether or not there are any');
    assert.doesNotMatch(text, /Bệnh nhạy cảm/, 'sensitive data go along when the person says so');
    const [kept] = await owner<
      { row: string }[]
    >`select row_to_json(l)::text as row from health_link l limit 1`;
    for (const secret of ['Metformin', 'hoa sen', payload.key, payload.url.split('/').at(-1)!])
      assert.ok(!kept!.row.includes(secret), secret);
    const looks = await as(FULL.name).get('/AuditEvent?_count=200');
    assert.match(looks.text, /Bác sĩ John, Singapore/, 'who opened it stands in the log');
  });

  test('with the person’s word, sensitive data go along', async () => {
    const { payload } = await linkOf([{ name: 'sensitive', valueBoolean: true }]);
    assert.match(await opened(payload), /Bệnh nhạy cảm/);
  });

  test('five wrong passcodes end a link; so do its owner and its time', async () => {
    const { payload } = await linkOf();
    const left: unknown[] = [];
    for (let tries = 0; tries < 5; tries++) {
      const answer = await ask(payload.url, 'sai roi');
      assert.equal(answer.status, 401);
      left.push(((await answer.json()) as { remainingAttempts: number }).remainingAttempts);
    }
    assert.deepEqual(left, [4, 3, 2, 1, 0]);
    assert.equal((await ask(payload.url, PASSCODE)).status, 404, 'dead');
    const second = await linkOf();
    const revoked = await as(FULL.name).send('POST', `/${full}/$revoke-health-link`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'link', valueString: second.id }],
    });
    assert.equal(revoked.status, 200, revoked.text);
    assert.equal((await ask(second.payload.url, PASSCODE)).status, 404);
    const third = await linkOf();
    await owner`update health_link set until = now() - interval '1 second' where id = ${third.id}`;
    assert.equal((await ask(third.payload.url, PASSCODE)).status, 404);
    assert.equal(await server.platform.summary.sweep(), 1, 'its file is removed');
    assert.equal((await ask(third.payload.url, PASSCODE, ' ')).status, 422, 'who opens it is said');
  });

  test('a link that its owner ends while a passcode is tried gives nothing', async () => {
    const { id, payload } = await linkOf();
    // just when the passcode was taken up to be tried
    await owner.unsafe(`
      create function ends_meanwhile() returns trigger language plpgsql as $$
        begin
          if new.tries_left < old.tries_left then new.revoked := now(); end if;
          return new;
        end $$;
      create trigger ends_meanwhile before update on health_link for each row execute function ends_meanwhile();`);
    try {
      const answer = await ask(payload.url, PASSCODE);
      assert.equal(answer.status, 404, await answer.text());
      const [link] = await owner<{ opened: number }[]>`select opened from health_link where id = ${id}`;
      assert.equal(link!.opened, 0);
    } finally {
      await owner.unsafe('drop function ends_meanwhile cascade');
    }
  });

  test('links are made, listed and ended by the person alone', async () => {
    const listed = await as(FULL.name).get(`/${full}/$health-links`);
    assert.ok(listed.body.parameter!.length >= 4, listed.text);
    assert.equal((await as(BARE.name).get(`/${full}/$health-links`)).status, 404);
    assert.equal((await as('bm.doctor').get(`/${full}/$health-links`)).status, 403);
    const short = await as(FULL.name).send('POST', `/${full}/$health-link`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'passcode', valueString: '123' }],
    });
    assert.equal(short.status, 422, 'a passcode that anybody guesses');
  });
});
