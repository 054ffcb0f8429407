import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { A, idsOf, number, outcome, patient, sendTo, visit } from '../testing/visits.ts';

let store: TestRepository;
const send = sendTo(() => store);

before(async () => (store = await testRepository()));
after(() => store.close());

test('a create spared by a match that the same transaction deletes is refused, and nothing is deleted', async () => {
  const { id } = await store.repository.create(A, {
    resourceType: 'Basic',
    code: { text: 'x' },
    identifier: [{ system: 'urn:x', value: 'spared' }],
  });
  const condition = 'identifier=urn:x|spared';
  const bundle: Resource = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { request: { method: 'DELETE', url: `Basic?${condition}` } },
      {
        resource: { resourceType: 'Basic', code: { text: 'x' } },
        request: { method: 'POST', url: 'Basic', ifNoneExist: condition },
      },
    ],
  };
  const { code, issues } = await outcome(send(bundle));
  assert.deepEqual([code, issues[0]!.expression], ['invalid', ['Bundle.entry[1].resource']]);
  assert.equal((await store.repository.read(A, 'Basic', id)).version, 1);
});

test('a condition that names another entry of the transaction by its fullUrl is asked by what that entry resolves to', async () => {
  const [patient, report] = [
    'urn:uuid:00000000-0000-4000-8000-0000000000a1',
    'urn:uuid:00000000-0000-4000-8000-0000000000a2',
  ];
  const mrn = 'https://yba.vn/fhir/sid/mrn/01013|named-in-condition';
  const [system, value] = mrn.split('|');
  const subject = { reference: patient };
  const code = { coding: [{ system: 'http://loinc.org', code: '29463-7' }] };
  const entry = [
    {
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code,
        subject,
        encounter: { reference: report },
      },
      request: {
        method: 'POST',
        url: 'Observation',
        ifNoneExist: `subject=${patient}&encounter=${report}&code=29463-7`,
      },
    },
    {
      fullUrl: report,
      resource: { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject },
      request: { method: 'PUT', url: `Encounter?subject=${patient}&status=finished` },
    },
    {
      fullUrl: patient,
      resource: { resourceType: 'Patient', identifier: [{ system, value }] },
      request: { method: 'PUT', url: `Patient?identifier=${mrn}` },
    },
  ];
  const statuses = async (sent: readonly object[]) => {
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: structuredClone(sent) } as Resource;
    const { text } = await send(bundle);
    return (JSON.parse(text) as { entry: { response: { status: string } }[] }).entry.map(
      ({ response }) => response.status,
    );
  };
  const active = { ...entry[2]!, resource: { ...entry[2]!.resource, active: true } };
  assert.deepEqual(await statuses(entry), ['201 Created', '201 Created', '201 Created']);
  assert.deepEqual(await statuses([...entry.slice(0, 2), active]), ['200 OK', '200 OK', '200 OK']);
  const ring = [patient, report].map((fullUrl, at) => ({
    fullUrl,
    resource: { resourceType: 'Basic', code: { text: `${at}` } },
    request: { method: 'PUT', url: `Basic?code:text=ring${at}&subject=${[report, patient][at]}` },
  }));
  assert.deepEqual(await statuses(ring), ['201 Created', '201 Created']);
});

test('conditional updates at the same moment: one creates, the others update what it made', async () => {
  const identifier = [{ system: 'https://yba.vn/fhir/sid/mrn/01013', value: 'at-once' }];
  const condition = new URLSearchParams({ identifier: `${identifier[0]!.system}|at-once` });
  const send = (text: string) =>
    store.repository.update(A, { resourceType: 'Patient', identifier, name: [{ text }] }, { condition });
  const written = await Promise.all(Array.from({ length: 16 }, (_, at) => send(`N${at}`)));
  assert.equal(new Set(written.map(({ id }) => id)).size, 1);
  assert.equal(Math.max(...written.map(({ version }) => version)), 16);
});

test('conditional references that are looked up together lead where each would alone', async () => {
  const doctor = (n: number, over: object = {}) => ({
    resource: {
      resourceType: 'Practitioner',
      id: `many-${n}`,
      identifier: [{ system: 'urn:his', value: `d${n}` }],
      name: [{ text: `Bùi Sĩ ${n}` }],
      ...over,
    },
    request: { method: 'PUT', url: `Practitioner/many-${n}` },
  });
  const transaction = (entry: object[]) =>
    store.repository.transaction(
      A,
      { resourceType: 'Bundle', type: 'transaction', entry },
      { handling: 'lenient', return: 'representation' },
    );
  await transaction([
    ...Array.from({ length: 230 }, (_, n) => doctor(n)),
    doctor(900, { identifier: [{ system: 'urn:other', value: 'd1' }] }),
    doctor(901, { identifier: [{ system: 'urn:his', value: 'd2' }] }),
    doctor(902, { telecom: [{ system: 'phone', value: '0900902' }] }),
    {
      resource: {
        resourceType: 'PractitionerRole',
        practitioner: { reference: 'Practitioner/many-4' },
        code: [{ coding: [{ code: 'lead' }] }],
      },
      request: { method: 'POST', url: 'PractitionerRole' },
    },
  ]);
  const asked: [condition: string, found: string | undefined][] = [
    ...Array.from({ length: 225 }, (_, n): [string, string] => [
      `identifier=urn:his|d${n + 5}`,
      `many-${n + 5}`,
    ]),
    ['identifier=urn:his|d1', 'many-1'],
    ['identifier=d1', undefined], // two
    ['identifier=urn:other|d1', 'many-900'],
    ['identifier=urn:his|d2', undefined], // two
    ['identifier=urn:his|d2&name=901', 'many-901'],
    ['identifier=urn:his|d2&name=nobody', undefined],
    ['identifier=urn:his|d3,urn:his|none', 'many-3'],
    ['identifier=urn:his|D3', undefined],
    ['identifier:not=urn:his|d3', undefined],
    ['name=bui%20si%20229', 'many-229'],
    ['name=bui', undefined],
    ['phone=0900902', 'many-902'],
    ['identifier=urn:his|d4&_has:PractitionerRole:practitioner:role=lead', 'many-4'],
    ['identifier=urn:his|d6&_has:PractitionerRole:practitioner:role=lead', undefined],
    ['identifier=urn:his|none&_has:PractitionerRole:practitioner:role=lead', undefined],
  ];
  const { text } = await transaction(
    asked.map(([condition], n) => ({
      resource: {
        resourceType: 'Basic',
        id: `asks-${n}`,
        code: { text: condition },
        author: { reference: `Practitioner?${condition}` },
      },
      request: { method: 'PUT', url: `Basic/asks-${n}` },
    })),
  );
  const { entry } = JSON.parse(text) as { entry: { resource: { author: { reference?: string } } }[] };
  entry.forEach(({ resource }, n) => {
    const [condition, id] = asked[n]!;
    assert.equal(resource.author.reference, id && `Practitioner/${id}`, condition);
  });
  // what the same transaction deletes is met no more, what it writes is
  const own = await transaction([
    { request: { method: 'DELETE', url: 'Practitioner/many-901' } },
    { ...doctor(903, { identifier: [{ system: 'urn:his', value: 'd903' }] }) },
    ...['d2', 'd903', 'd4'].map((value) => ({
      resource: {
        resourceType: 'Basic',
        code: { text: value },
        author: { reference: `Practitioner?identifier=urn:his|${value}` },
      },
      request: { method: 'POST', url: 'Basic' },
    })),
  ]);
  const told = JSON.parse(own.text) as { entry: { resource?: { author?: { reference?: string } } }[] };
  assert.deepEqual(
    told.entry.flatMap(({ resource }) => resource?.author?.reference ?? []),
    ['Practitioner/many-2', 'Practitioner/many-903', 'Practitioner/many-4'],
  );
});

test('many conditions that decide whether to write: two writers at once, in opposite orders, create each one once', async () => {
  const doctors = Array.from({ length: 120 }, (_, n) => ({
    resourceType: 'Practitioner',
    identifier: [{ system: 'urn:two-writers', value: `d${n}` }],
    name: [{ text: `Võ ${n}` }],
  }));
  const condition = (n: number) =>
    n % 3 === 0 ? `identifier=urn:two-writers|d${n}&name=vo` : `identifier=urn:two-writers|d${n}`;
  const sent = (method: 'POST' | 'PUT') =>
    doctors.map((resource, n) => ({
      resource: { ...resource },
      request:
        method === 'POST'
          ? { method, url: 'Practitioner', ifNoneExist: condition(n) }
          : { method, url: `Practitioner?${condition(n)}` },
    }));
  const transaction = async (entry: object[]) => {
    const { text } = await store.repository.transaction(
      A,
      { resourceType: 'Bundle', type: 'transaction', entry },
      { handling: 'strict' },
    );
    return (JSON.parse(text) as { entry: { response: { status: string; location: string } }[] }).entry.map(
      ({ response }) => ({ status: response.status, id: response.location.split('/')[1]! }),
    );
  };
  const [one, other] = await Promise.all([
    transaction(sent('POST')),
    transaction(sent('POST').reverse()).then((answers) => answers.reverse()),
  ]);
  for (const [n, { id, status }] of one.entries()) {
    assert.equal(other[n]!.id, id, String(n));
    assert.deepEqual([status, other[n]!.status].sort(), ['200 OK', '201 Created'], String(n));
  }
  const updated = await transaction(sent('PUT'));
  assert.deepEqual(
    updated.map(({ id }) => id),
    one.map(({ id }) => id),
  );
  assert.ok(updated.every(({ status }) => status === '200 OK'));
});

test('conditional references: strict fails naming all, lenient keeps them as logical references', async () => {
  const bundle = visit(number(), 'LK11');
  const entries = bundle['entry'] as { resource: Resource }[];
  entries[1]!.resource['serviceProvider'] = { reference: 'Organization?identifier=urn:x|none' };
  entries[2]!.resource['performer'] = [{ reference: 'Practitioner?identifier=urn:x|nobody' }];
  assert.equal((await outcome(send(bundle))).issues.length, 2);
  const answer = await send(bundle, A, { handling: 'lenient' });
  const [, encounterId] = await idsOf(answer);
  const encounter = parseJson((await store.repository.read(A, 'Encounter', encounterId!)).text);
  assert.deepEqual((encounter['serviceProvider'] as Record<string, unknown>)['identifier'], {
    system: 'urn:x',
    value: 'none',
  });
  assert.match(answer.text, /"severity":"warning"/);
});

test('of concurrent conditional creates exactly one creates', async () => {
  for (const [resource, condition] of [
    [
      patient(number(), { identifier: [{ system: mrn('01013'), value: 'RACE' }] }),
      `identifier=${mrn('01013')}|RACE`,
    ],
    [{ resourceType: 'Device', identifier: [{ system: 'urn:race', value: '1' }] }, 'identifier=urn:race|1'],
  ] as [Resource, string][]) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        store.repository.create(A, resource, { condition: new URLSearchParams(condition) }),
      ),
    );
    assert.equal(answers.filter(({ outcome: done }) => done === 'created').length, 1);
    assert.equal(new Set(answers.map(({ id }) => id)).size, 1);
  }
});
