// What persons decide about their own record, over HTTP: refusals, shares, delegations, and what an emergency overrides.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, signInWithPassword } from '@yba/access/testing';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ACT_CODE, FACILITY, LICENCE, mrn, PERSON } from '@yba/vietnam';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, staffToken } from './testing/sign-in.ts';

const BACH_MAI = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
const CHO_RAY = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const MOTHER = '001185012345';
const OTHER = '079200000001';
const CHILD = '001222000001';
const FIRST_LEVEL = '001190000001';
const PASSWORD = 'mot mat khau dai';
const BORN = `${new Date().getUTCFullYear() - 5}-03-02`;

const staff = [
  { username: 'bm.doctor', role: 'doctor', ...BACH_MAI },
  { username: 'bm.exhusband', role: 'doctor', ...BACH_MAI },
  { username: 'bm.nurse', role: 'nurse', department: 'K08', ...BACH_MAI },
  { username: 'bm.identity', role: 'identity-officer', ...BACH_MAI },
  { username: 'cr.doctor', role: 'doctor', ...CHO_RAY },
  { username: 'cr.colleague', role: 'doctor', ...CHO_RAY },
  { username: 'cr.identity', role: 'identity-officer', ...CHO_RAY },
  { username: 'cr.privacy', role: 'privacy-officer', ...CHO_RAY },
  { username: 'bm.privacy', role: 'privacy-officer', ...BACH_MAI },
] as const;

type Part = { name: string; part?: Part[]; [value: string]: unknown };

const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });
/** By which papers the mother answers for the child, at the desk. */
const papers = (...more: object[]) =>
  parameters(
    { name: 'number', valueString: MOTHER },
    { name: 'relation', valueCode: 'mother' },
    { name: 'basis', valueString: 'Giấy khai sinh 123/2021' },
    ...more,
  );
const opening = (code: string, reason?: string) =>
  parameters(
    { name: 'purpose', valueCoding: { code } },
    ...(reason ? [{ name: 'reason', valueString: reason }] : []),
  );

/** Waits for what the database tells a moment later. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail('it did not come to hold');
}

describe('persons decide', () => {
  let server: TestPlatform;
  const callers = new Map<string, FhirClient>();
  const accounts = new Map<string, string>();
  const ids: Record<string, string> = {};
  const as = (who: string) => callers.get(who)!;
  const send = (who: string, path: string, body: object) => as(who).send('POST', path, body);
  const parts = (body: unknown) => ((body as { parameter?: Part[] }).parameter ?? []) as Part[];
  const value = (body: unknown, name: string) => {
    const found = parts(body).find((part) => part.name === name);
    return Object.entries(found ?? {}).find(([key]) => key.startsWith('value'))?.[1];
  };

  before(async () => {
    server = await startPlatform({ demo: true });
    const { access, book } = server.platform;
    for (const { username, role, ...place } of staff) {
      accounts.set(
        username,
        await access.createAccount({ username, role, name: username, password: PASSWORD, ...place }),
      );
      callers.set(
        username,
        fhirClient(server.url, await staffToken(server.url, username, PASSWORD, 'clinic')),
      );
    }
    callers.set(
      'bm.system',
      fhirClient(server.url, await server.facilityToken(BACH_MAI.facility, BACH_MAI.facilityName)),
    );
    const create = async (resource: { resourceType: string }) => {
      const answer = await send('bm.system', `/${resource.resourceType}`, resource);
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id!;
    };
    const person = (number: string, name: string, birthDate: string) =>
      create({
        resourceType: 'Patient',
        identifier: [
          { system: PERSON, value: number },
          { system: mrn(BACH_MAI.facility), value: number },
        ],
        name: [{ text: name }],
        birthDate,
      } as never);
    ids.mother = await person(MOTHER, 'Nguyễn Thị Mai', '1985-03-02');
    ids.first = await person(FIRST_LEVEL, 'Trần Văn Một', '1990-01-01');
    ids.other = await person(OTHER, 'Người Khác', '2000-01-01');
    ids.child = await person(CHILD, 'Bé An', BORN);
    for (const owner of ['mother', 'child']) {
      const subject = { reference: `Patient/${ids[owner]}` };
      const about = (text: string, more = {}) =>
        create({ resourceType: 'Observation', status: 'final', subject, code: { text }, ...more } as never);
      ids[`${owner}.result`] = await about('Đường huyết');
      ids[`${owner}.hiv`] = await about('HIV', { meta: { security: [{ system: ACT_CODE, code: 'HIV' }] } });
      ids[`${owner}.condition`] = await create({
        resourceType: 'Condition',
        subject,
        code: { text: 'Viêm họng' },
      } as never);
    }
    const citizens = [
      { nationalId: MOTHER, name: 'Nguyễn Thị Mai', birthDate: '1985-03-02' },
      { nationalId: OTHER, name: 'Người Khác', birthDate: '2000-01-01' },
      { nationalId: CHILD, name: 'Bé An', birthDate: BORN },
      { nationalId: FIRST_LEVEL, name: 'Trần Văn Một', birthDate: '1990-01-01', level: 1 as const },
    ];
    await book!.addVneidCitizens(citizens.map((citizen) => ({ ...citizen, password: PASSWORD })));
    for (const [who, number] of [
      ['mother', MOTHER],
      ['other', OTHER],
      ['child', CHILD],
      ['level 1', FIRST_LEVEL],
    ] as const)
      callers.set(who, fhirClient(server.url, await citizenToken(server.url, number, PASSWORD)));
  });
  after(() => server.stop());

  const consent = (provision: object, patient = ids.mother, more = {}) => ({
    resourceType: 'Consent',
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patient}` },
    policyRule: { coding: [{ system: ACT_CODE, code: 'OPTOUT' }] },
    provision,
    ...more,
  });

  async function decided(who: string, provision: object, patient = ids.mother): Promise<() => Promise<void>> {
    const answer = await send(who, '/Consent', consent(provision, patient));
    assert.equal(answer.status, 201, answer.text);
    return async () => {
      const back = await as(who).send('PUT', `/Consent/${answer.body.id}`, {
        ...consent(provision, patient),
        id: answer.body.id,
        status: 'inactive',
      });
      assert.equal(back.status, 200, back.text);
    };
  }

  /** Which rows a caller sees of the mother (or the child), by every kind of request; the ways must agree. */
  async function seen(who: string, owner = 'mother'): Promise<string[]> {
    const names = ['result', 'hiv', 'condition'];
    const reads: string[] = [];
    for (const name of names) {
      const type = name === 'condition' ? 'Condition' : 'Observation';
      const { status } = await as(who).get(`/${type}/${ids[`${owner}.${name}`]}`);
      assert.ok([200, 404].includes(status), `${who} ${name}: ${status}`);
      if (status === 200) reads.push(name);
    }
    const listed: string[] = [];
    for (const type of ['Observation', 'Condition']) {
      const { text } = await as(who).get(`/${type}?patient=Patient/${ids[owner]}`);
      for (const name of names) if (text.includes(`"id":"${ids[`${owner}.${name}`]}"`)) listed.push(name);
      const { body } = await as(who).get(`/${type}?patient=Patient/${ids[owner]}&_summary=count`);
      assert.equal(
        body.total,
        listed.filter((name) => (name === 'condition') === (type === 'Condition')).length,
        `${who} count of ${type}`,
      );
    }
    assert.deepEqual(listed.toSorted(), reads.toSorted(), `${who} search and read`);
    return reads;
  }

  /** Software of Chợ Rẫy that signs its assertions: asks for a token with these extensions. */
  async function softwareWithKey(name: string) {
    const { privateKey, publicKey } = await generateKeyPair('ES384');
    const { clientId } = await server.platform.access.registerClient({
      name,
      scope: 'system/*.cruds',
      ...CHO_RAY,
      proof: {
        method: 'private_key_jwt',
        keys: { jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES384' }] } },
      },
    });
    const ask = async (extensions: object) => {
      const token = `${server.url}/oauth/token`;
      const answer = await fetch(token, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await new SignJWT({ extensions })
            .setProtectedHeader({ alg: 'ES384', kid: 'k' })
            .setIssuer(clientId)
            .setSubject(clientId)
            .setAudience(token)
            .setExpirationTime('2m')
            .setJti(crypto.randomUUID())
            .sign(privateKey),
        }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    return { clientId, ask };
  }

  const ALL = ['result', 'hiv', 'condition'];

  test('a decision that is sent again under its key, since no answer came, is one decision, and taken back once', async () => {
    const nurse = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.nurse') };
    const actor = [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: nurse } }];
    const decision = consent({ type: 'deny', actor });
    const again = (key = 'once-1', who = 'mother', body: object = decision) =>
      as(who).send('POST', '/Consent', body, { 'idempotency-key': key });
    const [first, ...repeats] = [...(await Promise.all([again(), again()])), await again()];
    assert.deepEqual([first!.status, ...repeats.map(({ status }) => status)].sort(), [200, 200, 201]);
    for (const { body } of repeats) assert.equal(body.id, first!.body.id);
    assert.equal((await again('once-1', 'mother', consent({ type: 'deny' }))).status, 422);
    assert.equal((await again('once-1', 'other')).status, 404, 'a key is its sender’s own');
    assert.deepEqual(await seen('bm.nurse'), []);
    const back = { ...decision, id: first!.body.id, status: 'inactive' };
    assert.equal((await as('mother').send('PUT', `/Consent/${first!.body.id}`, back)).status, 200);
    assert.deepEqual(await seen('bm.nurse'), ALL);
    assert.equal((await again()).body['status'], 'inactive');
    assert.deepEqual(await seen('bm.nurse'), ALL, 'nor does a late repeat bring it back');
  });

  test('a refusal made by a clock that was ahead holds once it is right', async () => {
    const nurse = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.nurse') };
    const actor = [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: nurse } }];
    const takeBack = await decided('mother', { type: 'deny', actor });
    await server.pools.owner`update directive set since = since + interval '1 year' where effect = 'refuse'`;
    assert.deepEqual(await seen('bm.nurse'), []);
    await takeBack();
    assert.deepEqual(await seen('bm.nurse'), ALL);
  });

  test('a refusal by name is of the person: whichever of their names it uses, at each of their hospitals', async () => {
    const { access } = server.platform;
    const at = { bm: 'Practitioner/dd-lan-bm', cr: 'Practitioner/dd-lan-cr' };
    const subject = await access.createAccount({
      username: 'two.nurse',
      role: 'nurse',
      name: 'two.nurse',
      password: PASSWORD,
      practitioner: at.bm,
      ...BACH_MAI,
    });
    await access.addMembership(subject, { role: 'nurse', practitioner: at.cr, ...CHO_RAY });
    const nurse = async (facility: string) => {
      const { redirectUri, verifier, client, uid, visitor } = await signInWithPassword(
        server.url,
        { username: 'two.nurse', password: PASSWORD },
        'clinic',
      );
      const chosen = await visitor.go(`${server.url}/oauth/interaction/${uid}/facility`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ facility }),
      });
      const { redirectTo } = (await chosen.json()) as { redirectTo: string };
      const { location } = await visitor.follow(redirectTo, redirectUri);
      const { tokens } = await exchange(server.url, {
        grant_type: 'authorization_code',
        client_id: client,
        code: new URL(location).searchParams.get('code')!,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      });
      return fhirClient(server.url, tokens.access_token);
    };
    callers.set('two.nurse bm', await nurse(BACH_MAI.facility));
    callers.set('two.nurse cr', await nurse(CHO_RAY.facility));
    const open = () => send('two.nurse cr', `/Patient/${ids.mother}/$open`, opening('TREAT', 'khám'));
    assert.equal((await open()).status, 200);
    assert.deepEqual(await seen('two.nurse bm'), ALL);
    assert.ok((await seen('two.nurse cr')).length > 0);
    const account = { identifier: { system: 'https://yba.vn/fhir/sid/account', value: subject } };
    for (const reference of [{ reference: at.bm }, { reference: at.cr }, account]) {
      const takeBack = await decided('mother', {
        type: 'deny',
        actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference }],
      });
      for (const who of ['two.nurse bm', 'two.nurse cr'])
        assert.deepEqual(await seen(who), [], `${JSON.stringify(reference)} ${who}`);
      assert.equal((await open()).status, 404);
      await takeBack();
    }
    assert.deepEqual(await seen('two.nurse bm'), ALL);
  });

  /** Software with the user at its screen named by the header, once the feed has told that they work there. */
  async function behindOf(system: string, user: string): Promise<FhirClient> {
    const { get, send: sent } = as(system);
    const named = { 'on-behalf-of': user };
    let status = 0;
    for (let tries = 0; tries < 200 && status !== 200; tries++) {
      if (tries > 0) await sleep(50);
      ({ status } = await get('/Practitioner?_count=1', named));
    }
    assert.equal(status, 200, user);
    return {
      get: (path) => get(path, named),
      send: (method, path, body) => sent(method, path, body, named),
    };
  }

  test('a refusal by name is also of the names that come later: another hospital’s Practitioner, a licence', async () => {
    const { access } = server.platform;
    const store = async (resource: object) => {
      const { status, body, text } = await send('bm.system', '/Practitioner', {
        resourceType: 'Practitioner',
        name: [{ text: 'Đỗ Thị Sen' }],
        ...resource,
      } as never);
      assert.equal(status, 201, text);
      return `Practitioner/${body.id}`;
    };
    const subject = await access.createAccount({
      username: 'later.nurse',
      role: 'nurse',
      name: 'later.nurse',
      password: PASSWORD,
      ...CHO_RAY,
    });
    const account = { identifier: { system: 'https://yba.vn/fhir/sid/account', value: subject } };
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: account }],
    });
    const [joined, licensed, unrelated] = await Promise.all([
      store({}),
      store({ identifier: [{ system: LICENCE, value: '900010/HNO' }] }),
      store({ identifier: [{ system: LICENCE, value: '900011/HNO' }] }),
    ]);
    const screens = {
      joined: await behindOf('bm.system', joined!),
      licensed: await behindOf('bm.system', licensed!),
      unrelated: await behindOf('bm.system', unrelated!),
    };
    for (const [name, screen] of Object.entries(screens)) {
      callers.set(`later ${name}`, screen);
      assert.deepEqual(await seen(`later ${name}`), ALL, `${name}, of whom nothing says that it is she`);
    }
    await access.addMembership(subject, { role: 'nurse', practitioner: joined!, ...BACH_MAI });
    // who is refused by nobody is remembered until the database tells of a change
    await until(async () => (await seen('later joined')).length === 0); // the name she got at another hospital
    await server.pools
      .owner`update account set licence_number = '900010 / hno' where 'account/' || id = ${subject}`;
    await until(async () => (await seen('later licensed')).length === 0); // who has the licence that was entered for her
    assert.deepEqual(await seen('later unrelated'), ALL);
    await takeBack();
    for (const name of Object.keys(screens)) assert.deepEqual(await seen(`later ${name}`), ALL, name);
  });

  test('an identity officer who is refused by name learns of her in no list and by no decision', async () => {
    const about = (name: string, id = ids.mother) => ({
      name,
      valueReference: { reference: `Patient/${id}` },
    });
    const ask = (operation: string, ...asked: object[]) =>
      send('bm.identity', `/Patient/$${operation}`, parameters(...asked));
    const link = { name: 'kind', valueCode: 'link' };
    const proposed = await ask('decide-identity', link, about('patient', ids.first), about('other'));
    assert.equal(proposed.status, 201, proposed.text);
    const decision = { name: 'decision', valueInteger: value(proposed.body, 'decision') };
    const account = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.identity')! };
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: account } }],
    });
    const nobody = '0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b';
    const said = ({ status, text }: { status: number; text: string }) =>
      `${status} ${text.replaceAll(ids.mother!, 'ID').replaceAll(nobody, 'ID')}`;
    const list = await as('bm.identity').get('/Patient/$identity-decisions');
    assert.equal(list.status, 200, list.text);
    assert.doesNotMatch(list.text, /Nguyễn Thị Mai|Trần Văn Một/, 'nor whom she may be');
    assert.equal(
      said(await as('bm.identity').get(`/Patient/${ids.mother}/$linked`)),
      said(await as('bm.identity').get(`/Patient/${nobody}/$linked`)),
    );
    for (const [own, other] of [
      [(id: string) => about('patient', id), () => about('other', ids.first)],
      [() => about('patient', ids.first), (id: string) => about('other', id)],
    ] as const)
      assert.equal(
        said(await ask('decide-identity', link, own(ids.mother!), other(ids.mother!))),
        said(await ask('decide-identity', link, own(nobody), other(nobody))),
      );
    for (const operation of ['undo-identity', 'confirm-identity'])
      assert.equal((await ask(operation, decision)).status, 404, operation);
    const log = await as('mother').get('/AuditEvent?_count=200');
    const denied = (log.body.entry ?? []).filter(({ resource }) => {
      const text = JSON.stringify(resource);
      return text.includes('bm.identity') && text.includes('"outcome":"4"');
    });
    assert.equal(denied.length, 5, 'each try stands in her log');
    await takeBack();
    assert.match((await as('bm.identity').get('/Patient/$identity-decisions')).text, /Nguyễn Thị Mai/);
    assert.equal((await ask('undo-identity', decision)).status, 200);
  });

  test('one named person is kept from everything, at their own hospital too, and learns nothing; colleagues see on', async () => {
    assert.deepEqual(await seen('bm.exhusband'), ALL);
    const account = accounts.get('bm.exhusband')!;
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [
        {
          role: { coding: [{ code: 'IRCP' }] },
          reference: { identifier: { system: 'https://yba.vn/fhir/sid/account', value: account } },
        },
      ],
    });
    assert.deepEqual(await seen('bm.exhusband'), []);
    const absent = await as('bm.exhusband').get('/Patient/019bdebb-faa0-7e2b-9792-b77b10be991e');
    const refused = await as('bm.exhusband').get(`/Patient/${ids.mother}`);
    const unnamed = (text: string) => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
    assert.deepEqual([refused.status, unnamed(refused.text)], [absent.status, unnamed(absent.text)]);
    assert.equal((await as('bm.exhusband').get('/Patient?_summary=count')).body.total, 3);
    for (const purpose of ['TREAT', 'ETREAT'])
      assert.equal(
        (await send('bm.exhusband', `/Patient/${ids.mother}/$open`, opening(purpose, 'cấp cứu khẩn'))).status,
        404,
      );
    assert.equal((await as('bm.exhusband').get(`/Patient/${ids.mother}/$why`)).status, 404);
    const asked = parameters({
      name: 'resource',
      resource: { resourceType: 'Patient', identifier: [{ system: PERSON, value: MOTHER }] },
    });
    assert.equal((await send('bm.exhusband', '/Patient/$match', asked)).body.total, 0, 'nor is she found');
    assert.equal((await send('bm.doctor', '/Patient/$match', asked)).body.total, 1);
    assert.equal(
      (
        await as('bm.exhusband').send('PUT', `/Observation/${ids['mother.result']}`, {
          resourceType: 'Observation',
          id: ids['mother.result'],
          status: 'final',
          code: { text: 'x' },
        })
      ).status,
      409,
    );
    assert.deepEqual(await seen('bm.doctor'), ALL);
    const { text } = await as('bm.doctor').get(`/Consent?patient=Patient/${ids.mother}`);
    assert.ok(!text.includes(account), 'nobody at the hospital reads who is refused');
    await takeBack();
    assert.deepEqual(await seen('bm.exhusband'), ALL);
  });

  test('a facility that is refused sees nothing of others, and is told what to do; its emergency is seen, told and reviewed', async () => {
    assert.equal((await send('cr.doctor', `/Patient/${ids.mother}/$open`, opening('TREAT'))).status, 200);
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition']);
    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [
        {
          role: { coding: [{ code: 'IRCP' }] },
          reference: { identifier: { system: FACILITY, value: CHO_RAY.facility } },
        },
      ],
    });
    assert.deepEqual(await seen('cr.doctor'), []);
    const again = await send('cr.doctor', `/Patient/${ids.mother}/$open`, opening('TREAT'));
    assert.equal(again.status, 403);
    assert.match(again.text, /ETREAT/);

    const emergency = await send(
      'cr.colleague',
      `/Patient/${ids.mother}/$open`,
      opening('ETREAT', 'Hôn mê chưa rõ nguyên nhân'),
    );
    assert.equal(emergency.status, 200, emergency.text);
    assert.deepEqual(await seen('cr.colleague'), ALL);
    assert.deepEqual(await seen('cr.doctor'), [], 'an emergency is of who opened it');
    const why = await as('cr.colleague').get(`/Patient/${ids.mother}/$why`);
    assert.match(String(value(why.body, 'vi')), /cấp cứu.*đã từ chối chia sẻ/);
    assert.match(String(value(why.body, 'en')), /emergency care.*overrides/);

    assert.equal((await as('bm.privacy').get('/$emergency-openings')).body.parameter, undefined);
    const list = await as('cr.privacy').get('/$emergency-openings');
    const [item] = parts(list.body);
    const told = await as('mother').get('/AuditEvent?_count=50');
    assert.ok(
      (told.body.entry ?? []).some(({ resource }) => {
        const text = JSON.stringify(resource);
        return (
          text.includes('cr.privacy') &&
          text.includes(list.headers.get('x-request-id')!) &&
          text.includes('"HCOMPL"') &&
          text.includes('Xem xét lần mở khẩn cấp')
        );
      }),
      'the list is a look at her, with why',
    );
    const of = (name: string) =>
      Object.entries(item!.part!.find((part) => part.name === name) ?? {}).find(
        ([key]) => key !== 'name',
      )?.[1];
    assert.deepEqual(
      [of('name'), of('reason'), of('overrode'), of('overdue'), of('onDuty')],
      ['cr.colleague', 'Hôn mê chưa rõ nguyên nhân', true, false, false],
    );
    const verdict = (words: string) =>
      parameters(
        { name: 'opening', valueId: of('id') },
        { name: 'verdict', valueCode: 'not-justified' },
        { name: 'words', valueString: words },
      );
    assert.equal((await send('cr.privacy', '/$review-emergency', verdict('x'))).status, 422);
    assert.equal(
      (await send('bm.privacy', '/$review-emergency', verdict('Không phải ca của tôi'))).status,
      404,
    );
    assert.equal((await send('cr.doctor', '/$review-emergency', verdict('Không'))).status, 403);
    const reviewed = await send('cr.privacy', '/$review-emergency', verdict('Người bệnh không ở cơ sở'));
    assert.equal(reviewed.status, 200, reviewed.text);
    assert.equal((await send('cr.privacy', '/$review-emergency', verdict('Lần nữa'))).status, 409);
    assert.deepEqual(await seen('cr.colleague'), [], 'what was not justified is closed');
    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=50`);
    assert.match(log.text, /không chính đáng, đã đóng lại. Người bệnh không ở cơ sở/);
    await takeBack();
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition']);
  });

  test('a department is chosen among those that looked or treated, kept out at its own hospital too, for a time, and let in again', async () => {
    assert.deepEqual(await seen('bm.nurse'), ALL);
    const listed = await as('mother').get(`/Patient/${ids.mother}/$departments`);
    assert.equal(listed.status, 200, listed.text);
    const department = parts(listed.body).map((one) =>
      Object.fromEntries((one.part ?? []).map(({ name, ...value }) => [name, Object.values(value)[0]])),
    );
    assert.deepEqual(department, [
      {
        facility: BACH_MAI.facility,
        facilityName: BACH_MAI.facilityName,
        department: 'K08',
        name: 'Khoa Nội tiết',
        looked: true,
      },
    ]);
    assert.equal((await as('other').get(`/Patient/${ids.mother}/$departments`)).status, 404);
    assert.equal((await as('bm.nurse').get(`/Patient/${ids.mother}/$departments`)).status, 403);
    const reference = {
      identifier: { system: `https://yba.vn/fhir/sid/department/${BACH_MAI.facility}`, value: 'K08' },
    };
    const refusal = (end: Date) => ({
      type: 'deny',
      period: { end: end.toISOString() },
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference }],
    });
    const takeBack = await decided('mother', refusal(new Date(Date.now() + 3_600_000)));
    assert.deepEqual(await seen('bm.nurse'), []);
    assert.deepEqual(await seen('bm.doctor'), ALL, 'of no department that was refused');
    await takeBack();
    assert.deepEqual(await seen('bm.nurse'), ALL);
    await decided('mother', refusal(new Date(Date.now() - 1000)));
    assert.deepEqual(await seen('bm.nurse'), ALL, 'its time is over');
  });

  test('a kind of data is kept from others, and not from the hospital it came from', async () => {
    const takeBack = await decided('mother', {
      type: 'deny',
      class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }],
    });
    assert.deepEqual(await seen('cr.doctor'), ['result']);
    assert.deepEqual(await seen('bm.doctor'), ALL);
    await takeBack();
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition']);
  });

  test('a share’s code opens for the kinds chosen, to doctors and nurses alone, until it is taken back', async () => {
    const shared = await send(
      'mother',
      `/Patient/${ids.mother}/$share`,
      parameters(
        { name: 'hours', valueInteger: 2 },
        { name: 'type', valueCode: 'Observation' },
        { name: 'class', valueCode: 'hiv' },
      ),
    );
    assert.equal(shared.status, 200, shared.text);
    const code = String(value(shared.body, 'code'));
    const consentId = (value(shared.body, 'consent') as { reference: string }).reference;
    const redeem = (who: string, text: string) =>
      send(who, '/$redeem', parameters({ name: 'code', valueString: text }));
    assert.equal((await redeem('bm.identity', code)).status, 403);
    assert.equal((await redeem('cr.colleague', '00000-00000')).status, 404);
    assert.equal((await redeem('cr.colleague', 'nothing')).status, 400);
    const opened = await redeem('cr.colleague', `yba-share:${code.toLowerCase().replace('-', ' ')}`);
    assert.equal(opened.status, 200, opened.text);
    assert.deepEqual(await seen('cr.colleague'), ['result', 'hiv']);
    const stored = await as('mother').get(`/${consentId}`);
    assert.ok(!stored.text.includes(code), 'the Consent does not hold the code');
    const back = await as('mother').send('PUT', `/${consentId}`, { ...stored.body, status: 'inactive' });
    assert.equal(back.status, 200, back.text);
    assert.deepEqual(await seen('cr.colleague'), []);
    assert.equal((await redeem('cr.colleague', code)).status, 404);
  });

  test('a share that is sent again under its key, since no answer came, is one share, and its code is told again', async () => {
    const share = (key: string, hours = 2, who = 'mother') =>
      as(who).send(
        'POST',
        `/Patient/${ids.mother}/$share`,
        parameters({ name: 'hours', valueInteger: hours }),
        { 'idempotency-key': key },
      );
    const { owner } = server.pools;
    const shares = async () => Number((await owner`select from directive where effect = 'share'`).count);
    const before = await shares();
    const answers = [...(await Promise.all([share('code-1'), share('code-1')])), await share('code-1')];
    for (const { status, text } of answers) assert.equal(status, 200, text);
    const [told, ...again] = answers.map(({ body }) => parts(body));
    for (const repeat of again) assert.deepEqual(repeat, told);
    assert.equal(await shares(), before + 1);
    assert.equal((await share('code-1', 3)).status, 422, 'the key stands for what was asked first');
    assert.equal((await share('code-1', 2, 'other')).status, 404, 'a key is its sender’s own');
    const code = String(value(answers[0]!.body, 'code'));
    const kept = await owner`
      select d::text as row from directive d where effect = 'share'
      union all select h::text || encode(h.answer, 'escape') from submission h`;
    assert.ok(
      kept.every(({ row }) => !String(row).includes(code)),
      'it does not lie in the clear',
    );
    const redeem = () => send('cr.colleague', '/$redeem', parameters({ name: 'code', valueString: code }));
    assert.equal((await redeem()).status, 200);
    const { reference } = value(answers[0]!.body, 'consent') as { reference: string };
    const stored = await as('mother').get(`/${reference}`);
    const back = await as('mother').send('PUT', `/${reference}`, { ...stored.body, status: 'inactive' });
    assert.equal(back.status, 200, back.text);
    const late = await share('code-1');
    assert.equal(late.status, 422, 'nor does a late repeat bring it back');
    assert.match(late.text, /taken back or has ended/);
    assert.equal((await redeem()).status, 404);
  });

  test('whom a person lets see the record sees it until the second it ends, and is named in the log', async () => {
    assert.deepEqual(await seen('other'), []);
    const provision = (ends: Date) => ({
      type: 'permit',
      period: { end: ends.toISOString() },
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: OTHER } },
        },
      ],
    });
    const ends = new Date(Date.now() + 3_600_000);
    const takeBack = await decided('mother', provision(ends));
    assert.deepEqual(
      await seen('other'),
      ['result', 'condition'],
      'sensitive data only where that was chosen',
    );
    const delegations = await as('other').get('/$delegations');
    const [record] = parts(delegations.body);
    assert.deepEqual(record!.part!.find(({ name }) => name === 'patient')!.valueReference, {
      reference: `Patient/${ids.mother}`,
    });
    assert.equal((await as('other').get('/Observation')).text.includes(ids['mother.result']!), false);
    assert.equal(
      (await as('other').get(`/Patient/${ids.mother}/$everything`)).status,
      403,
      'reading is not copying',
    );
    const why = await as('other').get(`/Patient/${ids.mother}/$why`);
    assert.equal(value(why.body, 'copies'), false, 'and why says so');
    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=50`);
    assert.match(log.text, /Người được chính chủ ủy quyền xem/);
    await server.pools.owner`update directive set until = now() where delegate is not null`;
    assert.deepEqual(await seen('other'), []);
    await takeBack();
    await decided('mother', provision(new Date(Date.now() + 3_600_000))).then((end) => end());
    assert.deepEqual(await seen('other'), []);
  });

  test('a parent sees the child’s record by the papers seen at the desk, less as the child grows, nothing from 18 on', async () => {
    assert.deepEqual(await seen('mother', 'child'), []);
    assert.equal((await send('bm.doctor', `/Patient/${ids.child}/$guardian`, papers())).status, 403);
    const own = papers().parameter.map((one) =>
      (one as Part).name === 'number' ? { name: 'number', valueString: CHILD } : one,
    );
    const itself = await send('bm.identity', `/Patient/${ids.child}/$guardian`, parameters(...own));
    assert.equal(itself.status, 422, 'nobody is their own guardian');
    assert.match(itself.text, /number of the child itself/);
    const record = () => send('bm.identity', `/Patient/${ids.child}/$guardian`, papers());
    const recorded = [...(await Promise.all([record(), record()])), await record()];
    const made = recorded.map(({ body }) => (value(body, 'consent') as { reference: string }).reference);
    assert.equal(new Set(made).size, 1, 'sent again it is one guardianship');
    assert.deepEqual(await seen('mother', 'child'), ALL);
    assert.equal(
      (await send('mother', `/Patient/${ids.child}/$share`, parameters({ name: 'hours', valueInteger: 1 })))
        .status,
      200,
      'below 7 the parent discloses',
    );
    const { owner } = server.pools;
    const bornYearsAgo = async (years: number) =>
      owner`update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${years}) where relation = 'guardian'`;
    await bornYearsAgo(7);
    assert.deepEqual(await seen('mother', 'child'), ALL);
    const refused = await send(
      'mother',
      `/Patient/${ids.child}/$share`,
      parameters({ name: 'hours', valueInteger: 1 }),
    );
    assert.equal(refused.status, 403);
    assert.match(refused.text, /the child's own consent/);
    await bornYearsAgo(15);
    assert.deepEqual(await seen('mother', 'child'), ['result', 'condition']);
    await bornYearsAgo(18);
    assert.deepEqual(await seen('mother', 'child'), []);
    await bornYearsAgo(5);
    const ended = await send(
      'bm.identity',
      `/Patient/${ids.child}/$guardian`,
      papers({ name: 'end', valueBoolean: true }),
    );
    assert.equal(ended.status, 200, ended.text);
    assert.deepEqual(await seen('mother', 'child'), []);
  });

  test('whom no hospital has registered cannot be let in, by signing in to their book either, and the answer says so', async () => {
    const number = '001191000009';
    await server.platform.book!.addVneidCitizens([
      { nationalId: number, name: 'Chưa Khám', birthDate: '1991-01-01', password: PASSWORD },
    ]);
    await citizenToken(server.url, number, PASSWORD);
    const answer = await send(
      'mother',
      '/Consent',
      consent({
        type: 'permit',
        actor: [
          {
            role: { coding: [{ code: 'DELEGATEE' }] },
            reference: { identifier: { system: PERSON, value: number } },
          },
        ],
      }),
    );
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /No hospital here has registered anybody with this number/);
  });

  test('from 15 on a refusal is taken back, or weakened, by the child alone; before, by who answers for it too', async () => {
    const recorded = (...more: object[]) =>
      send('bm.identity', `/Patient/${ids.child}/$guardian`, papers(...more));
    assert.equal((await recorded()).status, 200);
    const nurse = { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.nurse') };
    const provision = {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: nurse } }],
    };
    const bornYearsAgo = (years: number) => server.pools.owner`
      update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${years}) where relation = 'guardian'`;
    for (const [years, status] of [
      [14, 200],
      [15, 403],
    ] as const) {
      await bornYearsAgo(years);
      const made = await send('child', '/Consent', consent(provision, ids.child));
      assert.equal(made.status, 201, made.text);
      const { id } = made.body;
      const change = (who: string, more: object) =>
        as(who).send('PUT', `/Consent/${id}`, { ...consent(provision, ids.child), id, ...more });
      const types = [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }];
      const weaker = await change('mother', { provision: { ...provision, class: types } });
      assert.equal(weaker.status, status, weaker.text);
      const back = await change('mother', { status: 'inactive' });
      assert.equal(back.status, status, back.text);
      assert.deepEqual(await seen('bm.nurse', 'child'), status === 200 ? ALL : [], `${years}`);
      assert.equal((await change('child', { status: 'inactive' })).status, 200);
    }
    const denied = await server.pools.owner`
      select from access_log where action = 'update' and outcome = 'denied' and target like 'Consent/%' and person is not null`;
    assert.ok(denied.length > 0, 'the child reads of it');
    assert.equal((await recorded({ name: 'end', valueBoolean: true })).status, 200);
  });

  test('nobody is made a child of by a birth date that another hospital, or the number, knows better', async () => {
    const registered = async (number: string, birthDate: string) => {
      const answer = await send('cr.identity', '/Patient', {
        resourceType: 'Patient',
        identifier: [
          { system: PERSON, value: number },
          { system: mrn(CHO_RAY.facility), value: number },
        ],
        name: [{ text: 'Trẻ em' }],
        birthDate,
      });
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id!;
    };
    const ofOther = parameters(
      ...papers().parameter.map((one) =>
        (one as Part).name === 'number' ? { name: 'number', valueString: OTHER } : one,
      ),
    );
    for (const [number, owner] of [
      [MOTHER, 'mother'],
      ['001095004321', undefined], // the number is of somebody born in 1995
    ] as const) {
      const made = await registered(number, BORN);
      const answer = await send('cr.identity', `/Patient/${made}/$guardian`, ofOther);
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.text, /birthDate/);
      if (owner) assert.deepEqual(await seen('other', owner), []);
    }
    const child = await registered(CHILD, `${new Date().getUTCFullYear() - 1}-01-01`);
    const recorded = await send('cr.identity', `/Patient/${child}/$guardian`, ofOther);
    assert.equal(recorded.status, 200, recorded.text);
    const [row] = await server.pools.owner<{ born: string }[]>`
      select born::text from directive where relation = 'guardian'`;
    assert.equal(row!.born, BORN, 'as old as the hospital says that knew the child first');
    const end = { name: 'end', valueBoolean: true };
    const grown = await as('cr.identity').send('PUT', `/Patient/${child}`, {
      resourceType: 'Patient',
      id: child,
      identifier: [{ system: PERSON, value: CHILD }],
      birthDate: '1990-01-01',
    } as never);
    assert.equal(grown.status, 200, grown.text);
    const ended = await send(
      'cr.identity',
      `/Patient/${child}/$guardian`,
      parameters(...ofOther.parameter, end),
    );
    assert.equal(ended.status, 200, 'whatever the birth date says meanwhile, it can be ended');
    assert.deepEqual(await seen('other', 'child'), []);
    assert.equal(
      (
        await as('cr.identity').send('PUT', `/Patient/${child}`, {
          resourceType: 'Patient',
          id: child,
          identifier: [{ system: PERSON, value: CHILD }],
          birthDate: BORN,
        } as never)
      ).status,
      200,
    );
  });

  test('what a parent gave in the child’s place ends with the guardianship, and by the day the child decides; a refusal stays', async () => {
    const recorded = (...more: object[]) =>
      send('bm.identity', `/Patient/${ids.child}/$guardian`, papers(...more));
    assert.equal((await recorded()).status, 200);
    const share = () =>
      send('mother', `/Patient/${ids.child}/$share`, parameters({ name: 'hours', valueInteger: 2 }));
    const lets = (more: object) =>
      as('mother').send(
        'POST',
        '/Consent',
        consent(
          {
            type: 'permit',
            actor: [
              {
                role: { coding: [{ code: 'DELEGATEE' }] },
                reference: { identifier: { system: PERSON, value: OTHER } },
              },
            ],
            ...more,
          },
          ids.child,
        ),
      );
    const sevenYears = `${Number(BORN.slice(0, 4)) + 7}${BORN.slice(4)}`;
    const tooLong = await lets({ period: { end: `${Number(BORN.slice(0, 4)) + 8}-01-01T00:00:00+07:00` } });
    assert.equal(tooLong.status, 422, tooLong.text);
    assert.match(tooLong.text, /from then on the child decides.*Consent\.provision\.period\.end/s);
    const delegated = await lets({});
    assert.equal(delegated.status, 201, delegated.text);
    const reference = {
      identifier: { system: 'https://yba.vn/fhir/sid/account', value: accounts.get('bm.exhusband')! },
    };
    const refuses = { type: 'deny', actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference }] };
    await decided('mother', refuses, ids.child);
    const { owner } = server.pools;
    const rows = () => owner<{ effect: string; until: Date | null }[]>`
      select effect, until from directive where person in (select person from patient_link where patient = ${ids.child!}) and relation is distinct from 'guardian'
      order by effect`;
    assert.equal(
      (await rows()).find(({ effect }) => effect === 'delegate')!.until!.toISOString(),
      new Date(`${sevenYears}T00:00:00+07:00`).toISOString(),
      'what has no end of its own ends when the child is 7',
    );
    const shared = await share();
    const [code, consentId] = [
      String(value(shared.body, 'code')),
      (value(shared.body, 'consent') as { reference: string }).reference,
    ];
    const redeem = (who: string) => send(who, '/$redeem', parameters({ name: 'code', valueString: code }));
    assert.equal((await redeem('cr.colleague')).status, 200);
    assert.ok((await seen('cr.colleague', 'child')).length > 0);
    assert.ok((await seen('other', 'child')).length > 0);

    assert.equal((await recorded({ name: 'end', valueBoolean: true })).status, 200);
    assert.deepEqual(await seen('cr.colleague', 'child'), [], 'who came in by the code is out');
    assert.deepEqual(await seen('other', 'child'), []);
    assert.equal((await redeem('cr.doctor')).status, 404);
    for (const id of [consentId, `Consent/${delegated.body.id}`])
      assert.equal(
        (await as('child').get(`/${id}`)).body['status' as never],
        'inactive',
        'and the book says so',
      );
    assert.equal((await share()).status, 404);
    assert.deepEqual([...new Set((await rows()).map(({ effect }) => effect))], ['refuse']);
    await owner`delete from directive where effect = 'refuse'`;
  });

  test('a parent reads who looked at the child’s record, verifies it and asks in its stead; from 15 on that is the child’s own', async () => {
    const { owner } = server.pools;
    const log = (who: string) => as(who).get(`/AuditEvent?patient=Patient/${ids.child}&action=R`);
    const of = async (who: string) => (await log(who)).body.entry?.length ?? 0;
    assert.equal(await of('mother'), 0, 'who does not answer for the child reads nothing');
    assert.equal((await send('bm.identity', `/Patient/${ids.child}/$guardian`, papers())).status, 200);
    await as('bm.doctor').get(`/Patient/${ids.child}`);
    const looks = await log('mother');
    assert.equal(looks.status, 200, looks.text);
    const look = looks.body.entry!.find(({ resource }) => JSON.stringify(resource).includes('bm.doctor'))!
      .resource!.id!;
    await server.platform.seal();
    const proofs = async (who: string) => (await as(who).get(`/AuditEvent/${look}/$inclusion-proof`)).status;
    assert.deepEqual([await proofs('mother'), await proofs('other')], [200, 404]);
    assert.deepEqual(
      [
        (await as('mother').get(`/AuditEvent/${look}`)).status,
        (await as('other').get(`/AuditEvent/${look}`)).status,
      ],
      [200, 404],
    );
    const ask = (who: string, kind: string) =>
      send(
        who,
        `/AuditEvent/${look}/$request`,
        parameters(
          { name: 'kind', valueCode: kind },
          { name: 'text', valueString: 'Vì sao xem hồ sơ của bé?' },
        ),
      );
    assert.equal((await ask('other', 'ask')).status, 404);
    const asked = await ask('mother', 'ask');
    assert.equal(asked.status, 201, asked.text);
    const waiting = await as('bm.privacy').get('/AuditEvent/$requests');
    assert.match(waiting.text, /"subject":{"reference":"Patient\/[^"]+","display":"Bé An"}/);
    assert.match(waiting.text, /"display":"Nguyễn Thị Mai"/, 'and who asks in its stead');
    const requests = async (who: string) =>
      (await as(who).get(`/AuditEvent/$requests?patient=Patient/${ids.child}`)).status;
    assert.deepEqual(
      [await requests('mother'), await requests('child'), await requests('other')],
      [200, 200, 404],
    );
    const told = async () => (await as('mother').get('/$delegations')).text;
    assert.match(await told(), /"name":"log","valueBoolean":true/);
    const shares = /"name":"shares","valueBoolean":(true|false)/;
    const growTo = (years: number) =>
      owner`update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${years}) where relation = 'guardian'`;
    await growTo(6);
    assert.equal(shares.exec(await told())?.[1], 'true');
    await growTo(7);
    assert.equal(shares.exec(await told())?.[1], 'false', 'from then on the child does');

    await growTo(15);
    assert.equal(await of('mother'), 0);
    assert.ok((await of('child')) > 0, 'the child itself goes on');
    assert.equal(await proofs('mother'), 404);
    assert.equal((await as('mother').get(`/AuditEvent/${look}`)).status, 404);
    assert.equal((await ask('mother', 'object')).status, 404);
    assert.equal(await requests('mother'), 404);
    assert.equal(
      (await as('mother').get(`/Communication?patient=Patient/${ids.child}`)).body.entry,
      undefined,
    );
    assert.match(await told(), /"name":"log","valueBoolean":false/);
    assert.deepEqual(
      await seen('mother', 'child'),
      ['result', 'condition'],
      'the record stays open until 18',
    );
  });

  test('a relative reads the log and asks about looks only where the person gave that too', async () => {
    await as('bm.doctor').get(`/Patient/${ids.mother}`);
    const looks = async () =>
      (await as('other').get(`/AuditEvent?patient=Patient/${ids.mother}&action=R`)).body.entry ?? [];
    const provision = (action: object[]) => ({
      type: 'permit',
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: OTHER } },
        },
      ],
      ...(action.length > 0 ? { action } : {}),
    });
    const takeBack = await decided('mother', provision([]));
    assert.deepEqual(await seen('other'), ['result', 'condition']);
    assert.equal((await looks()).length, 0);
    await takeBack();
    const takeBackToo = await decided('mother', provision([{ coding: [{ code: 'correct' }] }]));
    const look = (await looks()).find(({ resource }) => JSON.stringify(resource).includes('bm.doctor'));
    const text = parameters(
      { name: 'kind', valueCode: 'ask' },
      { name: 'text', valueString: 'Vì sao xem hồ sơ của mẹ?' },
    );
    const asked = await send('other', `/AuditEvent/${look!.resource!.id}/$request`, text);
    assert.equal(asked.status, 201, asked.text);
    await takeBackToo();
    assert.equal((await looks()).length, 0);
  });

  test('a Consent that says more than is understood is sent back, naming what, and nobody decides for others', async () => {
    const provenance = { 'x-provenance': '{"resourceType": "Provenance"}' };
    const accompanied = await as('mother').send('POST', '/Consent', consent({ type: 'deny' }), provenance);
    assert.equal(accompanied.status, 400, accompanied.text);
    const bad = await send('mother', '/Consent', consent({ type: 'deny', purpose: [{ code: 'TREAT' }] }));
    assert.equal(bad.status, 422, bad.text);
    assert.match(bad.text, /provision.purpose/);
    for (const who of ['other', 'child'])
      assert.equal((await send(who, '/Consent', consent({ type: 'deny' }))).status, 404, who);
    const filed = await send('bm.system', '/Consent', consent({ type: 'deny' }));
    assert.equal(filed.status, 201);
    assert.deepEqual(await seen('cr.doctor'), ['result', 'condition'], 'what a hospital files is a document');
    const mine = await as('mother').get(`/Consent?patient=Patient/${ids.mother}`);
    assert.equal(mine.status, 200);
    assert.ok((mine.body.entry ?? []).length >= 5);
  });

  test('a decision in a Bundle, by PATCH or by DELETE is refused with the way that there is', async () => {
    const entry = [
      { resource: consent({ type: 'deny' }), request: { method: 'POST', url: 'Consent' } },
    ] as object[];
    const bundle = (type: string) => send('mother', '/', { resourceType: 'Bundle', type, entry });
    const told = /written by itself: POST Consent, and PUT Consent\/<id> with status inactive/;
    const transaction = await bundle('transaction');
    assert.equal(transaction.status, 403);
    assert.match(transaction.text, told);
    assert.match((await bundle('batch')).text, told);
    const removed = await as('mother').send('DELETE', '/Consent/one', undefined);
    assert.equal(removed.status, 403);
    assert.match(removed.text, told);
    assert.doesNotMatch((await as('mother').send('DELETE', '/Observation/one', undefined)).text, told);
  });

  test('an id that comes with a new decision is not taken: nobody’s Consent is overwritten by it', async () => {
    const of = (who: string) => consent({ type: 'permit' }, ids[who], { status: 'inactive' });
    const theirs = await send('other', '/Consent', of('other'));
    assert.equal(theirs.status, 201, theirs.text);
    const made = await send('mother', '/Consent', { ...of('mother'), id: theirs.body.id });
    assert.equal(made.status, 201, made.text);
    assert.notEqual(made.body.id, theirs.body.id);
    const still = await as('other').get(`/Consent/${theirs.body.id}`);
    assert.equal(still.body.meta?.versionId, '1', still.text);
    assert.match(still.text, new RegExp(`Patient/${ids.other}`));
  });

  test('a citizen changes decisions of their own alone: no hospital’s document, no papers of a guardian, nothing in a hospital’s name', async () => {
    const paper = consent({ type: 'deny' }, ids.child, { sourceAttachment: { title: 'Giấy đã ký' } });
    const filed = await send('bm.system', '/Consent', paper);
    const guardian = await send('bm.identity', `/Patient/${ids.child}/$guardian`, papers());
    assert.equal(guardian.status, 200, guardian.text);
    const [named] = guardian.body.parameter as unknown as { valueReference: { reference: string } }[];
    const recorded = named!.valueReference.reference.replace('Consent/', '');
    for (const id of [filed.body.id, recorded]) {
      for (const status of ['active', 'inactive']) {
        const changed = { ...consent({ type: 'deny' }, ids.child), id, status };
        const answer = await as('child').send('PUT', `/Consent/${id}`, changed);
        assert.equal(answer.status, 422, answer.text);
        assert.match(answer.text, /not changed from the book/);
      }
    }
    const kept = await as('bm.system').get(`/Consent/${filed.body.id}`);
    assert.equal(kept.status, 200);
    assert.match(kept.text, /Giấy đã ký/);
    assert.deepEqual(await seen('mother', 'child'), ALL, 'who answers for the child still does');
    const forged = consent({ type: 'deny' }, ids.child, {
      meta: { source: 'https://yba.vn/fhir/facility/01013' },
    });
    const own = await send('child', '/Consent', forged);
    assert.equal(own.status, 201, own.text);
    assert.equal(own.body.meta?.['source'], undefined);
    const ended = { ...forged, id: own.body.id, status: 'inactive' };
    assert.equal((await as('child').send('PUT', `/Consent/${own.body.id}`, ended)).status, 200);
  });

  test('whoever tries to decide about somebody else, or writes into a chart that is closed, stands in that one’s log', async () => {
    callers.set('elsewhere', fhirClient(server.url, await server.facilityToken('79946', 'Bệnh viện số 46')));
    const tries: [who: string, path: string, body: object | undefined, status: number, target: string][] = [
      ['other', '/Consent', consent({ type: 'deny' }), 404, `Patient/${ids.mother}/Consent`],
      ['other', `/Patient/${ids.mother}/$health-links`, undefined, 404, `Patient/${ids.mother}/$health-link`],
      [
        'elsewhere',
        '/Observation',
        {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: `Patient/${ids.mother}` },
        },
        422,
        'Observation',
      ],
    ];
    const denials = () => server.pools.owner<{ target: string }[]>`
      select target from access_log where outcome = 'denied'
        and person = (select person from patient_link where patient = ${ids.mother!} or client_id = ${ids.mother!})
        and target = any(${tries.map(([, , , , target]) => target)}) order by target`;
    const before = (await denials()).length;
    for (const [who, path, body, status] of tries) {
      const answer = body ? await send(who, path, body) : await as(who).get(path);
      assert.equal(answer.status, status, answer.text);
    }
    for (let n = 0; n < 100 && (await denials()).length < before + tries.length; n++)
      await new Promise((go) => setTimeout(go, 50));
    assert.equal((await denials()).length, before + tries.length);
  });

  test('a VNeID account of level 1 sees who it is and its appointments, decides nothing, and is told of level 2', async () => {
    assert.equal((await as('level 1').get(`/Patient/${ids.first}`)).status, 200);
    assert.equal((await as('level 1').get(`/Appointment?patient=Patient/${ids.first}`)).status, 200);
    const refused = await as('level 1').get(`/Observation?patient=Patient/${ids.first}`);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /VNeID account of level 1 may not read Observation.*Level 2/);
    const decision = await send('level 1', '/Consent', consent({ type: 'deny' }, ids.first));
    assert.equal(decision.status, 403);
    assert.match(decision.text, /level 2/);
    assert.equal((await as('level 1').get(`/Patient/${ids.first}/$everything`)).status, 403);
    const why = await as('level 1').get(`/Patient/${ids.first}/$why`);
    assert.equal(value(why.body, 'copies'), false);
    assert.match(String(value(why.body, 'en')), /level 1 sees a part of it/);
    assert.doesNotMatch(String(value(why.body, 'en')), /You see your whole record/);
  });

  test('to copy is a right beside reading: asked for, refused in words, and logged as such', async () => {
    for (const [who, status] of [
      ['bm.doctor', 200],
      ['bm.nurse', 403],
      ['cr.colleague', 404],
      ['mother', 200],
    ] as const) {
      const form = parameters({ name: 'form', valueCode: 'print' });
      assert.equal((await send(who, `/Patient/${ids.mother}/$copy`, form)).status, status, who);
    }
    assert.equal((await as('bm.nurse').get(`/Patient/${ids.mother}/$everything`)).status, 403);
    assert.equal((await as('bm.doctor').get(`/Patient/${ids.mother}/$everything`)).status, 200);
    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=20`);
    assert.match(log.text, /"code":"print"/);
    assert.match(log.text, /"policy"/);
  });

  test('what is refused to copy or to redeem stands in the log once', async () => {
    const form = parameters({ name: 'form', valueCode: 'print' });
    const code = parameters({ name: 'code', valueString: 'ABCDE-01234' });
    for (const [path, body] of [
      [`/Patient/${ids.mother}/$copy`, form],
      ['/$redeem', code],
    ] as const) {
      const id = crypto.randomUUID();
      const answer = await as('bm.identity').send('POST', path, body, { 'x-request-id': id });
      assert.equal(answer.status, 403, answer.text);
      const rows = await server.pools.owner<{ outcome: string }[]>`
        select outcome from access_log where request = ${id}`;
      assert.deepEqual(
        rows.map(({ outcome }) => outcome),
        ['denied'],
        path,
      );
    }
  });

  test('a Binary is a file as it is: to read one takes the right to copy, however it is asked for', async () => {
    const content = 'xyzzy in plain words';
    const data = Buffer.from(content).toString('base64');
    const holds = (text: string) => text.includes(data) || text.includes(content);
    const file = await send('bm.system', '/Binary', {
      resourceType: 'Binary',
      contentType: 'text/plain',
      securityContext: { reference: `Patient/${ids.mother}` },
      data,
    });
    assert.equal(file.status, 201, file.text);
    const { id } = file.body;
    const list = await send('bm.system', '/List', {
      resourceType: 'List',
      status: 'current',
      mode: 'working',
      subject: { reference: `Patient/${ids.mother}` },
      entry: [{ item: { reference: `Binary/${id}` } }],
    });
    assert.equal(list.status, 201, list.text);
    const ways = [
      `/Binary/${id}`,
      `/Binary/${id}?_format=json`,
      `/Binary/${id}/_history/1`,
      `/Binary/${id}/_history`,
      '/Binary/_history',
      '/_history?_count=1000',
      `/Binary?_id=${id}`,
      `/List?_id=${list.body.id}&_include=List:item`,
      `/?_id=${id}`,
    ];
    for (const way of ways) {
      const whole = await as('bm.doctor').get(way);
      assert.ok(holds(whole.text), `the doctor: ${way}: ${whole.text.slice(0, 200)}`);
      const part = await as('bm.nurse').get(way);
      assert.ok(!holds(part.text), `the nurse: ${way}`);
      assert.ok(part.status < 500);
    }
    for (const way of [`/Binary/${id}`, `/Binary/${id}/_history/1`]) {
      const asItIs = { accept: '*/*' };
      assert.equal((await as('bm.doctor').get(way, asItIs)).text, content);
      assert.equal((await as('bm.nurse').get(way, asItIs)).status, 403);
    }
    const refused = await as('bm.nurse').get(`/Binary/${id}`);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /nor take a file as it is \(Binary\).*art\. 69/);
    assert.equal((await as('bm.nurse').get(`/List/${list.body.id}`)).status, 200, 'reading goes on');

    const given = (more: object) => ({
      type: 'permit',
      period: { end: new Date(Date.now() + 3_600_000).toISOString() },
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: OTHER } },
        },
      ],
      ...more,
    });
    const takeBack = await decided('mother', given({}));
    assert.equal((await as('other').get(`/Binary/${id}`)).status, 404);
    await takeBack();
    const action = (code: string) => ({
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code }],
    });
    const takeBackToo = await decided('mother', given({ action: [action('access'), action('disclose')] }));
    assert.equal((await as('other').get(`/Binary/${id}`)).status, 200);
    assert.equal((await as('mother').get(`/Binary/${id}`)).status, 200);
    await takeBackToo();
  });

  test('who is refused by name is refused behind the hospital’s own software, which says who is at the screen', async () => {
    callers.set(
      'cr.system',
      fhirClient(server.url, await server.facilityToken(CHO_RAY.facility, CHO_RAY.facilityName)),
    );
    const practitioner = async (who: string, name: string, licence: string) => {
      const { status, body } = await send(who, '/Practitioner', {
        resourceType: 'Practitioner',
        identifier: [{ system: LICENCE, value: licence }],
        name: [{ text: name }],
      });
      assert.equal(status, 201);
      return `Practitioner/${body.id}`;
    };
    const refused = await practitioner('cr.system', 'Chồng Cũ', '900001/HCM');
    const colleague = await practitioner('cr.system', 'Lê Minh Khôi', '900002/HCM');
    const atHome = await practitioner('bm.system', 'Chồng Cũ', '900001/HCM');
    const atHomeToo = await practitioner('bm.system', 'Trần Thị Lan', '900003/HNO');
    /** The same software, with the user at its screen named. */
    const behind = (system: string, user: string): FhirClient => {
      const { get, send: sent } = as(system);
      const named = { 'on-behalf-of': user };
      return {
        get: (path) => get(path, named),
        send: (method, path, body) => sent(method, path, body, named),
      };
    };
    // the feed tells where practitioners work a moment after they are written
    for (const [system, user] of [
      ['cr.system', refused],
      ['cr.system', colleague],
      ['bm.system', atHome],
      ['bm.system', atHomeToo],
    ] as const) {
      let status = 0;
      for (let tries = 0; tries < 200 && status !== 200; tries++) {
        if (tries > 0) await sleep(50);
        ({ status } = await behind(system, user).get('/Practitioner?_count=1'));
      }
      assert.equal(status, 200, user);
    }
    callers.set('refused behind', behind('cr.system', refused));
    callers.set('colleague behind', behind('cr.system', colleague));
    callers.set('refused at home', behind('bm.system', atHome));
    callers.set('colleague at home', behind('bm.system', atHomeToo));
    assert.equal((await send('cr.system', `/Patient/${ids.mother}/$open`, opening('TREAT'))).status, 200);
    const PLAIN = ['result', 'condition'];
    for (const who of ['cr.system', 'refused behind', 'colleague behind'])
      assert.deepEqual(await seen(who), PLAIN, who);

    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { reference: refused } }],
    });
    assert.deepEqual(await seen('refused behind'), []);
    assert.deepEqual(
      await seen('colleague behind'),
      [],
      'whoever holds the token may write that name beside it',
    );
    assert.deepEqual(await seen('cr.system'), [], 'it may be the refused one’s screen');
    assert.deepEqual(
      await seen('refused at home'),
      [],
      'one person, whose licence tells, at whichever hospital',
    );
    assert.deepEqual(await seen('colleague at home'), ALL);
    assert.deepEqual(await seen('bm.system'), ALL, 'a hospital keeps what it wrote');

    const opens = (who: string, purpose: string) =>
      send(who, `/Patient/${ids.mother}/$open`, opening(purpose, 'cấp cứu khẩn'));
    const unnamed = await opens('cr.system', 'TREAT');
    assert.equal(unnamed.status, 403);
    assert.match(unnamed.text, /On-Behalf-Of/);
    assert.equal((await opens('refused behind', 'TREAT')).status, 404);
    assert.equal((await opens('refused behind', 'ETREAT')).status, 404);
    const beside = await opens('colleague behind', 'TREAT');
    assert.equal(beside.status, 403, 'told what to do, as software that names nobody');
    assert.match(beside.text, /signed assertion/);
    const asked = parameters({
      name: 'resource',
      resource: { resourceType: 'Patient', identifier: [{ system: PERSON, value: MOTHER }] },
    });
    assert.equal((await send('refused behind', '/Patient/$match', asked)).body.total, 0);
    assert.equal((await send('colleague behind', '/Patient/$match', asked)).body.total, 1);
    assert.equal(
      (await send('cr.system', '/Patient/$match', asked)).body.total,
      1,
      'the desk finds who comes',
    );
    assert.equal((await opens('cr.system', 'ETREAT')).status, 200, 'a life goes before, and it is reviewed');
    assert.ok((await seen('cr.system')).includes('result'));

    const log = await as('mother').get(`/AuditEvent?patient=Patient/${ids.mother}&_count=100`);
    assert.match(log.text, new RegExp(`"reference":"${colleague}","display":"Lê Minh Khôi \\(HIS`));
    assert.match(log.text, new RegExp(`"reference":"${refused}"`), 'who tried stands there by name');
    await takeBack();
    assert.deepEqual(await seen('refused at home'), ALL);
  });

  test('a token whose assertion names the user binds as the header does; where both contradict each other, it is refused', async () => {
    const { ask } = await softwareWithKey('HIS Chợ Rẫy có khóa');
    const stored = async (name: string, licence: string) =>
      `Practitioner/${
        (
          await send('cr.system', '/Practitioner', {
            resourceType: 'Practitioner',
            identifier: [{ system: LICENCE, value: licence }],
            name: [{ text: name }],
          })
        ).body.id
      }`;
    const refused = await stored('Chồng Cũ Nữa', '900011/HCM');
    const colleague = await stored('Phạm Thu Hà', '900012/HCM');
    const organization_id = `https://yba.vn/fhir/sid/facility|${CHO_RAY.facility}`;
    const b2b = { version: '1', organization_id, purpose_of_use: ['TREAT'] };
    const hers = await (async () => {
      let asked = await ask({ 'hl7-b2b': { ...b2b, subject_name: 'Hà', subject_id: colleague } });
      // the feed tells where practitioners work a moment after they are written
      await until(async () => {
        if (asked.status !== 200)
          asked = await ask({ 'hl7-b2b': { ...b2b, subject_name: 'Hà', subject_id: colleague } });
        return asked.status === 200;
      });
      return asked.body['access_token']!;
    })();
    const iua = {
      ihe_iua: {
        subject_name: 'Chồng Cũ Nữa',
        subject_organization_id: organization_id,
        national_provider_identifier: '900011/HCM',
        purpose_of_use: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
      },
    };
    let theirs: string | undefined;
    await until(async () => (theirs = (await ask(iua)).body['access_token']) !== undefined);
    callers.set('colleague by token', fhirClient(server.url, hers));
    callers.set('refused by token', fhirClient(server.url, theirs!));
    const claims = decodeJwt(hers) as { extensions: { ihe_iua: Record<string, unknown> } };
    assert.deepEqual(
      [claims.extensions.ihe_iua['subject_name'], claims.extensions.ihe_iua['national_provider_identifier']],
      ['Phạm Thu Hà', '900012/HCM'],
    );

    const takeBack = await decided('mother', {
      type: 'deny',
      actor: [{ role: { coding: [{ code: 'IRCP' }] }, reference: { reference: refused } }],
    });
    const opens = (who: string, purpose: string) =>
      send(who, `/Patient/${ids.mother}/$open`, opening(purpose, 'cấp cứu khẩn'));
    assert.equal((await opens('refused by token', 'TREAT')).status, 404);
    assert.deepEqual(await seen('refused by token'), []);
    assert.equal((await opens('colleague by token', 'TREAT')).status, 200);
    assert.ok((await seen('colleague by token')).includes('result'));
    const other = await opens('colleague by token', 'HPAYMT');
    assert.equal(other.status, 403, 'for another purpose than the token’s');
    assert.match(other.text, /asked for TREAT/);
    const [look] = await server.pools.owner<{ purpose: string; name: string }[]>`
      select l.purpose, a.name from access_log l join access_agent a on a.id = l.agent
      where a.practitioner = ${colleague} and l.action = 'search' and l.outcome = 'success' order by l.at desc limit 1`;
    assert.deepEqual([look!.purpose, look!.name], ['TREAT', 'Phạm Thu Hà (HIS Chợ Rẫy có khóa)']);

    const both = await as('colleague by token').get(`/Patient/${ids.mother}`, { 'on-behalf-of': refused });
    assert.equal(both.status, 400);
    assert.match(both.text, /names another user than the token/);
    const same = await as('colleague by token').get(`/Patient/${ids.mother}`, { 'on-behalf-of': colleague });
    assert.equal(same.status, 200);
    await takeBack();

    const wrong: Record<string, object> = {
      'another facility': {
        'hl7-b2b': { ...b2b, organization_id: 'https://yba.vn/fhir/sid/facility|01901' },
      },
      'another system of organizations': {
        'hl7-b2b': { ...b2b, organization_id: `https://evil.test/${CHO_RAY.facility}` },
      },
      'no organization': { 'hl7-b2b': { version: '1', purpose_of_use: ['TREAT'] } },
      'no purpose': { 'hl7-b2b': { version: '1', organization_id } },
      'a purpose nobody knows': { 'hl7-b2b': { ...b2b, purpose_of_use: ['HMARKT'] } },
      'another version': { 'hl7-b2b': { ...b2b, version: '2' } },
      'a person without an identifier': {
        'hl7-b2b': {
          ...b2b,
          subject_name: 'Phạm Thu Hà',
          subject_role: 'http://nucc.org/provider-taxonomy#207R00000X',
        },
      },
      'a name alone, of IUA': { ihe_iua: { ...iua.ihe_iua, national_provider_identifier: undefined } },
      'a condition we do not know': { 'hl7-b2b': { ...b2b, valid_until: '2027' } },
      'consents without their policy': {
        'hl7-b2b': { ...b2b, consent_reference: [`${server.url}/fhir/Consent/1`] },
      },
      'a consent at no address': {
        'hl7-b2b': { ...b2b, consent_policy: ['urn:oid:1'], consent_reference: ['Consent/1'] },
      },
      'a policy that is no URI': { 'hl7-b2b': { ...b2b, consent_policy: 'urn:oid:1' } },
      'a consent of IHE BPPC': {
        ...iua,
        ihe_bppc: { patient_id: MOTHER, doc_id: 'urn:oid:1', acp: 'urn:oid:2' },
      },
      'nobody of the facility': { 'hl7-b2b': { ...b2b, subject_id: 'Practitioner/nobody' } },
      'SQL for a name': { 'hl7-b2b': { ...b2b, subject_id: "Practitioner/x' or '1'='1" } },
      'a patient': { ihe_iua: { ...iua.ihe_iua, person_id: MOTHER } },
      'two users': {
        ...iua,
        'hl7-b2b': { ...b2b, subject_id: `${LICENCE}|900012/HCM` },
      },
      'two purposes': {
        ...iua,
        'hl7-b2b': { ...b2b, subject_id: `${LICENCE}|900011/HCM`, purpose_of_use: ['HPAYMT'] },
      },
      'no object': { 'hl7-b2b': ['TREAT'] },
    };
    for (const [what, extensions] of Object.entries(wrong)) {
      const { status, body } = await ask(extensions);
      assert.deepEqual([status, body['error']], [400, 'invalid_grant'], `${what}: ${JSON.stringify(body)}`);
    }
    const right: Record<string, object> = {
      'the preferred form of UDAP': {
        'hl7-b2b': {
          ...b2b,
          organization_id: `https://yba.vn/fhir/sid/facility#${CHO_RAY.facility}`,
          organization_name: CHO_RAY.facilityName,
          subject_name: 'Phạm Thu Hà',
          subject_id: `${LICENCE}#900012/HCM`,
          subject_role: 'http://nucc.org/provider-taxonomy#207R00000X',
          purpose_of_use: ['http://terminology.hl7.org/CodeSystem/v3-ActReason#TREAT'],
          consent_policy: ['urn:oid:2.16.840.1.1'],
          consent_reference: ['http://127.0.0.1:1/fhir/Consent/1'],
        },
      },
      'software that names itself': { 'hl7-b2b': { ...b2b, subject_name: 'Lịch quét ban đêm' } },
      'an object of another guide beside it': { ...iua, tefca_ias: { version: '1' } },
    };
    const named: (string | undefined)[] = [];
    for (const [what, extensions] of Object.entries(right)) {
      const { status, body } = await ask(extensions);
      assert.equal(status, 200, `${what}: ${JSON.stringify(body)}`);
      named.push((decodeJwt(body['access_token']!) as { practitioner?: string }).practitioner);
    }
    assert.deepEqual(named, [colleague, undefined, refused]);
  });

  test('a department that is refused is refused behind the hospital’s software too, unless it is vouched that who asks is of another', async () => {
    const CARDIOLOGY = 'K04';
    const subject = await server.platform.access.createAccount({
      username: 'cr.heart',
      role: 'doctor',
      name: 'cr.heart',
      password: PASSWORD,
      department: CARDIOLOGY,
      ...CHO_RAY,
    });
    const { body } = await send('cr.system', '/Practitioner', {
      resourceType: 'Practitioner',
      name: [{ text: 'Bác sĩ tim mạch' }],
    } as never);
    const place = { role: 'doctor', practitioner: `Practitioner/${body.id}`, ...CHO_RAY } as const;
    await server.platform.access.addMembership(subject, { ...place, department: CARDIOLOGY });
    const { ask } = await softwareWithKey('HIS Chợ Rẫy, khoa');
    const token = async (subjectId?: string) => {
      const answer = await ask({
        'hl7-b2b': {
          version: '1',
          organization_id: `${FACILITY}#${CHO_RAY.facility}`,
          purpose_of_use: ['http://terminology.hl7.org/CodeSystem/v3-ActReason#TREAT'],
          ...(subjectId ? { subject_id: subjectId } : {}),
        },
      });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return fhirClient(server.url, answer.body['access_token']!);
    };
    await behindOf('cr.system', place.practitioner);
    callers.set('software', await token());
    callers.set('software of the heart', await token(place.practitioner));
    const opens = (purpose: string) =>
      send('software', `/Patient/${ids.mother}/$open`, opening(purpose, 'khám chuyên khoa'));
    assert.equal((await opens('TREAT')).status, 200);
    const PLAIN = ['result', 'condition'];
    const who = ['software', 'software of the heart'];
    for (const one of who) assert.deepEqual(await seen(one), PLAIN, one);
    const department = { system: `https://yba.vn/fhir/sid/department/${CHO_RAY.facility}` };
    const refuse = (value: string) =>
      decided('mother', {
        type: 'deny',
        actor: [
          { role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: { ...department, value } } },
        ],
      });
    const takeBack = await refuse(CARDIOLOGY);
    for (const one of who) assert.deepEqual(await seen(one), [], one);
    const refused = await opens('TREAT');
    assert.equal(refused.status, 403, refused.text);
    assert.match(refused.text, /proves who is at the screen/);
    await takeBack();
    const takeBackToo = await refuse('K08');
    assert.deepEqual(await seen('software'), [], 'it may be the screen of that department');
    assert.deepEqual(await seen('software of the heart'), PLAIN, 'another department');
    await takeBackToo();
  });

  test('a look rests on what its token’s purpose may rest on: a payment sees nothing that a treatment opened', async () => {
    const { clientId, ask } = await softwareWithKey('HIS Chợ Rẫy, hai việc');
    const tokenFor = async (...purposes: string[]) => {
      const organization_id = `https://yba.vn/fhir/sid/facility#${CHO_RAY.facility}`;
      const { status, body } = await ask({
        'hl7-b2b': { version: '1', organization_id, purpose_of_use: purposes },
      });
      assert.equal(status, 200, JSON.stringify(body));
      return fhirClient(server.url, body['access_token']!);
    };
    for (const purpose of ['TREAT', 'COC', 'HPAYMT', 'HOPERAT', 'PATRQT'])
      callers.set(purpose, await tokenFor(purpose));
    callers.set('both', await tokenFor('TREAT', 'HPAYMT'));
    const PLAIN = ['result', 'condition'];
    assert.equal((await send('TREAT', `/Patient/${ids.mother}/$open`, opening('TREAT'))).status, 200);
    assert.deepEqual(await seen('TREAT'), PLAIN);
    assert.deepEqual(await seen('COC'), PLAIN, 'care that is coordinated is treatment too');
    assert.deepEqual(await seen('both'), PLAIN);
    for (const purpose of ['HPAYMT', 'HOPERAT', 'PATRQT']) {
      assert.deepEqual(await seen(purpose), [], purpose);
      const ways = [
        `/Patient/${ids.mother}/$everything`,
        `/Patient/${ids.mother}/$summary`,
        `/Patient/${ids.mother}/Observation`,
        `/Observation/${ids['mother.result']}/_history`,
        `/Patient/${ids.mother}/$why`,
      ];
      for (const way of ways) {
        const { status, text } = await as(purpose).get(way);
        assert.ok(
          status === 404 || !text.includes(ids['mother.result']!),
          `${purpose} ${way}: ${status} ${text}`,
        );
      }
      const listed = await as(purpose).get('/Observation?_count=200');
      assert.ok(!listed.text.includes(ids['mother.result']!), `${purpose}: a search that names nobody`);
    }
    assert.equal((await send('HPAYMT', `/Patient/${ids.mother}/$open`, opening('HPAYMT'))).status, 200);
    assert.deepEqual(await seen('HPAYMT'), PLAIN, 'what was opened for it');
    assert.deepEqual(await seen('HOPERAT'), []);
    await server.pools
      .owner`update opening set until = now() where subject = ${`client/${clientId}`} and purpose = 'TREAT'`;
    assert.deepEqual(await seen('TREAT'), [], 'and what was opened for a payment treats nobody');
    assert.deepEqual(await seen('both'), PLAIN);
    const rows = await server.pools.owner<{ purpose: string; basis: string; policy: string }[]>`
      select distinct l.purpose, l.basis, l.detail::jsonb ->> 'policy' as policy from access_log l join access_agent a on a.id = l.agent
      where a.subject = ${`client/${clientId}`} and l.action in ('read', 'search') and l.outcome = 'success' and l.person is not null
      order by 1`;
    assert.deepEqual(
      rows.map(({ purpose, basis, policy }) => `${purpose} ${basis} ${policy}`),
      ['COC opening 5', 'HPAYMT opening 5', 'TREAT opening 5'],
    );
  });

  test('software names only who works at its facility and whose licence holds; a person’s token names nobody else', async () => {
    const { id } = (
      await send('cr.system', '/Practitioner', {
        resourceType: 'Practitioner',
        identifier: [{ system: LICENCE, value: '900009/HCM', period: { end: '2026-01-31' } }],
      })
    ).body;
    const named = (who: string, user: string) =>
      as(who).get(`/Patient/${ids.mother}`, { 'on-behalf-of': user });
    for (const user of ['Practitioner/nobody', 'Lê Minh Khôi', `${LICENCE}|900003/HNO`]) {
      const answer = await named('cr.system', encodeURI(user));
      assert.equal(answer.status, 400, user);
      assert.match(answer.text, /On-Behalf-Of/);
    }
    assert.equal((await named('bm.doctor', `Practitioner/${id}`)).status, 400);
    let text = '';
    for (let tries = 0; tries < 200 && !/has expired/.test(text); tries++) {
      if (tries > 0) await sleep(50);
      ({ text } = await named('cr.system', `${LICENCE}|900009/HCM`));
    }
    assert.match(text, /900009\/HCM has expired: its last day was 2026-01-31/);
  });
});
