import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { text as readAll } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { ann, binding, outcome } from './testing/binding.ts';

const { app, base, lines, call, send } = await binding();
before(async () => void (await send('PUT', '/fhir/Patient/ann', ann)));
after(() => app.close());

describe('refusals', () => {
  test('everything under /fhir but discovery is 401 without a token', async () => {
    const response = await call('/fhir/Patient/ann', { token: '' });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="yba"');
    assert.equal((await outcome(response)).issue[0]?.code, 'login');
    const refused = await call('/fhir/Patient/ann', { token: 'bad' });
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="yba", error="invalid_token"');
    for (const path of ['/fhir', '/fhir/Patient/$match', '/fhir/no/such/place/at/all/here']) {
      assert.equal((await call(path, { token: 'bad', method: 'POST' })).status, 401, path);
    }
    assert.equal((await call('/fhir/metadata', { token: '' })).status, 200);
    const smart = await call('/fhir/.well-known/smart-configuration', { token: '' });
    assert.deepEqual(await smart.json(), { token_endpoint: 'http://yba.test/oauth/token' });
  });

  test('unknown places are 404 and unoffered methods 405 with Allow', async () => {
    assert.equal((await call('/fhir/Pizza')).status, 404);
    assert.equal((await call('/fhir/a/b/c/d/e/f')).status, 404);
    assert.equal((await outcome(await call('/nowhere'))).issue[0]?.code, 'not-found');
    const wrong = await send('PUT', '/fhir/Patient/ann/_history', ann);
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS');
  });

  test('two slashes at the beginning are another address: 404, not a refusal', async () => {
    for (const path of ['//fhir/Patient/ann', '//fhir//Patient', '//health', '//']) {
      const response = await call(path);
      assert.equal(response.status, 404, path);
      assert.match((await outcome(response)).issue[0]!.diagnostics, /Write one/);
    }
  });

  test('a request of more than a hundred headers is 431, and a head has 15 seconds to be whole', async () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, '1']));
    assert.equal((await call('/health', { headers: many(90) })).status, 200);
    const refused = await call('/health', { headers: many(150) });
    assert.equal(refused.status, 431);
    assert.match((await outcome(refused)).issue[0]!.diagnostics, /more than 100 headers/);
    assert.equal(app.server.headersTimeout, 15_000);
  });

  test('a request without Host, with a header twice, an Expect or a coding that is unknown, is told what is wrong with it', async () => {
    const { hostname, port } = new URL(base);
    for (const [headers, status, words] of [
      ['', 400, /names its Host/],
      ['Host: x\r\nhost: y\r\n', 400, /header host stands twice/],
      ['Host: x\r\nIf-None-Exist: a=1\r\nIf-None-Exist: b=2\r\n', 400, /header if-none-exist stands twice/],
      [
        'Host: x\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n',
        400,
        /authorization stands twice/,
      ],
      [
        'Host: x\r\nTransfer-Encoding: gzip, chunked\r\n',
        400,
        /Transfer-Encoding gzip, chunked is not taken/,
      ],
      ['Host: x\r\nExpect: foo\r\n', 417, /Expect: 100-continue/],
    ] as const) {
      const socket = connect(Number(port), hostname);
      socket.end(`GET /fhir/metadata HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
      const answer = await readAll(socket);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(answer, /"resourceType":"OperationOutcome"/);
      assert.match(answer, words);
    }
  });

  test('OPTIONS tells what may be asked of an address', async () => {
    for (const [path, allowed] of [
      ['/fhir', 'POST, GET, HEAD, OPTIONS'],
      ['/fhir/Patient', 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS'],
      ['/fhir/metadata', 'GET, HEAD, OPTIONS'],
      ['/fhir/Patient/$match', 'POST, OPTIONS'],
    ] as const) {
      const answer = await call(path, { method: 'OPTIONS' });
      assert.deepEqual([answer.status, await answer.text()], [204, ''], path);
      assert.deepEqual(answer.headers.get('allow')?.split(', ').toSorted(), allowed.split(', ').toSorted());
    }
    assert.equal((await call('/fhir/Patient/$nothing', { method: 'OPTIONS' })).status, 404);
  });

  test('a deleted resource is 410, an invalid one 422 with its expression', async () => {
    assert.equal((await call('/fhir/Patient/gone')).status, 410);
    const response = await send('POST', '/fhir/Patient', { resourceType: 'Patient', birthDate: 'never' });
    assert.equal(response.status, 422);
    assert.deepEqual((await outcome(response)).issue[0]?.expression, ['Patient.birthDate']);
  });

  test('what cannot be parsed is 400 with its place', async () => {
    const twice = '{"resourceType":"Patient","active":true,"active":false}';
    for (const body of ['', '{"resourceType":', '[]', 'null', '{"id":"x"}', twice]) {
      const response = await call('/fhir/Patient', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/fhir+json' },
      });
      assert.equal(response.status, 400, body);
    }
    const latin = await call('/fhir/Patient', {
      method: 'POST',
      body: Buffer.from([0x7b, 0xe9, 0x7d]),
      headers: { 'content-type': 'application/json' },
    });
    assert.match((await outcome(latin)).issue[0]!.diagnostics, /UTF-8/);
  });

  test('the character U+0000 is refused wherever it is written', async () => {
    assert.equal((await call('/fhir/Patient?name=%00')).status, 400);
    assert.equal((await call('/fhir/Patient/%00')).status, 400);
    const headers = { 'content-type': 'application/fhir+json' };
    const post = (body: string) => call('/fhir/Patient', { method: 'POST', body, headers });
    assert.equal((await post('{"resourceType":"Patient","name":[{"text":"a\\u0000"}]}')).status, 400);
    assert.equal((await post('{"resourceType":"Patient","name":[{"text":"a\\\\u0000"}]}')).status, 201);
  });

  test('what an operation is given is valid, or refused with its place', async () => {
    const refused = await send('POST', '/fhir/Patient/ann/$open', {
      resourceType: 'Parameters',
      parameter: 'x',
    });
    assert.equal(refused.status, 422);
    assert.deepEqual((await outcome(refused)).issue[0]?.expression, ['Parameters.parameter']);
  });

  test('XML resources and unknown encodings are 415, an Accept without JSON 406', async () => {
    const xml = await call('/fhir/Patient', {
      method: 'POST',
      body: '<Patient/>',
      headers: { 'content-type': 'application/fhir+xml' },
    });
    assert.equal(xml.status, 415);
    assert.match((await outcome(xml)).issue[0]!.diagnostics, /fhir\+json/);
    assert.equal(
      (
        await call('/fhir/Patient', {
          method: 'POST',
          body: '<Patient/>',
          headers: { 'content-type': 'text/xml' },
        })
      ).status,
      415,
    );
    for (const [charset, status] of [
      ['UTF-8', 201],
      ['"utf8"', 201],
      ['us-ascii', 201],
      ['iso-8859-1', 415],
      ['utf-16', 415],
    ] as const) {
      const type = `application/fhir+json; charset=${charset}`;
      const answer = await send(
        'POST',
        '/fhir/Patient',
        { resourceType: 'Patient' },
        { 'content-type': type },
      );
      assert.equal(answer.status, status, type);
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=windows-1258' };
    assert.equal(
      (await call('/fhir/Patient/_search', { method: 'POST', body: 'name=Lan', headers: form })).status,
      415,
    );
    const brotli = await send('POST', '/fhir/Patient', ann, { 'content-encoding': 'br' });
    assert.equal(brotli.status, 415);
    assert.equal(
      (await call('/fhir/Patient/ann', { headers: { accept: 'application/fhir+xml' } })).status,
      406,
    );
    assert.equal((await call('/fhir/Patient/ann?_format=xml')).status, 406);
    assert.equal(
      (
        await call('/fhir/Patient/ann', {
          headers: { accept: 'text/html, application/fhir+xml;q=0.9, */*;q=0.8' },
        })
      ).status,
      200,
    );
  });

  test('a gzipped body is read, one that swells past 16 MiB is 413, a broken one 400', async () => {
    const headers = { 'content-type': 'application/fhir+json', 'content-encoding': 'gzip' };
    const put = (body: Buffer) => call('/fhir/Patient/ann', { method: 'PUT', body: body, headers });
    assert.equal((await put(gzipSync(JSON.stringify(ann)))).status, 200);
    assert.equal((await put(gzipSync(Buffer.alloc(17 * 1024 * 1024, 32)))).status, 413);
    for (const broken of [Buffer.from('not gzip'), gzipSync(JSON.stringify(ann)).subarray(0, -9)]) {
      const refused = await put(broken);
      assert.equal(refused.status, 400);
      assert.match((await outcome(refused)).issue[0]!.diagnostics, /not whole gzip/);
    }
    const large = await call('/fhir/Patient', {
      method: 'POST',
      body: Buffer.alloc(16 * 1024 * 1024 + 1, 32),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(large.status, 413);
    const form = await call('/fhir/Patient/_search', {
      method: 'POST',
      body: `name=${'a'.repeat(1024 * 1024)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(form.status, 413);
    assert.match((await outcome(form)).issue[0]!.diagnostics, /1 MiB of a form/);
  });

  test('what we did not foresee is 500 with the request id and no inner text, in answer and log', async () => {
    const response = await call('/fhir/Patient/broken', { headers: { 'x-request-id': 'my-request' } });
    assert.equal(response.status, 500);
    const text = await response.text();
    assert.match(text, /my-request/);
    assert.doesNotMatch(text, /password|Nguyễn/);
    assert.ok(lines.some((line) => line.includes('request failed') && line.includes('my-request')));
  });
});
