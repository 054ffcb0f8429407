import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context, Resource } from '@yba/fhir';
import { OutcomeError, outcomeError } from '@yba/fhir';
import { contextOf, testRepository } from '@yba/repository/testing';
import type { TestRepository } from '@yba/repository/testing';
import { INSURANCE, PERSON } from '@yba/vietnam';
import { createClientRegistry, recordLinks, resolvePersons } from './index.ts';

let store: TestRepository;
let operations: NonNullable<ReturnType<typeof createClientRegistry>['operations']>;
const A = contextOf('01013');
const B = contextOf('27001');

before(async () => {
  store = await testRepository({ persons: { resolve: resolvePersons, linked: recordLinks } });
  const { repository, ports, pools } = store;
  operations = createClientRegistry({
    fhirBase: 'http://localhost/fhir',
    sql: pools.owner,
    repository,
    decide: ports.decide,
    audit: ports.audit,
  }).operations!;
});
after(() => store.close());

let serial = 0;
const cccd = () => String(1163000000 + ++serial).padStart(12, '0');
const bhyt = () => String(100_000_000 + ++serial).padStart(10, '0');

function patient(identifier: { system: string; value: string }[], over: object = {}): Resource {
  return {
    resourceType: 'Patient',
    ...(identifier.length > 0 ? { identifier } : {}),
    name: [{ text: 'Trịnh Thị Kim Liên' }],
    gender: 'female',
    birthDate: '1957-09-02',
    ...over,
  };
}

async function create(context: Context, identifier: { system: string; value: string }[], over = {}) {
  const { id } = await store.repository.create(context, patient(identifier, over));
  return { id, person: (await store.repository.patient(id))!.person };
}

type Entry = {
  fullUrl: string;
  resource: Resource;
  search: { score: number; extension: { valueCode: string }[] };
};

async function call(code: string, context: Context, body?: object, id?: string, query = '') {
  const operation = operations.find((each) => each.code === code)!;
  const answer = await operation.handle({
    context,
    query: new URLSearchParams(query),
    headers: {},
    ...(body ? { body: body as Resource } : {}),
    ...(id ? { id } : {}),
  });
  return answer.resource as {
    entry?: Entry[];
    total?: number;
    parameter?: { name: string; valueBoolean?: boolean }[];
  };
}

const match = (context: Context, asked: Resource) =>
  call('match', context, { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: asked }] });
const identify = (context: Context, id: string, valueIdentifier: object) =>
  call(
    'identify',
    context,
    { resourceType: 'Parameters', parameter: [{ name: 'identifier', valueIdentifier }] },
    id,
  );
const unidentified = async (context: Context) =>
  ((await call('unidentified', context)).entry ?? []).map(({ resource }) => resource.id);

test('Patients of two hospitals with one person number are one person', async () => {
  const number = { system: PERSON, value: cccd() };
  const atA = await create(A, [number]);
  const atB = await create(B, [number], { name: [{ text: 'TRINH THI KIM LIEN' }] });
  assert.equal(atB.person, atA.person);
});

test('hospitals that send a new number at the same moment meet at one person', async () => {
  const number = { system: PERSON, value: cccd() };
  const facilities = ['01013', '27001', '79024', '19001', '89001', '74001'];
  const persons = await Promise.all(
    facilities.map((facility) => create(contextOf(facility), [number]).then(({ person }) => person)),
  );
  assert.equal(new Set(persons).size, 1);
});

test('the insurance number links when there is no person number, also as a 15-character card', async () => {
  const value = bhyt();
  const atA = await create(A, [
    { system: PERSON, value: cccd() },
    { system: INSURANCE, value },
  ]);
  const atB = await create(B, [{ system: INSURANCE, value: `GD401${value}` }]);
  assert.equal(atB.person, atA.person);
});

test('a number that was cancelled and issued anew leads to the same person, and so does the new one', async () => {
  const [former, current] = [cccd(), cccd()];
  const atA = await create(A, [{ system: PERSON, value: former }]);
  const renumbered = [
    { system: PERSON, value: former, use: 'old' },
    { system: PERSON, value: current },
  ];
  const atB = await create(B, renumbered);
  const later = await create(contextOf('79024'), [{ system: PERSON, value: current }]);
  assert.deepEqual([atB.person, later.person], [atA.person, atA.person]);
});

test('same name and birth date never merge', async () => {
  const [one, two] = [await create(A, []), await create(B, [])];
  assert.notEqual(one.person, two.person);
});

test('numbers of two persons stay apart and go to the work list', async () => {
  const [number, card] = [
    { system: PERSON, value: cccd() },
    { system: INSURANCE, value: bhyt() },
  ];
  const [first, second] = [await create(A, [number]), await create(A, [card])];
  const both = await create(B, [number, card]);
  assert.ok(both.person !== first.person && both.person !== second.person);
  assert.ok((await unidentified(contextOf('27001', { role: 'identity-officer' }))).includes(both.id));
});

test('a list tells what is wrong with a page that is no whole number', async () => {
  const officer = contextOf('27001', { role: 'identity-officer' });
  for (const page of [
    '_count=1.5',
    '_count=0',
    '_count=-1',
    '_count=x',
    '_count=1e400',
    '_offset=0.5',
    '_offset=1e300',
  ])
    await assert.rejects(
      call('unidentified', officer, undefined, undefined, page),
      { code: 'invalid' },
      page,
    );
  for (const list of ['identity-pairs', 'identity-decisions'])
    await assert.rejects(call(list, officer, undefined, undefined, '_count=1.5'), { code: 'invalid' }, list);
  assert.equal(
    (await call('unidentified', officer, undefined, undefined, '_count=1&_offset=0')).total! >= 0,
    true,
  );
});

test('a Patient without a number is on its own facility’s work list until an officer enters the number', async () => {
  const number = { system: PERSON, value: cccd() };
  const known = await create(A, [number]);
  const newcomer = await create(B, []);
  const officer = contextOf('27001', { role: 'identity-officer' });
  assert.ok((await unidentified(officer)).includes(newcomer.id));
  assert.ok(!(await unidentified(contextOf('01013', { role: 'identity-officer' }))).includes(newcomer.id));
  const answer = await identify(officer, newcomer.id, number);
  assert.equal(answer.parameter!.find(({ name }) => name === 'linked')!.valueBoolean, true);
  assert.equal((await store.repository.patient(newcomer.id))!.person, known.person);
  assert.ok(!(await unidentified(officer)).includes(newcomer.id));
  assert.equal((await store.repository.read(B, 'Patient', newcomer.id)).version, 2);
});

test('an officer’s number must be one', async () => {
  const { id } = await create(B, []);
  const error = await identify(contextOf('27001', { role: 'identity-officer' }), id, {
    system: PERSON,
    value: '12',
  }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof OutcomeError && error.code === 'value');
});

test('$match by number answers one certain entry with identity only', async () => {
  const value = cccd();
  const { id } = await create(A, [{ system: PERSON, value }], {
    telecom: [{ system: 'phone', value: '0900000001' }],
    contact: [{ name: { text: 'x' } }],
  });
  const { entry } = await match(B, patient([{ system: PERSON, value }]));
  assert.equal(entry!.length, 1);
  assert.equal(entry![0]!.fullUrl, `http://localhost/fhir/Patient/${id}`);
  assert.equal(entry![0]!.search.extension[0]!.valueCode, 'certain');
  assert.deepEqual(Object.keys(entry![0]!.resource).sort(), [
    'birthDate',
    'extension',
    'gender',
    'id',
    'identifier',
    'name',
    'resourceType',
  ]);
  assert.equal((entry![0]!.resource['extension'] as { valueCode: string }[])[0]!.valueCode, 'closed');
});

test('$match names the caller’s own Patient of the person when there is one', async () => {
  const number = { system: PERSON, value: cccd() };
  await create(A, [number]);
  const own = await create(B, [number]);
  const { entry } = await match(B, patient([number]));
  assert.deepEqual(
    entry!.map(({ resource }) => resource.id),
    [own.id],
  );
});

test('$match by name and birth date grades what it finds, tones or none', async () => {
  const name = [{ text: 'Lò Thị Pành' }];
  const { id } = await create(A, [{ system: PERSON, value: cccd() }], { name, birthDate: '1944-01-05' });
  const exact = await match(B, patient([], { name: [{ text: 'LO THI PANH' }], birthDate: '1944-01-05' }));
  assert.deepEqual(
    exact.entry!.map(({ resource, search }) => [resource.id, search.extension[0]!.valueCode]),
    [[id, 'probable']],
  );
  const year = await match(B, patient([], { name: [{ text: 'Pành' }], birthDate: '1944' }));
  assert.deepEqual(
    year.entry!.map(({ search }) => search.extension[0]!.valueCode),
    ['possible'],
  );
});

test('$match asks for more than a name', async () => {
  const error = await match(B, { resourceType: 'Patient', name: [{ text: 'Nguyễn' }] }).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof OutcomeError && error.code === 'required');
});

test('$match refuses whom the policy refuses, before it looks', async () => {
  const operation = createClientRegistry({
    fhirBase: 'http://localhost/fhir',
    sql: store.pools.owner,
    repository: store.repository,
    decide: () => Promise.reject(outcomeError('forbidden', 'no')),
    audit: store.ports.audit,
  }).operations!.find(({ code }) => code === 'match')!;
  const asked = { resourceType: 'Patient', name: [{ text: 'Không Ai Cả' }], birthDate: '1957-09-02' };
  await assert.rejects(
    async () => operation.handle({ context: A, query: new URLSearchParams(), headers: {}, body: asked }),
    /no/,
  );
});

test('$match is in the access log of the persons it named', async () => {
  const value = cccd();
  const { person } = await create(A, [{ system: PERSON, value }]);
  store.events.length = 0;
  await match(B, patient([{ system: PERSON, value }]));
  assert.deepEqual(
    store.events.map(({ action, persons }) => [action, persons]),
    [['match', [person]]],
  );
});
