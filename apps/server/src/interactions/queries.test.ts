// What a query may say, over one type, over all of them, and within compartments.
// Source: https://hl7.org/fhir/R4/search.html
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { before, describe, test } from 'node:test';
import { maLk } from '@yba/vietnam';
import type { Answer, Shown } from '../testing/fhir-client.ts';
import {
  aPatient,
  aResult,
  fault,
  form,
  MRN,
  resources,
  restClients,
  unused,
} from '../testing/rest-clients.ts';

const { client, other, created, linkOf, nextOf, url, token } = restClients();

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
    const response = await fetch(`${url()}/fhir/Patient/_search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token()}`, ...form },
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
      const socket = connect({ port: Number(new URL(url()).port), host: 'localhost' });
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
    for (const condition of [query, `Patient?${query}`, `?${query}`, `${url()}/fhir/Patient?${query}`]) {
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
    const posted = await fetch(`${url()}/fhir/_search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token()}` },
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
      const response = await fetch(`${url()}/fhir/Observation`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/fhir+json' },
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
