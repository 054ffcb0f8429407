// SMART App Launch 2 as an app goes through it, with a client library that others wrote.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { authorizationRequest, browser, exchange as exchangeCode, type Browser } from '@yba/access/testing';
import type { Resource } from '@yba/fhir';
import { anObservation, aPatient } from '@yba/fhir/testing';
import * as oidc from 'openid-client';
import { startPlatform, type TestPlatform } from './testing/platform.ts';
import { citizenToken, consent, staffToken } from './testing/sign-in.ts';
import { until } from './testing/until.ts';
import { privacyConsent } from './testing/privacy-consent.ts';

const doctor = { username: 'bs.khoi', password: 'mot mat khau rat dai' };
const nurse = { username: 'dd.lan', password: 'mot mat khau rat dai' };
const REDIRECT = 'https://app.test/callback';

let server: TestPlatform;
let app: { clientId: string; clientSecret?: string };
let config: oidc.Configuration;
const ids: Record<string, string> = {};

before(async () => {
  server = await startPlatform({ demo: true });
  const { access } = server.platform;
  const facility = { facility: '01013', facilityName: 'Bạch Mai' };
  for (const [who, role] of [
    [doctor, 'doctor'],
    [nurse, 'nurse'],
  ] as const)
    await access.createAccount({
      ...who,
      ...facility,
      role,
      name: who.username,
      practitioner: `Practitioner/${role}`,
    });
  app = await access.registerClient({
    name: 'Biểu đồ nhi',
    scope: 'openid fhirUser profile launch launch/patient offline_access patient/*.rs user/Practitioner.rs',
    proof: { method: 'client_secret_basic' },
    redirectUris: [REDIRECT],
    launchUri: 'https://app.test/launch',
  });
  const token = await server.facilityToken('01013', 'Bạch Mai');
  ids.one = await create(token, { ...aPatient({}), name: [{ text: 'Hoàng Minh Anh' }] });
  ids.two = await create(token, { ...aPatient({}), name: [{ text: 'Trần Quốc Bảo' }] });
  for (const patient of ['one', 'two'])
    ids[`of ${patient}`] = await create(token, {
      ...anObservation({}),
      subject: { reference: `Patient/${ids[patient]}` },
    });
  config = await oidc.discovery(new URL(server.url), app.clientId, app.clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
});
after(() => server.stop());

async function create(token: string, { id: _, ...resource }: Resource): Promise<string> {
  const response = await fetch(`${server.url}/fhir/${resource.resourceType}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    body: JSON.stringify(resource),
  });
  return ((await response.json()) as Resource).id!;
}

const status = async (token: string, path: string) =>
  (await fetch(`${server.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

async function found(token: string, path: string): Promise<string[]> {
  const response = await fetch(`${server.url}/fhir/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { entry = [] } = (await response.json()) as { entry?: { resource: Resource }[] };
  return entry
    .map(({ resource }) => Object.entries(ids).find(([, id]) => id === resource.id)?.[0] ?? '')
    .toSorted();
}

type Way = { url: URL; verifier: string; state: string };

async function authorization(
  more: Record<string, string> = {},
  client = config,
  redirect = REDIRECT,
): Promise<Way> {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirect,
    scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    aud: `${server.url}/fhir`,
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  });
  return { url, verifier, state };
}

/** Signs in on the page the authorization request leads to; answers where the browser goes on. */
async function signIn(visitor: Browser, url: URL, who: typeof doctor): Promise<string> {
  const { location } = await visitor.follow(url.href, `${server.url}/sign-in`);
  const uid = new URL(location).searchParams.get('uid')!;
  const answer = await visitor.go(`${server.url}/oauth/interaction/${uid}/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(who),
  });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { redirectTo: string }).redirectTo;
}

const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });

const exchange = (location: string, { verifier, state }: Way, client = config) =>
  oidc.authorizationCodeGrant(client, new URL(location), {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });

async function launched(who: typeof doctor, token: string, patient = ids.one!, encounter?: string) {
  const response = await fetch(`${server.url}/oauth/launch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ client: app.clientId, patient, ...(encounter ? { encounter } : {}) }),
  });
  assert.ok(who);
  return { status: response.status, url: ((await response.json()) as { url: string }).url };
}

describe('an app opened by itself', () => {
  let tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

  test('asks for whom, shows whom its user may read, and gets that patient in context', async () => {
    const visitor = browser();
    const way = await authorization();
    const onward = await signIn(visitor, way.url, doctor);
    const { response } = await visitor.follow(onward, REDIRECT);
    const page = await response.text();
    assert.match(page, /Biểu đồ nhi/);
    assert.match(page, /Hoàng Minh Anh/);
    assert.ok(!page.includes('<script'));
    assert.match(response.headers.get('content-security-policy')!, /form-action 'self' https:\/\/app\.test/);
    const narrowed = await (await visitor.go(`${response.url}?name=Bảo`)).text();
    assert.ok(!narrowed.includes('Hoàng Minh Anh') && narrowed.includes('Trần Quốc Bảo'));
    const wrong = await visitor.go(response.url, form({ patient: '0195f000-0000-7000-8000-000000000000' }));
    assert.match(await wrong.text(), /không mở với bạn/);
    const chosen = await visitor.go(response.url, form({ patient: ids.one! }));
    const end = await visitor.follow(new URL(chosen.headers.get('location')!, server.url).href, REDIRECT);
    tokens = await exchange(end.location, way);
    assert.equal(tokens['patient'], ids.one);
    assert.equal(tokens['need_patient_banner'], true);
    assert.equal(tokens.claims()!['fhirUser'], `${server.url}/fhir/Practitioner/doctor`);
    const style = (await (await fetch(String(tokens['smart_style_url']))).json()) as Record<string, string>;
    assert.equal(style['color_highlight'], '#2A4B9B');
  });

  test('sees that patient alone, though its user sees both, and the registries', async () => {
    const token = tokens.access_token;
    assert.deepEqual(await found(token, 'Patient'), ['one']);
    assert.deepEqual(await found(token, 'Observation'), ['of one']);
    assert.deepEqual(
      [await status(token, `Patient/${ids.two}`), await status(token, `Observation/${ids['of two']}`)],
      [404, 404],
    );
    assert.deepEqual(
      [await status(token, `Patient/${ids.one}`), await status(token, 'Organization')],
      [200, 200],
    );
    assert.deepEqual(await found(token, `Observation?patient=Patient/${ids.two}`), []);
    assert.deepEqual(await found(token, 'Patient/_history'), ['one']);
  });

  test('opens no other record, writes nothing, and does not speak for its user’s account', async () => {
    const authorization = `Bearer ${tokens.access_token}`;
    const post = (path: string, body: object, type = 'application/fhir+json') =>
      fetch(server.url + path, {
        method: 'POST',
        headers: { authorization, 'content-type': type },
        body: JSON.stringify(body),
      });
    const opening = { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: 'x' }] };
    assert.equal((await post(`/fhir/Patient/${ids.two}/$open`, opening)).status, 403);
    assert.equal((await post('/fhir/Patient/$match', { resourceType: 'Parameters' })).status, 403);
    const { id: _, ...observation } = anObservation({});
    assert.equal((await post('/fhir/Observation', observation)).status, 403);
    const launch = { client: app.clientId, patient: ids.two };
    assert.equal((await post('/oauth/launch', launch, 'application/json')).status, 403);
    for (const query of ['', `?patient=Patient/${ids.one}`, `?patient=Patient/${ids.two}`]) {
      const answer = await fetch(`${server.url}/live${query}`, { headers: { authorization } });
      assert.equal(answer.status, 403, 'nor does it hear of others, or of looks');
      const rows = await server.pools.owner`
        select outcome from access_log where request = ${answer.headers.get('x-request-id')!}`;
      assert.deepEqual(
        rows.map(({ outcome }) => outcome as string),
        ['denied'],
      );
    }
  });

  test('keeps its patient when it renews its token, is introspected, and ends when it says so', async () => {
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
    assert.equal(renewed['patient'], ids.one);
    assert.deepEqual(await found(renewed.access_token, 'Patient'), ['one']);
    const told = await oidc.tokenIntrospection(config, renewed.access_token);
    assert.deepEqual([told.active, told['patient'], told.client_id], [true, ids.one, app.clientId]);
    await oidc.tokenRevocation(config, renewed.refresh_token!);
    await assert.rejects(oidc.refreshTokenGrant(config, renewed.refresh_token!), { error: 'invalid_grant' });
    for (let n = 0; n < 100 && (await status(renewed.access_token, 'Organization')) !== 401; n++)
      await new Promise((done) => setTimeout(done, 20));
    assert.equal(await status(renewed.access_token, 'Organization'), 401);
  });

  test('is refused for another FHIR base, and may not ask unasked', async () => {
    const visitor = browser();
    const elsewhere = await authorization({ aud: 'https://other.test/fhir' });
    const { location } = await visitor.follow(elsewhere.url.href, REDIRECT);
    assert.equal(new URL(location).searchParams.get('error'), 'invalid_request');
    const way = await authorization();
    await signIn(visitor, way.url, doctor);
    const silent = await authorization({ prompt: 'none' });
    const end = await visitor.follow(silent.url.href, REDIRECT);
    assert.match(new URL(end.location).searchParams.get('error')!, /required/);
  });
});

describe('an app opened from a chart', () => {
  let token: string;
  before(async () => void (token = await staffToken(server.url, doctor.username, doctor.password)));

  test('is listed for the chart, and gets the chart’s patient without asking', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const { apps } = (await (await fetch(`${server.url}/oauth/apps`, { headers })).json()) as {
      apps: object[];
    };
    assert.deepEqual(apps, [{ id: app.clientId, name: 'Biểu đồ nhi' }]);
    const { url } = await launched(doctor, token, ids.two);
    const launchUrl = new URL(url);
    assert.equal(launchUrl.origin + launchUrl.pathname, 'https://app.test/launch');
    assert.equal(launchUrl.searchParams.get('iss'), `${server.url}/fhir`);
    const launch = launchUrl.searchParams.get('launch')!;
    const visitor = browser();
    const way = await authorization({ launch, scope: 'openid launch patient/*.rs' });
    const onward = await signIn(visitor, way.url, doctor);
    const end = await visitor.follow(onward, REDIRECT);
    const tokens = await exchange(end.location, way);
    assert.equal(tokens['patient'], ids.two);
    assert.deepEqual(await found(tokens.access_token, 'Observation'), ['of two']);
    const again = await authorization({ launch, scope: 'openid launch patient/*.rs' });
    const refused = await visitor.follow(again.url.href, REDIRECT);
    assert.equal(new URL(refused.location).searchParams.get('error'), 'invalid_request', 'a second time');
  });

  test('is worth nothing to another person, or another app', async () => {
    const { url } = await launched(doctor, token);
    const launch = new URL(url).searchParams.get('launch')!;
    const scope = 'openid launch patient/*.rs';
    const error = async (who: typeof doctor, client = config) => {
      const visitor = browser();
      const way = await authorization({ launch, scope }, client);
      const { location } = await visitor.follow(await signIn(visitor, way.url, who), REDIRECT);
      return new URL(location).searchParams.get('error');
    };
    assert.equal(await error(nurse), 'invalid_request');
    const other = await server.platform.access.registerClient({
      name: 'Other',
      scope: 'openid launch patient/*.rs',
      proof: { method: 'client_secret_basic' },
      redirectUris: [REDIRECT],
      launchUri: 'https://other.test/launch',
    });
    const stranger = await oidc.discovery(
      new URL(server.url),
      other.clientId,
      other.clientSecret,
      undefined,
      {
        execute: [oidc.allowInsecureRequests],
      },
    );
    assert.equal(await error(doctor, stranger), 'invalid_request');
    assert.equal(await error(doctor), null);
  });

  test('is opened for a visit of that patient, and for no other', async () => {
    const hospital = await server.facilityToken('01013', 'Bạch Mai');
    const visitOf = (patient: string) =>
      create(hospital, {
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject: { reference: `Patient/${patient}` },
      } as Resource);
    const [own, others] = [await visitOf(ids.one!), await visitOf(ids.two!)];
    for (const encounter of [others, 'nobody', '../x'])
      assert.equal((await launched(doctor, token, ids.one, encounter)).status, 404, encounter);
    const { url } = await launched(doctor, token, ids.one, own);
    const launch = new URL(url).searchParams.get('launch')!;
    const way = await authorization({ launch, scope: 'openid launch patient/*.rs' });
    const visitor = browser();
    const end = await visitor.follow(await signIn(visitor, way.url, doctor), REDIRECT);
    const tokens = await exchange(end.location, way);
    assert.deepEqual([tokens['patient'], tokens['encounter']], [ids.one, own]);
    assert.equal(await status(tokens.access_token, `Encounter/${own}`), 200);
  });

  test('is not opened for a record that is not open to the person', async () => {
    assert.equal((await launched(doctor, token, '0195f000-0000-7000-8000-000000000000')).status, 404);
    const elsewhere = await server.facilityToken('79013', 'Chợ Rẫy');
    const stranger = await create(elsewhere, aPatient({}));
    assert.equal((await launched(doctor, token, stranger)).status, 404);
  });
});

describe('an app of a citizen', () => {
  const REDIRECT_BOOK = 'vn.sotiem.app:/callback';
  const citizen = { number: '001180000017', password: 'Hanh-1980' };
  let client: oidc.Configuration;
  let own: string;

  before(async () => {
    await server.platform.book!.addVneidCitizens([
      {
        nationalId: citizen.number,
        name: 'Nguyễn Thị Hạnh',
        birthDate: '1980-02-29',
        password: citizen.password,
      },
    ]);
    own = await create(await server.facilityToken('01013', 'Bạch Mai'), {
      ...aPatient({}),
      identifier: [{ system: 'https://yba.vn/fhir/sid/cccd', value: citizen.number }],
    });
    const { clientId } = await server.platform.access.registerClient({
      name: 'Sổ tiêm',
      door: 'book',
      scope: 'openid launch/patient patient/Patient.rs patient/Immunization.rs',
      proof: { method: 'none' },
      redirectUris: [REDIRECT_BOOK],
    });
    client = await oidc.discovery(new URL(server.url), clientId, undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    });
  });

  /** Signs in by the imitation of VNeID, as far as the page that asks. */
  async function asked(
    visitor: Browser,
    of = client,
    scope = 'openid launch/patient offline_access patient/Patient.rs patient/Immunization.rs',
    redirect = REDIRECT_BOOK,
  ) {
    const way = await authorization({ scope }, of, redirect);
    const { location } = await visitor.follow(way.url.href, `${server.url}/sign-in`);
    const uid = new URL(location).searchParams.get('uid')!;
    const { location: page } = await visitor.follow(
      `${server.url}/oauth/interaction/${uid}/vneid`,
      `${server.url}/vneid/sign-in/`,
    );
    const answer = await visitor.go(page, form(citizen));
    const onward = new URL(answer.headers.get('location')!, page).href;
    const { response } = await visitor.follow(onward, redirect);
    return { way, response };
  }

  /** Agrees on the page that asks, or does not, as far as the app's own address. */
  async function decide(
    visitor: Browser,
    page: Response,
    answer: 'yes' | 'no',
    leftOut: string[] = [],
    redirect = REDIRECT_BOOK,
  ) {
    const said = await visitor.go(
      page.url,
      form(answer === 'yes' ? consent(await page.text(), leftOut) : { answer }),
    );
    return visitor.follow(new URL(said.headers.get('location')!, server.url).href, redirect);
  }

  test('asks the citizen, says what it would read, and gets nothing when they say no', async () => {
    const visitor = browser();
    const { response } = await asked(visitor);
    const page = await response.text();
    assert.match(page, /Cho Sổ tiêm đọc hồ sơ\?/);
    assert.match(page, /Tiêm chủng/);
    assert.ok(!page.includes('Toàn bộ'));
    const end = await decide(visitor, response, 'no');
    assert.equal(new URL(end.location).searchParams.get('error'), 'access_denied');
  });

  test('reads of them what was agreed to, and no more; not registered for longer, it does not stay', async () => {
    const visitor = browser();
    const { way, response } = await asked(visitor);
    const end = await decide(visitor, response, 'yes');
    const tokens = await exchange(end.location, way, client);
    assert.equal(tokens['patient'], own);
    assert.equal(tokens.refresh_token, undefined);
    assert.deepEqual(
      [
        await status(tokens.access_token, `Patient/${own}`),
        await status(tokens.access_token, 'Immunization'),
      ],
      [200, 200],
    );
    assert.deepEqual(
      [
        await status(tokens.access_token, 'Observation'),
        await status(tokens.access_token, `Patient/${ids.one}`),
        await status(tokens.access_token, 'AuditEvent'),
        await status(tokens.access_token, `AuditEvent?patient=Patient/${own}`),
      ],
      [403, 404, 403, 403],
    );
    // it would let its maker see the whole record
    const delegation = privacyConsent(`Patient/${own}`, {
      type: 'permit',
      period: { end: new Date(Date.now() + 3_600_000).toISOString() },
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: 'https://yba.vn/fhir/sid/cccd', value: '001099000001' } },
        },
      ],
    });
    for (const [method, path] of [
      ['POST', 'Consent'],
      ['PUT', 'Consent/of-mine'],
    ] as const) {
      const answer = await fetch(`${server.url}/fhir/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${tokens.access_token}`,
          'content-type': 'application/fhir+json',
        },
        body: JSON.stringify(path === 'Consent' ? delegation : { ...delegation, id: 'of-mine' }),
      });
      assert.equal(answer.status, 403, await answer.text());
    }
  });

  test('the citizen reads what each app they agreed to may read and when it did, and what they withdraw ends at once', async () => {
    const { clientId } = await server.platform.access.registerClient({
      name: 'Sổ sức khỏe nhà mình',
      door: 'book',
      scope: 'openid launch/patient offline_access patient/Patient.rs patient/Immunization.rs',
      proof: { method: 'none' },
      redirectUris: [REDIRECT_BOOK],
    });
    const lasting = await oidc.discovery(new URL(server.url), clientId, undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    });
    const visitor = browser();
    const { way, response } = await asked(visitor, lasting);
    const end = await decide(visitor, response, 'yes');
    const tokens = await exchange(end.location, way, lasting);
    const book = await citizenToken(server.url, citizen.number, citizen.password);
    const account = async (path: string, method = 'GET', token = book) => {
      const headers = { authorization: `Bearer ${token}`, 'accept-language': 'vi' };
      const told = await fetch(`${server.url}/oauth/account/${path}`, { method, headers });
      return { status: told.status, body: (await told.json()) as { apps: Record<string, unknown>[] } };
    };
    const shown = async () => (await account('apps')).body.apps.find(({ client: one }) => one === clientId);

    const before = await shown();
    assert.deepEqual(
      [before?.name, before?.reads, before?.offline, before?.lastRead],
      ['Sổ sức khỏe nhà mình', ['Họ tên, ngày sinh, địa chỉ, số giấy tờ', 'Tiêm chủng'], true, undefined],
    );
    assert.equal(await status(tokens.access_token, `Patient/${own}`), 200);
    assert.ok(Date.parse((await shown())?.lastRead as string) >= Date.parse(before!.agreed as string));
    assert.equal(
      (await account('apps', 'GET', tokens.access_token)).status,
      403,
      'an app does not ask itself',
    );

    assert.equal((await account(`apps/${clientId}`, 'DELETE')).status, 200);
    assert.equal(await shown(), undefined);
    assert.equal((await account(`apps/${clientId}`, 'DELETE')).status, 404);
    assert.equal((await account('apps/yba-book', 'DELETE')).status, 404);
    assert.equal(await status(tokens.access_token, `Patient/${own}`), 401);
    await assert.rejects(
      () => oidc.refreshTokenGrant(lasting, tokens.refresh_token!),
      (error: { error?: string }) => error.error === 'invalid_grant',
    );
    assert.equal(await status(book, `Patient/${own}`), 200, 'the book itself goes on');
    const again = await asked(browser(), lasting);
    assert.match(await again.response.text(), /Cho Sổ sức khỏe nhà mình đọc hồ sơ\?/, 'asked anew');
  });

  describe('from which the citizen keeps kinds of data', () => {
    const SCOPE = 'openid launch/patient offline_access patient/Patient.rs patient/Immunization.rs';
    const MORE = `${SCOPE} patient/Condition.rs`;
    let of: oidc.Configuration;
    const scopesOf = (tokens: { scope?: string }) => tokens.scope!.split(' ').toSorted();
    /** The boxes that are ticked on a page, by the first words of each. */
    const ticked = (page: string) =>
      [...page.matchAll(/ checked(?: class="holds")?><span>([^<]*?)(?:,| until| đến|<| ứng)/g)].map(
        ([, words]) => words!.trim(),
      );
    const kept = 'launch/patient offline_access openid patient/Immunization.rs'.split(' ');

    before(async () => {
      const made = await server.platform.access.registerClient({
        name: 'Sổ riêng',
        door: 'book',
        scope: `${MORE} patient/AllergyIntolerance.rs`,
        proof: { method: 'client_secret_basic' },
        redirectUris: [REDIRECT],
      });
      of = await oidc.discovery(new URL(server.url), made.clientId, made.clientSecret, undefined, {
        execute: [oidc.allowInsecureRequests],
      });
    });

    test('it gets what was left ticked: token, refresh, introspection and the list of apps say so', async () => {
      const visitor = browser();
      const { way, response } = await asked(visitor, of, SCOPE, REDIRECT);
      const end = await decide(visitor, response, 'yes', ['Họ tên'], REDIRECT);
      const tokens = await exchange(end.location, way, of);
      assert.deepEqual(scopesOf(tokens), kept);
      assert.equal(tokens['patient'], own, 'whom it is about is no choice');
      const statuses = async (token: string) => [
        await status(token, `Patient/${own}`),
        await status(token, 'Immunization'),
      ];
      assert.deepEqual(await statuses(tokens.access_token), [403, 200]);
      const told = await oidc.tokenIntrospection(of, tokens.access_token);
      assert.deepEqual(scopesOf(told as { scope: string }), kept);
      await assert.rejects(
        oidc.refreshTokenGrant(of, tokens.refresh_token!, { scope: 'openid patient/Patient.rs' }),
        { error: 'invalid_scope' },
      );
      const renewed = await oidc.refreshTokenGrant(of, tokens.refresh_token!);
      assert.deepEqual(scopesOf(renewed), kept);
      assert.deepEqual(await statuses(renewed.access_token), [403, 200]);
      const book = await citizenToken(server.url, citizen.number, citizen.password);
      const listed = await fetch(`${server.url}/oauth/account/apps`, {
        headers: { authorization: `Bearer ${book}` },
      });
      const { apps } = (await listed.json()) as {
        apps: { name: string; reads: string[]; offline: boolean }[];
      };
      const shown = apps.find(({ name }) => name === 'Sổ riêng');
      assert.deepEqual([shown?.reads, shown?.offline], [['Tiêm chủng'], true]);
    });

    test('less is given again without a question, more is asked for with what was decided as it stands', async () => {
      const visitor = browser();
      const { way, response } = await asked(visitor, of, SCOPE, REDIRECT);
      assert.deepEqual(
        ticked(await response.clone().text()),
        ['Tiêm chủng', 'Cả khi tôi không mở'],
        'as decided last',
      );
      await exchange(
        (await decide(visitor, response, 'yes', ['Họ tên', 'Cả khi'], REDIRECT)).location,
        way,
        of,
      );
      const silently = async (scope: string) => {
        const next = await authorization({ scope }, of, REDIRECT);
        return { next, end: await visitor.follow(next.url.href, REDIRECT) };
      };
      const less = await silently('openid launch/patient patient/Patient.rs patient/Immunization.rs');
      assert.deepEqual(scopesOf(await exchange(less.end.location, less.next, of)), [
        'launch/patient',
        'openid',
        'patient/Immunization.rs',
      ]);
      const more = await silently('openid launch/patient patient/Patient.rs patient/Condition.rs');
      assert.deepEqual(ticked(await more.end.response.text()), ['Chẩn đoán và bệnh']);
    });

    test('what is left out later is taken from what the app held before', async () => {
      const grant = async (leftOut: string[]) => {
        const visitor = browser();
        const { way, response } = await asked(visitor, of, MORE, REDIRECT);
        return exchange((await decide(visitor, response, 'yes', leftOut, REDIRECT)).location, way, of);
      };
      const [wide, narrow] = [await grant([]), await grant(['Chẩn đoán'])];
      const more = await grant(['Chẩn đoán']);
      await assert.rejects(oidc.refreshTokenGrant(of, wide.refresh_token!), { error: 'invalid_grant' });
      await until(async () => (await status(wide.access_token, 'Condition')) === 401);
      for (const tokens of [narrow, more])
        assert.equal(await status(tokens.access_token, 'Immunization'), 200, 'as narrow as was decided');
    });

    test('with nothing ticked nothing is agreed to: the page says so and keeps its language', async () => {
      const visitor = browser();
      const { response } = await asked(visitor, of, SCOPE, REDIRECT);
      const empty = await visitor.go(response.url, form({ answer: 'yes', later: 'on', language: 'en' }));
      const page = await empty.text();
      assert.match(page, /role="alert"[^>]*><strong>Nothing is ticked/);
      assert.match(page, /<html lang="en">/);
      assert.deepEqual(ticked(page), ['Also while it is closed']);
      const switched = await visitor.go(response.url, form({ to: 'vi', language: 'en', 'kind-1': 'on' }));
      assert.deepEqual(ticked(await switched.text()), ['Tiêm chủng'], 'what was ticked stays');
    });
  });

  test('goes on while the book is locked; in a locked browser nothing is agreed to before a new sign-in', async () => {
    const visitor = browser();
    const { way, response } = await asked(visitor);
    const end = await decide(visitor, response, 'yes');
    const tokens = await exchange(end.location, way, client);
    const silent = authorizationRequest(server.url, 'book', { prompt: 'none' });
    const { location } = await visitor.follow(silent.url, silent.redirectUri);
    const book = await exchangeCode(server.url, {
      grant_type: 'authorization_code',
      client_id: silent.client,
      code: new URL(location).searchParams.get('code')!,
      redirect_uri: silent.redirectUri,
      code_verifier: silent.verifier,
    });
    const screen = book.tokens.access_token!;
    assert.equal(await status(screen, `Patient/${own}`), 200);
    await fetch(`${server.url}/oauth/session/lock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${screen}` },
    });
    await until(async () => (await status(screen, `Patient/${own}`)) === 401);
    assert.equal(await status(tokens.access_token, `Patient/${own}`), 200);
    const { url } = await authorization(
      { scope: 'openid launch/patient patient/Patient.rs' },
      client,
      REDIRECT_BOOK,
    );
    const next = await visitor.follow(url.href, `${server.url}/sign-in`);
    assert.match(next.location, /\/sign-in\?uid=/, 'whoever holds the locked phone is asked who they are');
  });
});

test('an answer by form is a page whose own script may run and whose form may lead to the app, and nothing else', async () => {
  const visitor = browser();
  const { url, verifier, state } = await authorization({
    response_mode: 'form_post',
    scope: 'openid fhirUser user/Practitioner.rs',
  });
  const next = await signIn(visitor, url, doctor);
  const page = await visitor.go(new URL(next, server.url).href);
  const html = await page.text();
  assert.equal(page.status, 200, html);
  const policy = new Map(
    page.headers
      .get('content-security-policy')!
      .split(';')
      .map((rule) => rule.trim().split(/ (.*)/s) as [string, string]),
  );
  const script = /<script>(.*?)<\/script>/s.exec(html)![1]!;
  const hash = createHash('sha256').update(script).digest('base64');
  assert.equal(policy.get('script-src'), `'self' 'sha256-${hash}'`);
  assert.equal(policy.get('form-action'), `'self' ${new URL(REDIRECT).origin}`);
  assert.equal(policy.get('frame-ancestors'), "'none'");
  assert.match(html, new RegExp(`<form method="post" action="${REDIRECT}">`));
  const posted = new Map(
    [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );
  assert.equal(posted.get('state'), state);
  const response = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${app.clientId}:${app.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: posted.get('code')!,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    }),
  });
  assert.equal(response.status, 200, await response.text());
});

test('pages of registered apps may call, and no others', async () => {
  const preflight = async (origin: string, path: string) => {
    const response = await fetch(server.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    return response.headers.get('access-control-allow-origin');
  };
  for (const path of ['/fhir/Patient', '/oauth/token'])
    assert.deepEqual(
      [await preflight('https://app.test', path), await preflight('https://evil.test', path)],
      ['https://app.test', null],
      path,
    );
  for (const path of [
    '/fhir/metadata',
    '/.well-known/smart-configuration',
    '/fhir/.well-known/smart-configuration',
    '/oauth/smart-style.json',
  ])
    assert.equal(await preflight('https://evil.test', path), '*', path);
  for (const path of ['/oauth/launch', '/oauth/apps', '/live', '/health'])
    assert.equal(await preflight('https://app.test', path), null, path);
});

test('pages of registered apps may send every header that a request takes', async () => {
  const response = await fetch(`${server.url}/fhir/Binary`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
  });
  const allowed = response.headers.get('access-control-allow-headers')!.split(', ');
  for (const header of ['content-type', 'if-none-exist', 'prefer', 'x-provenance', 'x-security-context'])
    assert.ok(allowed.includes(header), header);
});

test('a form on a foreign page changes nothing here, whatever cookies the browser adds', async () => {
  const visitor = browser();
  const way = await authorization();
  const { response } = await visitor.follow(await signIn(visitor, way.url, doctor), REDIRECT);
  for (const headers of [
    { origin: 'https://evil.test' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ]) {
    const answer = await visitor.go(response.url, { ...form({ patient: ids.one! }), headers });
    assert.equal(answer.status, 403);
  }
});
