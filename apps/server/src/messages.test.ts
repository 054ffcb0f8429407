// Messages over HTTP: the page's example, compressed bodies, events by URI, and what a stranger is told.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { fhirClient, type FhirClient, type Shown } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const example = readFileSync(join(import.meta.dirname, '../../../docs/examples/message.json'), 'utf8');

let server: TestPlatform;
let token: string;
let client: FhirClient;
before(async () => {
  server = await startPlatform();
  token = await server.facilityToken('27001', 'Bệnh viện đa khoa Bắc Ninh');
  client = fhirClient(server.url, token);
});
after(() => server.stop());

const numbered = (number: number) =>
  example.replaceAll('5f0c1f0e-8f0e', `5f0c1f0e-${String(number).padStart(4, '0')}`);

async function post(body: Buffer | string, headers: Record<string, string> = {}, bearer = token) {
  const answer = await fetch(`${server.url}/fhir/$process-message`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/fhir+json', ...headers },
    body: body as string,
  });
  return {
    status: answer.status,
    location: answer.headers.get('content-location'),
    text: await answer.text(),
  };
}

type Header = Shown & { response: { code: string }; focus?: { reference: string }[] };

/** What is told at a Content-Location once the message is filed or refused. */
async function settled(location: string): Promise<Header> {
  for (const until = Date.now() + 30_000; ;) {
    const { body } = await client.get(location.slice(`${server.url}/fhir`.length));
    const header = body.entry![0]!.resource as Header;
    if (header.response.code !== 'transient-error' || Date.now() > until) return header;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test('the example of the page is received, filed, and its links open what was filed', async () => {
  const { status, location } = await post(example, { prefer: 'respond-async' });
  assert.equal(status, 202);
  const { response, focus } = await settled(location!);
  assert.equal(response.code, 'ok');
  for (const { reference } of focus!)
    assert.equal((await client.get(`/${reference}`)).status, 200, reference);
});

test('bodies come as they are, gzipped or with zstd; others are told what is taken', async () => {
  assert.equal((await post(gzipSync(numbered(1)), { 'content-encoding': 'gzip' })).status, 202);
  const { status, location } = await post(zstdCompressSync(numbered(2)), { 'content-encoding': 'zstd' });
  assert.equal(status, 202);
  assert.equal((await settled(location!)).response.code, 'ok');
  assert.equal((await post(numbered(3), { 'content-encoding': 'br' })).status, 415);
  assert.equal((await post(numbered(3), { 'content-encoding': '__proto__' })).status, 415);
  assert.equal((await post(Buffer.from('not zstd'), { 'content-encoding': 'zstd' })).status, 400);
  const bomb = zstdCompressSync(Buffer.alloc(17 * 1024 * 1024, 32));
  assert.equal((await post(bomb, { 'content-encoding': 'zstd' })).status, 413);
});

test('an identity feed of PMIR is answered at once at the same address, and what is no R4 in it refused', async () => {
  const feed = (patient: object) => ({
    resourceType: 'Bundle',
    type: 'message',
    entry: [
      {
        fullUrl: 'urn:uuid:7f0c1f0e-8f0e-4a39-9d2b-64f1c0a90001',
        resource: {
          resourceType: 'MessageHeader',
          id: 'pmir-1',
          eventUri: 'urn:ihe:iti:pmir:2019:patient-feed',
          source: { endpoint: 'https://his.example' },
          focus: [{ reference: 'urn:uuid:7f0c1f0e-8f0e-4a39-9d2b-64f1c0a90002' }],
        },
      },
      {
        fullUrl: 'urn:uuid:7f0c1f0e-8f0e-4a39-9d2b-64f1c0a90002',
        resource: {
          resourceType: 'Bundle',
          type: 'history',
          entry: [
            {
              fullUrl: 'urn:uuid:7f0c1f0e-8f0e-4a39-9d2b-64f1c0a90003',
              resource: patient,
              request: { method: 'PUT', url: 'Patient/1' },
              response: { status: '200' },
            },
          ],
        },
      },
    ],
  });
  const identifier = [{ system: 'https://yba.vn/fhir/sid/mrn/27001', value: 'PM-1' }];
  const told = await client.send('POST', '/$process-message', feed({ resourceType: 'Patient', identifier }));
  assert.equal(told.status, 200, told.text);
  const wrong = await client.send(
    'POST',
    '/$process-message',
    feed({ resourceType: 'Patient', gender: 'x' }),
  );
  assert.equal(wrong.status, 422);
});

test('identities change the Patient, and a record number merged away is proposed to the officers', async () => {
  const system = 'https://yba.vn/fhir/sid/mrn/27001';
  const message = (id: string, ...patients: object[]) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'message',
      identifier: { value: id },
      entry: [
        {
          resource: {
            resourceType: 'MessageHeader',
            eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code: 'patient-identity' },
            source: { endpoint: 'https://edge.example' },
          },
        },
        ...patients.map((resource) => ({ resource })),
      ],
    });
  const patient = (value: string, more: object = {}) => ({
    resourceType: 'Patient',
    identifier: [{ system, value }],
    name: [{ text: `Trần Văn ${value}` }],
    ...more,
  });
  const send = async (body: string) => settled((await post(body)).location!);
  const created = await send(message('i-1', patient('ID-1'), patient('ID-2')));
  assert.equal(created.response.code, 'ok');
  const link = [{ type: 'replaced-by', other: { identifier: { system, value: 'ID-2' } } }];
  const merged = await send(message('i-2', patient('ID-1', { active: false, link })));
  assert.equal(merged.response.code, 'ok', JSON.stringify(merged));
  const [waiting] = await server.pools.owner`select kind from identity_decision where state = 'proposed'`;
  assert.equal(waiting!['kind'], 'merge');
  const both = { identifier: ['ID-3', 'ID-4'].map((value) => ({ system, value })) };
  assert.equal((await send(message('i-3', patient('ID-3', both)))).response.code, 'ok');
  const to4 = [{ type: 'replaced-by', other: { identifier: { system, value: 'ID-4' } } }];
  const same = await send(message('i-4', patient('ID-4'), patient('ID-3', { active: false, link: to4 })));
  assert.equal(same.response.code, 'ok', 'both numbers are one Patient’s already');
});

test('a sender’s scopes are asked at the door, and again for what is filed', async () => {
  const { platform, url } = server;
  const tokenWith = async (scope: string) => {
    const { clientId, clientSecret } = await platform.access.createClient({
      name: 'HIS',
      facility: '27001',
      facilityName: 'Bệnh viện đa khoa Bắc Ninh',
      scope,
    });
    const answer = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  assert.equal((await post(numbered(5), {}, await tokenWith('system/Observation.cruds'))).status, 403);
  const other = numbered(6).replace('"value": 7.2', '"value": 8.1');
  const narrow = await post(other, {}, await tokenWith('system/MessageHeader.cr system/Patient.cruds'));
  assert.equal(narrow.status, 202);
  assert.equal((await settled(narrow.location!)).response.code, 'fatal-error');
});
