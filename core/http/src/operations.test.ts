import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ann, binding, outcome } from './testing/binding.ts';

const { app, call, send, store } = await binding();
after(() => app.close());

describe('operations and capabilities', () => {
  test('operations are found at their level, percent-encoded or not', async () => {
    const match = await send('POST', '/fhir/Patient/$match', { resourceType: 'Parameters' });
    assert.deepEqual(await match.json(), { resourceType: 'Parameters', got: 'Parameters', by: 'Bs. An' });
    const open = await send('POST', '/fhir/Patient/ann/%24open', { resourceType: 'Parameters' });
    assert.equal(open.status, 201);
    assert.equal(open.headers.get('x-told'), 'yes');
  });

  test('an operation with a limit answers 429 with Retry-After once it is used up', async () => {
    await send('POST', '/fhir/Patient/$match', { resourceType: 'Parameters' });
    const third = await send('POST', '/fhir/Patient/$match', { resourceType: 'Parameters' });
    assert.equal(third.status, 429);
    assert.ok(third.headers.get('retry-after'));
  });

  test('a Bundle that is fetched as it is sent is whole, alone and among the answers of a batch, where it is not too large', async () => {
    const ids = (bundle: unknown) =>
      (bundle as { entry: { resource: { id: string } }[] }).entry.map(({ resource }) => Number(resource.id));
    const all = Array.from({ length: 11 }, (_, at) => at + 1);
    for (const query of ['', '?large=1'])
      assert.deepEqual(ids(await (await call(`/fhir/Patient/$listed${query}`)).json()), all);
    await send('POST', '/fhir', { resourceType: 'Bundle', type: 'batch' });
    const asked = (query: string) =>
      store.seen.options!.operation!({
        method: 'GET',
        path: ['Patient', '$listed'],
        query: new URLSearchParams(query),
      });
    assert.deepEqual(ids(JSON.parse((await asked('')).text!)), all);
    await assert.rejects(asked('large=1'), { code: 'too-costly' });
  });

  test('an unknown operation is 404 and a known one by another method 405', async () => {
    assert.equal((await call('/fhir/Patient/$nothing')).status, 404);
    assert.equal((await send('POST', '/fhir/Patient/$nothing', { resourceType: 'Parameters' })).status, 404);
    assert.equal((await send('POST', '/fhir/$nothing', { resourceType: 'Parameters' })).status, 404);
    const wrong = await call('/fhir/Patient/$match');
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'POST, OPTIONS');
  });

  test('an XML operation is streamed its body, plain or gzipped, and refuses JSON', async () => {
    const xml = '<GIAMDINHHS>'.padEnd(100_000, ' ');
    const headers = { 'content-type': 'application/xml' };
    const plain = await call('/fhir/$submit-xml', { method: 'POST', body: xml, headers });
    assert.deepEqual(await plain.json(), { resourceType: 'Parameters', length: 100_000 });
    const zipped = await call('/fhir/$submit-xml', {
      method: 'POST',
      body: gzipSync(xml),
      headers: { ...headers, 'content-encoding': 'gzip' },
    });
    assert.deepEqual(await zipped.json(), { resourceType: 'Parameters', length: 100_000 });
    assert.equal((await send('POST', '/fhir/$submit-xml', ann)).status, 415);
  });

  test('an XML stream is broken off with 413 past 64 MiB, also when it hides in gzip', async () => {
    const headers = { 'content-type': 'application/xml', 'content-encoding': 'gzip' };
    const response = await call('/fhir/$submit-xml', {
      method: 'POST',
      body: gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)),
      headers,
    });
    assert.equal(response.status, 413);
    assert.equal((await outcome(response)).issue[0]?.code, 'too-long');
  });

  test('an XML stream whose encoding is cut off or damaged is 400, not a fault of ours', async () => {
    const xml = Buffer.from('<GIAMDINHHS>'.padEnd(100_000, ' '));
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(xml).subarray(0, 60)],
      ['gzip', Buffer.concat([gzipSync(xml).subarray(0, 40), Buffer.alloc(40, 255)])],
      ['zstd', zstdCompressSync(xml).subarray(0, -4)],
      ['zstd', Buffer.from('no zstd')],
    ] as const) {
      const headers = { 'content-type': 'application/xml', 'content-encoding': encoding };
      const response = await call('/fhir/$submit-xml', { method: 'POST', body: bytes, headers });
      assert.equal(response.status, 400, encoding);
      assert.match((await outcome(response)).issue[0]!.diagnostics, new RegExp(`not whole ${encoding}`));
    }
  });

  test('a type that a capability serves offers only what it declares', async () => {
    assert.equal((await call('/fhir/AuditEvent')).status, 200);
    const refused = await send('POST', '/fhir/AuditEvent', { resourceType: 'AuditEvent' });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get('allow'), 'GET, HEAD, OPTIONS');
  });

  test('routes of a capability are mounted, raw ones with their body unread', async () => {
    assert.deepEqual(await (await call('/.well-known/probe', { token: '' })).json(), { probe: true });
    const raw = await call('/raw/token?x=1', {
      method: 'POST',
      body: 'grant_type=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(await raw.text(), 'POST /raw/token?x=1 12');
    assert.equal(raw.headers.get('x-frame-options'), 'DENY');
  });
});
