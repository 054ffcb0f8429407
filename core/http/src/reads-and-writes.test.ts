import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ann, binding, outcome } from './testing/binding.ts';

const { app, call, send } = await binding();
after(() => app.close());

describe('reading and writing', () => {
  test('an update creates with 201, ETag, Last-Modified and an absolute Location', async () => {
    const response = await send('PUT', '/fhir/Patient/ann', ann);
    assert.equal(response.status, 201);
    assert.equal(response.headers.get('etag'), 'W/"1"');
    assert.equal(response.headers.get('last-modified'), 'Fri, 02 Jan 2026 03:04:05 GMT');
    assert.equal(response.headers.get('location'), 'http://yba.test/fhir/Patient/ann/_history/1');
    assert.deepEqual(await response.json(), ann);
  });

  test('reads the stored text as FHIR JSON, and HEAD tells the same without it', async () => {
    const response = await call('/fhir/Patient/ann');
    assert.equal(response.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(await response.text(), JSON.stringify(ann));
    const head = await call('/fhir/Patient/ann', { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String(JSON.stringify(ann).length));
    assert.equal(await head.text(), '');
  });

  test('answers 304 when the client has the version or nothing is newer', async () => {
    assert.equal((await call('/fhir/Patient/ann', { headers: { 'if-none-match': 'W/"1"' } })).status, 304);
    assert.equal((await call('/fhir/Patient/ann', { headers: { 'if-none-match': 'W/"9"' } })).status, 200);
    const since = (date: string) => call('/fhir/Patient/ann', { headers: { 'if-modified-since': date } });
    assert.equal((await since('Fri, 02 Jan 2026 03:04:05 GMT')).status, 304);
    assert.equal((await since('Fri, 02 Jan 2026 03:04:04 GMT')).status, 200);
  });

  test('a read may be cut to some elements or a summary, and says so', async () => {
    await send('PUT', '/fhir/Patient/cut', {
      resourceType: 'Patient',
      id: 'cut',
      active: true,
      birthDate: '1990-01-01',
      text: { status: 'empty' },
    });
    const cut = (await (await call('/fhir/Patient/cut?_elements=birthDate')).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual(Object.keys(cut).sort(), ['birthDate', 'id', 'meta', 'resourceType']);
    assert.match(JSON.stringify(cut.meta), /SUBSETTED/);
    const data = (await (await call('/fhir/Patient/cut/_history/1?_summary=data')).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual([data.text, data.active], [undefined, true]);
    assert.equal((await call('/fhir/Patient/cut?_summary=count')).status, 400);
  });

  test('vread and history answer their version and their Bundle', async () => {
    assert.equal((await call('/fhir/Patient/ann/_history/1')).status, 200);
    assert.equal((await call('/fhir/Patient/ann/_history/5')).status, 404);
    const history = (await (await call('/fhir/Patient/ann/_history')).json()) as {
      type: string;
      entry: { fullUrl: string }[];
    };
    assert.equal(history.type, 'history');
    assert.equal(history.entry[0]?.fullUrl, 'http://yba.test/fhir/Patient/ann');
  });

  test('a number keeps its digits through parse and answer', async () => {
    const text = '{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.500}}';
    const response = await call('/fhir/Observation/o', {
      method: 'PUT',
      body: text,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    assert.match(await response.text(), /"value":1\.500/);
  });

  test('Prefer: return=minimal and return=OperationOutcome are kept', async () => {
    const minimal = await send(
      'POST',
      '/fhir/Patient',
      { resourceType: 'Patient' },
      { prefer: 'return=minimal' },
    );
    assert.equal(minimal.status, 201);
    assert.equal(await minimal.text(), '');
    for (const prefer of [
      'return="minimal"',
      'return = minimal',
      'handling=strict, return="minimal"',
      'Return=minimal',
    ]) {
      const same = await send('POST', '/fhir/Patient', { resourceType: 'Patient' }, { prefer });
      assert.equal(await same.text(), '', prefer);
    }
    const told = await send(
      'POST',
      '/fhir/Patient',
      { resourceType: 'Patient' },
      { prefer: 'return=OperationOutcome' },
    );
    assert.equal((await outcome(told)).resourceType, 'OperationOutcome');
  });

  test('conditional create, update and delete hand their criteria down; empty ones are refused', async () => {
    const again = await send(
      'POST',
      '/fhir/Patient',
      { resourceType: 'Patient' },
      { 'if-none-exist': 'identifier=known' },
    );
    assert.equal(again.status, 200);
    assert.equal(
      (await send('POST', '/fhir/Patient', { resourceType: 'Patient' }, { 'if-none-exist': '' })).status,
      400,
    );
    assert.equal(
      (await send('PUT', '/fhir/Patient?identifier=a', { resourceType: 'Patient', id: 'cond' })).status,
      201,
    );
    assert.equal((await send('PUT', '/fhir/Patient', { resourceType: 'Patient' })).status, 400);
    assert.equal((await call('/fhir/Patient', { method: 'DELETE' })).status, 400);
    assert.equal((await call('/fhir/Patient?identifier=a', { method: 'DELETE' })).status, 204);
    assert.equal(
      (await call('/fhir/Patient/ann', { method: 'DELETE', headers: { prefer: 'return=OperationOutcome' } }))
        .status,
      200,
    );
  });

  test('a DELETE and an operation may name a content type for no body', async () => {
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal((await call('/fhir/Patient/ann', { method: 'DELETE', body: '', headers })).status, 204);
    assert.equal((await call('/fhir/Patient/ann/$open', { method: 'POST', body: '', headers })).status, 201);
    assert.equal((await call('/fhir/Patient', { method: 'POST', body: '', headers })).status, 400);
  });

  test('If-Match with another version is 412, with nonsense 400', async () => {
    assert.equal((await send('PUT', '/fhir/Patient/ann', ann, { 'if-match': 'W/"7"' })).status, 412);
    assert.equal((await send('PUT', '/fhir/Patient/ann', ann, { 'if-match': 'yes' })).status, 400);
  });

  test('the body must be what the URL says, and the answer names the field', async () => {
    const otherType = await send('POST', '/fhir/Observation', { resourceType: 'Patient' });
    assert.equal(otherType.status, 400);
    assert.deepEqual((await outcome(otherType)).issue[0]?.expression, ['Patient.resourceType']);
    const otherId = await send('PUT', '/fhir/Patient/ben', ann);
    assert.equal(otherId.status, 400);
    assert.deepEqual((await outcome(otherId)).issue[0]?.expression, ['Patient.id']);
  });

  test('a PATCH that is neither kind of patch, or named as the other, is told of both', async () => {
    const operations = JSON.stringify([{ op: 'add', path: '/active', value: true }]);
    for (const [body, type, status] of [
      [operations, 'application/json', 415],
      [` ${operations}`, 'application/fhir+json', 415],
      ['{"active": true}', 'application/json', 400],
      [JSON.stringify({ ...ann, active: true }), 'application/fhir+json', 400],
    ] as const) {
      const answer = await call('/fhir/Patient/ann', {
        method: 'PATCH',
        body,
        headers: { 'content-type': type },
      });
      assert.equal(answer.status, status, body);
      assert.equal(answer.headers.has('accept-patch'), status === 415);
      assert.match((await outcome(answer)).issue[0]!.diagnostics, /application\/json-patch\+json/);
    }
  });
});
