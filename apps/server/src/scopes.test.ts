// What a scope's filter leaves out is absent, by every way of asking over HTTP.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resource } from '@yba/fhir';
import { anObservation, aPatient } from '@yba/fhir/testing';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const LABORATORY = `category=${CATEGORY}|laboratory`;

let server: TestPlatform;
let whole: string;
const ids: Record<string, string> = {};

before(async () => {
  server = await startPlatform();
  whole = await server.facilityToken('01013', 'Bạch Mai');
  const about = (category: string, code: string) => ({
    ...anObservation({}),
    subject: { reference: `Patient/${ids.patient}` },
    category: [{ coding: [{ system: CATEGORY, code: category }] }],
    code: { coding: [{ system: 'http://loinc.org', code }] },
  });
  ids.patient = await create(aPatient({}));
  ids.laboratory = await create(about('laboratory', '718-7'));
  ids.vital = await create(about('vital-signs', '8867-4'));
  ids.social = await create(about('social-history', '72166-2'));
});
after(() => server.stop());

async function create({ id: _, ...resource }: Resource): Promise<string> {
  const { body } = await ask(whole, `${resource.resourceType}`, resource);
  return (body as Resource).id!;
}

type Bundle = { total?: number; entry?: { resource: Resource }[] };

async function ask(
  token: string,
  path: string,
  resource?: object,
): Promise<{ status: number; body: object }> {
  const response = await fetch(`${server.url}/fhir/${path}`, {
    method: resource ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    ...(resource ? { body: JSON.stringify(resource) } : {}),
  });
  return { status: response.status, body: (await response.json()) as object };
}

/** A token of a system of the same facility with these scopes, and the scope the answer says it has. */
async function scoped(scope: string, most = scope): Promise<{ token: string; granted: string }> {
  const { clientId, clientSecret } = await server.platform.access.createClient({
    name: 'App',
    facility: '01013',
    facilityName: 'Bạch Mai',
    scope: most,
  });
  const response = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret!,
      scope,
    }),
  });
  const answer = (await response.json()) as { access_token: string; scope: string };
  return { token: answer.access_token, granted: answer.scope };
}

const tagged = {
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'http://example.org', code: 'seen' }] } }],
};

const named = (body: object) =>
  ((body as Bundle).entry ?? [])
    .map(({ resource }) => resource)
    .filter((resource) => resource?.resourceType === 'Observation')
    .map(({ id }) => Object.entries(ids).find(([, known]) => known === id)?.[0])
    .toSorted();

test('a filtered scope shows its rows alone: read, version, history, search, count, chain, include, everything, batch', async () => {
  const { token, granted } = await scoped(`system/Patient.rs system/Observation.rs?${LABORATORY}`);
  assert.equal(granted, `system/Patient.rs system/Observation.rs?${LABORATORY}`);
  for (const [name, status] of [
    ['laboratory', 200],
    ['vital', 404],
    ['social', 404],
  ] as const) {
    const id = ids[name]!;
    for (const path of [`Observation/${id}`, `Observation/${id}/_history/1`, `Observation/${id}/_history`])
      assert.equal((await ask(token, path)).status, status, `${name} ${path}`);
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: `Observation/${id}` } }],
    };
    const answer = (await ask(token, '', batch)).body as { entry: { response: { status: string } }[] };
    assert.match(answer.entry[0]!.response.status, new RegExp(`^${status}`), name);
  }
  const laboratory = ['laboratory'];
  const patient = `Patient/${ids.patient}`;
  for (const query of [
    'Observation',
    `Observation?patient=${patient}`,
    'Observation?code=718-7,8867-4,72166-2',
    `Observation?_id=${ids.laboratory},${ids.vital}`,
    'Observation?_sort=_id',
    'Observation/_history',
    `Patient?_id=${ids.patient}&_revinclude=Observation:subject`,
    `Patient/${ids.patient}/Observation`,
    `Patient/${ids.patient}/$everything?_type=Observation`,
    `Observation/$lastn?patient=${patient}`,
  ])
    assert.deepEqual(named((await ask(token, query)).body), laboratory, query);
  for (const query of [
    'Observation?_summary=count',
    'Observation?_total=accurate',
    `Observation?patient=${patient}&_summary=count`,
  ])
    assert.equal(((await ask(token, query)).body as Bundle).total, 1, query);
  const has = async (code: string) =>
    ((await ask(token, `Patient?_id=${ids.patient}&_has:Observation:patient:code=${code}`)).body as Bundle)
      .entry?.length ?? 0;
  assert.deepEqual([await has('718-7'), await has('8867-4')], [1, 0]);
  assert.equal((await ask(token, 'Condition')).status, 403);
});

test('a Provenance in a header takes the scope that it takes by itself; without it nothing is written', async () => {
  const value = 'with-provenance';
  const sent = aPatient({ identifier: [{ system: 'urn:x', value }] });
  const provenance = {
    resourceType: 'Provenance',
    recorded: '2026-11-20T08:00:00Z',
    agent: [{ who: { display: 'x' } }],
  };
  const send = async (scope: string) => {
    const { token } = await scoped(scope);
    const response = await fetch(`${server.url}/fhir/Patient`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/fhir+json',
        'x-provenance': JSON.stringify(provenance),
      },
      body: JSON.stringify(sent),
    });
    return response.status;
  };
  const stored = async () => ((await ask(whole, `Patient?identifier=urn:x|${value}`)).body as Bundle).total;
  assert.deepEqual([await send('system/Patient.cruds'), await stored()], [403, 0]);
  assert.deepEqual([await send('system/Patient.cruds system/Provenance.c'), await stored()], [201, 1]);
});

test('an operation inside a batch takes the scope that it takes by itself; others of the batch are answered', async () => {
  const { token } = await scoped('system/Patient.rs');
  const asked: [method: 'GET' | 'POST', url: string, resource?: object][] = [
    ['GET', `Observation/$lastn?patient=${ids.patient}`],
    ['POST', 'Observation/$validate', anObservation({})],
    ['GET', `Observation/${ids.vital}/$meta`],
    ['POST', `Patient/${ids.patient}/$meta-add`, tagged],
    ['GET', `Patient/${ids.patient}/$everything`],
    ['POST', 'Patient/$validate', aPatient({})],
    ['GET', `Patient/${ids.patient}/$meta`],
    ['GET', `Patient/${ids.patient}`],
  ];
  const { body } = await ask(token, '', {
    resourceType: 'Bundle',
    type: 'batch',
    entry: asked.map(([method, url, resource]) => ({
      ...(resource ? { resource } : {}),
      request: { method, url },
    })),
  });
  const { entry } = body as { entry: { response: { status: string } }[] };
  const alone = [];
  for (const [, url, resource] of asked) alone.push((await ask(token, url, resource)).status);
  assert.deepEqual(
    entry.map(({ response }) => Number(response.status.slice(0, 3))),
    alone,
  );
  // what only judges a resource that is sent shows nothing and takes no scope of its type
  assert.deepEqual(alone, [403, 200, 403, 403, 403, 200, 200, 200]);
  const unchanged = (await ask(whole, `Patient/${ids.patient}`)).body as Resource;
  assert.equal(unchanged.meta?.['tag'], undefined);
});

test('several scopes of a type add up, and one without a filter shows all', async () => {
  const two = await scoped(
    `system/Observation.rs?${LABORATORY} system/Observation.rs?code=http://loinc.org|8867-4,72166-2&status=amended system/Observation.rs?category=vital-signs`,
  );
  assert.deepEqual(named((await ask(two.token, 'Observation')).body), ['laboratory', 'vital']);
  const all = await scoped(`system/Observation.rs?${LABORATORY} system/Observation.rs`);
  assert.deepEqual(named((await ask(all.token, 'Observation')).body), ['laboratory', 'social', 'vital']);
});

test('a filter that cannot be held for certain is not granted, nor one wider than the registration', async () => {
  for (const query of [
    'value-quantity=gt5',
    'date=ge2020',
    'code:not=718-7',
    'patient.name=x',
    '_sort=date',
    '_count=5',
    'nonsense=1',
    'category=|laboratory',
    'category=',
  ]) {
    const { granted } = await scoped(`system/Patient.rs system/Observation.rs?${query}`, 'system/*.cruds');
    assert.equal(granted, 'system/Patient.rs', query);
  }
  for (const scope of [
    `system/*.rs?${LABORATORY}`,
    `system/Observation.cruds?${LABORATORY}`,
    `system/Observation.read?${LABORATORY}`,
  ])
    assert.equal(
      (await scoped(`system/Patient.rs ${scope}`, 'system/*.cruds')).granted,
      'system/Patient.rs',
      scope,
    );
  const registered = `system/Patient.rs system/Observation.rs?${LABORATORY}`;
  assert.equal(
    (await scoped('system/Patient.rs system/Observation.rs', registered)).granted,
    'system/Patient.rs',
  );
  const narrower = `system/Observation.rs?${LABORATORY}&status=final`;
  assert.equal((await scoped(narrower, registered)).granted, narrower);
});

/** As `ask`, with any method and headers. */
async function send(
  token: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; challenge: string }> {
  const response = await fetch(`${server.url}/fhir/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const challenge = response.headers.get('www-authenticate') ?? '';
  return { status: response.status, text: await response.text(), challenge };
}

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const note = { resourceType: 'Observation', status: 'final', code: { text: 'ghi chú' } };

const includesAll = (letters: string, needed: string) => [...needed].every((one) => letters.includes(one));

test('each letter of a scope lets do what it stands for, and nothing else', async () => {
  const made = JSON.parse((await send(whole, 'POST', 'Observation', note)).text) as Resource;
  const path = `Observation/${made.id}`;
  const patch = [{ op: 'replace', path: '/status', value: 'final' }];
  const tries: [
    letters: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ][] = [
    ['c', 'POST', 'Observation', note],
    ['r', 'GET', path, undefined],
    ['r', 'GET', `${path}/_history/1`, undefined],
    ['r', 'GET', `${path}/_history`, undefined],
    ['u', 'PUT', path, { ...note, id: made.id }],
    ['ru', 'PATCH', path, patch, JSON_PATCH],
    ['s', 'GET', 'Observation?_count=1', undefined],
    ['s', 'GET', 'Observation/_history?_count=1', undefined],
    ['d', 'DELETE', path, undefined],
  ];
  for (const letter of ['c', 'r', 'u', 'ru', 's', 'd']) {
    const { token } = await scoped(`system/Observation.${letter}`);
    for (const [needed, method, url, body, headers] of tries) {
      const answer = await send(token, method, url, body, headers);
      const { status, text } = answer;
      const isBeyond = !includesAll(letter, needed);
      assert.equal(status === 403, isBeyond, `${letter}: ${method} ${url}: ${status} ${text}`);
      assert.equal(
        /error="insufficient_scope"/.test(answer.challenge),
        isBeyond,
        `${letter}: ${method} ${url}: ${text}`,
      );
    }
  }
});

test('a write tells nothing of what its token may not read: no condition, no match, no patch', async () => {
  const identifier = [{ system: 'http://example.org/own', value: 'kq-1' }];
  const secret = { ...note, identifier, code: { text: 'điều không ai được đọc' } };
  const made = JSON.parse((await send(whole, 'POST', 'Observation', secret)).text) as Resource;
  const writes = (await scoped('system/Observation.cud system/Encounter.cud')).token;
  const conditions = [`_id=${made.id}`, 'code:text=điều', 'patient.name=x', '_has:Provenance:target:_id=x'];
  for (const condition of conditions) {
    const query = condition.replace('điều', encodeURIComponent('điều'));
    const visit = {
      resourceType: 'Encounter',
      status: 'planned',
      class: { code: 'AMB' },
      reasonReference: [{ reference: `Observation?${query}` }],
    };
    const answers = [
      await send(writes, 'POST', 'Observation', note, { 'if-none-exist': query }),
      await send(writes, 'PUT', `Observation?${query}`, note),
      await send(
        writes,
        'PATCH',
        `Observation?${query}`,
        [{ op: 'test', path: '/status', value: 'x' }],
        JSON_PATCH,
      ),
      await send(writes, 'DELETE', `Observation?${query}`, undefined),
      await send(writes, 'POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: visit, request: { method: 'POST', url: 'Encounter' } }],
      }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 403, 403, 403],
      condition,
    );
  }
  // a sender that knows the number of its own record files under it, and is not shown what is there
  const own = { 'if-none-exist': `identifier=http://example.org/own|kq-1` };
  const again = await send(writes, 'POST', 'Observation', { ...note, identifier }, own);
  assert.equal(again.status, 200, again.text);
  const batch = await send(
    writes,
    'POST',
    '',
    {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        {
          resource: { ...note, identifier },
          request: {
            method: 'POST',
            url: 'Observation',
            ifNoneExist: 'identifier=http://example.org/own|kq-1',
          },
        },
      ],
    },
    { prefer: 'return=representation' },
  );
  assert.match(batch.text, /"200 OK"/);
  const patched = await send(
    writes,
    'PATCH',
    `Observation/${made.id}`,
    [{ op: 'replace', path: '/status', value: 'amended' }],
    JSON_PATCH,
  );
  const labelled = await send(writes, 'POST', `Observation/${made.id}/$meta-add`, tagged);
  assert.deepEqual([patched.status, labelled.status], [403, 403]);
  for (const { text } of [again, batch, patched, labelled]) assert.doesNotMatch(text, /không ai được đọc/);
  assert.match((await send(whole, 'GET', `Observation/${made.id}`, undefined)).text, /"final"/);
});

test('a condition finds no more than a search with the same scopes would show', async () => {
  const { token } = await scoped(`system/Observation.cu system/Observation.rs?${LABORATORY}`);
  const unless = (code: string) => ({ 'if-none-exist': `code=http://loinc.org|${code}` });
  assert.equal(
    (await send(token, 'POST', 'Observation', note, unless('718-7'))).status,
    200,
    'within the filter',
  );
  assert.equal((await send(token, 'POST', 'Observation', note, unless('8867-4'))).status, 201, 'beyond it');
});

test('what belongs to a visit takes the scope of each type that is shown', async () => {
  const encounter = await create({
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { code: 'AMB' },
    subject: { reference: `Patient/${ids.patient}` },
  } as Resource);
  const inVisit = await create({
    ...anObservation({}),
    subject: { reference: `Patient/${ids.patient}` },
    encounter: { reference: `Encounter/${encounter}` },
    category: [{ coding: [{ system: CATEGORY, code: 'vital-signs' }] }],
    code: { text: 'của lượt khám' },
  });
  const path = `Encounter/${encounter}/$everything`;
  const typesIn = ({ body }: { body: object }) =>
    ((body as Bundle).entry ?? []).map(({ resource }) => resource.resourceType).toSorted();
  const visits = (await scoped('system/Encounter.rs system/Patient.rs')).token;
  for (const query of ['', '?_type=Observation', '?_type=Encounter,Observation']) {
    const { status, body } = await ask(visits, path + query);
    assert.equal(status, 403, query);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(inVisit));
  }
  assert.deepEqual(typesIn(await ask(visits, `${path}?_type=Encounter`)), ['Encounter']);
  const both = (await scoped('system/Encounter.rs system/Observation.rs')).token;
  assert.deepEqual(typesIn(await ask(both, `${path}?_type=Encounter,Observation`)), [
    'Encounter',
    'Observation',
  ]);
  assert.deepEqual(typesIn(await ask(whole, path)), ['Encounter', 'Observation', 'Patient']);
  const laboratory = (await scoped(`system/Encounter.rs system/Observation.rs?${LABORATORY}`)).token;
  assert.deepEqual(typesIn(await ask(laboratory, `${path}?_type=Observation`)), []);
});

test('a stream tells of no Patient to a token whose scope shows only some', async () => {
  const follow = async (scope: string) => {
    const { token } = await scoped(scope);
    const response = await fetch(`${server.url}/live?patient=Patient/${ids.patient}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await follow('system/Patient.rs'), 200);
  assert.equal(await follow('system/Patient.rs?identifier=http://example.org/none|1'), 404);
});
