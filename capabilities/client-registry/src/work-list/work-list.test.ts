import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context, Resource } from '@yba/fhir';
import { OutcomeError } from '@yba/fhir';
import { contextOf, testRepository } from '@yba/repository/testing';
import type { TestRepository } from '@yba/repository/testing';
import { INSURANCE, mrn, PERSON } from '@yba/vietnam';
import {
  compareWaiting,
  createClientRegistry,
  createIdentityFeed,
  recordLinks,
  resolvePersons,
} from '../index.ts';

let store: TestRepository;
let identities: ReturnType<typeof createIdentityFeed>;
let operations: NonNullable<ReturnType<typeof createClientRegistry>['operations']>;
const officer = (facility: string, name: string) =>
  contextOf(facility, { role: 'identity-officer', subject: `account/${name}`, name });

before(async () => {
  store = await testRepository({ persons: { resolve: resolvePersons, linked: recordLinks } });
  const { repository, ports, pools } = store;
  const options = {
    fhirBase: 'http://localhost/fhir',
    sql: pools.owner,
    repository,
    decide: ports.decide,
    audit: ports.audit,
  };
  operations = createClientRegistry(options).operations!;
  identities = createIdentityFeed(options);
});
after(() => store.close());

type Part = {
  name: string;
  part?: Part[];
  resource?: Resource & { telecom?: { value: string }[] };
  valueCode?: string;
  valueString?: string;
  valueInteger?: number;
  valueBoolean?: boolean;
  valueIdentifier?: { system: string; value: string };
};

async function call(
  code: string,
  context: Context,
  parameters?: object[],
  query = '',
  id?: string,
): Promise<Part[]> {
  const operation = operations.find((each) => each.code === code)!;
  const answer = await operation.handle({
    context,
    query: new URLSearchParams(query),
    headers: {},
    ...(parameters ? { body: { resourceType: 'Parameters', parameter: parameters } } : {}),
    ...(id ? { id } : {}),
  });
  return (answer.resource as { parameter?: Part[] }).parameter ?? [];
}

const named = (parts: readonly Part[] | undefined, name: string) => parts?.find((part) => part.name === name);
const about = (id: string, name = 'patient') => ({ name, valueReference: { reference: `Patient/${id}` } });

const person = {
  resourceType: 'Patient',
  name: [{ text: 'Quách Thị Diệu Hiền' }],
  gender: 'female',
  birthDate: '1961-04-30',
  telecom: [{ system: 'phone', value: '0912345678' }],
  address: [{ line: ['Thôn Đoài'], city: 'Xã Minh Đài', state: 'Tỉnh Phú Thọ' }],
};

async function twoOfOne(): Promise<[string, string]> {
  const one = await store.repository.create(contextOf('01013'), {
    ...person,
    identifier: [{ system: mrn('01013'), value: `A${++serial}` }],
  });
  const other = await store.repository.create(contextOf('27001'), {
    ...person,
    name: [{ text: 'QUACH THI DIEU HIEN' }],
    identifier: [
      { system: mrn('27001'), value: `B${serial}` },
      { system: INSURANCE, value: String(4_000_000_000 + serial) },
    ],
  });
  await compareWaiting(store.pools.owner, store.repository, 50);
  return [one.id, other.id];
}
let serial = 0;

const pairsOf = async (context: Context) =>
  (await call('identity-pairs', context)).filter(({ name }) => name === 'pair').map(({ part }) => part!);

test('newcomers who may be one person are a pair for the officers of both facilities, explained field by field', async () => {
  const [one, other] = await twoOfOne();
  const [pair, ...more] = await pairsOf(officer('01013', 'an'));
  assert.equal(more.length, 0);
  assert.equal(named(pair, 'patient')!.resource!.id, one);
  assert.equal(named(pair, 'other')!.resource!.id, other);
  const words = pair!
    .filter(({ name }) => name === 'field')
    .map(({ part }) => named(part, 'vi')!.valueString);
  assert.ok(words.includes('Tên: cùng chữ cái, một bên thiếu dấu') && words.includes('Ngày sinh: cùng ngày'));
  assert.equal(named((await pairsOf(officer('27001', 'binh')))[0], 'patient')!.resource!.id, other);
  assert.equal((await pairsOf(officer('79024', 'chi'))).length, 0);
});

test('another facility’s phone is shown by its last digits, and the look is in the person’s log', async () => {
  store.events.length = 0;
  const [pair] = await pairsOf(officer('01013', 'an'));
  assert.equal(named(pair, 'patient')!.resource!.telecom![0]!.value, '0912345678');
  assert.equal(named(pair, 'other')!.resource!.telecom![0]!.value, '••• 678');
  assert.deepEqual(
    store.events.map(({ action, target, persons }) => [action, target, persons.length]),
    [['match', 'Patient/$identity-pairs', 1]],
  );
});

test('two officers make the pair one person, and undo it; what waits is not offered again', async () => {
  const [pair] = await pairsOf(officer('01013', 'an'));
  const [one, other] = [named(pair, 'patient')!.resource!.id!, named(pair, 'other')!.resource!.id!];
  const same = async () =>
    (await store.repository.patient(one))!.person === (await store.repository.patient(other))!.person;
  const proposed = await call('decide-identity', officer('01013', 'an'), [
    { name: 'kind', valueCode: 'merge' },
    about(one),
    about(other, 'other'),
    { name: 'reason', valueString: 'cùng giấy khai sinh' },
  ]);
  const decision = { name: 'decision', valueInteger: named(proposed, 'decision')!.valueInteger! };
  assert.deepEqual([named(proposed, 'state')!.valueCode, await same()], ['proposed', false]);
  assert.equal((await pairsOf(officer('01013', 'an'))).length, 0);
  await assert.rejects(call('confirm-identity', officer('01013', 'an'), [decision]), OutcomeError);
  const [waiting] = await call('identity-decisions', officer('27001', 'binh'));
  assert.equal(named(waiting!.part, 'mayConfirm')!.valueBoolean, true);
  await call('confirm-identity', officer('27001', 'binh'), [decision]);
  assert.equal(await same(), true);
  const linked = await call('linked', officer('01013', 'an'), undefined, '', one);
  assert.equal(linked.filter(({ name }) => name === 'patient').length, 2);
  await call('undo-identity', officer('01013', 'an'), [decision]);
  await call('confirm-identity', officer('01013', 'chi'), [decision]);
  assert.equal(await same(), false);
});

test('who is found to be another is not offered again', async () => {
  const [pair] = await pairsOf(officer('01013', 'an'));
  await call('decide-identity', officer('01013', 'an'), [
    { name: 'kind', valueCode: 'differ' },
    about(named(pair, 'patient')!.resource!.id!),
    about(named(pair, 'other')!.resource!.id!, 'other'),
  ]);
  assert.equal((await pairsOf(officer('01013', 'an'))).length, 0);
});

test('only identity officers see the list and decide, each about Patients of their facility', async () => {
  await assert.rejects(pairsOf(contextOf('01013', { role: 'doctor' })), /identity officers/);
  const { id } = await store.repository.create(contextOf('27001'), { ...person });
  const nobody = '0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b';
  const told = async (whose: string) => {
    const error = await call('decide-identity', officer('01013', 'an'), [
      { name: 'kind', valueCode: 'unlink' },
      about(whose),
    ]).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof OutcomeError);
    return `${error.code} ${error.message.replaceAll(whose, 'ID')}`;
  };
  store.events.length = 0;
  assert.equal(await told(id), await told(nobody), 'another facility’s Patient is as absent as nobody’s');
  const { person: concerned } = (await store.repository.patient(id))!;
  assert.deepEqual(
    store.events.map(({ outcome, persons }) => [outcome, ...persons]),
    [['denied', concerned]],
  );
});

test('$ihe-pix answers the other identifiers of a person; another facility’s only when the person is open', async () => {
  const number = '001161000777';
  const numbered = (facility: string, value: string) =>
    store.repository.create(contextOf(facility), {
      ...person,
      identifier: [
        { system: mrn(facility), value },
        { system: PERSON, value: number },
      ],
    });
  const [one, other] = [await numbered('01013', 'P1'), await numbered('27001', 'P2')];
  const ask = async (query: string) =>
    (await call('ihe-pix', contextOf('01013'), undefined, query))
      .flatMap(({ valueIdentifier }) => (valueIdentifier ? [valueIdentifier.value] : []))
      .sort();
  const source = `sourceIdentifier=${encodeURIComponent(`${mrn('01013')}|P1`)}`;
  assert.deepEqual(await ask(source), [number]);
  await store.open('01013', other.id);
  assert.deepEqual(await ask(source), [number, 'P2']);
  assert.deepEqual(await ask(`${source}&targetSystem=${encodeURIComponent(mrn('27001'))}`), ['P2']);
  const code = (query: string) => ask(query).catch((error: OutcomeError) => error.code);
  assert.equal(await code('sourceIdentifier=urn:x|1'), 'code-invalid');
  assert.equal(await code(`sourceIdentifier=${mrn('01013')}|nobody`), 'not-found');
  assert.equal(await code(`${source}&targetSystem=urn:x`), 'code-invalid');
  assert.ok(one.id);
});

test('$pdqm finds by search parameters as $match does', async () => {
  const operation = operations.find(({ code }) => code === 'pdqm')!;
  const { resource } = await operation.handle({
    context: contextOf('79024'),
    query: new URLSearchParams('family=Quách&given=Thị Diệu&given=Hiền&birthdate=1961-04-30'),
    headers: {},
  });
  const entries = (resource as { entry: { resource: Resource; search: { score: number } }[] }).entry;
  assert.ok(entries.length >= 1 && entries.every(({ search }) => search.score > 0 && search.score < 1));
  assert.ok(entries.every(({ resource: { telecom } }) => telecom === undefined));
});

test('a PMIR feed writes the sender’s Patients once, and a replaced one becomes a proposal to merge', async () => {
  const system = mrn('79024');
  const entry = (value: string, over: object = {}) => ({
    resource: { ...person, identifier: [{ system, value }], ...over },
    request: { method: 'PUT', url: `Patient/${value}` },
  });
  const message = (id: string, entries: object[]): Resource => ({
    resourceType: 'Bundle',
    type: 'message',
    entry: [
      {
        fullUrl: 'urn:uuid:1',
        resource: {
          resourceType: 'MessageHeader',
          id,
          eventUri: 'urn:ihe:iti:pmir:2019:patient-feed',
          focus: [{ reference: 'urn:uuid:2' }],
        },
      },
      { fullUrl: 'urn:uuid:2', resource: { resourceType: 'Bundle', type: 'history', entry: entries } },
    ],
  });
  const send = (body: Resource) =>
    identities.feed({ context: contextOf('79024'), query: new URLSearchParams(), headers: {}, body });
  const feed = () => message('m-1', [entry('F1'), entry('F2')]);
  await send(feed());
  await send(feed());
  const replaced = {
    active: false,
    link: [{ type: 'replaced-by', other: { identifier: { system, value: 'F2' } } }],
  };
  const { resource } = await send(message('m-2', [entry('F1', replaced)]));
  const header = (resource as { entry: { resource: { response: object } }[] }).entry[0]!.resource;
  assert.deepEqual(header.response, { identifier: 'm-2', code: 'ok' });
  const [waiting] = await call('identity-decisions', officer('79024', 'chi'));
  assert.deepEqual(
    [named(waiting!.part, 'kind')!.valueCode, named(waiting!.part, 'state')!.valueCode],
    ['merge', 'proposed'],
  );
  const page = await store.repository.search(contextOf('79024'), 'Patient', new URLSearchParams(), {
    handling: 'strict',
  });
  assert.equal(page.entries.length, 2);
});

test('a Patient that was deleted is not offered', async () => {
  const [one] = await twoOfOne();
  const before = (await pairsOf(officer('01013', 'an'))).length;
  await store.repository.delete(contextOf('01013'), 'Patient', one);
  const after = await pairsOf(officer('01013', 'an'));
  assert.ok(after.length < before);
  assert.ok(after.every((pair) => named(pair, 'patient')!.resource!.id !== one));
});
