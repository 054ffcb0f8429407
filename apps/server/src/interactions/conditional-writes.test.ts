// Writes that go by a condition.
// Source: https://hl7.org/fhir/R4/http.html#cond-update
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPatient, aResult, fault, MRN, restClients, unused } from '../testing/rest-clients.ts';

const { client, created, url } = restClients();

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
    for (const same of [query, `?${query}`, `Substance?${query}`, `${url()}/fhir/Substance?${query}`]) {
      assert.equal((await create(same)).body.id, id, same);
      assert.match((await inBundle(same)).text, new RegExp(`Substance/${id}/`), same);
    }
    for (const foreign of [`Patient?${query}`, `${url()}/fhir/Patient?${query}`]) {
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
    const criteria = `subject=${encodeURIComponent(`${url()}/fhir/Patient/${first.body.id}`)}&code=718-7`;
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
