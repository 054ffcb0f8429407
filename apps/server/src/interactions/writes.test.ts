// Making and changing what is there: create, update, patch.
// Source: https://hl7.org/fhir/R4/http.html#update
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fhirClient } from '../testing/fhir-client.ts';
import { fhirPathPatch } from '../testing/fhirpath-patch.ts';
import { aPatient, aResult, fault, MRN, resources, restClients, unused } from '../testing/rest-clients.ts';
import { startPlatform } from '../testing/platform.ts';

const { client, created, nextOf, url } = restClients();

describe('create', () => {
  test('passes over the id that a resource brings, one that could be none too, alone and in a Bundle', async () => {
    for (const id of ['mine', 'not_an_id', '']) {
      const alone = await client.send('POST', '/Patient', aPatient({ id }));
      assert.equal(alone.status, 201, alone.text);
      assert.notEqual(alone.body.id, id);
      const entry = [{ resource: aPatient({ id }), request: { method: 'POST', url: 'Patient' } }];
      const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.equal(body.entry?.[0]!.response!.status, '201 Created', JSON.stringify(body));
    }
  });
});

describe('update', () => {
  test('creates under the id of the address, then makes versions; If-Match guards them', async () => {
    const id = `own-${unused()}`;
    const first = await client.send('PUT', `/Patient/${id}`, aPatient({ id }));
    assert.deepEqual(
      [first.status, first.headers.get('location')],
      [201, `${url()}/fhir/Patient/${id}/_history/1`],
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
      fhirPathPatch('replace', 'Patient.birthDate', [{ name: 'value', valueDate: '1971-01-01' }]),
    );
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body['birthDate'], '1971-01-01');
    const gone = await client.send('PATCH', `/Patient/${id}`, fhirPathPatch('delete', 'Patient.gender'));
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
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
          request: { method: 'PATCH', url: `Patient/${id}`, ifMatch: 'W/"1"' },
        },
        {
          resource: fhirPathPatch('add', 'Patient', [
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
    };
    const answer = await client.send('POST', '', bundle);
    assert.equal(answer.status, 422, 'the condition matches nobody yet');
    await created(aPatient({ identifier: [{ system: MRN, value }] }));
    const again = await client.send('POST', '', bundle);
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
