// Reading what is there and what was: read, vread, Binary, history.
// Source: https://hl7.org/fhir/R4/http.html#read
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Shown } from '../testing/fhir-client.ts';
import { fhirPathPatch } from '../testing/fhirpath-patch.ts';
import { aPatient, aResult, fault, MRN, restClients, unused } from '../testing/rest-clients.ts';

const { client, other, created, nextOf, url, token } = restClients();

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
    for (const version of ['2', '01', '0', '-1'])
      assert.deepEqual(fault(await client.get(`/Patient/${id}/_history/${version}`)), [404, 'not-found']);
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
    const parameters = fhirPathPatch('replace', 'Patient.birthDate', [
      { name: 'value', valueDate: '1980-02-04' },
    ]);
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

  test('_elements may name a type: others come whole, and of what is inside an element, all of it', async () => {
    const organization = await created({ resourceType: 'Organization', name: 'A', alias: ['a'] });
    const { id } = await created(
      aPatient({
        name: [{ family: 'Lê', given: ['An'] }],
        birthDate: '1980',
        managingOrganization: { reference: `Organization/${organization.id}` },
      }),
    );
    const shown = async (elements: string) => {
      const { body } = await client.get(
        `/Patient?_id=${id}&_include=Patient:organization&_elements=${elements}`,
      );
      return body.entry!.map(({ resource }) => Object.keys(resource!).sort().join());
    };
    const whole = 'alias,id,meta,name,resourceType';
    const birthDate = 'birthDate,id,meta,resourceType';
    assert.deepEqual(await shown('Patient.birthDate'), [birthDate, whole]);
    assert.deepEqual(await shown('Patient.birthDate,Organization.alias'), [
      birthDate,
      'alias,id,meta,resourceType',
    ]);
    const both = 'id,meta,name,resourceType';
    assert.deepEqual(await shown('name.family'), [both, both]);
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
    fetch(`${url()}/fhir${path}`, {
      method,
      headers: { authorization: `Bearer ${token()}`, ...headers },
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
