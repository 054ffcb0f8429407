// The CapabilityStatement tells the truth: it is valid R4, and what it names is there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { parseJson, validate } from '@yba/fhir';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

type Statement = {
  rest: {
    resource: {
      type: string;
      documentation?: string;
      interaction: { code: string }[];
      searchParam?: { name: string }[];
      searchInclude?: string[];
      searchRevInclude?: string[];
      operation?: { name: string; definition: string }[];
    }[];
    searchParam: { name: string }[];
    operation: { name: string; definition: string }[];
    interaction: { code: string }[];
    compartment: string[];
  }[];
};

let server: TestPlatform;
let client: FhirClient;
let text: string;
let rest: Statement['rest'][number];

before(async () => {
  server = await startPlatform();
  client = fhirClient(server.url, await server.facilityToken('01901', 'Bệnh viện Bạch Mai'));
  text = await (await fetch(`${server.url}/fhir/metadata`)).text();
  rest = (JSON.parse(text) as Statement).rest[0]!;
});
after(() => server.stop());

test('is a valid CapabilityStatement', () => {
  assert.deepEqual(
    validate(parseJson(text)).filter(({ severity }) => severity === 'error'),
    [],
  );
});

test('says that nothing is sent for a Subscription, and keeps its status as it came', async () => {
  const told = rest.resource.find(({ type }) => type === 'Subscription')!;
  assert.match(told.documentation ?? '', /nothing is sent/);
  const { status, body } = await client.send('POST', '/Subscription', {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'results',
    criteria: 'Observation?status=final',
    channel: { type: 'rest-hook', endpoint: 'https://his.example/notify' },
  });
  assert.deepEqual([status, body['status']], [201, 'requested']);
});

test('a part of it can be asked for, and what cannot be is refused', async () => {
  const part = await client.get('/metadata?_elements=software,status');
  assert.deepEqual([part.status, part.body['rest']], [200, undefined]);
  assert.deepEqual(part.body['software'], (JSON.parse(text) as { software: object }).software);
  assert.equal((await client.get('/metadata?_summary=true')).status, 200);
  assert.equal((await client.get('/metadata?_summary=much')).status, 400);
  const asked: [query: string, status: number][] = [
    ['mode=full', 200],
    ['mode=normative', 200],
    ['mode=terminology&_pretty=true', 200],
    ['mode=some', 400],
    ['unknown=1', 400],
  ];
  for (const [query, status] of asked) {
    assert.equal((await client.get(`/metadata?${query}`)).status, status, query);
    const entry = [{ request: { method: 'GET', url: `metadata?${query}` } }];
    const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    assert.match(body.entry![0]!.response!.status, new RegExp(`^${status}`), `entry ${query}`);
  }
});

test('every interaction it names is carried out, and none that it leaves out', async () => {
  const patch = { 'content-type': 'application/json-patch+json' };
  const tried: Record<string, (type: string) => Promise<{ status: number }>> = {
    read: (type) => client.get(`/${type}/nobody`),
    vread: (type) => client.get(`/${type}/nobody/_history/1`),
    'history-instance': (type) => client.get(`/${type}/nobody/_history`),
    'history-type': (type) => client.get(`/${type}/_history?_count=1`),
    create: (type) => client.send('POST', `/${type}`, { resourceType: type, implicitRules: 7 }),
    update: (type) =>
      client.send('PUT', `/${type}/nobody`, { resourceType: type, id: 'nobody', implicitRules: 7 }),
    patch: (type) => client.send('PATCH', `/${type}/nobody`, '[]', patch),
    delete: (type) => client.send('DELETE', `/${type}/nobody`, undefined),
    'search-type': (type) => client.get(`/${type}?_count=1`),
  };
  const wrong: string[] = [];
  for (const { type, interaction } of rest.resource) {
    const told = new Set(interaction.map(({ code }) => code));
    for (const [code, ask] of Object.entries(tried)) {
      const { status } = await ask(type);
      if (status >= 500 || (status !== 405) !== told.has(code)) wrong.push(`${type} ${code}: ${status}`);
    }
    for (const code of told) if (!tried[code]) wrong.push(`${type} ${code} is not tried`);
  }
  assert.deepEqual(wrong, []);
  assert.equal((await client.get('/_history?_count=1')).status, 200);
  assert.equal((await client.get('/?_type=Patient&_count=1')).status, 200);
  assert.deepEqual(rest.interaction.map(({ code }) => code).sort(), [
    'batch',
    'history-system',
    'search-system',
    'transaction',
  ]);
  for (const url of rest.compartment) {
    const type = url.slice(url.lastIndexOf('/') + 1);
    const answer = await client.get(`/${type[0]!.toUpperCase()}${type.slice(1)}/nobody/Observation`);
    assert.equal(answer.status, 200, answer.text);
  }
});

test('every type it names answers the search it promises', async () => {
  for (const { type, interaction } of rest.resource) {
    if (!interaction.some(({ code }) => code === 'search-type')) continue;
    const answer = await client.get(`/${type}?_count=1`);
    assert.equal(answer.status, 200, `${type}: ${answer.text}`);
  }
});

test('every search parameter it names is understood', async () => {
  const refused: string[] = [];
  for (const { type, searchParam } of rest.resource.filter(({ type: name }) =>
    /^(Patient|Observation|Encounter)$/.test(name),
  )) {
    for (const { name } of searchParam ?? []) {
      const answer = await client.get(`/${type}?${name}:missing=false&_count=1`);
      if (answer.status !== 200) refused.push(`${type}?${name}: ${answer.status} ${answer.text}`);
    }
  }
  assert.deepEqual(refused, []);
});

test('every reference it says can be included is taken both ways', async () => {
  const included = rest.resource.flatMap(({ type, searchInclude = [] }) =>
    /^(Patient|Observation|Encounter)$/.test(type) ? searchInclude : [],
  );
  assert.ok(included.includes('Observation:subject'));
  for (const name of included) {
    const [type] = name.split(':');
    assert.equal((await client.get(`/${type}?_include=${name}&_count=1`)).status, 200, name);
    assert.equal((await client.get(`/Patient?_revinclude=${name}&_count=1`)).status, 200, name);
  }
});

test('what refers to a type is told, and taken; so are the parameters of a search over all types', async () => {
  const { searchRevInclude = [] } = rest.resource.find(({ type }) => type === 'Encounter')!;
  assert.ok(searchRevInclude.includes('Observation:encounter'));
  assert.ok(searchRevInclude.includes('Provenance:target'));
  assert.ok(!searchRevInclude.includes('Observation:device'));
  for (const name of searchRevInclude)
    assert.equal((await client.get(`/Encounter?_revinclude=${name}&_count=1`)).status, 200, name);
  assert.ok(rest.searchParam.some(({ name }) => name === '_lastUpdated'));
  for (const { name } of rest.searchParam)
    assert.equal((await client.get(`/?${name}:missing=false&_count=1`)).status, 200, name);
});

test('a search parameter that is written is told to whom it is in force for, and to nobody else', async () => {
  const parameter = {
    resourceType: 'SearchParameter',
    url: 'https://example.org/SearchParameter/ward',
    name: 'ward',
    status: 'active',
    description: 'Khoa',
    code: 'ward',
    base: ['Observation'],
    type: 'reference',
    target: ['Location'],
    expression: "Observation.extension('https://example.org/ward').value",
  };
  const others = fhirClient(server.url, await server.facilityToken('79013', 'Bệnh viện Chợ Rẫy'));
  const told = ({ rest: [server] }: Statement) => {
    const of = (name: string) => server!.resource.find(({ type }) => type === name)!;
    return [
      of('Observation').searchParam!.some(({ name }) => name === 'ward'),
      of('Observation').searchInclude!.includes('Observation:ward'),
      of('Location').searchRevInclude!.includes('Observation:ward'),
    ];
  };
  const statement = async (from: { get(path: string): Promise<{ body: object }> }) =>
    told((await from.get('/metadata')).body as Statement);
  const inBundle = async () => {
    const entry = [{ request: { method: 'GET', url: 'metadata' } }];
    const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    return told(body.entry![0]!.resource as unknown as Statement);
  };
  const nobody = fhirClient(server.url, 'no-such-token');
  assert.equal((await client.send('POST', '/SearchParameter', parameter)).status, 201);
  assert.deepEqual([await statement(client), await inBundle()], Array(2).fill([true, true, true]));
  assert.deepEqual([await statement(others), await statement(nobody)], Array(2).fill([false, false, false]));
  assert.equal(await (await fetch(`${server.url}/fhir/metadata`)).text(), text);

  // what nobody's facility wrote is the platform's own
  await server.pools.owner`update shared_resource set facility = 0, version = 2`;
  await server.pools.owner`update definition_state set changes = changes + 1`;
  const deadline = Date.now() + 30_000;
  while (!(await statement(others))[0] && Date.now() < deadline) await setTimeout(100); // asks once a second
  assert.deepEqual([await statement(others), await statement(nobody)], Array(2).fill([true, true, true]));
});

test('every operation it names is defined by an OperationDefinition', () => {
  const operations = [...rest.operation, ...rest.resource.flatMap(({ operation = [] }) => operation)];
  for (const { name, definition } of operations)
    assert.match(definition, /\/OperationDefinition\/[^/]+$/, name);
});

test('every operation it names is found at its place', async () => {
  const places = [
    ...rest.operation.map(({ name }) => `/$${name}`),
    ...rest.resource.flatMap(({ type, operation = [] }) =>
      operation.flatMap(({ name }) => [`/${type}/$${name}`, `/${type}/some-id/$${name}`]),
    ),
  ];
  const found = new Set<string>();
  for (const place of places) {
    const answer = await client.get(place);
    const isUnknown = answer.status === 404 && answer.body.issue?.[0]?.code === 'not-supported';
    if (!isUnknown) found.add(place.slice(place.indexOf('$')));
  }
  for (const place of places) assert.ok(found.has(place.slice(place.indexOf('$'))), place);
});
