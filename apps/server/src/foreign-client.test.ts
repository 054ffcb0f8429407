// A FHIR client that others wrote (fhir-kit-client) does its work here without knowing us.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'fhir-kit-client';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

type Found = {
  resourceType: string;
  id?: string;
  total?: number;
  entry?: { resource?: Found }[];
  [element: string]: unknown;
};

let server: TestPlatform;
let client: Client;
let id = '';

before(async () => {
  server = await startPlatform();
  const bearerToken = await server.facilityToken('01901', 'Bệnh viện Bạch Mai');
  client = new Client({ baseUrl: `${server.url}/fhir`, bearerToken });
});
after(() => server.stop());

const patient = {
  resourceType: 'Patient',
  name: [{ text: 'Hoàng Minh' }],
  gender: 'male',
  birthDate: '1990-09-09',
};

test('reads the CapabilityStatement, creates and reads', async () => {
  assert.equal((await client.capabilityStatement()).resourceType, 'CapabilityStatement');
  const made = (await client.create({ resourceType: 'Patient', body: patient })) as Found;
  id = made.id!;
  assert.equal(((await client.read({ resourceType: 'Patient', id })) as Found)['birthDate'], '1990-09-09');
});

test('updates, patches, reads versions and histories', async () => {
  const body = { ...patient, id, active: true };
  assert.equal(((await client.update({ resourceType: 'Patient', id, body })) as Found)['active'], true);
  const patched = await client.patch({
    resourceType: 'Patient',
    id,
    jsonPatch: [{ op: 'replace', path: '/birthDate', value: '1991-01-01' }],
  });
  assert.equal((patched as Found)['birthDate'], '1991-01-01');
  assert.equal(
    ((await client.vread({ resourceType: 'Patient', id, version: '1' })) as Found)['active'],
    undefined,
  );
  const histories = [
    await client.history({ resourceType: 'Patient', id }),
    await client.history({ resourceType: 'Patient' }),
    await client.history(),
  ] as Found[];
  for (const { entry } of histories) assert.equal(entry?.length, 3);
});

test('searches by GET and POST, in a compartment, over types, and turns the page', async () => {
  for (const value of [1, 2, 3]) {
    const body = {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
      subject: { reference: `Patient/${id}` },
      effectiveDateTime: `2026-11-0${value}`,
      valueInteger: value,
    };
    await client.create({ resourceType: 'Observation', body });
  }
  const searchParams = { code: 'http://loinc.org|718-7', _count: 2 };
  const first = (await client.search({
    resourceType: 'Observation',
    searchParams: { ...searchParams, patient: `Patient/${id}` },
  })) as Found;
  assert.equal(first.entry?.length, 2);
  const second = (await client.nextPage({ bundle: first as never })) as Found;
  assert.equal(second.entry?.length, 1);
  const posted = await client.search({
    resourceType: 'Observation',
    searchParams: { patient: `Patient/${id}` },
    options: { postSearch: true },
  });
  assert.equal((posted as Found).total, 3);
  const inside = await client.search({
    compartment: { resourceType: 'Patient', id },
    resourceType: 'Observation',
  });
  assert.equal((inside as Found).total, 3);
  assert.equal(
    ((await client.search({ searchParams: { _type: 'Patient,Observation' } })) as Found).entry?.length,
    4,
  );
});

test('sends a transaction and a batch, calls operations, resolves references, deletes', async () => {
  const entry = [{ resource: patient, request: { method: 'POST', url: 'Patient' } }];
  for (const type of ['transaction', 'batch'] as const) {
    const answer = (await client[type]({ body: { resourceType: 'Bundle', type, entry } })) as Found;
    assert.equal(answer['type'], `${type}-response`);
  }
  const chart = (await client.operation({
    name: 'everything',
    resourceType: 'Patient',
    id,
    method: 'GET',
  })) as Found;
  assert.equal(chart.entry?.length, 4);
  const judged = await client.operation({ name: 'validate', resourceType: 'Patient', input: patient });
  assert.equal((judged as Found).resourceType, 'OperationOutcome');
  assert.equal(((await client.resolve({ reference: `Patient/${id}` })) as Found).id, id);
  await client.delete({ resourceType: 'Patient', id });
  await assert.rejects(
    client.read({ resourceType: 'Patient', id }),
    (error: { response?: { status?: number } }) => error.response?.status === 410,
  );
});
