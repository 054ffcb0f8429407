import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, parseJson } from '@yba/fhir';
import type { FeedEntry, Resource } from '@yba/fhir';
import { FACILITY, maLk, mrn, PERSON } from '@yba/vietnam';
import { typeNumber } from './rows/resource-type.ts';
import { contextOf, feedShowsAll, testRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';

let store: TestRepository;
const A = contextOf('01013');
const B = contextOf('27001');
const strict = { handling: 'strict' as const };

before(async () => (store = await testRepository()));
after(() => store.close());

let serial = 0;
/** A person number nobody else in this file has. */
const number = () => String(1099000000 + ++serial).padStart(12, '0');

function patient(cccd: string, over: object = {}): Resource {
  return {
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: cccd }],
    name: [{ text: 'Nguyễn Thị Hạnh', family: 'Nguyễn', given: ['Thị', 'Hạnh'] }],
    gender: 'female',
    birthDate: '1963-03-14',
    ...over,
  };
}

function visit(cccd: string, key: string, facility = '01013'): Resource {
  const subject = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' };
  const encounter = { reference: 'urn:uuid:00000000-0000-4000-8000-000000000002' };
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: subject.reference,
        resource: patient(cccd, {
          identifier: [
            { system: PERSON, value: cccd },
            { system: mrn(facility), value: `BN${cccd}` },
          ],
        }),
        request: { method: 'PUT', url: `Patient?identifier=${mrn(facility)}|BN${cccd}` },
      },
      {
        fullUrl: encounter.reference,
        resource: {
          resourceType: 'Encounter',
          identifier: [{ system: maLk(facility), value: key }],
          status: 'finished',
          class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
          subject,
          period: { start: '2026-11-20T08:00:00+07:00', end: '2026-11-20T09:30:00+07:00' },
        },
        request: { method: 'POST', url: 'Encounter' },
      },
      {
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'HBA1C' }] },
          subject,
          encounter,
          effectiveDateTime: '2026-11-20T08:30:00+07:00',
          valueQuantity: { value: 7.2, unit: '%' },
        },
        request: { method: 'POST', url: 'Observation' },
      },
    ],
  };
}

const send = (bundle: Resource, context = A, options = {}) =>
  store.repository.transaction(context, bundle, { ...strict, ...options });

async function outcome(promise: Promise<unknown>): Promise<OutcomeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof OutcomeError, String(error));
    return error;
  }
  return assert.fail('expected an OutcomeError');
}

async function idsOf(answer: { text: string }): Promise<string[]> {
  return (JSON.parse(answer.text) as { entry: { response: { location: string } }[] }).entry.map(
    ({ response }) => response.location.split('/')[1]!,
  );
}

test('a transaction stores a visit whose references point at each other', async () => {
  const [patientId, encounterId, observationId] = await idsOf(await send(visit(number(), 'LK1')));
  const observation = parseJson((await store.repository.read(A, 'Observation', observationId!)).text);
  assert.deepEqual(observation['subject'], { reference: `Patient/${patientId}` });
  assert.deepEqual(observation['encounter'], { reference: `Encounter/${encounterId}` });
  assert.equal(observation.meta?.versionId, '1');
  assert.equal(observation.meta?.['source'], 'https://yba.vn/fhir/facility/01013');
});

test('a decimal keeps its digits', async () => {
  const { id } = await store.repository.create(
    A,
    parseJson(
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}',
    ),
  );
  const { text } = await store.repository.read(A, 'Observation', id);
  assert.match(text, /"value":1\.00/);
});

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

test('a key of a visit that is no text is told as such', async () => {
  const visit = { resourceType: 'Encounter', identifier: [{ system: true, value: 'x' }], status: 'finished' };
  const { issues } = await outcome(store.repository.create(A, visit));
  assert.ok(issues.some(({ expression }) => expression?.[0] === 'Encounter.identifier[0].system'));
});

test('the same submission twice is applied once and says so', async () => {
  const bundle = visit(number(), 'LK5');
  const first = await send(bundle, A, { bodyHash: 'h5' });
  const again = await send(bundle, A, { bodyHash: 'h5' });
  assert.deepEqual(await idsOf(again), await idsOf(first));
  assert.equal(again.duplicate, true);
  assert.match(again.text, /"code":"duplicate"/);
  const other = await outcome(
    send(visit(number(), 'LK6'), A, { idempotencyKey: 'k', bodyHash: 'x' }).then(() =>
      send(visit(number(), 'LK7'), A, { idempotencyKey: 'k', bodyHash: 'y' }),
    ),
  );
  assert.equal(other.code, 'business-rule');
});

test('submissions of the same visit at the same moment are applied once', async () => {
  const bundle = visit(number(), 'LK8');
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(bundle, A, { bodyHash: 'h8' })));
  assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1);
  assert.equal(
    new Set(await Promise.all(answers.map(async (answer) => (await idsOf(answer)).join()))).size,
    1,
  );
});

test('a failing entry leaves nothing of the transaction and names its element', async () => {
  const bundle = visit(number(), 'LK9');
  const entries = bundle['entry'] as { resource: Resource }[];
  delete entries[2]!.resource['status'];
  const error = await outcome(send(bundle));
  assert.match(error.issues[0]!.expression![0]!, /^Bundle\.entry\[2\]\.resource/);
  const page = await store.repository.search(
    A,
    'Encounter',
    new URLSearchParams({ identifier: `${maLk('01013')}|LK9` }),
    strict,
  );
  assert.equal(page.entries.length, 0);
});

test('a urn:uuid that no entry has fails the transaction', async () => {
  const bundle = visit(number(), 'LK10');
  const entries = bundle['entry'] as { resource: Resource }[];
  entries[2]!.resource['encounter'] = { reference: 'urn:uuid:00000000-0000-4000-8000-00000000dead' };
  assert.equal(
    (await outcome(send(bundle))).issues[0]!.expression![0],
    'Bundle.entry[2].resource.encounter.reference',
  );
});

test('a Bundle is refused by the element that is wrong, its own or an entry’s', async () => {
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
  const post = { resource: observation, request: { method: 'POST', url: 'Observation' } };
  const put = (id: string) => ({
    resource: { ...observation, id },
    request: { method: 'PUT', url: `Observation/${id}` },
  });
  const named = { ...post, fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000009' };
  const table: [over: object, expression: string][] = [
    [{ entry: [post], total: 'x' }, 'Bundle.total'],
    [{ entry: [{ ...post, more: 1 }] }, 'Bundle.entry[0].more'],
    [
      { entry: [post, { ...post, request: { ...post.request, ifNoneExist: 5 } }] },
      'Bundle.entry[1].request.ifNoneExist',
    ],
    [{ entry: [null] }, 'Bundle.entry[0]'],
    [{ entry: [named, named] }, 'Bundle.entry[1].fullUrl'],
    [{ entry: [put('twice'), put('twice')] }, 'Bundle.entry[1].resource'],
    [
      { entry: [{ ...post, request: { method: 'PUT', url: 'Observation/no_id' } }] },
      'Bundle.entry[0].request.url',
    ],
    [{ entry: [{ ...put('a'), request: put('b').request }] }, 'Bundle.entry[0].resource.id'],
    [{ entry: [{ ...post, request: put('b').request }] }, 'Bundle.entry[0].resource.id'],
    [
      {
        entry: [
          named,
          {
            ...post,
            resource: {
              ...observation,
              hasMember: [{ reference: named.fullUrl, type: 'MolecularSequence' }],
            },
          },
        ],
      },
      'Bundle.entry[1].resource.hasMember[0].type',
    ],
  ];
  for (const [over, expression] of table) {
    const bundle = { resourceType: 'Bundle', type: 'transaction', ...over };
    const { code, issues } = await outcome(send(bundle));
    assert.equal(issues[0]!.expression![0], expression);
    if (expression.endsWith('resource.id')) assert.equal(code, 'invalid'); // 400, as it is alone
  }
});

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

test('an entry of a batch that cannot be understood stops no other', async () => {
  const basic = { resourceType: 'Basic', code: { text: 'x' } };
  const entry = [
    { request: { method: 'GET', url: 'metadata' } },
    { resource: basic, request: { method: 'BREW', url: 'Basic' } },
    { resource: { resourceType: 'Bogus' }, request: { method: 'POST', url: 'Bogus' } },
    { resource: basic, request: { method: 'POST', url: 'Basic' } },
  ];
  const answer = await store.repository.batch(
    A,
    { resourceType: 'Bundle', type: 'batch', entry },
    { handling: 'strict' },
  );
  const { entry: answers } = JSON.parse(answer.text) as { entry: { response: { status: string } }[] };
  assert.deepEqual(
    answers.map(({ response }) => response.status.slice(0, 3)),
    ['404', '400', '404', '201'],
  );
});

test('a batch whose asker left is read no further, and written to its end', async () => {
  const basic = (id: string) => ({ resourceType: 'Basic', id, code: { text: 'x' } });
  const put = (id: string) => ({ resource: basic(id), request: { method: 'PUT', url: `Basic/${id}` } });
  let held = 0;
  let isLeft = false;
  const room = {
    turn: () => Promise.resolve(() => {}),
    hold: (characters: number) => {
      held += characters;
      isLeft = true; // the first answer is what the asker leaves at
    },
    isLeft: () => isLeft,
  };
  const answer = await store.repository.batch(
    A,
    {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        put('left-1'),
        { request: { method: 'GET', url: 'Basic/left-1' } },
        put('left-2'),
        { request: { method: 'GET', url: 'Basic/left-1' } },
      ],
    },
    { handling: 'strict', room },
  );
  const { entry } = JSON.parse(answer.text) as { entry: { response?: { status: string } }[] };
  assert.deepEqual(
    entry.map(({ response }) => response?.status),
    ['201 Created', undefined, '201 Created', undefined],
  );
  assert.ok(held > 0);
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

test('update makes versions, history keeps them, If-Match guards them', async () => {
  const { id } = await store.repository.create(A, patient(number()));
  const updated = await store.repository.update(A, patient(number(), { id, gender: 'male' }), {
    ifMatch: [1, 7],
  });
  assert.equal(updated.version, 2);
  assert.equal(
    (await outcome(store.repository.update(A, patient(number(), { id }), { ifMatch: [1, 7] }))).code,
    'lock-error',
  );
  assert.equal(parseJson((await store.repository.vread(A, 'Patient', id, '1')).text)['gender'], 'female');
  assert.equal(parseJson((await store.repository.read(A, 'Patient', id)).text)['gender'], 'male');
  const page = await store.repository.history(A, 'Patient', id, new URLSearchParams());
  assert.deepEqual(
    page.entries.map(({ response }) => response!.etag),
    ['W/"2"', 'W/"1"'],
  );
});

test('writers of one resource at the same moment wait for each other: no version is lost, repeated or refused', async () => {
  const observation = (id: string, text: string) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text },
  });
  const { id } = await store.repository.create(A, observation('any', 'first'));
  for (const each of [id, 'chosen-by-the-client']) {
    const updates = Array.from({ length: 12 }, (_, n) =>
      store.repository.update(A, observation(each, String(n))),
    );
    const written = await Promise.all(updates);
    const { entries, total } = await store.repository.history(A, 'Observation', each, new URLSearchParams());
    const versions = entries.map(({ text }) => parseJson(text!) as Resource);
    const last = each === id ? 13 : 12;
    assert.equal(total, last);
    assert.deepEqual(
      versions.map(({ meta }) => Number(meta!.versionId)),
      Array.from({ length: last }, (_, n) => last - n),
    );
    assert.equal(new Set(written.map(({ version }) => version)).size, 12);
    for (const { text, version } of written)
      assert.deepEqual(
        versions.find(({ meta }) => meta!.versionId === String(version)),
        parseJson(text),
      );
    const times = versions.map(({ meta }) => meta!.lastUpdated!);
    assert.deepEqual(times, [...times].sort().reverse());
  }
});

const aBasic = () => ({ resourceType: 'Basic', code: { text: 'thử' } });

test('a writer that waits for a row holds up nobody else', async () => {
  const held = await store.repository.create(A, aBasic());
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let locked = () => {};
  const isLocked = new Promise<void>((resolve) => (locked = resolve));
  const lock = store.pools.owner.begin(async (db) => {
    await db`select from shared_resource where id = ${held.id} for update`;
    await db`select from resource where id = ${held.id} for update`;
    locked();
    await released;
  });
  await isLocked;
  const order: string[] = [];
  const waits = store.repository
    .update(A, { ...aBasic(), id: held.id })
    .then(({ version }) => order.push(`update to ${version}`));
  const others = Array.from({ length: 20 }, () =>
    store.repository.create(A, aBasic()).then(() => order.push('create')),
  );
  await Promise.all(others);
  assert.equal(order.includes('update to 2'), false);
  release();
  await Promise.all([lock, waits]);
  assert.equal(order.at(-1), 'update to 2');
});

test('a deleted resource is gone, stays in history and may come back', async () => {
  const cccd = number();
  const { id } = await store.repository.create(A, patient(cccd));
  await store.repository.delete(A, 'Patient', id);
  assert.equal((await outcome(store.repository.read(A, 'Patient', id))).code, 'deleted');
  assert.equal(
    (
      await store.repository.search(
        A,
        'Patient',
        new URLSearchParams({ identifier: `${PERSON}|${cccd}` }),
        strict,
      )
    ).entries.length,
    0,
  );
  assert.equal((await store.repository.update(A, patient(cccd, { id }))).version, 3);
  assert.equal((await store.repository.history(A, 'Patient', id, new URLSearchParams())).entries.length, 3);
});

test('an unknown id is created where it was put, and is one facility’s alone', async () => {
  await store.repository.update(A, patient(number(), { id: 'example' }));
  assert.equal((await store.repository.read(A, 'Patient', 'example')).id, 'example');
  assert.equal(
    (await outcome(store.repository.update(B, patient(number(), { id: 'example' })))).code,
    'conflict',
  );
  const { id } = await store.repository.create(A, patient(number()));
  assert.equal((await outcome(store.repository.update(B, patient(number(), { id })))).code, 'conflict');
  assert.equal((await outcome(store.repository.delete(B, 'Patient', id))).code, 'not-found');
});

test('a result may come before its Patient', async () => {
  const result = await store.repository.create(A, {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'early' },
    subject: { reference: 'Patient/comes-later' },
  });
  await store.repository.update(A, patient(number(), { id: 'comes-later' }));
  const page = await store.repository.search(
    A,
    'Observation',
    new URLSearchParams({ patient: 'comes-later' }),
    strict,
  );
  assert.deepEqual(
    page.entries.map(({ fullUrl }) => fullUrl),
    [`http://localhost/fhir/Observation/${result.id}`],
  );
  assert.equal(
    (await store.repository.everything(A, 'Patient', 'comes-later', new URLSearchParams())).entries.length,
    2,
  );
});

test('a reference by our own address is one of ours, one to another server never is', async () => {
  const [patientId] = await idsOf(await send(visit(number(), 'LK30')));
  const create = (reference: string) =>
    store.repository.create(A, {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference },
    });
  const ours = await create(`http://localhost/fhir/Patient/${patientId}`);
  const theirs = await create(`https://other.example/fhir/Patient/${patientId}`);
  const chart = await store.repository.everything(A, 'Patient', patientId!, new URLSearchParams());
  const found = await store.repository.search(
    A,
    'Observation',
    new URLSearchParams({ subject: `http://localhost/fhir/Patient/${patientId}` }),
    strict,
  );
  for (const page of [chart, found]) {
    const urls = page.entries.map(({ fullUrl }) => fullUrl);
    assert.ok(urls.includes(`http://localhost/fhir/Observation/${ours.id}`));
    assert.ok(!urls.includes(`http://localhost/fhir/Observation/${theirs.id}`));
  }
});

test('a result moved to another Patient leaves the first chart', async () => {
  const [first, second] = [
    await store.repository.create(A, patient(number())),
    await store.repository.create(A, patient(number())),
  ];
  const about = (id: string) => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${id}` },
  });
  const { id } = await store.repository.create(A, about(first.id));
  await store.repository.update(A, { ...about(second.id), id });
  const found = async (patientId: string) =>
    (await store.repository.search(A, 'Observation', new URLSearchParams({ patient: patientId }), strict))
      .entries.length;
  assert.deepEqual([await found(first.id), await found(second.id)], [0, 1]);
  assert.equal((await store.repository.read(A, 'Observation', id)).version, 2);
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

test('a second Patient under the same number of a facility is refused with the remedy', async () => {
  const cccd = number();
  await store.repository.create(A, patient(cccd));
  const error = await outcome(store.repository.create(A, patient(cccd)));
  assert.equal(error.code, 'duplicate');
  assert.match(error.message, /conditional/);
});

test('pages follow each other without loss or repeat', async () => {
  const [patientId] = await idsOf(await send(visit(number(), 'LK20')));
  for (let n = 0; n < 25; n++) {
    await store.repository.create(A, {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'n' },
      subject: { reference: `Patient/${patientId}` },
      effectiveDateTime: n < 12 ? '2026-10-01' : `2026-10-${String(n).padStart(2, '0')}`,
    });
  }
  for (const extra of ['', '&_sort=status', '&_sort=-_lastUpdated', '&_sort=date']) {
    const seen: string[] = [];
    let query: string | undefined = `patient=${patientId}&_count=7${extra}`;
    while (query) {
      const page = await store.repository.search(A, 'Observation', new URLSearchParams(query), strict);
      seen.push(...page.entries.map(({ fullUrl }) => fullUrl));
      query = page.next?.split('?')[1];
    }
    assert.equal(seen.length, 26, extra);
    assert.equal(new Set(seen).size, 26, extra);
  }
});

test('chains, _has, _include and _revinclude follow references', async () => {
  const cccd = number();
  const [patientId, encounterId, observationId] = await idsOf(await send(visit(cccd, 'LK21')));
  const found = async (type: string, query: string) => {
    const page = await store.repository.search(A, type, new URLSearchParams(query), strict);
    return page.entries.map(({ fullUrl }) => fullUrl.split('/').at(-1));
  };
  assert.deepEqual(await found('Observation', `subject:Patient.identifier=${PERSON}|${cccd}`), [
    observationId,
  ]);
  assert.deepEqual(await found('Patient', `_has:Observation:patient:code=HBA1C&identifier=${cccd}`), [
    patientId,
  ]);
  assert.deepEqual(
    (
      await found(
        'Observation',
        `_id=${observationId}&_include=Observation:encounter&_include=Observation:subject`,
      )
    ).sort(),
    [observationId, encounterId, patientId].sort(),
  );
  assert.deepEqual(
    (await found('Patient', `_id=${patientId}&_revinclude=Encounter:patient`)).sort(),
    [patientId, encounterId].sort(),
  );
});

test('names are found without tones, with old or new spelling', async () => {
  const { id } = await store.repository.create(
    A,
    patient(number(), { name: [{ text: 'Đặng Thị Hoà', family: 'Đặng', given: ['Thị', 'Hoà'] }] }),
  );
  for (const name of ['dang', 'Hoà', 'hòa', 'HOA', 'Đặng']) {
    const page = await store.repository.search(A, 'Patient', new URLSearchParams({ name }), strict);
    assert.ok(
      page.entries.some(({ fullUrl }) => fullUrl.endsWith(id)),
      name,
    );
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

test('the feed replayed from zero equals the store', async () => {
  await feedShowsAll(store.pools);
  const current = new Map<string, number>();
  let cursor = '0.0';
  for (;;) {
    const entries = await store.repository.feed(cursor, 50);
    if (entries.length === 0) break;
    for (const { type, id, version } of entries)
      current.set(`${type}/${id}`, Math.max(version, current.get(`${type}/${id}`) ?? 0));
    cursor = entries.at(-1)!.cursor;
  }
  const rows = await store.pools.owner<{ count: number; versions: number }[]>`
    select count(*) as count, sum(version) as versions from (select version from resource union all select version from shared_resource) as every_row`;
  assert.deepEqual(
    [current.size, [...current.values()].reduce((a, b) => a + b, 0)],
    [rows[0]!.count, Number(rows[0]!.versions)],
  );
});

test('a reader of some types sees every transaction, of those types all and of others one entry', async () => {
  await feedShowsAll(store.pools);
  const all = await store.repository.feed('0.0', 10_000);
  const some = [];
  for (let cursor = '0.0'; ;) {
    const page = await store.repository.feed(cursor, 3, ['Patient', 'Observation']);
    some.push(...page);
    if (page.length < 3) break;
    cursor = page.at(-1)!.cursor;
  }
  const wanted = (type: string) => type === 'Patient' || type === 'Observation';
  const row = (cursor: string) => cursor.split('.').slice(0, 2).join('.');
  const rows = Map.groupBy(all, ({ cursor }) => row(cursor));
  const expected = [...rows.values()].flatMap((entries) => {
    const matching = entries.filter(({ type }) => wanted(type));
    return matching.length > 0 ? matching : entries.slice(0, 1);
  });
  assert.ok(expected.length < all.length);
  assert.deepEqual(some, expected);
});

test('a transaction that commits late is never passed over, and a cursor goes on where it was', async () => {
  await feedShowsAll(store.pools);
  const start = await store.repository.feedHead();
  const { owner } = store.pools;
  const write = (db: typeof owner) => db`
    insert into feed (at, facility, ids, types, versions, actions)
    values (now(), 0, array[gen_random_uuid()], '{1}', '{1}', '{1}')`;
  let finish = () => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  let begun = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const late = owner.begin(async (db) => {
    await write(db as unknown as typeof owner);
    begun();
    await held;
  });
  await started;
  await write(owner); // younger, committed first
  assert.deepEqual(await store.repository.feed(start, 10), []);
  finish();
  await late;
  await feedShowsAll(store.pools);
  const [first, ...more] = await store.repository.feed(start, 1);
  assert.equal(more.length, 0);
  const [second, ...none] = await store.repository.feed(first!.cursor, 10);
  assert.equal(none.length, 0);
  assert.ok(BigInt(first!.cursor.split('.')[0]!) < BigInt(second!.cursor.split('.')[0]!));
  assert.deepEqual(await store.repository.feed(second!.cursor, 10), []);
  await owner`delete from feed where ids[1] in (${first!.id}, ${second!.id})`;
});

test('the feed keeps the order of transactions when their ids gain a digit', async () => {
  const { owner } = store.pools;
  await owner.unsafe(
    'do $$ begin while pg_current_xact_id() <= 10010::text::xid8 loop commit; end loop; end $$',
  );
  await owner`
    insert into feed (xid, at, facility, ids, types, versions, actions)
    select n::text::xid8, now(), 0, array[gen_random_uuid()], '{1}', '{1}', '{1}' from generate_series(9997, 10002) n`;
  await feedShowsAll(store.pools);
  const read = await store.repository.feed('9996.0', 3);
  const more = await store.repository.feed(read.at(-1)!.cursor, 3);
  assert.deepEqual(
    [...read, ...more].map(({ cursor }) => cursor.split('.')[0]),
    ['9997', '9998', '9999', '10000', '10001', '10002'],
  );
  await owner`delete from feed where xid between '9997' and '10002'`;
});

test('a page read once serves every subscriber that stands in it, and one behind it reads for itself', async () => {
  const after = await store.repository.feedHead();
  for (const type of ['Patient', 'Observation', 'Patient', 'Task'])
    await store.pools.owner`
      insert into feed (at, facility, ids, types, versions, actions)
      values (now(), 0, array[gen_random_uuid()], array[${typeNumber(type)}::smallint], '{1}', '{1}')`;
  await feedShowsAll(store.pools);
  const page = { after, entries: await store.repository.feed(after, 10, ['Patient', 'Task']) };
  const applied = new Map<string, string[]>();
  const advance = async (name: string, given?: typeof page) => {
    const apply = async (_tx: unknown, entries: readonly FeedEntry[]) =>
      void applied.set(name, [...(applied.get(name) ?? []), ...entries.map(({ cursor }) => cursor)]);
    while (await store.repository.advance({ name, types: ['Task'], apply }, given));
    return applied.get(name)!;
  };
  const cursors = page.entries.map(({ cursor }) => cursor);
  assert.equal(cursors.length, 4);
  assert.deepEqual((await advance('behind', page)).slice(-4), cursors);
  for (const [name, cursor] of [
    ['where it begins', after],
    ['within', cursors[0]!],
  ] as const) {
    const [xid, position, element] = cursor.split('.') as [string, string, string];
    await store.pools.owner`
      insert into feed_cursor (subscriber, xid, position, element) values (${name}, ${xid}::xid8, ${position}, ${element})`;
  }
  assert.deepEqual(await advance('where it begins', page), cursors);
  assert.deepEqual(await advance('within', page), cursors.slice(1));
  const [xid, position] = after.split('.') as [string, string];
  await store.pools.owner`delete from feed where (xid, position) > (${xid}::xid8, ${position}::int8)`;
});

test('a subscriber that fails sees the same entries again, and is moved on with what it applied', async () => {
  await feedShowsAll(store.pools);
  const seen: number[] = [];
  let fail = true;
  const subscriber = {
    name: 'test',
    apply: (_tx: unknown, entries: readonly unknown[]) => {
      if (fail) return Promise.reject(new Error('no'));
      seen.push(entries.length);
      return Promise.resolve();
    },
  };
  await feedShowsAll(store.pools);
  await assert.rejects(store.repository.advance(subscriber));
  fail = false;
  while (await store.repository.advance(subscriber));
  const total = seen.reduce((sum, n) => sum + n, 0);
  const [row] = await store.pools.owner<
    { count: number }[]
  >`select sum(cardinality(ids))::int8 as count from feed`;
  assert.equal(total, row!.count);
});

test('who follows the feed is given a few large resources at a time, and former versions come so too', async () => {
  const D = contextOf('79002');
  const after = await store.repository.feedHead();
  const large = (letter: string): Resource => ({
    resourceType: 'Basic',
    code: { text: 'scan' },
    extension: [{ url: 'http://example.org/scan', valueBase64Binary: letter.repeat(3 * 1024 * 1024) }],
  });
  const { id } = await store.repository.create(D, large('a'));
  for (const letter of ['b', 'c', 'd']) await store.repository.update(D, { ...large(letter), id }); // four versions, of which three are former
  await store.repository.create(D, large('e'));
  await store.repository.create(D, { resourceType: 'Basic', code: { text: 'small' } });
  await feedShowsAll(store.pools);
  const [xid, position] = after.split('.') as [string, string];
  await store.pools.owner`
    insert into feed_cursor (subscriber, xid, position, element) values ('large', ${xid}::xid8, ${position}, 2147483647)`;
  const lots: number[] = [];
  const apply = (_tx: unknown, entries: readonly FeedEntry[]) =>
    Promise.resolve(void lots.push(entries.length));
  while (await store.repository.advance({ name: 'large', types: ['Basic'], apply }));
  assert.deepEqual(lots, [1, 1, 1, 1, 2]);
  const pages = [];
  for (let place: { id: string; version: number } | undefined; ;) {
    const page = await store.repository.formerVersions('79002', place, 10);
    if (page.length === 0) break;
    pages.push(page.map(({ version }) => version));
    place = page.at(-1);
  }
  assert.deepEqual(pages, [[1, 2], [3]]);
});
