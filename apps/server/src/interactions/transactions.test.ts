// Bundles that are carried out: transaction and batch.
// Source: https://hl7.org/fhir/R4/http.html#transaction
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer, Shown } from '../testing/fhir-client.ts';
import { aPatient, aResult, fault, form, MRN, restClients, unused } from '../testing/rest-clients.ts';

const { client, created, nextOf } = restClients();

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
