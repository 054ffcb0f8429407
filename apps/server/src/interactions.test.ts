// Every interaction of the FHIR R4 REST API through the front door, as the specification tells them.
// Source: https://hl7.org/fhir/R4/http.html
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { maLk, mrn } from '@yba/vietnam';
import { fhirClient, type Answer, type FhirClient, type Shown } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

let server: TestPlatform;
let token: string;
let client: FhirClient;
let other: FhirClient;

before(async () => {
  server = await startPlatform();
  token = await server.facilityToken('01901', 'Bệnh viện Bạch Mai');
  client = fhirClient(server.url, token);
  other = fhirClient(server.url, await server.facilityToken('79901', 'Bệnh viện Chợ Rẫy'));
});
after(() => server.stop());

const MRN = mrn('01901');
let serial = 0;
const unused = () => `BN-${++serial}`;

const aPatient = (over: object = {}) => ({
  resourceType: 'Patient',
  name: [{ text: 'Trần Văn Bình', family: 'Trần', given: ['Văn', 'Bình'] }],
  gender: 'male',
  birthDate: '1970-05-06',
  ...over,
});
const aResult = (patient: string, over: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2026-11-20T08:00:00+07:00',
  valueQuantity: { value: 13.5, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
  ...over,
});

async function created(resource: object): Promise<Shown> {
  const { resourceType } = resource as { resourceType: string };
  const answer = await client.send('POST', `/${resourceType}`, resource);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

const fault = (answer: Answer) => [answer.status, answer.body.issue?.[0]?.code];
const resources = ({ body }: Answer, mode = 'match') =>
  (body.entry ?? []).filter(({ search }) => (search?.mode ?? mode) === mode).map(({ resource }) => resource!);
const linkOf = ({ body }: Answer, name: string) =>
  (body['link'] as { relation: string; url: string }[])
    .find(({ relation }) => relation === name)
    ?.url.replace(`${server.url}/fhir`, '');
const nextOf = (answer: Answer) => linkOf(answer, 'next');

const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the text of a query', () => {
  const batch = (url: string) =>
    client.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url } }] }); // prettier-ignore

  test('that is no UTF-8, or half an escape, is refused and names its parameter', async () => {
    for (const value of ['%FF', '%ED%A0%80', '%C0%AF', '%zz', '100%']) {
      const query = `gender=male&name=${value}`;
      for (const answer of [
        await client.get(`/Patient?${query}`),
        await client.get(`/Patient/1/Observation?patient.${query}`),
        await client.send('POST', '/Patient/_search', query, form),
        await client.send('POST', '/Patient', aPatient(), { 'if-none-exist': query }),
        await client.send('DELETE', `/Patient?${query}`, undefined),
      ]) {
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.issue![0]!.expression![0]!, /name$/);
      }
      const { body } = await batch(`Patient?${query}`);
      assert.equal(body.entry![0]!.response!.status, '400 Bad Request');
    }
    const bytes = new Uint8Array([...Buffer.from('name='), 0xed, 0xa0, 0x80]);
    const response = await fetch(`${server.url}/fhir/Patient/_search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...form },
      body: bytes,
    });
    assert.equal(response.status, 400);
  });

  test('that an entry asks wrongly is said of that entry', async () => {
    const location = (condition: string) => ({
      resourceType: 'Location',
      name: 'x',
      managingOrganization: { reference: `Organization?${condition}` },
    });
    const reference = 'resource.managingOrganization.reference';
    for (const [condition, place] of [
      ['name=%FF', 'request.url'],
      ['name=%FF', 'request.ifNoneExist'],
      ['name=%FF', reference],
      ['nome=x', reference],
    ] as const) {
      const request = {
        method: place === 'request.url' ? 'PUT' : 'POST',
        url: place === 'request.url' ? `Location?${condition}` : 'Location',
        ...(place === 'request.ifNoneExist' ? { ifNoneExist: condition } : {}),
      };
      const resource = location(place === reference ? condition : 'identifier=x|y');
      const other = { resource: { resourceType: 'Location', name: 'y' }, request: { method: 'POST', url: 'Location' } }; // prettier-ignore
      const entry = [other, { resource, request }];
      const answer = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(answer.body.issue![0]!.expression, [`Bundle.entry[1].${place}`]);
      assert.match(answer.text, /name|nome/);
      const alone = await client.send('POST', '/Location', location(condition));
      assert.deepEqual(alone.body.issue![0]!.expression, ['Location.managingOrganization.reference']);
    }
  });

  test('that is not escaped is told how to be', async () => {
    const path = Buffer.from('/fhir/Patient?name=Nguyễn').toString('latin1');
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: Number(new URL(server.url).port), host: 'localhost' });
      socket.end(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`, 'latin1');
      socket.on('data', (bytes) => resolve(bytes.toString('utf8'))).on('error', reject);
    });
    assert.match(text, /^HTTP\/1.1 400 [^]*Nguy%E1%BB%85n/);
  });

  test('of a write that takes none is refused, in an entry too: a condition in the wrong place would be passed over', async () => {
    const { id } = await created(aPatient());
    const patch = [{ op: 'add', path: '/active', value: true }];
    const json = { 'content-type': 'application/json-patch+json' };
    for (const [method, path, body, headers] of [
      ['POST', '/Patient?identifier=a', aPatient(), {}],
      ['PUT', `/Patient/${id}?gender=male`, aPatient({ id }), {}],
      ['PATCH', `/Patient/${id}?gender=male`, patch, json],
      ['DELETE', `/Patient/${id}?gender=female`, undefined, {}],
      ['POST', '?identifier=a', { resourceType: 'Bundle', type: 'batch', entry: [] }, {}],
    ] as const) {
      const answer = await client.send(method, path, body, headers);
      assert.equal(answer.status, 400, `${method} ${path}`);
      assert.match(answer.body.issue![0]!.expression![0]!, /^(identifier|gender)$/);
    }
    for (const [method, url] of [
      ['POST', 'Patient?identifier=a'],
      ['PUT', `Patient/${id}?gender=male`],
      ['DELETE', `Patient/${id}?gender=female`],
    ] as const) {
      const resource = method === 'DELETE' ? {} : { resource: aPatient(method === 'PUT' ? { id } : {}) };
      const entry = [{ ...resource, request: { method, url } }];
      const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.equal(body.issue?.[0]?.expression?.[0], 'Bundle.entry[0].request.url', `${method} ${url}`);
    }
    const answer = await client.send('PUT', `/Patient/${id}?_format=json&_pretty=true`, aPatient({ id }));
    assert.deepEqual([answer.status, answer.body.meta?.versionId], [200, '2']);
  });

  test('may hold a question mark, in an address, an entry and a condition alike', async () => {
    const value = unused();
    const identifier = [{ system: 'http://example.org/ids?kind=ward', value }];
    const query = `identifier=http://example.org/ids?kind=ward|${value}`;
    const { id } = await created(aPatient({ identifier }));
    assert.equal((await client.get(`/Patient?${query}`)).body.total, 1);
    assert.equal((await batch(`Patient?${query}`)).body.entry![0]!.resource!.total, 1);
    for (const condition of [query, `Patient?${query}`, `?${query}`, `${server.url}/fhir/Patient?${query}`]) {
      const answer = await client.send('POST', '/Patient', aPatient({ identifier }), {
        'if-none-exist': condition,
      });
      assert.deepEqual([answer.status, answer.body.id], [200, id], condition);
      const entry = {
        resource: aPatient({ identifier }),
        request: { method: 'POST', url: 'Patient', ifNoneExist: condition },
      };
      const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [entry], identifier: { value: unused() } }); // prettier-ignore
      assert.equal(body.entry?.[0]!.response!.status, '200 OK', JSON.stringify(body));
    }
  });
});

describe('X-Provenance', () => {
  const provenance = (over: object = {}) => ({
    'x-provenance': JSON.stringify({
      resourceType: 'Provenance',
      id: 'the-senders',
      recorded: '2026-11-20T08:00:00+07:00',
      agent: [{ who: { display: 'HIS' } }],
      ...over,
    }),
  });
  const targetsOf = async (of: string) =>
    resources(await client.get(`/Provenance?target=${of}`)).map(
      (one) => (one['target'] as { reference: string }[])[0]!.reference,
    );

  test('is stored with what is created, updated or patched, and leads to the version written', async () => {
    const answer = await client.send('POST', '/Patient', aPatient(), provenance());
    assert.deepEqual([answer.status, answer.body.resourceType], [201, 'Patient']);
    const of = `Patient/${answer.body.id}`;
    assert.deepEqual(await targetsOf(of), [`${of}/_history/1`]);
    const next = { ...answer.body, active: true };
    assert.equal((await client.send('PUT', `/${of}`, next, provenance())).status, 200);
    const patch = JSON.stringify([{ op: 'replace', path: '/active', value: false }]);
    const type = { 'content-type': 'application/json-patch+json' };
    assert.equal((await client.send('PATCH', `/${of}`, patch, { ...provenance(), ...type })).status, 200);
    assert.deepEqual(
      (await targetsOf(of)).sort(),
      [1, 2, 3].map((version) => `${of}/_history/${version}`),
    );
    const sources = await client.get(`/Patient?_id=${answer.body.id}&_revinclude=Provenance:target`);
    assert.equal(resources(sources, 'include').length, 3);
    assert.equal(resources(await client.get(`/Provenance?patient=${answer.body.id}`)).length, 3);
  });

  test('$meta-add and $meta-delete take it and If-Match as the patches they are; other operations refuse it', async () => {
    const { id } = await created(aPatient());
    const of = `Patient/${id}`;
    const tag = {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'seen' }] } }],
    };
    const send = (code: string, headers: Record<string, string>) =>
      client.send('POST', `/${of}/$${code}`, tag, headers);
    assert.equal((await send('meta-add', { ...provenance(), 'if-match': 'W/"1"' })).status, 200);
    assert.deepEqual(fault(await send('meta-delete', { 'if-match': 'W/"1"' })), [412, 'lock-error']);
    assert.deepEqual(fault(await send('meta-delete', { 'if-match': 'one' })), [400, 'invalid']);
    assert.equal((await send('meta-delete', { ...provenance(), 'if-match': 'W/"2"' })).status, 200);
    assert.deepEqual((await targetsOf(of)).sort(), [`${of}/_history/2`, `${of}/_history/3`]);
    const entry = (ifMatch: string) => ({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ resource: tag, request: { method: 'POST', url: `${of}/$meta-add`, ifMatch } }],
    });
    for (const [ifMatch, status] of [
      ['W/"1"', '412 Precondition Failed'],
      ['W/"3"', '200 OK'],
    ] as const) {
      const { body } = await client.send('POST', '', entry(ifMatch));
      assert.equal(body.entry![0]!.response!.status, status);
    }
    const asked = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: aPatient() }] };
    for (const code of ['$validate', '$match'])
      assert.equal((await client.send('POST', `/Patient/${code}`, asked, provenance())).status, 400, code);
    assert.equal((await client.send('GET', `/${of}/$meta`, undefined, provenance())).status, 200);
  });

  test('takes names in UTF-8, and keeps what else the sender says is its target', async () => {
    const { 'x-provenance': text } = provenance({
      agent: [{ who: { display: 'Nguyễn Thị Hạnh' } }],
      target: [{ reference: 'Patient/1' }],
    });
    const header = { 'x-provenance': Buffer.from(text).toString('latin1') };
    const { body } = await client.send(
      'POST',
      '/Schedule',
      { resourceType: 'Schedule', actor: [{ display: 'x' }] },
      header,
    );
    const [stored] = resources(await client.get(`/Provenance?target=Schedule/${body.id}`));
    assert.deepEqual(stored!['agent'], [{ who: { display: 'Nguyễn Thị Hạnh' } }]);
    assert.deepEqual(stored!['target'], [
      { reference: `Schedule/${body.id}/_history/1` },
      { reference: 'Patient/1' },
    ]);
  });

  test('is not stored where nothing is written', async () => {
    const identifier = [{ system: MRN, value: unused() }];
    const condition = { 'if-none-exist': `identifier=${MRN}|${identifier[0]!.value}` };
    const send = () =>
      client.send('POST', '/Patient', aPatient({ identifier }), { ...condition, ...provenance() });
    const [first, second] = [await send(), await send()];
    assert.deepEqual([first.status, second.status], [201, 200]);
    assert.equal((await targetsOf(`Patient/${first.body.id}`)).length, 1);
  });

  test('is found by the version it is of, and refused where it would be dropped', async () => {
    const { body } = await client.send('POST', '/Patient', aPatient(), provenance());
    const of = `Patient/${body.id}`;
    const next = aPatient({ id: body.id, active: true });
    assert.equal((await client.send('PUT', `/${of}`, next, provenance())).status, 200);
    assert.deepEqual(await targetsOf(`${of}/_history/2`), [`${of}/_history/2`]);
    assert.deepEqual(await targetsOf(`${of}/_history/3`), []);
    assert.equal((await targetsOf(of)).length, 2);
    for (const path of [`/${of}`, `/Patient?_id=${body.id}`]) {
      const answer = await client.send('DELETE', path, undefined, provenance());
      assert.deepEqual([answer.status, answer.body.issue?.[0]?.expression?.[0]], [400, 'X-Provenance']);
    }
    assert.equal((await client.get(`/${of}`)).status, 200);
  });

  test('that cannot be understood or is not valid refuses the write', async () => {
    const identifier = [{ system: MRN, value: unused() }];
    const sent = aPatient({ identifier });
    for (const [header, status, expression] of [
      ['{"resourceType":"Provenance"', 400, 'X-Provenance'],
      ['{"resourceType":"Patient"}', 400, 'X-Provenance'],
      ['[]', 400, 'X-Provenance'],
      [provenance({ target: 'x' })['x-provenance'], 422, 'X-Provenance.target'],
      ['{"resourceType":"Provenance","recorded":"2026-11-20T08:00:00Z"}', 422, 'X-Provenance.agent'],
    ] as const) {
      const answer = await client.send('POST', '/Patient', sent, { 'x-provenance': header });
      assert.deepEqual(
        [answer.status, answer.body.issue?.[0]?.expression?.[0]],
        [status, expression],
        header,
      );
    }
    const bundle = { resourceType: 'Bundle', type: 'batch' };
    assert.equal((await client.send('POST', '/', bundle, provenance())).status, 400);
    assert.equal(resources(await client.get(`/Patient?identifier=${MRN}|${identifier[0]!.value}`)).length, 0);
  });
});

describe('read and vread', () => {
  test('answer ETag and Last-Modified, and 304 to who has that version', async () => {
    const { id } = await created(aPatient());
    const answer = await client.get(`/Patient/${id}`);
    assert.equal(answer.headers.get('etag'), 'W/"1"');
    const modified = answer.headers.get('last-modified')!;
    for (const headers of [{ 'if-none-match': 'W/"1"' }, { 'if-modified-since': modified }] as Record<
      string,
      string
    >[])
      assert.equal((await client.get(`/Patient/${id}`, headers)).status, 304);
    assert.equal((await client.get(`/Patient/${id}`, { 'if-none-match': 'W/"2"' })).status, 200);
    assert.equal((await client.get(`/Patient/${id}/_history/1`)).status, 200);
    assert.deepEqual(fault(await client.get(`/Patient/${id}/_history/2`)), [404, 'not-found']);
  });

  test('HEAD tells the same without a body', async () => {
    const { id } = await created(aPatient());
    const head = await client.send('HEAD', `/Patient/${id}`, undefined);
    assert.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', 'W/"1"']);
    assert.equal((await client.send('HEAD', '/Patient/nobody', undefined)).status, 404);
  });

  test('a deleted resource is 410, its versions can still be read', async () => {
    const { id } = await created(aPatient());
    assert.equal((await client.send('DELETE', `/Patient/${id}`, undefined)).status, 204);
    assert.deepEqual(fault(await client.get(`/Patient/${id}`)), [410, 'deleted']);
    assert.equal((await client.get(`/Patient/${id}/_history/1`)).status, 200);
    assert.deepEqual(fault(await client.get(`/Patient/${id}/_history/2`)), [410, 'deleted']);
  });

  test('_elements keeps what is mandatory and says SUBSETTED; _summary and _pretty are done, the rest refused', async () => {
    const { id: patient } = await created(aPatient());
    const { id } = await created(aResult(patient!));
    for (const name of ['valueQuantity', 'value', 'value[x]']) {
      const { body } = await client.get(`/Observation/${id}?_elements=${name}`);
      const kept = ['code', 'id', 'meta', 'resourceType', 'status', 'valueQuantity'];
      assert.deepEqual(Object.keys(body).sort(), kept, name);
      assert.match(JSON.stringify(body.meta), /SUBSETTED/);
    }
    assert.equal((await client.get(`/Observation/${id}?_summary=text`)).body['valueQuantity'], undefined);
    assert.match((await client.get(`/Observation/${id}?_pretty=true`)).text, /\n {2}"id"/);
    assert.equal((await client.get(`/Observation/${id}?colour=red`)).status, 400);
  });

  test('what was read in part is not written over the whole: alone, by a condition, in a Bundle', async () => {
    const identifier = [{ system: MRN, value: unused() }];
    const { id } = await created(aPatient({ birthDate: '1980-02-03', identifier }));
    const { body: part } = await client.get(`/Patient/${id}?_elements=gender`);
    const changed = { ...part, active: false };
    const at = `Patient?identifier=${MRN}|${identifier[0]!.value}`;
    const { id: _id, ...nameless } = changed;
    for (const [url, resource] of [
      [`Patient/${id}`, changed],
      [at, nameless],
    ] as const) {
      const answer = await client.send('PUT', `/${url}`, resource);
      assert.deepEqual(fault(answer), [422, 'business-rule']);
      const entry = [{ resource, request: { method: 'PUT', url } }];
      const bundle = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.deepEqual(fault(bundle), [422, 'business-rule']);
      assert.deepEqual(
        [answer, bundle].map(({ body }) => body.issue![0]!.expression),
        [['Patient.meta.tag[0]'], ['Bundle.entry[0].resource.meta.tag[0]']],
      );
    }
    assert.equal((await client.get(`/Patient/${id}`)).body['birthDate'], '1980-02-03');
    const { tag: _tag, ...meta } = part.meta as Record<string, unknown>;
    assert.equal((await client.send('PUT', `/Patient/${id}`, { ...changed, meta })).status, 200);
  });

  test('_summary and _elements cut what a write answers too, alone and in a Bundle', async () => {
    const id = `own-${unused()}`;
    const identifier = [{ system: MRN, value: unused() }];
    const whole = () => aPatient({ id, birthDate: '1980-02-03', identifier });
    const keys = (resource: object) => Object.keys(resource).sort();
    const cut = ['birthDate', 'id', 'meta', 'resourceType'];
    const byCondition = `Patient?identifier=${MRN}|${identifier[0]!.value}&_elements=birthDate`;
    const parameters = {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'replace' },
            { name: 'path', valueString: 'Patient.birthDate' },
            { name: 'value', valueDate: '1980-02-04' },
          ],
        },
      ],
    };
    const asked: [method: string, url: string, resource: object | undefined][] = [
      ['PUT', `Patient/${id}?_elements=birthDate`, whole()],
      ['PUT', byCondition, whole()],
      ['PATCH', `Patient/${id}?_elements=birthDate`, parameters],
      ['PATCH', byCondition, parameters],
    ];
    for (const [method, url, resource] of asked) {
      const alone = await client.send(method, `/${url}`, resource);
      assert.deepEqual(keys(alone.body), cut, `${method} ${url}`);
      for (const type of ['transaction', 'batch']) {
        const bundle = { resourceType: 'Bundle', type, entry: [{ resource, request: { method, url } }] };
        const { body } = await client.send('POST', '', bundle, { prefer: 'return=representation' });
        assert.deepEqual(keys(body.entry![0]!.resource!), cut, `${type} ${method} ${url}`);
      }
    }
    const summary = await client.send('POST', '/Patient?_summary=text', aPatient({ birthDate: '1980' }));
    assert.deepEqual([summary.status, summary.body['birthDate']], [201, undefined]);
    assert.equal((await client.get(`/Patient/${summary.body.id}`)).body['birthDate'], '1980');
    assert.equal((await client.send('PUT', `/Patient/${id}?_summary=count`, whole())).status, 400);
    assert.equal((await client.send('DELETE', `/Patient/${id}?_summary=true`, undefined)).status, 204);
    const empty = { resourceType: 'Bundle', type: 'batch' };
    assert.equal((await client.send('POST', '?_summary=true', empty)).status, 400);
  });

  test('_format=xml is 406 in words', async () => {
    for (const format of ['xml', 'application/fhir+xml', 'ttl']) {
      const answer = await client.get(`/Patient?_format=${encodeURIComponent(format)}`);
      assert.equal(answer.status, 406);
      assert.match(answer.body.issue![0]!.diagnostics!, /application\/fhir\+json/);
    }
    for (const format of ['json', 'application/json', 'application/fhir%2Bjson'])
      assert.equal((await client.get(`/Patient?_count=1&_format=${format}`)).status, 200);
  });
});

describe('Binary', () => {
  const pdf = Buffer.from('%PDF-1.7 \x00\xff not really', 'latin1');
  const call = (method: string, path: string, headers: Record<string, string>, body?: Buffer) =>
    fetch(`${server.url}/fhir${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body ? { body: new Uint8Array(body) } : {}),
    });

  test('is written as the bytes it holds, and read as them unless FHIR is asked for', async () => {
    const { id: patient } = await created(aPatient());
    const made = await call(
      'POST',
      '/Binary',
      { 'content-type': 'application/pdf', 'x-security-context': `Patient/${patient}` },
      pdf,
    );
    assert.equal(made.status, 201);
    const { id } = (await made.json()) as Shown;
    for (const accept of ['*/*', 'application/pdf', 'application/*', 'text/html, */*;q=0.1']) {
      const answer = await call('GET', `/Binary/${id}`, { accept });
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/pdf'], accept);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), pdf);
      assert.equal(answer.headers.get('etag'), 'W/"1"');
      assert.equal(answer.headers.get('content-disposition'), 'attachment');
      assert.match(answer.headers.get('content-security-policy')!, /^sandbox/);
    }
    const known = { accept: '*/*', 'if-none-match': 'W/"1"' };
    assert.equal((await call('GET', `/Binary/${id}/_history/1`, known)).status, 304);
    assert.equal((await call('GET', `/Binary/${id}`, { accept: 'image/png' })).status, 406);
    for (const [path, accept] of [
      [`/Binary/${id}`, 'application/fhir+json'],
      [`/Binary/${id}`, 'application/json, */*;q=0.5'],
      [`/Binary/${id}?_format=json`, '*/*'],
    ] as const) {
      const { body } = await client.send('GET', path, undefined, { accept });
      assert.deepEqual(
        [body['contentType'], body['data'], body['securityContext']],
        ['application/pdf', pdf.toString('base64'), { reference: `Patient/${patient}` }],
      );
    }
    const cda = Buffer.from('<ClinicalDocument/>');
    assert.equal((await call('PUT', `/Binary/${id}`, { 'content-type': 'text/xml' }, cda)).status, 200);
    assert.equal(await (await call('GET', `/Binary/${id}`, { accept: 'text/xml' })).text(), cda.toString());
    const resource = { resourceType: 'Binary', id, contentType: 'text/plain', data: 'eA==' };
    assert.equal((await client.send('PUT', `/Binary/${id}`, resource)).status, 200);
    assert.equal(await (await call('GET', `/Binary/${id}`, {})).text(), 'x');
  });

  test('a type that is none, or that a browser would run, does no harm', async () => {
    for (const contentType of [
      'text/html',
      'image/svg+xml',
      'text/plain; charset=utf-8',
      'text/x; n="\u0103"',
    ]) {
      const { id } = await created({ resourceType: 'Binary', contentType, data: 'PHNjcmlwdD4=' });
      const answer = await call('GET', `/Binary/${id}`, {});
      assert.equal(answer.status, 200, contentType);
      assert.equal(answer.headers.get('content-disposition'), 'attachment');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
    for (const type of [
      'application/fhir+xml',
      'application/json-patch+json',
      'nonsense',
      'application/json',
    ])
      assert.match(
        String((await call('POST', '/Binary', { 'content-type': type }, pdf)).status),
        /^4(00|15|22)$/,
        type,
      );
  });
});

describe('update', () => {
  test('creates under the id of the address, then makes versions; If-Match guards them', async () => {
    const id = `own-${unused()}`;
    const first = await client.send('PUT', `/Patient/${id}`, aPatient({ id }));
    assert.deepEqual(
      [first.status, first.headers.get('location')],
      [201, `${server.url}/fhir/Patient/${id}/_history/1`],
    );
    const put = (match: string) =>
      client.send('PUT', `/Patient/${id}`, aPatient({ id, active: true }), { 'if-match': match });
    assert.equal((await put('W/"1"')).headers.get('etag'), 'W/"2"');
    assert.deepEqual(fault(await put('W/"1"')), [412, 'lock-error']);
    assert.deepEqual(fault(await put('nonsense')), [400, 'invalid']);
  });

  test('If-Match: * asks that it be there, If-None-Match: * that it be not; also by a condition and in a Bundle', async () => {
    const id = `own-${unused()}`;
    const put = (headers: Record<string, string>) =>
      client.send('PUT', `/Patient/${id}`, aPatient({ id }), headers);
    assert.deepEqual(fault(await put({ 'if-match': '*' })), [412, 'lock-error']);
    assert.equal((await put({ 'if-none-match': '*' })).status, 201);
    assert.equal((await put({ 'if-match': 'W/"7", W/"1"' })).headers.get('etag'), 'W/"2"');
    assert.deepEqual(fault(await put({ 'if-match': 'W/"7", W/"1",' })), [412, 'lock-error']);
    assert.deepEqual(fault(await put({ 'if-match': 'W/"2", nonsense' })), [400, 'invalid']);
    assert.deepEqual(fault(await put({ 'if-match': ',' })), [400, 'invalid']);
    assert.deepEqual(fault(await put({ 'if-none-match': '*' })), [412, 'lock-error']);
    assert.deepEqual(fault(await put({ 'if-none-match': 'W/"1", W/"2"' })), [412, 'lock-error']);
    assert.deepEqual(fault(await put({ 'if-none-match': 'nonsense' })), [400, 'invalid']);
    const nobody = `/Patient?identifier=${MRN}|${unused()}`;
    for (const match of ['*', 'W/"1"'])
      for (const method of ['PUT', 'DELETE'])
        assert.deepEqual(
          fault(
            await client.send(method, nobody, method === 'PUT' ? aPatient() : undefined, {
              'if-match': match,
            }),
          ),
          [412, 'lock-error'],
        );
    const entry = (condition: object) => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: aPatient({ id }), request: { method: 'PUT', url: `Patient/${id}`, ...condition } }],
    });
    assert.deepEqual(fault(await client.send('POST', '', entry({ ifNoneMatch: '*' }))), [412, 'lock-error']);
    const unlike = async (ifNoneMatch: string) => client.send('POST', '', entry({ ifNoneMatch }));
    assert.deepEqual(fault(await unlike('W/"1", W/"2"')), [412, 'lock-error']);
    assert.deepEqual(fault(await unlike('W/"1",nonsense')), [422, 'value']);
    assert.equal((await unlike('W/"1", "7"')).status, 200);
    assert.equal((await client.send('POST', '', entry({ ifMatch: '*' }))).status, 200);
    const like = async (ifMatch: string) => client.send('POST', '', entry({ ifMatch }));
    assert.deepEqual(fault(await like('W/"1", W/"2"')), [412, 'lock-error']);
    assert.deepEqual(fault(await like('W/"4", nonsense')), [422, 'value']);
    assert.equal((await like('W/"1", W/"4"')).status, 200);
    assert.equal((await like('5')).status, 200);
    await client.send('DELETE', `/Patient/${id}`, undefined);
    assert.deepEqual(fault(await put({ 'if-match': '*' })), [412, 'lock-error']);
    assert.equal((await put({ 'if-none-match': '*' })).status, 201);
  });

  test('32 that know the same version: one is written, the others are told', async () => {
    const { id } = await created(aPatient());
    const put = (n: number) =>
      client.send('PUT', `/Patient/${id}`, aPatient({ id, active: n % 2 === 0 }), { 'if-match': 'W/"1"' });
    const statuses = (await Promise.all(Array.from({ length: 32 }, (_, n) => put(n)))).map(
      ({ status }) => status,
    );
    assert.deepEqual(statuses.sort(), [200, ...Array<number>(31).fill(412)]);
    assert.equal((await client.get(`/Patient/${id}`)).headers.get('etag'), 'W/"2"');
  });

  test('where ids are the server’s, an unknown one is 405 and a known one updated', async () => {
    const strictServer = await startPlatform({ updateCreate: false });
    try {
      const own = fhirClient(
        strictServer.url,
        await strictServer.facilityToken('01901', 'Bệnh viện Bạch Mai'),
      );
      assert.deepEqual(fault(await own.send('PUT', '/Patient/mine', aPatient({ id: 'mine' }))), [
        405,
        'not-supported',
      ]);
      const { id } = (await own.send('POST', '/Patient', aPatient())).body;
      assert.equal((await own.send('PUT', `/Patient/${id}`, aPatient({ id }))).status, 200);
      assert.match(await (await fetch(`${strictServer.url}/fhir/metadata`)).text(), /"updateCreate":false/);
    } finally {
      await strictServer.stop();
    }
  });

  test('a deleted resource is brought back by an update', async () => {
    const { id } = await created(aPatient());
    await client.send('DELETE', `/Patient/${id}`, undefined);
    const back = await client.send('PUT', `/Patient/${id}`, aPatient({ id }));
    assert.deepEqual([back.status, back.headers.get('etag')], [201, 'W/"3"']);
    assert.match(back.headers.get('location')!, new RegExp(`/Patient/${id}/_history/3$`));
    assert.equal((await client.get(`/Patient/${id}`)).status, 200);
    await client.send('DELETE', `/Patient/${id}`, undefined);
    const entry = [{ resource: aPatient({ id }), request: { method: 'PUT', url: `Patient/${id}` } }];
    const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(body.entry![0]!.response!.status, '201 Created');
    assert.equal((await client.send('PUT', `/Patient/${id}`, aPatient({ id }))).status, 200);
    // its history tells what each was answered, wherever a page of it begins
    const told = ['200 OK', '201 Created', '204 No Content', '201 Created', '204 No Content', '201 Created'];
    for (const path of [
      `/Patient/${id}/_history?`,
      `/Patient/${id}/_history?_count=1&`,
      '/Patient/_history?_count=2&',
    ]) {
      const statuses: string[] = [];
      for (let page: string | undefined = path; page && statuses.length < told.length;) {
        const answer = await client.get(page);
        statuses.push(...answer.body.entry!.map(({ response }) => response!.status));
        page = nextOf(answer);
      }
      assert.deepEqual(statuses.slice(0, told.length), told, path);
    }
  });

  test('of one that was deleted meets what it is to match, or is 412; a patch of it is 410 all the same', async () => {
    const { id } = await created(aPatient());
    await client.send('DELETE', `/Patient/${id}`, undefined);
    const change = (method: string, match: string, body: unknown, more: Record<string, string> = {}) =>
      client.send(method, `/Patient/${id}`, body, { 'if-match': match, ...more });
    const patched = { 'content-type': 'application/json-patch+json' };
    for (const match of ['W/"1"', '*']) {
      assert.deepEqual(fault(await change('PUT', match, aPatient({ id }))), [412, 'lock-error']);
      assert.deepEqual(fault(await change('DELETE', match, undefined)), [412, 'lock-error']);
      assert.deepEqual(fault(await change('PATCH', match, [], patched)), [410, 'deleted']);
    }
    assert.equal((await change('PUT', 'W/"2"', aPatient({ id }))).status, 201);
  });
});

describe('patch', () => {
  const json = (operations: unknown, headers = {}) => ({
    body: JSON.stringify(operations),
    headers: { 'content-type': 'application/json-patch+json', ...headers },
  });
  const patch = (path: string, operations: unknown, headers = {}) => {
    const { body, headers: all } = json(operations, headers);
    return client.send('PATCH', path, body, all);
  };
  const fhirPath = (type: string, path: string, more: object[] = []) => ({
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...more],
      },
    ],
  });

  test('a JSON Patch makes a version, every other decimal keeping its digits', async () => {
    const { id: patient } = await created(aPatient());
    const text = JSON.stringify(aResult(patient!)).replace('13.5', '13.50');
    const { body } = await client.send('POST', '/Observation', text);
    const answer = await patch(
      `/Observation/${body.id}`,
      [{ op: 'replace', path: '/status', value: 'amended' }],
      { 'if-match': 'W/"1"' },
    );
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"value":13\.50/);
    assert.equal(answer.body['status'], 'amended');
    assert.equal(answer.headers.get('etag'), 'W/"2"');
  });

  test('a FHIRPath Patch does the same', async () => {
    const { id } = await created(aPatient());
    const answer = await client.send(
      'PATCH',
      `/Patient/${id}`,
      fhirPath('replace', 'Patient.birthDate', [{ name: 'value', valueDate: '1971-01-01' }]),
    );
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body['birthDate'], '1971-01-01');
    const gone = await client.send('PATCH', `/Patient/${id}`, fhirPath('delete', 'Patient.gender'));
    assert.equal(gone.body['gender'], undefined);
  });

  test('by a condition: one match is patched, none is 404, several are 412', async () => {
    const value = unused();
    await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const path = `/Patient?identifier=${MRN}|${value}`;
    const change = [{ op: 'add', path: '/active', value: true }];
    assert.equal((await patch(path, change)).body['active'], true);
    assert.equal((await patch(`/Patient?identifier=${MRN}|nobody`, change)).status, 404);
    assert.deepEqual(fault(await patch('/Patient?gender=male', change)), [412, 'multiple-matches']);
  });

  test('what it comes to is validated; a patch that does not apply, or changes the id, is refused in words', async () => {
    const { id } = await created(aPatient());
    const invalid = await patch(`/Patient/${id}`, [{ op: 'replace', path: '/birthDate', value: 'never' }]);
    assert.deepEqual([invalid.status, invalid.body.issue![0]!.expression], [422, ['Patient.birthDate']]);
    for (const operations of [
      [{ op: 'remove', path: '/nothing' }],
      [{ op: 'replace', path: '/id', value: 'other' }],
      [{ op: 'test', path: '/gender', value: 'female' }],
      { op: 'remove', path: '/gender' },
      [{ op: 'jump', path: '/gender' }],
    ]) {
      const answer = await patch(`/Patient/${id}`, operations);
      assert.ok(answer.status >= 400 && answer.status < 500, `${JSON.stringify(operations)}: ${answer.text}`);
      assert.ok(answer.body.issue![0]!.diagnostics);
    }
    assert.equal((await client.get(`/Patient/${id}`)).headers.get('etag'), 'W/"1"');
    assert.deepEqual(fault(await patch('/Patient/nobody', [])), [404, 'not-found']);
    assert.equal((await patch(`/Patient/${id}`, [], { 'if-match': 'W/"7"' })).status, 412);
  });

  test('of another format is told which are taken', async () => {
    const { id } = await created(aPatient());
    const type = { 'content-type': 'application/xml-patch+xml' };
    const answer = await client.send('PATCH', `/Patient/${id}`, '<diff/>', type);
    assert.equal(answer.status, 415);
    assert.equal(answer.headers.get('accept-patch'), 'application/json-patch+json, application/fhir+json');
  });

  test('in a transaction, as a Binary with a JSON Patch or as Parameters, after creates and updates', async () => {
    const value = unused();
    const { id } = await created(aPatient());
    const data = Buffer.from(JSON.stringify([{ op: 'add', path: '/active', value: false }])).toString(
      'base64',
    );
    const answer = await client.send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
          request: { method: 'PATCH', url: `Patient/${id}`, ifMatch: 'W/"1"' },
        },
        {
          resource: fhirPath('add', 'Patient', [
            { name: 'name', valueString: 'managingOrganization' },
            { name: 'value', valueReference: { reference: 'urn:uuid:00000000-0000-4000-8000-00000000000a' } },
          ]),
          request: { method: 'PATCH', url: `Patient?identifier=${MRN}|${value}` },
        },
        {
          fullUrl: 'urn:uuid:00000000-0000-4000-8000-00000000000a',
          resource: { resourceType: 'Organization', name: 'Khoa Nội' },
          request: { method: 'POST', url: 'Organization' },
        },
      ],
    });
    assert.equal(answer.status, 422, 'the condition matches nobody yet');
    await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const again = await client.send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
          request: { method: 'PATCH', url: `Patient/${id}`, ifMatch: 'W/"1"' },
        },
        {
          resource: fhirPath('add', 'Patient', [
            { name: 'name', valueString: 'managingOrganization' },
            { name: 'value', valueReference: { reference: 'urn:uuid:00000000-0000-4000-8000-00000000000a' } },
          ]),
          request: { method: 'PATCH', url: `Patient?identifier=${MRN}|${value}` },
        },
        {
          fullUrl: 'urn:uuid:00000000-0000-4000-8000-00000000000a',
          resource: { resourceType: 'Organization', name: 'Khoa Nội' },
          request: { method: 'POST', url: 'Organization' },
        },
      ],
    });
    assert.equal(again.status, 200, again.text);
    assert.deepEqual(
      again.body.entry!.map(({ response }) => response!.status),
      ['200 OK', '200 OK', '201 Created'],
    );
    assert.equal((await client.get(`/Patient/${id}`)).body['active'], false);
    const organization = again.body.entry![2]!.response!.location!.split('/_history')[0];
    const [patched] = resources(await client.get(`/Patient?identifier=${MRN}|${value}`));
    assert.deepEqual(patched!['managingOrganization'], { reference: organization });
  });
});

describe('conditional writes', () => {
  test('create: none makes one, one is answered as it is, several are 412', async () => {
    const value = unused();
    const create = (criteria: string) =>
      client.send('POST', '/Patient', aPatient({ identifier: [{ system: MRN, value }] }), {
        'if-none-exist': criteria,
      });
    const first = await create(`identifier=${MRN}|${value}`);
    const second = await create(`identifier=${MRN}|${value}`);
    assert.deepEqual([first.status, second.status, second.body.id], [201, 200, first.body.id]);
    await created(aPatient());
    assert.deepEqual(fault(await create('gender=male')), [412, 'multiple-matches']);
  });

  test('update: none creates, one is updated, several are 412, another id is refused', async () => {
    const value = unused();
    const path = `/Patient?identifier=${MRN}|${value}`;
    const resource = aPatient({ identifier: [{ system: MRN, value }] });
    assert.equal((await client.send('PUT', path, resource)).status, 201);
    const second = await client.send('PUT', path, resource);
    assert.deepEqual([second.status, second.headers.get('etag')], [200, 'W/"2"']);
    assert.deepEqual(fault(await client.send('PUT', '/Patient?gender=male', aPatient())), [
      412,
      'multiple-matches',
    ]);
    assert.equal((await client.send('PUT', path, { ...resource, id: 'somebody-else' })).status, 400);
  });

  test('update: one that matches nothing creates under the id it brings, and never replaces another by that id', async () => {
    const id = `own-${unused()}`;
    const put = () => client.send('PUT', `/Patient?identifier=${MRN}|${unused()}`, aPatient({ id }));
    const first = await put();
    assert.deepEqual([first.status, first.body.id], [201, id]);
    assert.deepEqual(fault(await put()), [409, 'conflict']);
    await client.send('DELETE', `/Patient/${id}`, undefined);
    assert.equal((await put()).headers.get('etag'), 'W/"3"');
  });

  test('delete: one is deleted, none is done already, several are 412; empty criteria are refused', async () => {
    const value = unused();
    await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const remove = (query: string) => client.send('DELETE', `/Patient?${query}`, undefined);
    assert.equal((await remove(`identifier=${MRN}|${value}`)).headers.get('etag'), 'W/"2"');
    const nothing = await remove(`identifier=${MRN}|${value}`);
    assert.equal(nothing.status, 204);
    // of nothing there is no version
    assert.deepEqual([nothing.headers.get('etag'), nothing.headers.get('last-modified')], [null, null]);
    assert.deepEqual(fault(await remove('gender=male')), [412, 'multiple-matches']);
    assert.equal((await remove('identifier=')).status, 400);
  });

  test('If-None-Exist of what is no create is refused, alone and in a Bundle', async () => {
    const { id } = await created(aPatient());
    const condition = { 'if-none-exist': 'identifier=a|b' };
    for (const [method, body] of [
      ['PUT', aPatient({ id })],
      ['DELETE', undefined],
    ] as const) {
      assert.deepEqual(fault(await client.send(method, `/Patient/${id}`, body, condition)), [400, 'invalid']);
      const request = { method, url: `Patient/${id}`, ifNoneExist: 'identifier=a|b' };
      const { status, body: said } = await client.send('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ ...(body ? { resource: body } : {}), request }],
      });
      assert.deepEqual([status, said.issue?.[0]?.expression], [422, ['Bundle.entry[0].request.ifNoneExist']]);
    }
    assert.equal((await client.get(`/Patient/${id}`)).headers.get('etag'), 'W/"1"');
  });

  test('a fault of what an entry asks for is said of that part of its request', async () => {
    const value = unused();
    const twice = [MRN, 'http://example.org/other'].map((system) => ({ system, value }));
    const { id } = await created(aPatient({ identifier: [twice[0]!] }));
    await created(aPatient({ identifier: [twice[1]!] }));
    const body = (fields: object = {}) => ({ resource: aPatient(fields) });
    const operation = [
      { name: 'type', valueCode: 'delete' },
      { name: 'path', valueString: 'Patient.active' },
    ];
    const parameter = [{ name: 'operation', part: operation }];
    const patch = { resource: { resourceType: 'Parameters', parameter } };
    for (const [request, carried, part, status] of [
      [{ method: 'POST', url: 'Patient', ifNoneExist: 'identifer=a|b' }, body(), 'ifNoneExist', 400],
      [{ method: 'POST', url: 'Patient', ifNoneExist: `identifier=${value}` }, body(), 'ifNoneExist', 412],
      [{ method: 'PUT', url: 'Patient?identifer=a|b' }, body(), 'url', 400],
      [{ method: 'PUT', url: `Patient?identifier=${value}` }, body(), 'url', 412],
      [{ method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"7"' }, body({ id }), 'ifMatch', 412],
      [{ method: 'PUT', url: `Patient/${id}`, ifNoneMatch: '*' }, body({ id }), 'ifNoneMatch', 412],
      [{ method: 'PATCH', url: `Patient?identifier=${unused()}` }, patch, 'url', 422],
      [{ method: 'DELETE', url: `Patient?identifier=${value}` }, {}, 'url', 412],
      [{ method: 'DELETE', url: `Patient/${id}`, ifMatch: 'W/"7"' }, {}, 'ifMatch', 412],
      [{ method: 'DELETE', url: `Patient/${unused()}` }, {}, 'url', 422],
    ] as const) {
      const entry = [
        { ...body(), request: { method: 'POST', url: 'Patient' } },
        { ...carried, request },
      ];
      const answer = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.deepEqual(
        [answer.status, answer.body.issue?.[0]?.expression],
        [status, [`Bundle.entry[1].request.${part}`]],
        JSON.stringify(request),
      );
    }
    const ofBoth = { method: 'PUT', url: `Patient?identifier=${MRN}|${value}` };
    const entry = [{ ...body({ id: 'another' }), request: ofBoth }];
    const answer = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.deepEqual(answer.body.issue?.[0]?.expression, ['Bundle.entry[0].resource.id']);
  });

  test('a condition that stands behind another type is refused, alone and in a Bundle', async () => {
    const value = unused();
    const substance = {
      resourceType: 'Substance',
      identifier: [{ system: MRN, value }],
      code: { text: 'x' },
    };
    const { id } = await created(substance);
    const create = (condition: string) =>
      client.send('POST', '/Substance', substance, { 'if-none-exist': condition });
    const inBundle = (ifNoneExist: string) =>
      client.send('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: substance, request: { method: 'POST', url: 'Substance', ifNoneExist } }],
      });
    const query = `identifier=${MRN}|${value}`;
    for (const same of [query, `?${query}`, `Substance?${query}`, `${server.url}/fhir/Substance?${query}`]) {
      assert.equal((await create(same)).body.id, id, same);
      assert.match((await inBundle(same)).text, new RegExp(`Substance/${id}/`), same);
    }
    for (const foreign of [`Patient?${query}`, `${server.url}/fhir/Patient?${query}`]) {
      assert.deepEqual(fault(await create(foreign)), [400, 'invalid']);
      assert.deepEqual(fault(await inBundle(foreign)), [400, 'invalid']);
    }
  });

  test('what says only how results are shown is no condition: it is refused, and the one that is there stays', async () => {
    const { id } = await created({ resourceType: 'Basic', code: { text: 'only one' } });
    for (const query of ['_count=1', '_sort=-_lastUpdated', '_total=none', '_include=Basic:subject'])
      for (const asked of [
        client.send('DELETE', `/Basic?${query}`, undefined),
        client.send('PUT', `/Basic?${query}`, { resourceType: 'Basic', code: { text: 'other' } }),
        client.send(
          'POST',
          '/Basic',
          { resourceType: 'Basic', code: { text: 'third' } },
          { 'if-none-exist': query },
        ),
        client.send('POST', '', {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [{ request: { method: 'DELETE', url: `Basic?${query}` } }],
        }),
      ])
        assert.deepEqual(fault(await asked), [400, 'invalid'], query);
    assert.equal((await client.get(`/Basic/${id}`)).headers.get('etag'), 'W/"1"');
    assert.equal((await client.get('/Basic?_summary=count')).body.total, 1);
  });

  test('a condition may name what a search may: a parameter of one’s own, and a reference by this server’s address', async () => {
    const nickname = unused();
    await created({
      resourceType: 'SearchParameter',
      url: 'https://example.vn/fhir/SearchParameter/patient-nickname',
      name: 'nickname',
      status: 'active',
      description: 'What a person is called',
      code: 'nickname',
      base: ['Patient'],
      type: 'string',
      expression: "Patient.name.where(use = 'nickname').text",
    });
    const resource = aPatient({ name: [{ use: 'nickname', text: nickname }] });
    const put = () => client.send('PUT', `/Patient?nickname=${nickname}`, resource);
    const [first, second] = [await put(), await put()];
    assert.deepEqual([first.status, second.status, second.body.id], [201, 200, first.body.id]);
    const criteria = `subject=${encodeURIComponent(`${server.url}/fhir/Patient/${first.body.id}`)}&code=718-7`;
    const create = () =>
      client.send('POST', '/Observation', aResult(first.body.id!), { 'if-none-exist': criteria });
    assert.deepEqual([(await create()).status, (await create()).status], [201, 200]);
    for (const type of ['transaction', 'batch']) {
      const answer = await client.send('POST', '', {
        resourceType: 'Bundle',
        type,
        entry: [
          { request: { method: 'GET', url: `Patient?nickname=${nickname}` } },
          { request: { method: 'GET', url: `Patient/${first.body.id}/Observation?code=718-7` } },
        ],
      });
      assert.deepEqual(
        answer.body.entry?.map((entry) => entry.resource?.total),
        [1, 1],
        answer.text,
      );
    }
  });
});

describe('a SearchParameter', () => {
  const url = (name: string) => `https://example.vn/fhir/SearchParameter/${name}`;
  const parameter = (name: string, over: object = {}) => ({
    resourceType: 'SearchParameter',
    url: url(name),
    name: 'remark',
    status: 'active',
    description: 'What is remarked',
    code: 'remark',
    base: ['Observation', 'Condition'],
    type: 'string',
    expression: 'Observation.note.text | Condition.note.text',
    ...over,
  });

  test('that would never be in force, since another has its code, is refused; the other may be changed, by its id or url', async () => {
    const first = await created(parameter('remark'));
    const second = await client.send(
      'POST',
      '/SearchParameter',
      parameter('second', { base: ['Condition'] }),
    );
    assert.deepEqual(
      [...fault(second), second.body.issue?.[0]?.expression],
      [422, 'processing', ['SearchParameter.code']],
    );
    assert.match(second.body.issue![0]!.diagnostics!, /Condition\.remark .*SearchParameter\/remark/);
    const put = (path: string, body: object) => client.send('PUT', `/SearchParameter${path}`, body);
    const description = 'What somebody remarks';
    assert.equal((await put(`?url=${url('remark')}`, parameter('remark', { description }))).status, 200);
    const moved = parameter('moved', { id: first.id, description });
    assert.equal((await put(`/${first.id}`, moved)).status, 200);
    // what is not in force, or for another type, takes nothing
    assert.equal(
      (await client.send('POST', '/SearchParameter', parameter('draft', { status: 'draft' }))).status,
      201,
    );
    const elsewhere = parameter('elsewhere', { base: ['Procedure'], expression: 'Procedure.note.text' });
    assert.equal((await client.send('POST', '/SearchParameter', elsewhere)).status, 201);
    // another facility has its own
    assert.equal((await other.send('POST', '/SearchParameter', parameter('theirs'))).status, 201);
  });

  test('made of parts is refused when one of these is not understood, and what it is for is written on', async () => {
    const flag = { resourceType: 'Flag', status: 'active', code: { text: 'ngã' }, subject: { display: 'A' } };
    const definition = 'http://hl7.org/fhir/SearchParameter/Flag-subject';
    const composite = parameter('pair', {
      code: 'pair',
      base: ['Flag'],
      type: 'composite',
      expression: 'Flag',
      component: [
        { definition, expression: 'subject' },
        { definition, expression: 'subject.(' },
      ],
    });
    const refused = await client.send('POST', '/SearchParameter', composite);
    assert.deepEqual(
      [...fault(refused), refused.body.issue?.[0]?.expression],
      [422, 'processing', ['SearchParameter.component[1].expression']],
    );
    await created(flag);
  });
});

describe('Prefer', () => {
  test('return=minimal, representation and OperationOutcome', async () => {
    const post = (prefer: string) => client.send('POST', '/Patient', aPatient(), { prefer });
    assert.equal((await post('return=minimal')).text, '');
    assert.equal((await post('return=representation')).body.resourceType, 'Patient');
    assert.equal((await post('return=OperationOutcome')).body.resourceType, 'OperationOutcome');
  });

  test('return=representation fills a transaction response with what was written', async () => {
    const bundle = (prefer: string) =>
      client.send(
        'POST',
        '',
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            {
              resource: aPatient({ identifier: [{ system: MRN, value: unused() }] }),
              request: { method: 'POST', url: 'Patient' },
            },
          ],
        },
        { prefer },
      );
    assert.equal((await bundle('return=representation')).body.entry![0]!.resource!.resourceType, 'Patient');
    assert.equal((await bundle('return = representation')).body.entry![0]!.resource!.resourceType, 'Patient');
    assert.equal((await bundle('return=minimal')).body.entry![0]!.resource, undefined);
    assert.equal(
      (await bundle('return=OperationOutcome')).body.entry![0]!.response!.outcome!.resourceType,
      'OperationOutcome',
    );
  });
});

describe('history', () => {
  test('of an instance: newest first, with how each came about, in pages', async () => {
    const id = `history-${unused()}`;
    for (const active of [true, false, true])
      await client.send('PUT', `/Patient/${id}`, aPatient({ id, active }));
    await client.send('DELETE', `/Patient/${id}`, undefined);
    const whole = await client.get(`/Patient/${id}/_history`);
    assert.equal(whole.body.type, 'history');
    assert.equal(whole.body.total, 4);
    const requests = whole.body.entry!.map(
      (entry) => (entry as { request?: { method: string } }).request?.method,
    );
    assert.deepEqual(requests, ['DELETE', 'PUT', 'PUT', 'PUT']);
    assert.equal(whole.body.entry![0]!.resource, undefined);
    const seen: (string | undefined)[] = [];
    for (let page: string | undefined = `/Patient/${id}/_history?_count=3`; page;) {
      const answer = await client.get(page);
      seen.push(...answer.body.entry!.map(({ response }) => (response as { etag?: string }).etag));
      page = nextOf(answer);
    }
    assert.deepEqual(seen, ['W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']);
    assert.equal((await client.get(`/Patient/${id}/_history?_sort=-_lastUpdated`)).body.total, 4);
    const oldest = await client.get(`/Patient/${id}/_history?_sort=_lastUpdated&_count=3`);
    const rest = await client.get(nextOf(oldest)!);
    assert.deepEqual(
      [oldest, rest].flatMap(({ body }) =>
        body.entry!.map(({ response }) => (response as { etag?: string }).etag),
      ),
      ['W/"1"', 'W/"2"', 'W/"3"', 'W/"4"'],
    );
    assert.deepEqual(fault(await client.get('/Patient/_history?_sort=_lastUpdated')), [400, 'invalid']);
  });

  test('the whole history of a resource, and an empty one, tell their total; _summary=count and _count=0 count the versions of a resource', async () => {
    const id = `counted-${unused()}`;
    for (const active of [true, false]) await client.send('PUT', `/Patient/${id}`, aPatient({ id, active }));
    for (const query of ['_summary=count', '_count=0']) {
      const { body } = await client.get(`/Patient/${id}/_history?${query}`);
      assert.deepEqual([body.total, body.entry], [2, undefined], query);
      assert.deepEqual(fault(await client.get(`/Patient/_history?${query}`)), [400, 'not-supported']);
    }
    const later = encodeURIComponent('2099-01-01T00:00:00Z');
    for (const path of [`/Patient/${id}`, '/Patient', ''])
      assert.equal((await client.get(`${path}/_history?_since=${later}`)).body.total, 0);
    assert.equal((await client.get(`/Patient/${id}/_history?_count=0&_since=${later}`)).body.total, 0);
    assert.equal((await client.get(`/Patient/${unused()}/_history?_count=0`)).status, 404);
  });

  test('of a type and of everything: each version once, whatever the page size, also while others write', async () => {
    const seen = new Set<string>();
    const stamp = new Date(Date.now() - 1).toISOString();
    for (let n = 0; n < 7; n++) await created(aPatient());
    for (const start of ['/Patient/_history?_count=3', '/_history?_count=3']) {
      seen.clear();
      let pages = 0;
      for (let page: string | undefined = `${start}&_since=${encodeURIComponent(stamp)}`; page; pages++) {
        const answer = await client.get(page);
        assert.equal(answer.status, 200, answer.text);
        for (const { fullUrl, response } of answer.body.entry ?? []) {
          const key = `${fullUrl} ${(response as { etag?: string }).etag}`;
          assert.ok(!seen.has(key), key);
          seen.add(key);
        }
        if (pages === 0) await created({ resourceType: 'Basic', code: { text: 'written meanwhile' } });
        page = nextOf(answer);
      }
      assert.ok(seen.size >= 7, String(seen.size));
      assert.ok(pages >= 3);
    }
  });

  test('_since begins at an instant; _at answers what was current then', async () => {
    const id = `at-${unused()}`;
    const put = async (active: boolean) =>
      (await client.send('PUT', `/Patient/${id}`, aPatient({ id, active }))).body.meta as {
        lastUpdated: string;
      };
    const first = await put(true);
    const second = await put(false);
    const third = await put(true);
    const etags = async (query: string) => {
      const answer = await client.get(`/Patient/${id}/_history?${query}`);
      assert.equal(answer.status, 200, answer.text);
      return (answer.body.entry ?? []).map(({ response }) => (response as { etag?: string }).etag);
    };
    assert.deepEqual(await etags(`_since=${encodeURIComponent(second.lastUpdated)}`), ['W/"3"', 'W/"2"']);
    assert.deepEqual(await etags(`_at=${encodeURIComponent(first.lastUpdated)}`), ['W/"1"']);
    assert.deepEqual(await etags(`_at=${encodeURIComponent(third.lastUpdated)}`), ['W/"3"']);
    assert.deepEqual(await etags(`_at=${new Date().getUTCFullYear()}`), ['W/"3"', 'W/"2"', 'W/"1"']);
    assert.deepEqual(await etags('_at=1999'), []);
    const ofType = await client.get(
      `/Patient/_history?_count=1000&_at=${encodeURIComponent(first.lastUpdated)}`,
    );
    assert.deepEqual(
      ofType.body
        .entry!.filter(({ fullUrl }) => fullUrl!.endsWith(id))
        .map(({ response }) => (response as { etag?: string }).etag),
      ['W/"1"'],
    );
  });

  test('shows nothing of another facility, and refuses parameters it does not know', async () => {
    const { id } = await created(aPatient());
    assert.equal((await other.get(`/Patient/${id}/_history`)).status, 404);
    for (const path of ['/Patient/_history?_count=1000', '/_history?_count=1000'])
      assert.ok(!(await other.get(path)).text.includes(id!), path);
    for (const query of [
      'name=x',
      '_sort=date',
      '_count=x',
      '_since=yesterday',
      '_at=never',
      '_page=x',
      '_count=1&_count=2',
    ]) {
      const answer = await client.get(`/Patient/${id}/_history?${query}`);
      assert.deepEqual([query, answer.status], [query, 400]);
      assert.ok(answer.body.issue![0]!.expression);
    }
  });

  test('_summary and _elements cut its resources', async () => {
    const { id } = await created(aPatient());
    const answer = await client.get(`/Patient/${id}/_history?_elements=birthDate`);
    assert.deepEqual(Object.keys(answer.body.entry![0]!.resource!).sort(), [
      'birthDate',
      'id',
      'meta',
      'resourceType',
    ]);
  });
});

describe('transaction', () => {
  const uuid = (n: number) => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const post = (entry: object[], type = 'transaction') =>
    client.send('POST', '', { resourceType: 'Bundle', type, entry });

  test('is carried out as DELETE, POST, PUT, PATCH, GET whatever the order, and answered in its own', async () => {
    const value = unused();
    const gone = await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const answer = await post([
      { request: { method: 'GET', url: `Patient?identifier=${MRN}|${value}` } },
      {
        fullUrl: uuid(1),
        resource: aPatient({ identifier: [{ system: MRN, value }] }),
        request: { method: 'POST', url: 'Patient' },
      },
      { request: { method: 'DELETE', url: `Patient/${gone.id}` } },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [found, made, deleted] = answer.body.entry!;
    assert.deepEqual([made!.response!.status, deleted!.response!.status], ['201 Created', '204 No Content']);
    const [match] = (found!.resource as Shown).entry!;
    assert.equal(`Patient/${match!.resource!.id}`, made!.response!.location!.split('/_history')[0]);
  });

  test('points every reference at what its target became: rings, relative ones, versions, narrative, uris', async () => {
    const answer = await post([
      {
        fullUrl: uuid(1),
        resource: {
          resourceType: 'Organization',
          name: 'A',
          partOf: { reference: uuid(2) },
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${uuid(2)}">B</a></div>`,
          },
          extension: [{ url: 'http://example.org/see', valueUri: uuid(2) }],
        },
        request: { method: 'POST', url: 'Organization' },
      },
      {
        fullUrl: uuid(2),
        resource: { resourceType: 'Organization', name: 'B', partOf: { reference: uuid(1) } },
        request: { method: 'POST', url: 'Organization' },
      },
      {
        fullUrl: 'http://elsewhere.org/fhir/Organization/77',
        resource: { resourceType: 'Organization', name: 'C' },
        request: { method: 'POST', url: 'Organization' },
      },
      {
        fullUrl: 'http://elsewhere.org/fhir/Location/1',
        resource: {
          resourceType: 'Location',
          name: 'D',
          managingOrganization: { reference: 'Organization/77/_history/9' },
        },
        request: { method: 'POST', url: 'Location' },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [a, b, c, d] = answer.body.entry!.map(({ response }) => response!.location!.split('/_history')[0]!);
    const first = await client.get(`/${a}`);
    assert.deepEqual(first.body['partOf'], { reference: b });
    assert.match(first.text, new RegExp(`href=\\\\"${b}\\\\"`));
    assert.match(first.text, new RegExp(`"valueUri":"${b}"`));
    assert.deepEqual((await client.get(`/${b}`)).body['partOf'], { reference: a });
    assert.deepEqual((await client.get(`/${d}`)).body['managingOrganization'], {
      reference: `${c}/_history/1`,
    });
  });

  test('a relative reference is read from the base of the entry it stands in: one id of two servers is two resources', async () => {
    const from = (base: string, type: string, resource: object) => ({
      fullUrl: `${base}/${type}/1`,
      resource,
      request: { method: 'POST', url: type },
    });
    const bases = ['http://one.example/fhir', 'http://two.example/fhir'];
    const patients = bases.map((base) => from(base, 'Patient', aPatient()));
    const results = bases.map((base) => from(base, 'Observation', aResult('1')));
    const ofAnotherServer = from('http://three.example/fhir', 'Observation', aResult('1'));
    const { fullUrl: _none, ...ofNoServer } = from('', 'Observation', aResult('1'));
    const subjectOf = async (entry?: { response?: { location?: string } }) => {
      const { body } = await client.get(`/${entry!.response!.location!.split('/_history')[0]}`);
      return (body['subject'] as { reference: string }).reference;
    };
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const sent = [results[0], patients[first], ofAnotherServer, patients[second], ofNoServer, results[1]];
      const answer = await post(sent as object[]);
      assert.equal(answer.status, 200, answer.text);
      const made = answer.body.entry!;
      const patientOf = (nth: number) =>
        made[sent.indexOf(patients[nth]!)]!.response!.location!.split('/_history')[0];
      assert.deepEqual(await Promise.all([made[0], made[5], made[2], made[4]].map(subjectOf)), [
        patientOf(0),
        patientOf(1),
        'Patient/1',
        'Patient/1',
      ]);
    }
  });

  test('conditional creates by one condition are one: the first creates or finds, the others find that', async () => {
    const value = unused();
    const doctor = (n: number) => ({
      fullUrl: uuid(n),
      resource: { resourceType: 'Practitioner', identifier: [{ system: MRN, value }] },
      request: { method: 'POST', url: 'Practitioner', ifNoneExist: `identifier=${MRN}|${value}` },
    });
    const location = { resourceType: 'Location', name: 'Khoa' };
    for (const [first, active] of [
      ['201 Created', true],
      ['200 OK', false], // another body: it is not the same submission
    ] as const) {
      const role = { resourceType: 'PractitionerRole', active, practitioner: { reference: uuid(2) } };
      const answer = await post([
        doctor(1),
        { resource: role, request: { method: 'POST', url: 'PractitionerRole' } },
        {
          resource: location,
          request: {
            method: 'POST',
            url: 'Location',
            ifNoneExist: `_has:PractitionerRole:location:practitioner=${uuid(2)}`,
          },
        },
        doctor(2),
        doctor(3),
        { request: { method: 'GET', url: `PractitionerRole?practitioner=${uuid(3)}&active=${active}` } },
      ]);
      assert.equal(answer.status, 200, answer.text);
      const [one, made, , two, three, found] = answer.body.entry!;
      assert.deepEqual(
        [one, two, three].map((each) => each!.response!.status),
        [first, '200 OK', '200 OK'],
      );
      const reference = one!.response!.location!.split('/_history')[0]!;
      for (const each of [two, three]) assert.equal(each!.response!.location, one!.response!.location);
      const [match, ...more] = resources({ body: found!.resource! } as Answer);
      assert.deepEqual([match!['practitioner'], more], [{ reference }, []]);
      assert.equal(`PractitionerRole/${match!.id}`, made!.response!.location!.split('/_history')[0]);
    }
  });

  test('a patch leaves what is stored pointing where it does, whatever another server calls by that id', async () => {
    const known = unused();
    const doctor = { resourceType: 'Practitioner', name: [{ text: 'Lan' }] };
    await client.send('PUT', `/Practitioner/${known}`, { ...doctor, id: known });
    const role = await created({
      resourceType: 'PractitionerRole',
      practitioner: { reference: `Practitioner/${known}` },
    });
    const at = 'http://elsewhere.org/fhir';
    for (const fullUrl of [undefined, `${at}/PractitionerRole/1`]) {
      const answer = await post([
        {
          fullUrl: `${at}/Practitioner/${known}`,
          resource: doctor,
          request: { method: 'POST', url: 'Practitioner' },
        },
        {
          ...(fullUrl ? { fullUrl } : {}),
          resource: {
            resourceType: 'Binary',
            contentType: 'application/json-patch+json',
            data: Buffer.from(
              JSON.stringify([
                { op: 'add', path: '/active', value: fullUrl !== undefined },
                { op: 'add', path: '/endpoint', value: [{ reference: uuid(1) }] },
              ]),
            ).toString('base64'),
          },
          request: { method: 'PATCH', url: `PractitionerRole/${role.id}` },
        },
        {
          fullUrl: uuid(1),
          resource: {
            resourceType: 'Endpoint',
            status: 'active',
            connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'hl7-fhir-rest' }, // prettier-ignore
            payloadType: [{ text: 'x' }],
            address: 'https://x.example',
          },
          request: { method: 'POST', url: 'Endpoint' },
        },
      ]);
      assert.equal(answer.status, 200, answer.text);
      const { body } = await client.get(`/PractitionerRole/${role.id}`);
      assert.deepEqual(
        [body['practitioner'], body['endpoint']],
        [
          { reference: `Practitioner/${known}` },
          [{ reference: answer.body.entry![2]!.response!.location!.split('/_history')[0] }],
        ],
      );
    }
  });

  test('attachments and links follow an entry that they name by its address', async () => {
    const at = 'http://elsewhere.org/fhir';
    const known = { ...aPatient(), id: unused() };
    const answer = await post([
      {
        fullUrl: `${at}/Binary/9`,
        resource: { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' },
        request: { method: 'POST', url: 'Binary' },
      },
      { fullUrl: `${at}/Patient/9`, resource: known, request: { method: 'PUT', url: `Patient/${known.id}` } },
      {
        fullUrl: `${at}/DocumentReference/1`,
        resource: {
          resourceType: 'DocumentReference',
          status: 'current',
          masterIdentifier: { system: `${at}/Binary/9`, value: `${at}/Binary/9` },
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${at}/Patient/9">x</a><a href="Binary/9">y</a></div>`,
          },
          content: [`${at}/Binary/9`, 'Binary/9', `${at}/Binary/8`].map((url) => ({ attachment: { url } })),
        },
        request: { method: 'POST', url: 'DocumentReference' },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [binary, , document] = answer.body.entry!.map(
      ({ response }) => response!.location!.split('/_history')[0],
    );
    const { body } = await client.get(`/${document}`);
    assert.deepEqual(
      (body['content'] as { attachment: { url: string } }[]).map(({ attachment }) => attachment.url),
      [binary, binary, `${at}/Binary/8`],
    );
    assert.deepEqual((body['text'] as { div: string }).div.match(/href="[^"]*/g), [
      `href="Patient/${known.id}`,
      `href="${binary}`,
    ]);
    assert.deepEqual(body['masterIdentifier'], { system: `${at}/Binary/9`, value: `${at}/Binary/9` });
  });

  test('a relative reference follows what a condition found or made, by conditional create and update alike', async () => {
    const known = unused();
    const { id } = await created(aPatient({ identifier: [{ system: MRN, value: known }] }));
    for (const value of [known, unused()])
      for (const [nth, request] of [
        { method: 'PUT', url: `Patient?identifier=${MRN}|${value}` },
        { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${MRN}|${value}` },
      ].entries()) {
        const answer = await post([
          {
            fullUrl: 'http://elsewhere.org/fhir/Patient/theirs',
            resource: aPatient({ identifier: [{ system: MRN, value }] }),
            request,
          },
          {
            fullUrl: 'http://elsewhere.org/fhir/Observation/1',
            resource: aResult('theirs', { note: [{ text: `${value} ${nth}` }] }),
            request: { method: 'POST', url: 'Observation' },
          },
        ]);
        assert.equal(answer.status, 200, answer.text);
        const [patient, result] = answer.body.entry!.map(
          ({ response }) => response!.location!.split('/_history')[0]!,
        );
        assert.deepEqual((await client.get(`/${result}`)).body['subject'], { reference: patient });
        if (value === known) assert.equal(patient, `Patient/${id}`);
      }
  });

  test('conditional references become literal; one without exactly one match fails all of it, each named', async () => {
    const value = unused();
    const { id } = await created({
      resourceType: 'Organization',
      identifier: [{ system: 'http://example.org/org', value }],
      name: 'Khoa',
    });
    const location = (who: string) => ({
      resource: {
        resourceType: 'Location',
        name: 'x',
        managingOrganization: { reference: `Organization?identifier=http://example.org/org|${who}` },
      },
      request: { method: 'POST', url: 'Location' },
    });
    const good = await post([location(value)]);
    const made = await client.get(`/${good.body.entry![0]!.response!.location!.split('/_history')[0]}`);
    assert.deepEqual(made.body['managingOrganization'], { reference: `Organization/${id}` });
    const bad = await post([location('nobody-1'), location(value), location('nobody-2')]);
    assert.equal(bad.status, 422);
    assert.deepEqual(
      bad.body.issue!.map(({ expression }) => expression![0]),
      [0, 2].map((n) => `Bundle.entry[${n}].resource.managingOrganization.reference`),
    );
  });

  test('conditional references are resolved last: they meet what the same transaction writes, and not what it deletes', async () => {
    const system = 'http://example.org/org';
    const [made, changed, gone, twice, moved] = [unused(), unused(), unused(), unused(), unused()];
    const organization = (value: string, over: object = {}) => ({
      resourceType: 'Organization',
      identifier: [{ system, value }],
      name: `Khoa ${value}`,
      ...over,
    });
    const before = await created(organization(changed));
    const leaving = await created(organization(gone));
    const moving = await created(organization(moved));
    await created(organization(twice));
    const create = (resource: object, more: object = {}) => ({
      ...more,
      resource,
      request: { method: 'POST', url: (resource as Shown).resourceType },
    });
    const location = (condition: string) =>
      create({
        resourceType: 'Location',
        name: 'x',
        managingOrganization: { reference: `Organization?${condition}` },
      });
    const put = ({ id }: Shown, resource: object) => ({
      resource: { ...resource, id },
      request: { method: 'PUT', url: `Organization/${id}` },
    });
    const answer = await post([
      location(`identifier=${system}|${made}`),
      location(`name:exact=Khoa%20${made}&active=true`),
      create(organization(made, { active: true })),
      location(`identifier=${system}|${changed}`),
      put(before, organization(changed, { active: false })),
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [first, second, written, third] = answer.body.entry!.map(
      ({ response }) => response!.location!.split('/_history')[0]!,
    );
    for (const [one, target] of [
      [first, written],
      [second, written],
      [third, `Organization/${before.id}`],
    ])
      // prettier-ignore
      assert.deepEqual((await client.get(`/${one}`)).body['managingOrganization'], { reference: target });
    const remove = { request: { method: 'DELETE', url: `Organization/${leaving.id}` } };
    for (const [code, ...entries] of [
      ['422 not-found', location(`identifier=${system}|${gone}`), remove],
      ['422 not-found', location(`identifier=${system}|${moved}`), put(moving, organization(unused()))],
      ['412 multiple-matches', location(`identifier=${system}|${twice}`), create(organization(twice))],
    ] as const) {
      const refused = await post([...entries]);
      assert.equal(fault(refused).join(' '), code, refused.text);
      assert.equal(
        refused.body.issue![0]!.expression![0],
        'Bundle.entry[0].resource.managingOrganization.reference',
      );
    }
    assert.equal((await client.get(`/Organization/${leaving.id}`)).status, 200);
  });

  test('a conditional update by an identifier that another entry has is refused, whichever comes first, and nothing is written', async () => {
    const system = 'http://example.org/org';
    const organization = (...values: string[]) => ({
      resourceType: 'Organization',
      identifier: values.map((value) => ({ system, value })),
      name: 'x',
    });
    const create = (resource: object) => ({ resource, request: { method: 'POST', url: 'Organization' } });
    const put = (value: string, resource: object) => ({
      resource,
      request: { method: 'PUT', url: `Organization?identifier=${system}|${value}` },
    });
    const [one, other, stored] = [unused(), unused(), unused()];
    await created(organization(stored));
    for (const [entry, at] of [
      [[create(organization(one)), put(one, organization(one))], 1],
      [[put(one, organization(one)), create(organization(other, one))], 0],
      [[put(one, organization(one, other)), put(other, organization(one, other))], 0],
      [[put(stored, organization(stored)), create(organization(stored))], 0],
    ] as const) {
      const refused = await post([...entry]);
      assert.deepEqual(
        [...fault(refused), refused.body.issue?.[0]?.expression],
        [400, 'invalid', [`Bundle.entry[${at}].resource`]],
        refused.text,
      );
    }
    const count = async (value: string) =>
      (await client.get(`/Organization?identifier=${system}|${value}&_summary=count`)).body.total;
    assert.deepEqual([await count(one), await count(stored)], [0, 1]);
    const both = await post([
      put(one, organization(one)),
      put(stored, organization(stored)),
      create(organization(other)),
    ]);
    assert.deepEqual(
      both.body.entry?.map(({ response }) => response?.status),
      ['201 Created', '200 OK', '201 Created'],
      both.text,
    );
  });

  test('of several that meet a conditional reference those that the transaction deletes do not hide the others', async () => {
    const system = 'http://example.org/org';
    const value = unused();
    const organization = { resourceType: 'Organization', identifier: [{ system, value }], name: value };
    const ids: string[] = [];
    for (let count = 0; count < 4; count++) ids.push((await created(organization)).id!);
    const deleting = (some: readonly string[]) =>
      post([
        {
          resource: {
            resourceType: 'Location',
            name: 'x',
            managingOrganization: { reference: `Organization?name:exact=${value}` },
          },
          request: { method: 'POST', url: 'Location' },
        },
        ...some.map((id) => ({ request: { method: 'DELETE', url: `Organization/${id}` } })),
      ]);
    for (const some of [ids.slice(0, 1), ids.slice(-1), ids.slice(0, 2), ids.slice(-2)])
      assert.equal(fault(await deleting(some)).join(' '), '412 multiple-matches');
    const answer = await deleting([ids[0]!, ids[1]!, ids[3]!]);
    assert.equal(answer.status, 200, answer.text);
    const { body } = await client.get(`/${answer.body.entry![0]!.response!.location!.split('/_history')[0]}`);
    assert.deepEqual(body['managingOrganization'], { reference: `Organization/${ids[2]}` });
  });

  test('a Patient that the same transaction creates is met by a conditional reference, and its chart holds the result', async () => {
    const value = unused();
    const answer = await post([
      {
        resource: { ...aResult('x'), subject: { reference: `Patient?identifier=${MRN}|${value}` } },
        request: { method: 'POST', url: 'Observation' },
      },
      {
        resource: aPatient({ identifier: [{ system: MRN, value }] }),
        request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${MRN}|${value}` },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [, patient] = answer.body.entry!.map(({ response }) => response!.location!.split('/')[1]!);
    assert.equal((await client.get(`/Observation?patient=${patient}`)).body.total, 1);
  });

  test('a search over all types for one of them is one on that type in a Bundle too, and its pages go on', async () => {
    const { id } = await created(aPatient({ birthDate: '1990-01-01' }));
    const { id: other } = await created(aPatient({ birthDate: '1990-01-01' }));
    await created(aResult(id!));
    await created(aResult(id!));
    for (const url of [
      `?_type=Patient&_id=${id},${other}&birthdate=1990-01-01&_count=1`,
      `Patient/${id}/*?_type=Observation&status:missing=false&_count=1`,
    ]) {
      const { body } = await post([{ request: { method: 'GET', url } }]);
      const page = { body: body.entry![0]!.resource } as unknown as Answer;
      const second = await client.get(nextOf(page)!);
      assert.deepEqual([page.body.entry!.length, second.status, second.body.entry?.length], [1, 200, 1], url);
    }
  });

  test('a path in a Bundle that goes on after what is read is refused, as it is alone', async () => {
    const { id } = await created(aPatient());
    for (const url of [
      `Patient/${id}/Observation/1`,
      `Patient/${id}/*/1`,
      `Patient/${id}/_history/1/2`,
      `Patient/${id}/$everything/1`,
      'Patient/_search/1',
    ]) {
      const entry = [{ request: { method: 'GET', url } }];
      const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
      assert.equal(body.entry![0]!.response!.status, '404 Not Found', url);
      assert.equal((await client.get(`/${url}`)).status, 404, url);
      assert.deepEqual(fault(await post(entry)), [422, 'not-found'], url);
    }
  });

  test('HEAD in a Bundle tells the status without a body, of searches and histories too', async () => {
    const { id } = await created(aPatient());
    const reads = [
      `Patient/${id}`,
      `Patient/${id}/_history/1`,
      `Patient?_id=${id}`,
      `Patient/${id}/_history`,
    ];
    const calls = ['metadata', `Patient/${id}/$everything`, `Patient/${id}/$meta`];
    const entry = (urls: string[]) => urls.map((url) => ({ request: { method: 'HEAD', url } }));
    for (const [type, urls] of [
      ['transaction', reads],
      ['batch', [...reads, ...calls]],
    ] as const) {
      const bundle = { resourceType: 'Bundle', type, entry: entry([...urls]) };
      const { body } = await client.send('POST', '', bundle);
      assert.deepEqual(
        body.entry!.map(({ resource, response }) => [resource, response!.status]),
        urls.map(() => [undefined, '200 OK']),
      );
    }
  });

  test('If-Match, If-None-Exist and the conditions of reads hold inside a Bundle', async () => {
    const value = unused();
    const { id } = await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const wrong = await post([
      { resource: aPatient({ id }), request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"9"' } },
    ]);
    assert.equal(wrong.status, 412);
    const answer = await post([
      {
        resource: aPatient({ identifier: [{ system: MRN, value }] }),
        request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${MRN}|${value}` },
      },
      { request: { method: 'GET', url: `Patient/${id}`, ifNoneMatch: 'W/"1"' } },
      { request: { method: 'GET', url: `Patient/${id}`, ifModifiedSince: '2099-01-01T00:00:00Z' } },
      { request: { method: 'GET', url: `Patient/${id}?_elements=gender` } },
      { request: { method: 'HEAD', url: `Patient/${id}` } },
      { request: { method: 'GET', url: `Patient/${id}/_history` } },
    ]);
    assert.deepEqual(
      answer.body.entry!.map(({ response }) => response!.status),
      ['200 OK', '304 Not Modified', '304 Not Modified', '200 OK', '200 OK', '200 OK'],
    );
    assert.equal(answer.body.entry![3]!.resource!['birthDate'], undefined);
    assert.equal(answer.body.entry![4]!.resource, undefined);
    assert.equal((answer.body.entry![5]!.resource as Shown).total, 1);
  });

  test('a question that cannot be understood fails it before anything is written', async () => {
    const value = unused();
    const answer = await post([
      {
        resource: aPatient({ identifier: [{ system: MRN, value }] }),
        request: { method: 'POST', url: 'Patient' },
      },
      { request: { method: 'GET', url: 'Patient?colour=red' } },
      { request: { method: 'GET', url: 'Patient/1?colour=red' } },
      { request: { method: 'GET', url: 'Patient/1/Observation?colour=red' } },
    ]);
    assert.equal(answer.status, 400);
    assert.deepEqual(
      answer.body.issue!.map(({ expression }) => expression![0]),
      [1, 2, 3].map((n) => `Bundle.entry[${n}].request.url`),
    );
    assert.equal((await client.get(`/Patient?identifier=${MRN}|${value}`)).body.total, 0);
  });

  test('what is wrong with a query in an entry has the code that it has alone, and the place of the entry', async () => {
    const entry = (url: string, resource?: object) => ({
      ...(resource ? { resource } : {}),
      request: { method: resource ? 'POST' : 'GET', url },
    });
    const many = Array.from({ length: 2001 }, () => 'a').join();
    for (const [path, code] of [
      ['Patient?_filter=x', 'not-supported'],
      [`Patient?_id=${many}`, 'too-costly'],
      ['Patient?colour=red', 'invalid'],
    ] as const) {
      assert.deepEqual(fault(await client.send('POST', '/Patient/_search', path.slice(8), form)), [
        400,
        code,
      ]);
      const { status, body } = await post([entry(path)]);
      assert.deepEqual(
        [status, body.issue?.[0]?.code, body.issue?.[0]?.expression],
        [400, code, ['Bundle.entry[0].request.url']],
      );
      const reference = {
        ...aPatient(),
        managingOrganization: { reference: path.replace('Patient', 'Organization') },
      };
      const conditional = await post([entry('Patient', reference)]);
      assert.deepEqual(
        [conditional.status, conditional.body.issue?.[0]?.code, conditional.body.issue?.[0]?.expression],
        [400, code, ['Bundle.entry[0].resource.managingOrganization.reference']],
      );
    }
    assert.deepEqual(fault(await client.send('POST', '/Patient?_summary=some', aPatient())), [
      400,
      'invalid',
    ]);
    const written = await post([entry('Patient?_summary=some', aPatient())]);
    assert.deepEqual(
      [...fault(written), written.body.issue?.[0]?.expression],
      [400, 'invalid', ['Bundle.entry[0].request.url']],
    );
  });

  test('_format and _pretty of a read, a version and a history are those of the Bundle', async () => {
    const { id } = await created(aPatient());
    const answer = await post(
      ['', '/_history', '/_history/1', '/$everything'].map((path) => ({
        request: { method: 'GET', url: `Patient/${id}${path}?_format=application/fhir%2Bjson&_pretty=true` },
      })),
    );
    assert.deepEqual(
      answer.body.entry?.map(({ response }) => response!.status),
      Array.from({ length: 4 }, () => '200 OK'),
      answer.text,
    );
  });

  test('a question in it may name an entry by its fullUrl, the first time and when it is sent again', async () => {
    const entries = [
      { fullUrl: uuid(1), resource: aPatient(), request: { method: 'POST', url: 'Patient' } },
      {
        resource: { ...aResult('x'), subject: { reference: uuid(1) } },
        request: { method: 'POST', url: 'Observation' },
      },
      { request: { method: 'GET', url: `Observation?subject=${uuid(1)}&_include=Observation:subject` } },
      { request: { method: 'GET', url: `Observation?subject=${uuid(2)}` } },
    ];
    for (const _time of ['first', 'again']) {
      const { body, text } = await post(entries);
      assert.deepEqual(
        body.entry?.slice(2).map(({ resource }) => [resource?.total, resource?.entry?.length]),
        [[1, 2], [0, undefined]], // prettier-ignore
        text,
      );
    }
  });

  test('an entry without a request, or a search with a resource that would go unread, is told of at its place', async () => {
    const entries = [
      { resource: aPatient() },
      { resource: aPatient(), fullUrl: uuid(1) },
      {
        resource: { resourceType: 'Parameters', parameter: [{ name: '_id', valueString: 'none' }] },
        request: { method: 'POST', url: 'Patient/_search' },
      },
      { request: { method: 'POST', url: 'Patient/_search?_id=none' } },
    ];
    const batch = await post(entries, 'batch');
    assert.deepEqual(
      batch.body.entry?.map(({ response }) => [response?.status, response?.outcome?.issue?.[0]?.expression]),
      [
        ['400 Bad Request', ['Bundle.entry[0].request']],
        ['400 Bad Request', ['Bundle.entry[1].request']],
        ['400 Bad Request', ['Bundle.entry[2].resource']],
        ['200 OK', undefined],
      ],
      batch.text,
    );
    const whole = await post(entries);
    assert.equal(whole.status, 422);
    assert.deepEqual(
      whole.body.issue?.map(({ expression }) => expression?.[0]),
      ['Bundle.entry[0].request', 'Bundle.entry[1].request', 'Bundle.entry[2].resource'],
    );
  });

  test('a batch answers each entry for itself', async () => {
    const answer = await post(
      [
        { resource: aPatient({ birthDate: 'never' }), request: { method: 'POST', url: 'Patient' } },
        { resource: aPatient(), request: { method: 'POST', url: 'Patient' } },
        { request: { method: 'GET', url: 'Patient/nobody' } },
        { request: { method: 'GET', url: 'Patient?_summary=count' } },
      ],
      'batch',
    );
    assert.deepEqual(
      answer.body.entry!.map(({ response }) => response!.status.slice(0, 3)),
      ['422', '201', '404', '200'],
    );
  });

  test('a batch asks over all types and calls operations as requests of their own would; a transaction calls none', async () => {
    const { id } = await created(aPatient());
    const validation = { request: { method: 'POST', url: 'Patient/$validate' } };
    const answer = await post(
      [
        { request: { method: 'GET', url: `?_type=Patient&_id=${id}` } },
        { request: { method: 'GET', url: '_history?_count=1' } },
        { ...validation, resource: aPatient({ gender: 'none' }) },
        { request: { method: 'GET', url: `Patient/${id}/$meta` } },
        { request: { method: 'GET', url: `Patient/${id}/$nonsense` } },
        { request: { method: 'DELETE', url: `Patient/${id}/$meta` } },
        { request: { method: 'GET', url: 'Patient/nobody/$meta' } },
        { request: { method: 'POST', url: '$submit-xml' }, resource: aPatient() },
        { request: { method: 'GET', url: 'metadata' } },
        { request: { method: 'GET', url: 'Nonsense/1' } },
        { request: { method: 'GET', url: `Patient/_history/1` } },
      ],
      'batch',
    );
    assert.deepEqual(
      answer.body.entry!.map(({ response }) => response!.status.slice(0, 3)),
      ['200', '200', '200', '200', '404', '405', '404', '400', '200', '404', '400'],
    );
    const [found, history, outcome, meta] = answer.body.entry!.map(({ resource }) => resource as Shown);
    assert.deepEqual([found!.total, history!.type], [1, 'history']);
    assert.equal((outcome as unknown as Answer['body']).issue![0]!.severity, 'error');
    assert.equal(meta!.resourceType, 'Parameters');
    const refused = await post([{ ...validation, resource: aPatient() }]);
    assert.deepEqual(fault(refused), [400, 'not-supported']);
  });
});

describe('a search over all types', () => {
  test('that asks for one of them takes all its parameters, in a compartment too', async () => {
    const value = unused();
    const { id } = await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const { id: result } = await created(aResult(id!));
    const found = async (path: string) => {
      const answer = await client.get(path);
      assert.equal(answer.status, 200, answer.text);
      return resources(answer).map((one) => one.id);
    };
    assert.deepEqual(await found(`/?_type=Patient&identifier=${MRN}|${value}`), [id]);
    assert.deepEqual(await found(`/Patient/${id}/*?_type=Observation&code=718-7`), [result]);
    assert.equal((await client.get('/?_type=Patient,Observation&gender=male')).status, 400);
    assert.equal((await client.get('/?_type=Nonsense')).status, 400);
  });

  test('that asks for several takes what they have in common, posted or in the address, page by page', async () => {
    const { id: patient } = await created(aPatient());
    const results: string[] = [];
    for (let day = 1; day <= 3; day++) {
      const { id } = await created(aResult(patient!, { effectiveDateTime: `2026-11-0${day}` }));
      results.push(`Observation/${id}`);
    }
    const { id: report } = await created({
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${patient}` },
      effectiveDateTime: '2026-11-02T12:00:00+07:00',
    });
    const question = `_type=Observation,DiagnosticReport&patient=${patient}&_sort=-date`;
    const found: string[] = [];
    for (let next: string | undefined = `/?${question}&_count=1`; next;) {
      const page: Answer = await client.get(next);
      assert.equal(page.status, 200, page.text);
      found.push(...resources(page).map((one) => `${one.resourceType}/${one.id}`));
      assert.ok(found.length <= 4);
      next = nextOf(page);
    }
    const [first, second, third] = results;
    assert.deepEqual(found, [third, `DiagnosticReport/${report}`, second, first]);
    const posted = await fetch(`${server.url}/fhir/_search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(`${question}&code=718-7&_total=accurate`),
    });
    assert.equal(((await posted.json()) as Shown)['total'], 3);
    const refused = await client.get(`/?_type=Observation,Patient&patient=${patient}`);
    assert.deepEqual(fault(refused), [400, 'invalid']);
    const lenient = await client.get(`/?_type=Observation,Patient&patient=${patient}&_id=${patient}`, {
      prefer: 'handling=lenient',
    });
    assert.deepEqual(
      resources(lenient).map(({ resourceType }) => resourceType),
      ['Patient'],
    );
    assert.equal(resources(lenient, 'outcome').length, 1);
    assert.doesNotMatch(linkOf(lenient, 'self')!, /patient=/);
  });
});

describe('a search by number', () => {
  test('finds what is beyond the numbers of JavaScript by its own digits, and compares it', async () => {
    const { id: patient } = await created(aPatient());
    const ids = new Map<string, string>();
    for (const value of ['1E400', '2E400', '9007199254740993', '7']) {
      const body = JSON.stringify(aResult(patient!)).replace('"value":13.5', `"value":${value}`);
      const response = await fetch(`${server.url}/fhir/Observation`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
        body,
      });
      assert.equal(response.status, 201);
      const text = await response.text();
      assert.ok(text.includes(`"value":${value}`), text);
      ids.set((JSON.parse(text) as Shown).id!, value);
    }
    const found = async (query: string) => {
      const answer = await client.get(`/Observation?patient=${patient}&${query}`);
      assert.equal(answer.status, 200, answer.text);
      return resources(answer).map(({ id }) => ids.get(id!));
    };
    assert.deepEqual(await found('value-quantity=2.0E400'), ['2E400']);
    assert.deepEqual(await found('value-quantity=9007199254740993'), ['9007199254740993']);
    assert.deepEqual(await found('value-quantity=9007199254740992'), []);
    assert.deepEqual(await found('value-quantity=gt1E400'), ['2E400']);
    assert.deepEqual((await found('value-quantity=ge9007199254740993&value-quantity=lt2E400')).toSorted(), [
      '1E400',
      '9007199254740993',
    ]);
    assert.deepEqual((await found('_sort=value-quantity')).slice(0, 2), ['7', '9007199254740993']);
    assert.deepEqual(await found('value-quantity=1E400|http://unitsofmeasure.org|mg/dL'), []);
  });
});

describe('compartments', () => {
  let patient: string;
  let encounter: string;
  before(async () => {
    patient = (await created(aPatient())).id!;
    const stranger = (await created(aPatient())).id!;
    encounter = (
      await created({
        resourceType: 'Encounter',
        identifier: [{ system: maLk('01901'), value: unused() }],
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject: { reference: `Patient/${patient}` },
        period: { start: '2026-11-20T07:00:00+07:00', end: '2026-11-20T09:00:00+07:00' },
      })
    ).id!;
    await created(
      aResult(patient, {
        encounter: { reference: `Encounter/${encounter}` },
        performer: [{ reference: 'Practitioner/dr-hoa' }],
      }),
    );
    await created(aResult(patient, { code: { text: 'other' } }));
    await created(aResult(stranger, { performer: [{ reference: 'Practitioner/dr-hoa' }] }));
    await created(aResult(stranger));
  });

  test('GET Patient/1/Observation answers what is theirs, and takes parameters', async () => {
    assert.equal((await client.get(`/Patient/${patient}/Observation`)).body.total, 2);
    const some = await client.get(`/Patient/${patient}/Observation?code=http://loinc.org|718-7`);
    assert.equal(some.body.total, 1, some.text);
    assert.match(
      (some.body['link'] as { url: string }[])[0]!.url,
      new RegExp(`/fhir/Patient/${patient}/Observation`),
    );
    assert.equal((await client.get(`/Patient/${patient}/Observation?colour=red`)).status, 400);
  });

  test('of an Encounter, a Practitioner, and with * all types', async () => {
    assert.equal((await client.get(`/Encounter/${encounter}/Observation`)).body.total, 1);
    assert.equal((await client.get('/Practitioner/dr-hoa/Observation')).body.total, 2);
    const all = resources(await client.get(`/Patient/${patient}/*`)).map(({ resourceType }) => resourceType);
    assert.deepEqual([...new Set(all)].sort(), ['Encounter', 'Observation']);
  });

  test('what is in no compartment is 404 in words', async () => {
    for (const path of [
      `/Patient/${patient}/ValueSet`,
      '/Location/1/Observation',
      `/Patient/${patient}/Pizza`,
    ])
      assert.deepEqual([path, (await client.get(path)).status], [path, 404]);
  });

  test('another facility finds nothing there', async () => {
    assert.equal((await other.get(`/Patient/${patient}/Observation`)).body.total, 0);
  });
});

describe('$everything', () => {
  let patient: string;
  let encounter: string;
  before(async () => {
    patient = (await created(aPatient())).id!;
    encounter = (
      await created({
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject: { reference: `Patient/${patient}` },
        period: { start: '2020-02-03T07:00:00+07:00' },
        identifier: [{ system: maLk('01901'), value: unused() }],
      })
    ).id!;
    for (const year of [2020, 2021, 2022, 2023])
      await created(
        aResult(patient, {
          effectiveDateTime: `${year}-05-06`,
          ...(year === 2020 ? { encounter: { reference: `Encounter/${encounter}` } } : {}),
        }),
      );
  });

  test('answers the whole chart, the Patient first', async () => {
    const answer = await client.get(`/Patient/${patient}/$everything`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      resources(answer).map(({ resourceType }) => resourceType),
      ['Patient', 'Observation', 'Observation', 'Observation', 'Observation', 'Encounter'],
    );
  });

  test('start and end find a stay that began before them and lasts into them, on every page', async () => {
    const { id: person } = await created(aPatient());
    const stay = (start: string, end?: string) =>
      created({
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
        subject: { reference: `Patient/${person}` },
        period: { start, ...(end ? { end } : {}) },
      });
    const [long, over, open, after] = [
      await stay('2024-01-01', '2024-01-31'),
      await stay('2024-01-02', '2024-01-10'),
      await stay('2023-05-01'),
      await stay('2024-01-20', '2024-01-20'),
    ];
    const asked: [query: string, found: (string | undefined)[]][] = [
      ['start=2024-01-15', [after.id, long.id, open.id]],
      ['start=2024-01-15&end=2024-01-16', [long.id, open.id]],
      ['start=2024-01-10&end=2024-01-10', [over.id, long.id, open.id]],
      ['start=2024-02', [open.id]],
      ['end=2023-12', [open.id]],
    ];
    for (const [query, found] of asked) {
      for (const count of ['', '&_count=1', '&_count=2']) {
        const seen: (string | undefined)[] = [];
        let page: string | undefined = `/Patient/${person}/$everything?_type=Encounter&${query}${count}`;
        while (page) {
          const answer = await client.get(page);
          seen.push(...resources(answer).map(({ id }) => id));
          page = nextOf(answer);
        }
        assert.deepEqual(seen, found, query + count);
      }
    }
  });

  test('narrows by _type, start, end and _since, and pages with _count', async () => {
    const count = async (query: string) =>
      resources(await client.get(`/Patient/${patient}/$everything?${query}`)).length;
    assert.equal(await count('_type=Observation'), 4);
    assert.equal(await count('_type=Observation&start=2021&end=2022'), 2);
    assert.equal(await count('_type=Observation&end=2020-05-05'), 0);
    assert.equal(await count('_type=Observation&_since=2099-01-01T00:00:00Z'), 0);
    assert.equal(await count('_since=2099-01-01T00:00:00Z'), 0);
    assert.equal(await count('_type=Encounter&_type=Observation,Patient'), 6);
    const seen: string[] = [];
    for (let page: string | undefined = `/Patient/${patient}/$everything?_count=2`; page;) {
      const answer = await client.get(page);
      seen.push(...resources(answer).map(({ id }) => id!));
      page = nextOf(answer);
    }
    assert.deepEqual([seen.length, new Set(seen).size], [6, 6]);
  });

  test('in pages each resource comes once, the directory’s entries too, and no page has more than was asked for', async () => {
    const doctors = [await created({ resourceType: 'Practitioner', name: [{ text: 'Một' }] }), await created({ resourceType: 'Practitioner', name: [{ text: 'Hai' }] })]; // prettier-ignore
    const [first, second] = doctors.map(({ id }) => `Practitioner/${id}`);
    const { id } = await created(aPatient({ generalPractitioner: [{ reference: first }] }));
    for (const performer of [first, second, first, second, second])
      await created(aResult(id!, { performer: [{ reference: performer }] }));
    const whole = resources(await client.get(`/Patient/${id}/$everything`))
      .concat(resources(await client.get(`/Patient/${id}/$everything`), 'include'))
      .map((one) => `${one.resourceType}/${one.id}`);
    assert.equal(whole.length, 8);
    for (const count of [1, 2, 3, 7]) {
      const seen: string[] = [];
      for (let page: string | undefined = `/Patient/${id}/$everything?_count=${count}`; page;) {
        const answer = await client.get(page);
        assert.ok(resources(answer).length <= count, `${resources(answer).length} on a page of ${count}`);
        seen.push(
          ...[...resources(answer), ...resources(answer, 'include')].map(
            (one) => `${one.resourceType}/${one.id}`,
          ),
        );
        page = nextOf(answer);
      }
      assert.deepEqual(seen.toSorted(), whole.toSorted(), `pages of ${count}`);
    }
  });

  test('what the chart refers to beside it comes along: a device, a version of a doctor, and nobody else’s chart', async () => {
    const device = await created({ resourceType: 'Device', manufacturer: 'Acme' });
    const { id: stranger } = await created(aPatient());
    const pump = await created({ resourceType: 'Device', patient: { reference: `Patient/${stranger}` } });
    const doctor = await created({ resourceType: 'Practitioner', name: [{ text: 'Lan' }] });
    const { id } = await created(aPatient());
    const own = await created({ resourceType: 'Device', patient: { reference: `Patient/${id}` } });
    for (const { id: used } of [device, pump, own])
      await created(
        aResult(id!, {
          device: { reference: `Device/${used}` },
          performer: [{ reference: `Practitioner/${doctor.id}/_history/1` }],
        }),
      );
    const shown = (answer: Answer, mode: string) =>
      resources(answer, mode)
        .map((one) => `${one.resourceType}/${one.id}`)
        .filter((name) => !name.startsWith('Observation/'))
        .sort();
    const answer = await client.get(`/Patient/${id}/$everything`);
    assert.deepEqual(
      shown(answer, 'include'),
      [`Device/${device.id}`, `Device/${own.id}`, `Practitioner/${doctor.id}`].sort(),
    );
    const paged = await client.get(`/Patient/${id}/$everything?_count=50`);
    assert.deepEqual(shown(paged, 'include'), shown(answer, 'include'));
  });

  test('_type chooses among the directory’s entries too, in the address or posted, each list by itself', async () => {
    const doctor = await created({ resourceType: 'Practitioner', name: [{ text: 'Trần Lan' }] });
    const { id } = await created(
      aPatient({ generalPractitioner: [{ reference: `Practitioner/${doctor.id}` }] }),
    );
    await created(aResult(id!));
    const types = ({ body }: Answer) => body.entry!.map(({ resource }) => resource!.resourceType).sort();
    const path = `/Patient/${id}/$everything`;
    for (const page of ['', '&_count=50']) {
      const asked = async (query: string) => types(await client.get(`${path}?${query}${page}`));
      assert.deepEqual(await asked('_type=Observation,Patient'), ['Observation', 'Patient']);
      assert.deepEqual(await asked('_type=Patient&_type=Practitioner'), ['Patient', 'Practitioner']);
    }
    const posted = await client.send('POST', path, {
      resourceType: 'Parameters',
      parameter: ['Observation', 'Practitioner'].map((valueCode) => ({ name: '_type', valueCode })),
    });
    assert.deepEqual(types(posted), ['Observation'], posted.text);
  });

  test('of an Encounter: what belongs to that visit', async () => {
    const answer = await client.get(`/Encounter/${encounter}/$everything`);
    assert.deepEqual(
      resources(answer).map(({ resourceType }) => resourceType),
      ['Encounter', 'Observation'],
    );
  });

  test('of an Encounter: the Patient and what else of the chart the visit refers to come along, each once, and nobody else’s', async () => {
    const id = `vis-${unused()}`;
    assert.equal((await client.send('PUT', `/Patient/${id}`, aPatient({ id }))).status, 201);
    const { id: stranger } = await created(aPatient());
    const subject = { reference: `Patient/${id}` };
    const illness = await created({ resourceType: 'Condition', subject, code: { text: 'mạn tính' } });
    const before = await created(aResult(id));
    const foreign = await created(aResult(stranger!));
    const pump = await created({ resourceType: 'Device', patient: subject });
    const visit = await created({
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'AMB' },
      subject,
      diagnosis: [{ condition: { reference: `Condition/${illness.id}` } }],
    });
    const inVisit = { encounter: { reference: `Encounter/${visit.id}` } };
    const glucose = await created(aResult(id, inVisit));
    const panel = await created(
      aResult(id, {
        ...inVisit,
        device: { reference: `Device/${pump.id}` },
        hasMember: [glucose, before, foreign].map((one) => ({ reference: `Observation/${one.id}` })),
      }),
    );
    const name = (one: Shown) => `${one.resourceType}/${one.id}`;
    const [own, along] = [[visit, glucose, panel].map(name), [illness, before, pump].map(name)];
    const asked = async (query: string) => {
      const shown = { match: [] as string[], include: [] as string[] };
      for (let page: string | undefined = `/Encounter/${visit.id}/$everything${query}`; page;) {
        const answer = await client.get(page);
        assert.equal(answer.status, 200, answer.text);
        shown.match.push(...resources(answer).map(name));
        shown.include.push(...resources(answer, 'include').map(name));
        page = nextOf(answer);
      }
      return [shown.match.toSorted(), shown.include.toSorted()];
    };
    for (const query of ['', '?_count=1', '?_count=50'])
      assert.deepEqual(await asked(query), [own.toSorted(), [`Patient/${id}`, ...along].toSorted()], query);
    assert.deepEqual(await asked('?_type=Encounter,Patient'), [[name(visit)], [`Patient/${id}`]]);
    assert.deepEqual(await asked('?_type=Observation'), [own.slice(1).toSorted(), [name(before)]]);
    assert.deepEqual(await asked('?_since=2099-01-01T00:00:00Z'), [[], []]);
  });

  test('refuses what it does not know; nobody else’s chart is there', async () => {
    for (const query of ['colour=red', '_type=Pizza', 'start=never', '_count=0', '_page=x'])
      assert.equal((await client.get(`/Patient/${patient}/$everything?${query}`)).status, 400, query);
    assert.equal((await other.get(`/Patient/${patient}/$everything`)).status, 404);
    assert.equal((await client.get('/Patient/nobody/$everything')).status, 404);
  });
});

describe('operations', () => {
  const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });

  test('a body that holds no parameters is refused, not passed over', async () => {
    const { id } = await created(aPatient());
    for (const path of [
      `/Patient/${id}/$everything`,
      `/Patient/${id}/$meta-add`,
      '/Observation/$lastn?patient=1',
    ])
      assert.deepEqual(fault(await client.send('POST', path, aPatient())), [400, 'invalid'], path);
    const resource = { name: 'resource', resource: aPatient() };
    const twice = await client.send('POST', '/Patient/$validate', parameters(resource, resource));
    assert.deepEqual(fault(twice), [400, 'invalid']);
  });

  test('$validate judges what is sent or stored, and writes nothing', async () => {
    const good = await client.send('POST', '/Patient/$validate', aPatient());
    assert.deepEqual([good.status, good.body.issue![0]!.severity], [200, 'information']);
    const bad = await client.send(
      'POST',
      '/Patient/$validate',
      parameters(
        { name: 'resource', resource: aPatient({ birthDate: 'never' }) },
        { name: 'mode', valueCode: 'create' },
      ),
    );
    assert.deepEqual(
      [bad.status, bad.body.issue![0]!.severity, bad.body.issue![0]!.expression],
      [200, 'error', ['Patient.birthDate']],
    );
    const { id } = await created(aPatient());
    assert.equal((await client.get(`/Patient/${id}/$validate`)).body.resourceType, 'OperationOutcome');
    for (const [path, body] of [
      ['/Patient/$validate', { resourceType: 'Observation' }],
      ['/Patient/$validate?mode=x', aPatient()],
      ['/Patient/$validate?profile=http://nobody.org/x', aPatient()],
      ['/Patient/$validate', undefined],
    ] as const) {
      const answer = await client.send('POST', path, body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${path} ${answer.text}`);
    }
  });

  test('$meta answers it, $meta-add and $meta-delete change it in a new version', async () => {
    const { id } = await created(aPatient());
    const tag = parameters({
      name: 'meta',
      valueMeta: { tag: [{ system: 'http://example.org', code: 'reviewed' }] },
    });
    const metaOf = ({ body }: Answer) =>
      (body.parameter![0] as unknown as { valueMeta: { versionId: string; tag?: object[] } }).valueMeta;
    assert.equal(metaOf(await client.get(`/Patient/${id}/$meta`)).versionId, '1');
    const added = metaOf(await client.send('POST', `/Patient/${id}/$meta-add`, tag));
    assert.deepEqual([added.versionId, added.tag?.length], ['2', 1]);
    assert.equal((await client.get(`/Patient?_tag=http://example.org|reviewed&_id=${id}`)).body.total, 1);
    assert.equal(metaOf(await client.send('POST', `/Patient/${id}/$meta-delete`, tag)).tag, undefined);
    assert.equal((await other.send('POST', `/Patient/${id}/$meta-add`, tag)).status >= 400, true);
  });

  test('$lastn answers the newest of each kind', async () => {
    const { id } = await created(aPatient());
    const result = (code: string, day: number) =>
      created(
        aResult(id!, {
          code: { coding: [{ system: 'http://loinc.org', code }] },
          effectiveDateTime: `2026-10-0${day}`,
        }),
      );
    for (const day of [1, 3, 2]) for (const code of ['718-7', '2345-7']) await result(code, day);
    const days = async (query: string) => {
      const answer = await client.get(`/Observation/$lastn?patient=Patient/${id}&${query}`);
      assert.equal(answer.status, 200, answer.text);
      return resources(answer).map(({ effectiveDateTime }) => effectiveDateTime);
    };
    assert.deepEqual(await days(''), ['2026-10-03', '2026-10-03']);
    assert.deepEqual(await days('max=2&code=http://loinc.org|718-7'), ['2026-10-03', '2026-10-02']);
    // what a search of Observations takes narrows it too; one without any time is not the newest
    await created(aResult(id!, { code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] }, effectiveDateTime: undefined })); // prettier-ignore
    assert.deepEqual(await days('code=718-7'), ['2026-10-03']);
    assert.deepEqual(await days('code=718-7&max=4'), ['2026-10-03', '2026-10-02', '2026-10-01', undefined]);
    assert.deepEqual(await days('date=lt2026-10-03&code=718-7'), ['2026-10-02']);
    assert.deepEqual(await days('status:not=final'), []);
    assert.deepEqual(await days('code:not=718-7'), ['2026-10-03']);
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueString: `Patient/${id}` },
        { name: 'date', valueString: 'lt2026-10-02' },
        { name: 'max', valueInteger: 1 },
      ],
    };
    const posted = await client.send('POST', '/Observation/$lastn', body);
    assert.deepEqual(
      resources(posted).map(({ effectiveDateTime }) => effectiveDateTime),
      ['2026-10-01', '2026-10-01'],
    );
    assert.match(linkOf(posted, 'self')!, /date=lt2026-10-02&max=1$/);
    for (const query of ['_sort=date', '_count=1', '_include=Observation:subject', 'colour=red'])
      assert.equal((await client.get(`/Observation/$lastn?patient=${id}&${query}`)).status, 400, query);
    assert.equal((await client.get('/Observation/$lastn')).status, 400);
    assert.equal((await client.get(`/Observation/$lastn?patient=${id}&max=none`)).status, 400);
  });
});

describe('a create under a key', () => {
  const patient = aPatient({ identifier: [{ system: MRN, value: unused() }] });
  const keyed = (key: string, more: Record<string, string> = {}) => ({ 'idempotency-key': key, ...more });

  test('twenty at once and one later make one resource; repeats get 200 and the version that was made', async () => {
    const { id: about } = await created(patient);
    const result = aResult(about!);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.send('POST', '/Observation', result, keyed('k-1'))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array<number>(19).fill(200), 201]);
    const [{ id }] = answers.map(({ body }) => body) as [Shown];
    await client.send('PUT', `/Observation/${id}`, { ...result, id, status: 'amended' });
    const late = await client.send('POST', '/Observation', result, keyed('k-1'));
    assert.equal(late.status, 200);
    assert.match(late.headers.get('location') ?? '', new RegExp(`/Observation/${id}/_history/1$`));
    assert.deepEqual([late.body.id, late.body['status']], [id, 'final']);
    assert.deepEqual(new Set(answers.map(({ body }) => body.id)), new Set([id]));
    const found = await client.get(`/Observation?patient=Patient/${about}&_summary=count`);
    assert.equal(found.body['total'], 1);
  });

  test('a key is the sender’s own, and of one body', async () => {
    const basic = (text: string) => ({ resourceType: 'Basic', code: { text } });
    assert.equal((await client.send('POST', '/Basic', basic('một'), keyed('k-2'))).status, 201);
    assert.equal((await other.send('POST', '/Basic', basic('một'), keyed('k-2'))).status, 201);
    for (const [body, more] of [
      [basic('hai'), {}],
      [basic('một'), { 'if-none-exist': `identifier=${MRN}|x` }],
    ] as const) {
      const again = await client.send('POST', '/Basic', body, keyed('k-2', more));
      assert.deepEqual(fault(again), [422, 'business-rule']);
      assert.deepEqual(again.body.issue?.[0]?.expression, ['Idempotency-Key']);
    }
  });

  test('what was refused the first time is made the second', async () => {
    const bad = await client.send('POST', '/Basic', { resourceType: 'Basic' }, keyed('k-3'));
    assert.equal(bad.status, 422);
    const good = await client.send(
      'POST',
      '/Basic',
      { resourceType: 'Basic', code: { text: 'ba' } },
      keyed('k-3'),
    );
    assert.equal(good.status, 201);
  });
});
