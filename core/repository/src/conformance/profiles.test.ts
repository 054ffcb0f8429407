import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';

const A = contextOf('01013');
const B = contextOf('27001');
const url = 'http://example.org/StructureDefinition/reachable';
let store: TestRepository;

before(async () => {
  store = await testRepository();
});
after(() => store.close());

const profile = (element: object[]): Resource => ({
  resourceType: 'StructureDefinition',
  url,
  name: 'Reachable',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: { element: [{ id: 'Patient', path: 'Patient' }, ...element] },
});

const claiming = (canonical: string, fields: object = {}): Resource => ({
  resourceType: 'Patient',
  meta: { profile: [canonical] },
  name: [{ text: 'Trần Thị Hoà' }],
  ...fields,
});

async function refused(context: Context, resource: Resource): Promise<string[]> {
  const thrown: unknown = await store.repository.create(context, resource).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof OutcomeError, 'it was accepted');
  return thrown.issues
    .filter(({ severity }) => severity === 'error')
    .map(({ expression }) => expression![0]!);
}

test('a profile binds its facility from the moment it is stored, and no other', async () => {
  await store.repository.create(A, claiming(url)); // not known yet: a warning
  await store.repository.create(A, profile([{ id: 'Patient.telecom', path: 'Patient.telecom', min: 1 }]));
  assert.deepEqual(await refused(A, claiming(url)), ['Patient.telecom']);
  await store.repository.create(A, claiming(url, { telecom: [{ system: 'phone', value: '0900000000' }] }));
  await store.repository.create(B, claiming(url));
});

test('a profile that cannot be compiled is not stored', async () => {
  const element = [{ id: 'Patient.telephone', path: 'Patient.telephone', min: 1 }];
  assert.deepEqual(await refused(A, { ...profile(element), url: `${url}-2` }), [
    'StructureDefinition.differential.element[1].path',
  ]);
});

test('the profiles of Viet Nam are in force for everyone', async () => {
  const patient = claiming('https://yba.vn/fhir/StructureDefinition/vn-patient', { gender: 'female' });
  assert.deepEqual(await refused(B, patient), ['Patient.identifier']);
  const identifier = [{ system: 'https://yba.vn/fhir/sid/cccd', value: '001187000042' }];
  await store.repository.create(B, { ...patient, identifier });
});

test('what one facility defines is kept by every process, and so is 8 MiB at most; what is replaced gives its room back', async () => {
  const C = contextOf('79001');
  const described = (name: string, mebibytes: number): Resource => ({
    resourceType: 'ValueSet',
    url: `http://example.org/ValueSet/${name}`,
    name,
    status: 'active',
    extension: [{ url: 'http://example.org/scan', valueBase64Binary: 'A'.repeat(mebibytes * 1024 * 1024) }],
  });
  const first = await store.repository.create(C, described('First', 5));
  await assert.rejects(store.repository.create(C, described('Second', 4)), { code: 'too-costly' });
  await store.repository.update(C, { ...described('First', 6), id: first.id });
  await assert.rejects(store.repository.create(C, described('Second', 4)), { code: 'too-costly' });
  await store.repository.delete(C, 'ValueSet', first.id);
  await store.repository.create(C, described('Second', 4));
});
