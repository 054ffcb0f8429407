import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { METRICS_TOKEN, ann, binding } from './testing/binding.ts';

const { app, base, lines, state, call, send } = await binding();
before(async () => void (await send('PUT', '/fhir/Patient/ann', ann)));
after(() => app.close());

describe('around the API', () => {
  test('every answer has a request id, and a well-formed one of the caller is kept', async () => {
    const made = await call('/health');
    assert.match(made.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    const kept = await call('/health', { headers: { 'x-request-id': 'abc-1' } });
    assert.equal(kept.headers.get('x-request-id'), 'abc-1');
    const refused = await call('/health', { headers: { 'x-request-id': 'a b<script>' } });
    assert.match(refused.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  test('logs name the route, role and status, and nothing of the patient', async () => {
    lines.length = 0;
    await call('/fhir/Patient/secret-id?name=Nguyen');
    await call('/fhir/Patient?identifier=001099012345');
    for (const path of ['/fhir/001099012345', '/fhir/Nguyen-Thi-Hanh/secret-id']) await call(path);
    const log = lines.join('');
    assert.match(log, /"route":"\/fhir\/:type\/:id"/);
    assert.match(log, /"type":"Patient"/);
    assert.match(log, /"role":"doctor","facility":"01013"/);
    assert.doesNotMatch(log, /secret-id|Nguyen|001099012345/);
  });

  test('a sender that leaves in the middle of its body is logged as that, not as a fault of ours', async () => {
    lines.length = 0;
    const { hostname, port } = new URL(base);
    const begun = once(app.server, 'request');
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(
      'POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nX-Request-Id: left-early\r\n' +
        'Content-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n{"resourceType":',
    );
    await begun;
    await setImmediate(); // its body is being read
    socket.destroy();
    const deadline = Date.now() + 10_000;
    while (!lines.some((line) => line.includes('left-early')) && Date.now() < deadline) await setImmediate();
    const told = lines.filter((line) => line.includes('left-early'));
    assert.ok(told.length > 0, 'the request is in the log');
    for (const line of told) assert.doesNotMatch(line, /"level":50|"status":5/);
  });

  test('health tells whether the database answers', async () => {
    assert.deepEqual(await (await call('/health', { token: '' })).json(), { status: 'ok', demo: true });
    state.ready = false;
    assert.equal((await call('/health', { token: '' })).status, 503);
    state.ready = true;
  });

  test('metrics are read from this machine, and from elsewhere with the token alone', async () => {
    const text = await (await call('/metrics', { token: '' })).text();
    assert.match(text, /yba_http_request_duration_seconds_bucket\{[^}]*route="\/fhir\/:type\/:id"/);
    assert.match(text, /yba_feed_position 42/);
    assert.match(text, /nodejs_eventloop_lag_seconds/);
    const elsewhere = async (headers: Record<string, string>) =>
      (await call('/metrics', { headers: { 'x-forwarded-for': '10.0.0.1', ...headers } })).status;
    assert.equal(await elsewhere({}), 403);
    assert.equal(await elsewhere({ authorization: 'Bearer good' }), 403, 'a token for the FHIR base');
    assert.equal(await elsewhere({ authorization: `Bearer ${METRICS_TOKEN}x` }), 403);
    assert.equal(await elsewhere({ authorization: `Bearer ${METRICS_TOKEN}` }), 200);
  });

  test('pages may load nothing inline or foreign', async () => {
    const response = await call('/', { token: '' });
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  });

  test('another version of FHIR is neither taken nor served', async () => {
    const read = async (accept: string, query = '') =>
      (await call(`/fhir/Patient/ann${query}`, { headers: { accept } })).status;
    const write = async (type: string) =>
      (
        await call('/fhir/Patient', {
          method: 'POST',
          headers: { 'content-type': type },
          body: '{"resourceType":"Patient"}',
        })
      ).status;
    for (const version of ['4.0', '4.0.1', '"4.0"']) {
      assert.equal(await read(`application/fhir+json; fhirVersion=${version}`), 200, version);
      assert.equal(await write(`application/fhir+json; charset=utf-8; fhirVersion=${version}`), 201, version);
    }
    assert.equal(await read('application/fhir+json; fhirVersion=3.0'), 406);
    assert.equal(await read('application/fhir+json; fhirVersion=5.0, application/fhir+json'), 200);
    assert.equal(await read('*/*', '?_format=application/fhir%2Bjson;%20fhirVersion=5.0'), 406);
    assert.equal(await write('application/fhir+json; fhirVersion=3.0'), 415);
  });

  test('the CapabilityStatement is read and nothing else', async () => {
    const answer = await call('/fhir/metadata', { method: 'POST', body: '{}' });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, OPTIONS']);
  });

  test('the CapabilityStatement has an ETag, and is 304 to who has it', async () => {
    const tag = (await call('/fhir/metadata')).headers.get('etag')!;
    assert.match(tag, /^W\/"[0-9a-f]{16}"$/);
    for (const [known, status] of [
      [tag, 304],
      [`"other", ${tag}`, 304],
      ['W/"other"', 200],
    ] as const) {
      const answer = await call('/fhir/metadata', { headers: { 'if-none-match': known } });
      assert.deepEqual([answer.status, answer.headers.get('etag')], [status, tag]);
    }
    const forms = ['?_pretty=true', '?_summary=true', '?_summary=text', '?_elements=status', '?_format=json'];
    const tags = [];
    for (const form of forms) {
      const answer = await call(`/fhir/metadata${form}`, { headers: { 'if-none-match': tag } });
      assert.equal(answer.status, form === '?_format=json' ? 304 : 200, form);
      tags.push(answer.headers.get('etag'));
    }
    assert.equal(new Set(tags).size, forms.length);
  });

  test('the CapabilityStatement lists what is registered', async () => {
    const statement = (await (await call('/fhir/metadata')).json()) as {
      rest: {
        resource: {
          type: string;
          interaction: { code: string }[];
          operation?: { name: string }[];
          searchParam?: object[];
        }[];
      }[];
    };
    const [auditEvent, , patient] = statement.rest[0]!.resource;
    assert.deepEqual(auditEvent?.interaction, [{ code: 'search-type' }]);
    assert.deepEqual(
      patient?.operation?.map(({ name }) => name),
      ['everything', 'match', 'make', 'open', 'listed'],
    );
    assert.deepEqual(patient?.searchParam, [{ name: 'name', type: 'string' }]);
  });

  test('an answer names every header of the request that it goes by', async () => {
    await send('PUT', '/fhir/Patient/long', { resourceType: 'Patient', id: 'long', text: 'ă'.repeat(5000) });
    const headers = { origin: 'https://app.example' };
    const varies = async (path: string) =>
      (await call(path, { headers })).headers.get('vary')?.split(', ').sort();
    // a facility's own search parameters are told to its token alone
    assert.deepEqual(await varies('/fhir/metadata'), ['accept-encoding', 'authorization', 'origin']);
    assert.deepEqual(await varies('/fhir/Patient/long'), ['accept-encoding', 'origin']);
  });

  test('long answers are compressed for clients that take it', async () => {
    await send('PUT', '/fhir/Patient/long', { resourceType: 'Patient', id: 'long', text: 'ă'.repeat(5000) });
    const zipped = await call('/fhir/Patient/long', { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(zipped.headers.get('content-encoding'), 'gzip');
    assert.equal(((await zipped.json()) as { text: string }).text.length, 5000);
    const plain = await call('/fhir/Patient/long', { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
  });
});
