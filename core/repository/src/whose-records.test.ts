import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson, type Resource } from '@yba/fhir';
import { FACILITY, maLk } from '@yba/vietnam';
import { contextOf, testRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';
import { A, B, idsOf, number, outcome, patient, sendTo, strict, visit } from './testing/visits.ts';

let store: TestRepository;
const send = sendTo(() => store);

before(async () => (store = await testRepository()));
after(() => store.close());

test('another facility finds nothing until it opened the person, then the whole chart', async () => {
  const cccd = number();
  const [patientId, , observationId] = await idsOf(await send(visit(cccd, 'LK2')));
  assert.equal((await outcome(store.repository.read(B, 'Observation', observationId!))).code, 'not-found');
  const search = () =>
    store.repository.search(
      B,
      'Observation',
      new URLSearchParams({ patient: `Patient/${patientId}` }),
      strict,
    );
  assert.equal((await search()).entries.length, 0);
  assert.equal(
    (await store.repository.search(B, 'Observation', new URLSearchParams({ code: 'HBA1C' }), strict)).entries
      .length,
    0,
  );
  await store.open('27001', patientId!);
  assert.equal((await search()).entries.length, 1);
  assert.equal((await store.repository.read(B, 'Observation', observationId!)).version, 1);
  const all = await store.repository.everything(B, 'Patient', patientId!, new URLSearchParams());
  assert.equal(all.entries.length, 3);
});

test('a chart that is closed while it is sent does not come to an end that looks whole', async () => {
  const [patientId] = await idsOf(await send(visit(number(), 'LK2b')));
  const results = Array.from({ length: 1_010 }, () => ({
    resource: {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${patientId}` },
    },
    request: { method: 'POST', url: 'Observation' },
  }));
  await send({ resourceType: 'Bundle', type: 'transaction', entry: results });
  await store.open('27001', patientId!);
  const chart = () => store.repository.everything(B, 'Patient', patientId!, new URLSearchParams());
  const taken = async (part: Awaited<ReturnType<typeof chart>>, after: (entries: number) => void) => {
    let entries = part.entries.length;
    for await (const more of part.more!) after((entries += more.length));
    return entries;
  };
  assert.equal(await taken(await chart(), () => {}), 1_013);

  const decide = store.ports.decide.bind(store.ports);
  let sent = 0;
  const closed = taken(await chart(), (entries) => {
    sent = entries;
    store.ports.decide = async (...asked) => ({ ...(await decide(...asked)), patients: [] });
  });
  try {
    assert.equal((await outcome(closed)).code, 'forbidden');
  } finally {
    store.ports.decide = decide;
  }
  assert.equal(sent, 1_000);
});

test('two facilities write of one person, and either Patient finds both', async () => {
  const cccd = number();
  const [atA] = await idsOf(await send(visit(cccd, 'LK3')));
  const [atB] = await idsOf(await send(visit(cccd, 'LK3', '27001'), B));
  assert.notEqual(atA, atB);
  await store.open('01013', atA!);
  await store.open('27001', atB!);
  for (const [context, id] of [
    [A, atA],
    [A, atB],
    [B, atA],
  ] as const) {
    const page = await store.repository.search(
      context,
      'Observation',
      new URLSearchParams({ subject: `Patient/${id}` }),
      strict,
    );
    assert.equal(page.entries.length, 2, `${context.caller.facility} asks for ${id}`);
  }
});

test('a labelled resource is read by its facility and the person alone', async () => {
  const cccd = number();
  const [patientId] = await idsOf(await send(visit(cccd, 'LK4')));
  const { id } = await store.repository.create(A, {
    resourceType: 'DocumentReference',
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
    status: 'current',
    subject: { reference: `Patient/${patientId}` },
    content: [{ attachment: { contentType: 'application/xml', data: 'PGEvPg==' } }],
  });
  await store.open('27001', patientId!);
  assert.equal((await outcome(store.repository.read(B, 'DocumentReference', id))).code, 'not-found');
  const person = (await store.repository.patient(patientId!))!.person;
  const citizen = contextOf('', { role: 'citizen', person });
  delete citizen.caller.facility;
  assert.equal((await store.repository.read(citizen, 'DocumentReference', id)).version, 1);
  assert.equal((await store.repository.read(A, 'DocumentReference', id)).version, 1);
});

test('what was labelled or put right since is gone for others with its past', async () => {
  const [patientId, , observationId] = await idsOf(await send(visit(number(), 'LK31')));
  const [otherId] = await idsOf(await send(visit(number(), 'LK32')));
  await store.open('27001', patientId!);
  const seen = async () => {
    const params = new URLSearchParams({ _count: '1000' });
    const { entries } = await store.repository.history(B, 'Observation', undefined, params);
    return entries.filter(({ fullUrl }) => fullUrl.endsWith(observationId!)).length;
  };
  const update = async (over: object) => {
    const { text } = await store.repository.read(A, 'Observation', observationId!);
    await store.repository.update(A, { ...parseJson(text), ...over });
  };
  assert.equal(await seen(), 1);
  const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' };
  await update({ meta: { security: [label] } });
  assert.equal(await seen(), 0);
  await update({ meta: { tag: [{ code: 'plain' }] } });
  await update({ subject: { reference: `Patient/${otherId}` } });
  assert.equal(await seen(), 0);
  const own = await store.repository.history(A, 'Observation', observationId, new URLSearchParams());
  assert.equal(own.total, 4);
});

test('a resource that names another facility as its own is refused', async () => {
  const table: [resource: Resource, expression: string][] = [
    [patient(number(), { meta: { source: 'https://yba.vn/fhir/facility/27001' } }), 'Patient.meta.source'],
    [
      { resourceType: 'Organization', identifier: [{ system: FACILITY, value: '27001' }], name: 'x' },
      'Organization.identifier[0].value',
    ],
    [
      {
        resourceType: 'Encounter',
        identifier: [{ system: maLk('27001'), value: 'x' }],
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      },
      'Encounter.identifier[0].system',
    ],
  ];
  for (const [resource, expression] of table) {
    const { code, issues } = await outcome(store.repository.create(A, resource));
    assert.deepEqual([code, issues[0]!.expression], ['business-rule', [expression]]);
  }
});

test('every access is told to the access log with the persons it showed', async () => {
  const [patientId] = await idsOf(await send(visit(number(), 'LK22')));
  const { person } = (await store.repository.patient(patientId!))!;
  store.events.length = 0;
  await store.repository.read(A, 'Patient', patientId!);
  await store.repository.search(A, 'Observation', new URLSearchParams({ patient: patientId! }), strict);
  await outcome(store.repository.read(B, 'Patient', patientId!));
  assert.deepEqual(
    store.events.map(({ action, persons, outcome: how }) => [action, persons, how]),
    [
      ['read', [person], 'success'],
      ['search', [person], 'success'],
      ['read', [person], 'denied'], // whose record was asked for sees it
    ],
  );
});
