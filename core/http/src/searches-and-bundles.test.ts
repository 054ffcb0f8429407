import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ann, binding, outcome, sendRest } from './testing/binding.ts';

const { app, store, state, call, send } = await binding();
before(async () => void (await send('PUT', '/fhir/Patient/ann', ann)));
after(() => app.close());

describe('searching', () => {
  test('GET and POST _search answer a Bundle with absolute self and next', async () => {
    const response = await call('/fhir/Patient?name=an&_format=json&_pretty=true');
    const text = await response.text();
    const bundle = JSON.parse(text) as {
      link: { relation: string; url: string }[];
      entry: { search: { mode: string } }[];
    };
    assert.match(text, /\n {2}"/);
    assert.equal(store.seen.params, 'name=an');
    assert.deepEqual(bundle.link, [
      { relation: 'self', url: 'http://yba.test/fhir/Patient?name=an' },
      { relation: 'next', url: 'http://yba.test/fhir/Patient?_page=2' },
    ]);
    assert.equal(bundle.entry[0]?.search.mode, 'match');
    const posted = await call('/fhir/Patient/_search?active=true', {
      method: 'POST',
      body: 'name=an&name=bi',
      headers: { 'content-type': 'application/x-www-form-urlencoded', prefer: 'handling=lenient' },
    });
    assert.equal(posted.status, 200);
    assert.equal(store.seen.params, 'active=true&name=an&name=bi');
    assert.equal(store.seen.handling, 'lenient');
  });

  test('a search posted as JSON is refused: its question would go unread', async () => {
    assert.equal((await send('POST', '/fhir/Patient/_search', { name: 'x' })).status, 415);
  });

  test('a wrong parameter is 400, not 422', async () => {
    assert.equal((await call('/fhir/Patient?colour=red')).status, 400);
  });

  test('$everything hands the id down', async () => {
    assert.equal((await call('/fhir/Patient/ann/$everything?_count=3')).status, 200);
    assert.equal(store.seen.params, '_count=3&id=ann');
  });
});

describe('bundles', () => {
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [] };

  test('a chart that is being sent breaks off once the token of who asked is revoked', async () => {
    const reader = (await call('/fhir/Patient/long/$everything')).body!.getReader();
    let text = '';
    const takeIn = async () => {
      const { done, value } = await reader.read();
      text += Buffer.from(value ?? []).toString();
      return !done;
    };
    while (!text.includes('"first"') && (await takeIn()));
    state.tokenRevoked = true;
    sendRest();
    await assert.rejects(async () => {
      while (await takeIn());
    }, 'it does not end as if it were whole');
    state.tokenRevoked = false;
    assert.match(text, /"first"/);
    assert.doesNotMatch(text, /"second"/);
  });

  test('a transaction goes down with the hash of its bytes, its key and its handling', async () => {
    const response = await send('POST', '/fhir', bundle, {
      'idempotency-key': 'k-1',
      prefer: 'handling=lenient',
    });
    assert.equal(response.status, 200);
    assert.equal(store.seen.options?.handling, 'lenient');
    assert.equal(store.seen.options?.idempotencyKey, 'k-1');
    assert.match(store.seen.options?.bodyHash ?? '', /^[0-9a-f]{64}$/);
  });

  test('a key that would not make it once is refused: of a patch, a batch, an operation that is done again', async () => {
    const key = { 'idempotency-key': 'k-2' };
    const patch = [{ op: 'add', path: '/active', value: true }];
    for (const response of [
      await send('PATCH', '/fhir/Patient/1', patch, {
        ...key,
        'content-type': 'application/json-patch+json',
      }),
      await send('POST', '/fhir', { ...bundle, type: 'batch' }, key),
      await send('POST', '/fhir/Patient/1/$open', undefined, key),
    ]) {
      assert.equal(response.status, 400);
      const [issue] = (await outcome(response)).issue;
      assert.match(issue!.diagnostics, /^Idempotency-Key is not kept here.* To have it done once, /);
    }
  });

  test('an operation that keeps keys is given the key, and a hash of all that is asked under it', async () => {
    const make = async (id: string, body?: object, key = 'k-3') => {
      const response = await send('POST', `/fhir/Patient/${id}/$make`, body, { 'idempotency-key': key });
      return { status: response.status, ...((await response.json()) as { key?: string; body?: string }) };
    };
    const first = await make('1', ann);
    assert.equal(first.key, 'k-3');
    assert.equal((await make('1', ann)).body, first.body);
    const others = await Promise.all([make('2', ann), make('1', { ...ann, active: false }), make('1')]);
    for (const { status } of others) assert.equal(status, 200);
    assert.equal(new Set([first, ...others].map(({ body }) => body)).size, 4);
    assert.equal((await make('1', ann, 'two words')).status, 400);
    assert.deepEqual(await (await send('POST', '/fhir/Patient/1/$make', ann)).json(), {});
  });

  test('a batch is a batch, another Bundle type is refused, and so is another resource', async () => {
    const batch = await send('POST', '/fhir/', { ...bundle, type: 'batch' });
    assert.match(await batch.text(), /batch-response/);
    assert.equal((await send('POST', '/fhir', { ...bundle, type: 'document' })).status, 400);
    assert.match((await outcome(await send('POST', '/fhir', ann))).issue[0]!.diagnostics, /fhir\/Patient/);
  });
});
