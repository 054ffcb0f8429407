// What would be answered with more than the server holds: of a Bundle what is beyond is told at its entry, the rest stands.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fhirClient, type Answer, type FhirClient } from './testing/fhir-client.ts';
import { fhirPathPatch } from './testing/fhirpath-patch.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

let server: TestPlatform;
let client: FhirClient;
/** A document of 1.8 million characters, and whose it is. */
let document: string;
let patient: string;

const MIB = 1024 * 1024;

before(async () => {
  server = await startPlatform();
  client = fhirClient(server.url, await server.facilityToken('01901', 'Bệnh viện Bạch Mai'));
  patient = `Patient/${(await client.send('POST', '/Patient', { resourceType: 'Patient', name: [{ text: 'Lê An' }] })).body.id}`;
  const attachment = { contentType: 'application/pdf', data: 'A'.repeat(600_000) };
  const made = await client.send('POST', '/DocumentReference', {
    resourceType: 'DocumentReference',
    status: 'current',
    identifier: [{ system: 'urn:x', value: 'doc' }],
    subject: { reference: patient },
    content: [{ attachment }, { attachment }, { attachment }],
  });
  assert.equal(made.status, 201, made.text.slice(0, 500));
  document = `DocumentReference/${made.body.id}`;
});
after(() => server.stop());

const read = (url: string) => ({ request: { method: 'GET', url } });
const send = (type: string, entry: object[], headers = {}) =>
  client.send('POST', '', { resourceType: 'Bundle', type, entry }, headers);
const told = ({ body }: Answer) =>
  body.entry!.map(({ response }) => [
    response!.status.slice(0, 3),
    response!.outcome?.issue?.[0]?.code,
    response!.outcome?.issue?.[0]?.expression?.[0],
  ]);
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

for (const [name, url] of [
  ['charts', () => `${patient}/$everything`],
  ['pages', () => `DocumentReference?subject=${patient}`],
  ['resources', () => document],
] as const)
  test(`a batch that asks for ${name} of 18 MB together gets 8 MiB, each other read told what to do; a small one behind them is answered`, async () => {
    const answer = await send('batch', [...times(10, () => read(url())), read(patient)]);
    assert.equal(answer.status, 200);
    assert.ok(answer.text.length < 8.1 * MIB, `${answer.text.length} characters`);
    const entries = told(answer);
    assert.deepEqual(entries.at(-1), ['200', undefined, undefined]);
    const refused = entries.flatMap(([status, code, place], index) =>
      status === '200' ? [] : [[index, status, code, place]],
    );
    assert.equal(refused.length, 6, JSON.stringify(entries));
    for (const [index, ...rest] of refused)
      assert.deepEqual(rest, ['400', 'too-costly', `Bundle.entry[${index}].request.url`]);
  });

test('a transaction writes all of its entries, whatever room is left for what it reads', async () => {
  const basic = { resourceType: 'Basic', code: { text: 'x' } };
  const answer = await send('transaction', [
    ...times(7, () => read(document)),
    { resource: basic, request: { method: 'POST', url: 'Basic' } },
  ]);
  const entries = told(answer);
  assert.deepEqual(entries.at(-1), ['201', undefined, undefined]);
  assert.equal(entries.filter(([, code]) => code === 'too-costly').length, 3, JSON.stringify(entries));
});

test('what a batch wrote is told without the resource when there is no room for it', async () => {
  const data = Buffer.from('[{"op": "add", "path": "/description", "value": "x"}]').toString('base64');
  const patch = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
  const answer = await send(
    'batch',
    times(7, () => ({ resource: patch, request: { method: 'PATCH', url: document } })),
    { prefer: 'return=representation' },
  );
  const shown = answer.body.entry!.map(({ resource, response }) => [
    resource !== undefined,
    response!.status,
    response!.outcome?.issue?.[0]?.code,
  ]);
  assert.deepEqual(shown, [
    ...times(4, () => [true, '200 OK', undefined]),
    ...times(3, () => [false, '200 OK', 'too-costly']),
  ]);
});

for (const [name, condition] of [
  ['one condition', () => 'identifier=urn:x|doc'],
  ['conditions of their own', (n: number) => `identifier=urn:x|doc&_id:not=nobody-${n}`],
] as const)
  test(`creates of a transaction that find by ${name} what is there show 8 MiB of it`, async () => {
    const resource = {
      resourceType: 'DocumentReference',
      status: 'current',
      content: [{ attachment: { url: 'urn:x' } }],
    };
    const { status, body } = await send(
      'transaction',
      times(7, (n) => ({
        resource,
        request: { method: 'POST', url: 'DocumentReference', ifNoneExist: condition(n) },
      })),
      { prefer: 'return=representation', 'idempotency-key': name.replaceAll(' ', '-') },
    );
    assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
    assert.deepEqual(
      body.entry!.map(({ resource: shown, response }) => [shown !== undefined, response!.status]),
      [...times(4, () => [true, '200 OK']), ...times(3, () => [false, '200 OK'])],
    );
  });

test('patches of more than 8 MiB of resources in one transaction are refused at their entries; the largest goes alone', async () => {
  const content = [{ attachment: { contentType: 'application/pdf', data: 'A'.repeat(3_500_000) } }];
  const ids = await Promise.all(
    times(3, async () => {
      const made = await client.send('POST', '/DocumentReference', {
        resourceType: 'DocumentReference',
        status: 'current',
        subject: { reference: patient },
        content,
      });
      return made.body.id!;
    }),
  );
  const resource = fhirPathPatch('replace', 'DocumentReference.status', [
    { name: 'value', valueCode: 'superseded' },
  ]);
  const patch = (id: string) => ({ resource, request: { method: 'PATCH', url: `DocumentReference/${id}` } });
  const all = await send('transaction', ids.map(patch));
  assert.deepEqual([all.status, all.body.issue?.[0]?.code], [400, 'too-costly']);
  assert.match(all.body.issue![0]!.expression![0]!, /^Bundle\.entry\[\d\]/);
  const statuses = async () =>
    Promise.all(ids.map(async (id) => (await client.get(`/DocumentReference/${id}`)).body['status']));
  assert.deepEqual(await statuses(), ['current', 'current', 'current']);
  assert.equal((await send('transaction', ids.slice(0, 2).map(patch))).status, 200);
  assert.equal((await client.send('PATCH', `/DocumentReference/${ids[2]}`, resource)).status, 200);
  assert.deepEqual(await statuses(), ['superseded', 'superseded', 'superseded']);
});

test('$lastn whose results are more than 8 MiB says how to narrow it', async () => {
  for (const code of ['a', 'b', 'c']) {
    const made = await client.send('POST', '/Observation', {
      resourceType: 'Observation',
      status: 'final',
      subject: { reference: patient },
      code: { coding: [{ system: 'urn:x', code }] },
      component: times(3, () => ({ code: { text: 'x' }, valueString: 'x'.repeat(1_000_000) })),
    });
    assert.equal(made.status, 201, made.text.slice(0, 500));
  }
  const { status, body } = await client.get(`/Observation/$lastn?patient=${patient}`);
  assert.deepEqual(
    [status, body.issue?.[0]?.code, body.issue?.[0]?.expression],
    [400, 'too-costly', ['code']],
  );
  const narrowed = await client.get(`/Observation/$lastn?patient=${patient}&code=a,b`);
  assert.deepEqual([narrowed.status, narrowed.body.total], [200, 2]);
});
