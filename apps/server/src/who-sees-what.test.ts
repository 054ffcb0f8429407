import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACT_CODE, mrn, PERSON } from '@yba/vietnam';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { fhirPathPatch } from './testing/fhirpath-patch.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const CHO_RAY = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const NUMBER = '001185012345';
const NAME = 'Nguyễn Thị Bích Hoa';
const SECRET = 'Kết quả riêng tư';
const SENSITIVE = 'Kết quả nhạy cảm';
const PASSWORD = 'mot mat khau dai';

const staff = [
  { username: 'bm.doctor', role: 'doctor', ...BACH_MAI },
  { username: 'bm.receptionist', role: 'receptionist', ...BACH_MAI },
  { username: 'bm.privacy', role: 'privacy-officer', ...BACH_MAI },
  { username: 'bm.admin', role: 'admin', ...BACH_MAI },
  { username: 'bm.identity', role: 'identity-officer', ...BACH_MAI },
  { username: 'cr.doctor', role: 'doctor', ...CHO_RAY },
  { username: 'cr.nurse', role: 'nurse', ...CHO_RAY },
  { username: 'cr.receptionist', role: 'receptionist', ...CHO_RAY },
  { username: 'cr.privacy', role: 'privacy-officer', ...CHO_RAY },
  { username: 'ministry', role: 'ministry' },
] as const;

const patient = {
  resourceType: 'Patient',
  identifier: [
    { system: PERSON, value: NUMBER },
    { system: mrn(BACH_MAI.facility), value: 'BN-1' },
  ],
  name: [{ text: NAME }],
  gender: 'female',
  birthDate: '1985-03-02',
};

describe('who sees what', () => {
  let server: TestPlatform;
  const callers = new Map<string, FhirClient>();
  const tokens = new Map<string, string>();
  const ids: Record<string, string> = {};
  const as = (who: string) => callers.get(who)!;
  const welcome = (who: string, token: string) => {
    tokens.set(who, token);
    callers.set(who, fhirClient(server.url, token));
  };

  before(async () => {
    server = await startPlatform({ demo: true });
    const { access, book } = server.platform;
    for (const { username, role, ...place } of staff) {
      await access.createAccount({ username, role, name: username, password: PASSWORD, ...place });
      const door = role === 'ministry' ? 'command' : 'clinic';
      welcome(username, await staffToken(server.url, username, PASSWORD, door));
    }
    welcome('bm.system', await server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName));
    welcome('cr.system', await server.facilityToken(CHO_RAY.facility, CHO_RAY.facilityName));
    await store();
    await book!.addVneidCitizens([
      { nationalId: NUMBER, name: NAME, birthDate: '1985-03-02', password: PASSWORD },
      { nationalId: '079200000001', name: 'Người khác', birthDate: '2000-01-01', password: PASSWORD },
    ]);
    welcome('owner', await citizenToken(server.url, NUMBER, PASSWORD));
    welcome('other citizen', await citizenToken(server.url, '079200000001', PASSWORD));
  });
  after(() => server.stop());

  async function store() {
    const create = async (resource: { resourceType: string }) => {
      const answer = await as('bm.system').send('POST', `/${resource.resourceType}`, resource);
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id!;
    };
    ids.patient = await create(patient);
    const subject = { reference: `Patient/${ids.patient}` };
    const code = (text: string) => ({
      coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'GLU' }],
      text,
    });
    ids.encounter = await create({
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: ACT_CODE, code: 'AMB' },
      subject,
      reasonCode: [{ text: SECRET }],
    } as never);
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      subject,
      encounter: { reference: `Encounter/${ids.encounter}` },
    };
    ids.observation = await create({ ...observation, code: code(SECRET) } as never);
    ids.sensitive = await create({
      ...observation,
      code: code(SENSITIVE),
      meta: { security: [{ system: ACT_CODE, code: 'HIV' }] },
    } as never);
  }

  /** Every way we know to ask for the person's rows. */
  const requests = (): [method: string, path: string, body?: unknown][] => {
    const { patient: p, encounter, observation, sensitive } = ids;
    const searches = [
      `Observation?patient=Patient/${p}`,
      `Observation?subject=Patient/${p}`,
      `Observation?patient.identifier=${PERSON}|${NUMBER}`,
      `Observation?subject:Patient.name=Bich`,
      `Observation?code=GLU`,
      `Observation?code:text=Ket`,
      `Observation?_id=${observation},${sensitive}`,
      `Observation?_include=Observation:patient`,
      `Observation?_lastUpdated=gt2020-01-01`,
      `Observation?_security=HIV`,
      'Observation',
      `Encounter?_id=${encounter}&_revinclude=Observation:encounter`,
      `Encounter?patient=${p}`,
      `Patient?identifier=${PERSON}|${NUMBER}`,
      `Patient?identifier=${NUMBER}`,
      'Patient?name=Hoa',
      'Patient?birthdate=1985-03-02',
      `Patient?_id=${p}&_revinclude=Observation:patient`,
      `Patient?_has:Observation:patient:code=GLU`,
      'Patient',
    ];
    const reads = [
      `Patient/${p}`,
      `Patient/${p}/_history`,
      `Patient/${p}/_history/1`,
      `Patient/${p}/$everything`,
      `Encounter/${encounter}`,
      `Observation/${observation}`,
      `Observation/${observation}/_history`,
      `Observation/${observation}/_history/1`,
      `Observation/${sensitive}`,
      `Observation/_history`,
      `Patient/_history`,
      `AuditEvent?patient=Patient/${p}`,
      `AuditEvent?entity=Patient/${p}`,
    ];
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [...searches, ...reads].map((url) => ({ request: { method: 'GET', url } })),
    };
    return [
      ...searches.map((url): [string, string] => ['GET', `/${url}`]),
      ...searches.map((url): [string, string] => [
        'GET',
        `/${url}${url.includes('?') ? '&' : '?'}_summary=count`,
      ]),
      ...reads.map((url): [string, string] => ['GET', `/${url}`]),
      ['POST', '', batch],
    ];
  };

  /** What each answer gives away of the person: markers in the text, or a count above none. */
  async function leaks(
    who: string,
    markers: readonly string[],
    counted: (path: string) => boolean,
  ): Promise<string[]> {
    const found: string[] = [];
    for (const [method, path, body] of requests()) {
      const answer = await as(who).send(method, path, body);
      assert.ok(answer.status < 500, `${who} ${method} ${path}: ${answer.status} ${answer.text}`);
      const shown = markers.filter((marker) => answer.text.includes(marker));
      const count = path.includes('_summary=count') && counted(path) && (answer.body.total ?? 0) > 0;
      if (shown.length > 0 || count)
        found.push(`${method} ${path}: ${shown.join(', ') || `count ${answer.body.total}`}`);
    }
    return found;
  }

  const strangers = [
    'cr.doctor',
    'cr.nurse',
    'cr.receptionist',
    'cr.privacy',
    'cr.system',
    'ministry',
    'other citizen',
    'bm.admin',
  ];
  for (const who of strangers) {
    test(`to ${who} the person and all rows are absent, however they are asked for`, async () => {
      assert.deepEqual(await leaks(who, [SECRET, SENSITIVE, NAME, 'BN-1'], () => true), []);
    });
  }

  test('reception and officers of the own hospital see who somebody is, and nothing of their health', async () => {
    for (const who of ['bm.receptionist', 'bm.privacy', 'bm.identity']) {
      const clinical = (await leaks(who, [SENSITIVE], (path) => path.startsWith('/Observation'))).concat(
        (await leaks(who, [SECRET], () => false)).filter(
          (line) => !line.includes('Encounter') && !line.startsWith('POST'),
        ),
      );
      assert.deepEqual(clinical, [], who);
      assert.equal((await as(who).get(`/Patient/${ids.patient}`)).status, 200, who);
      assert.equal((await as(who).get(`/Observation?patient=${ids.patient}`)).status, 403, who);
    }
  });

  test('who reads no Patient is not told by $why that one is here', async () => {
    for (const id of [ids.patient, '11111111-1111-4111-8111-111111111111']) {
      const why = await as('bm.admin').get(`/Patient/${id}/$why`);
      assert.equal(why.status, 404, why.text);
    }
    assert.equal((await as('bm.receptionist').get(`/Patient/${ids.patient}/$why`)).status, 200);
  });

  test('reception learns nothing of anybody’s health by the conditions of what it may write', async () => {
    const desk = as('bm.receptionist');
    const patch = [{ op: 'test', path: '/gender', value: 'nobody' }];
    const json = { 'content-type': 'application/json-patch+json' };
    const { identifier: _, ...nobody } = patient;
    const about = `_id=${ids.patient}&_has:Observation:patient:code=`;
    const visit = (reference: string) => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: {
            resourceType: 'Encounter',
            status: 'planned',
            class: { system: ACT_CODE, code: 'AMB' },
            reasonReference: [{ reference }],
          },
          request: { method: 'POST', url: 'Encounter' },
        },
      ],
    });
    for (const code of ['GLU', 'HIV']) {
      const answers = [
        await desk.send('PATCH', `/Patient?${about}${code}`, patch, json),
        await desk.send('PUT', `/Patient?${about}${code}`, nobody),
        await desk.send('POST', '/Patient', nobody, { 'if-none-exist': about + code }),
        await desk.send(
          'DELETE',
          `/Appointment?patient.${about.slice(about.indexOf('_has'))}${code}`,
          undefined,
        ),
        await desk.send('POST', '', visit(`Observation?patient=Patient/${ids.patient}&code=${code}`)),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [403, 403, 403, 403, 403],
        code,
      );
    }
    const own = await desk.send('PATCH', `/Patient?_id=${ids.patient}`, patch, json);
    assert.equal(own.status, 422, 'by what it reads it may');
  });

  test('the submitting hospital and the person see everything, labelled rows too', async () => {
    for (const who of ['bm.doctor', 'bm.system', 'owner']) {
      const { text } = await as(who).get(`/Observation?patient=Patient/${ids.patient}`);
      assert.ok(text.includes(SECRET) && text.includes(SENSITIVE), who);
    }
  });

  test('nobody but the submitting hospital changes its rows', async () => {
    const changed = {
      resourceType: 'Observation',
      id: ids.observation,
      status: 'final',
      code: { text: 'khác' },
    };
    for (const who of [
      'cr.doctor',
      'cr.system',
      'cr.receptionist',
      'ministry',
      'owner',
      'other citizen',
      'bm.receptionist',
      'bm.admin',
    ]) {
      const headers = { authorization: `Bearer ${tokens.get(who)}` };
      const put = await as(who).send('PUT', `/Observation/${ids.observation}`, changed);
      const removed = await Promise.all(
        [`Observation/${ids.observation}`, `Patient/${ids.patient}`].map((path) =>
          fetch(`${server.url}/fhir/${path}`, { method: 'DELETE', headers }),
        ),
      );
      for (const { status } of [put, ...removed])
        assert.ok([403, 404, 409].includes(status), `${who}: ${status}`);
    }
    assert.ok((await as('bm.system').get(`/Observation/${ids.observation}`)).text.includes(SECRET));
  });

  test('who tries it among other entries of a transaction stands in the log of that person alone', async () => {
    const mine = { resourceType: 'Basic', code: { text: 'của tôi' } };
    const entry = (method: string, url: string, resource?: object) => ({
      request: { method, url },
      ...(resource ? { resource } : {}),
    });
    const observation = `Observation/${ids.observation}`;
    const tried = fhirPathPatch('delete', 'Observation.issued');
    for (const wanted of [
      entry('DELETE', observation),
      entry('PATCH', observation, tried),
      entry('PUT', observation, {
        resourceType: 'Observation',
        id: ids.observation,
        status: 'final',
        code: { text: 'khác' },
      }),
    ]) {
      const answer = await as('cr.system').send('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [entry('POST', 'Basic', mine), wanted],
      });
      assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
      const { body } = await as('owner').get(`/AuditEvent?patient=Patient/${ids.patient}&_count=1`);
      const [last] = (body.entry ?? []).map(({ resource }) => resource as Record<string, unknown>);
      assert.match(
        JSON.stringify(last),
        new RegExp(answer.headers.get('x-request-id')!),
        wanted.request.method,
      );
    }
  });

  test('opened with a purpose, the chart is there without the labelled rows, for the one who opened it', async () => {
    const opening = {
      resourceType: 'Parameters',
      parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
    };
    assert.equal((await as('cr.doctor').send('POST', `/Patient/${ids.patient}/$open`, opening)).status, 200);
    const { text } = await as('cr.doctor').get(`/Observation?patient=Patient/${ids.patient}`);
    assert.ok(text.includes(SECRET));
    assert.deepEqual(await leaks('cr.doctor', [SENSITIVE], () => false), []);
    for (const who of ['cr.nurse', 'cr.system'])
      assert.deepEqual(await leaks(who, [SECRET, SENSITIVE, NAME], () => true), [], who);
  });

  test('the log holds exactly the looks made, each with its reason', async () => {
    const mine = async () => {
      const page = await as('owner').get(`/AuditEvent?patient=Patient/${ids.patient}&_count=1000`);
      const events = (page.body.entry ?? []).map(
        ({ resource }) =>
          resource as unknown as {
            agent: { name: string; purposeOfUse?: { coding?: { code: string }[] }[] }[];
          },
      );
      return events.filter(({ agent }) => agent[0]!.name === 'cr.doctor');
    };
    const before = await mine();
    await as('cr.doctor').get(`/Observation?patient=Patient/${ids.patient}`);
    await as('cr.doctor').get(`/Observation/${ids.observation}`);
    await as('cr.doctor').get(`/Patient/${ids.patient}`);
    await as('cr.doctor').get(`/Patient/${ids.patient}/$everything`);
    await as('cr.doctor').get('/Organization');
    const now = await mine();
    assert.equal(now.length - before.length, 4);
    for (const { agent } of now.slice(0, 4))
      assert.equal(agent[0]!.purposeOfUse?.[0]?.coding?.[0]?.code, 'TREAT');
  });
});
