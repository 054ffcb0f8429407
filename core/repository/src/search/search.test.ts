// Searches on a real database, as the reader under row-level security.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, parseJson } from '@yba/fhir';
import type { Context, Page, Resource } from '@yba/fhir';
import { meanwhile } from '@yba/postgres/testing';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';

const A = contextOf('01013');
const B = contextOf('27001');
let store: TestRepository;

before(async () => {
  store = await testRepository();
  await put(A, [
    patient('p1', { name: [{ text: 'Lý Thị Hoà' }], gender: 'female' }),
    patient('p2', {
      name: [{ text: 'Nguyễn Văn Đức' }],
      gender: 'male',
      generalPractitioner: [{ reference: 'Practitioner/d1' }],
    }),
    { resourceType: 'Practitioner', id: 'd1', name: [{ text: 'Trần Lan' }] },
    ...(['ward', 'house', 'campus'] as const).map((id, at, all) => ({
      resourceType: 'Location',
      id,
      name: id,
      ...(all[at + 1] ? { partOf: { reference: `Location/${all[at + 1]}` } } : {}),
      ...(id === 'campus' ? { position: { latitude: 21.03, longitude: 105.85 } } : {}),
    })),
    {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: 'Patient/p1' },
      location: [{ location: { reference: 'Location/ward' } }],
    },
    observation('o1', 'p1', {
      valueQuantity: { value: 5000, system: 'http://unitsofmeasure.org', code: 'mg', unit: 'mg' },
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Bệnh nhân ổn định</div>' },
    }),
    observation('o2', 'p2', {
      valueQuantity: { value: 7, system: 'http://unitsofmeasure.org', code: 'g', unit: 'g' },
    }),
    observation('wide', 'p1', {
      effectivePeriod: { start: '2020-01-01', end: '2026-01-01' },
      effectiveDateTime: undefined,
    }),
    {
      resourceType: 'List',
      id: 'l1',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference: 'Patient/p2' } }],
    },
    {
      resourceType: 'Questionnaire',
      id: 'q1',
      url: 'https://example.vn/q',
      status: 'active',
      title: 'Khảo sát',
    },
    {
      resourceType: 'QuestionnaireResponse',
      id: 'r1',
      status: 'completed',
      questionnaire: 'https://example.vn/q|1',
      subject: { reference: 'Patient/p1' },
    },
  ]);
});
after(() => store.close());

function patient(id: string, over: object = {}): Resource {
  return { resourceType: 'Patient', id, active: true, ...over };
}

function observation(id: string, of: string, over: object = {}): Resource {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }] },
    subject: { reference: `Patient/${of}` },
    effectiveDateTime: '2026-03-01T08:00:00+07:00',
    ...over,
  };
}

async function put(context: Context, resources: readonly Resource[]): Promise<void> {
  const entry = resources.map((resource) => ({
    resource: JSON.parse(JSON.stringify(resource)) as Resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  await store.repository.transaction(
    context,
    { resourceType: 'Bundle', type: 'transaction', entry },
    { handling: 'strict' },
  );
}

const search = (context: Context, type: string | undefined, query: string): Promise<Page> =>
  store.repository.search(context, type, new URLSearchParams(query), { handling: 'strict' });

const idsOf = ({ entries }: Page, mode = 'match') =>
  entries.flatMap((entry) => (entry.mode === mode ? [(parseJson(entry.text!) as Resource).id!] : []));

async function ids(context: Context, type: string | undefined, query: string): Promise<string[]> {
  return idsOf(await search(context, type, query)).sort();
}

async function fault(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
  } catch (error) {
    assert.ok(error instanceof OutcomeError, String(error));
    return `${error.code} ${error.issues[0]!.expression?.join()}: ${error.message}`;
  }
  return 'no fault';
}

test('searches that come at once and share their questions find each its own Patient', async () => {
  const row = await ofRow('p2');
  const asked: [of: string, found: string[]][] = [
    ['p1', ['o1', 'wide']],
    ['p2', ['o2']],
    [row, ['o2']],
    ['nobody', []],
    ['00000000-0000-7000-8000-000000000001', []],
    ['p1,p2', ['o1', 'o2', 'wide']],
  ];
  const all = Array.from({ length: 10 }, () => asked).flat();
  const found = await Promise.all(all.map(([of]) => ids(A, 'Observation', `patient=${of}`)));
  assert.deepEqual(
    found,
    all.map(([, expected]) => expected),
  );
});

/** The row behind a Patient whose id a client chose. */
async function ofRow(id: string): Promise<string> {
  const link = await store.repository.patient(id);
  return link!.patient;
}

test('finds what stands below and above in a hierarchy', async () => {
  assert.deepEqual(await ids(A, 'Encounter', 'location:below=Location/campus'), ['e1']);
  assert.deepEqual(await ids(A, 'Encounter', 'location:below=house'), ['e1']);
  assert.deepEqual(await ids(A, 'Encounter', 'location=Location/campus'), []);
  assert.deepEqual(await ids(A, 'Location', 'partof:below=campus'), ['house', 'ward']);
  assert.deepEqual(await ids(A, 'Location', 'partof:above=house'), ['house', 'ward']);
});

test('finds by unit, by words, near a point, in a List, through a canonical, and over all types', async () => {
  assert.deepEqual(await ids(A, 'Observation', 'value-quantity=5|http://unitsofmeasure.org|g'), ['o1']);
  assert.deepEqual(await ids(A, 'Observation', '_text="benh nhan"'), ['o1']);
  assert.deepEqual(await ids(A, 'Observation', '_content=ổn định'), ['o1']);
  assert.deepEqual(await ids(A, 'Location', 'near=21.03|105.85|1|km'), ['campus']);
  assert.deepEqual(await ids(A, 'Patient', '_list=l1'), ['p2']);
  assert.deepEqual(await ids(A, 'QuestionnaireResponse', 'questionnaire.title=khao'), ['r1']);
  for (const query of ['', '_id=q1&'])
    for (const [status, found] of [
      ['completed', ['q1']],
      ['amended', []],
    ] as const)
      // prettier-ignore
      assert.deepEqual(
        await ids(A, 'Questionnaire', `${query}_has:QuestionnaireResponse:questionnaire:status=${status}`),
        found,
      );
  assert.deepEqual(await ids(A, undefined, '_type=Patient,Practitioner'), ['d1', 'p1', 'p2']);
  assert.ok((await ids(A, undefined, '_id=o1,e1')).join() === 'e1,o1');
  const included = await search(A, 'QuestionnaireResponse', '_include=QuestionnaireResponse:questionnaire');
  assert.deepEqual(idsOf(included, 'include'), ['q1']);
  const referring = await search(A, 'Patient', '_id=p1&_revinclude=Observation:*&_revinclude=Encounter:*');
  assert.deepEqual(idsOf(referring, 'include').sort(), ['e1', 'o1', 'wide']);
  const parents = await search(
    A,
    'Encounter',
    '_include=Encounter:location&_include:iterate=Location:partof',
  );
  assert.deepEqual(idsOf(parents, 'include').sort(), ['campus', 'house', 'ward']);
});

test('an inclusion that goes on and on ends after fifty steps, and says that it did', async () => {
  const floors = Array.from({ length: 60 }, (_, at) => ({
    resourceType: 'Location',
    id: `floor-${at}`,
    name: `floor ${at}`,
    partOf: { reference: `Location/floor-${(at + 1) % 60}` },
  }));
  await put(A, floors);
  for (const directive of ['_include:iterate', '_revinclude:iterate']) {
    const page = await search(A, 'Location', `_id=floor-0&${directive}=Location:partof`);
    assert.equal(idsOf(page, 'include').length, 50);
    assert.match(page.entries.find(({ mode }) => mode === 'outcome')?.text ?? '', /"incomplete"/);
  }
  const whole = await search(A, 'Location', '_id=floor-0&_include:iterate=Location:partof&_revinclude:iterate=Location:partof'); // prettier-ignore
  assert.equal(idsOf(whole, 'include').length, 59);
});

test('searches several types by the parameters they have in common', async () => {
  const types = '_type=Observation,Encounter';
  assert.deepEqual(await ids(A, undefined, `${types}&patient=Patient/p1`), ['e1', 'o1', 'wide']);
  assert.deepEqual(await ids(A, undefined, `patient=p1&date=2026-03&${types}`), ['o1']);
  assert.deepEqual(await ids(A, undefined, `${types}&status=finished,final&patient=p2`), ['o2']);
  assert.deepEqual(await ids(A, undefined, `${types}&status:not=final`), ['e1']);
  assert.deepEqual(await ids(A, undefined, `${types}&patient.name=hoa&date:missing=true`), ['e1']);
  assert.deepEqual(await ids(A, undefined, `${types}&subject:Patient.gender=male`), ['o2']);
  assert.deepEqual(await ids(A, undefined, '_type=Patient,Practitioner&name=lan'), ['d1']);
  assert.deepEqual(await ids(A, undefined, '_type=Patient,Observation&_list=l1'), ['p2']);
  assert.deepEqual(await ids(A, undefined, '_list=l1'), ['p2']);
  const counted = await search(A, undefined, `${types}&patient=p1&_summary=count`);
  assert.equal(counted.total, 3);
  assert.match(counted.self, /^\?_type=Observation%2CEncounter&patient=p1/);
  // a chart of another facility is not seen this way either
  assert.deepEqual(await ids(B, undefined, `${types}&patient=Patient/p1`), []);
});

test('a parameter that one of several types lacks, or has of another kind, is refused, or named when that is asked for', async () => {
  assert.match(
    await fault(search(A, undefined, '_type=Patient,Observation&code=2345-7')),
    /^invalid code: .*Patient has no search parameter 'code'\. A search over several types takes what all/,
  );
  assert.match(
    await fault(search(A, undefined, '_type=Patient,Observation&_sort=-date')),
    /^invalid _sort: .*Patient has no search parameter 'date'/,
  );
  assert.match(
    await fault(search(A, undefined, '_type=Condition,Observation,MedicinalProductManufactured&patient=p1')),
    /MedicinalProductManufactured has no search parameter 'patient'/,
  );
  assert.match(
    await fault(search(A, undefined, '_type=ActivityDefinition,Appointment&date=2026')),
    /^no fault$/,
  );
  assert.match(await fault(search(A, undefined, '_type=Endpoint,Questionnaire&name=a')), /^no fault$/);
  assert.match(
    await fault(search(A, undefined, '_type=Patient,Questionnaire&name=a')),
    /'name' is not of one kind in Patient, Questionnaire/,
  );
  assert.match(await fault(search(A, undefined, 'code=1')), /Name the types \(_type\)/);
  assert.match(await fault(search(A, undefined, '_type=Patient&_type=Observation')), /may be given once/);
  const query = new URLSearchParams('_type=Patient,Observation&code=2345-7&_id=o1,p1');
  const page = await store.repository.search(A, undefined, query, { handling: 'lenient' });
  assert.deepEqual(idsOf(page).sort(), ['o1', 'p1']);
  assert.equal(page.self, '?_type=Patient%2CObservation&_id=o1%2Cp1');
  assert.match(page.entries.find(({ mode }) => mode === 'outcome')!.text!, /“code” is not known/);
});

test('follows _has within _has, _has within a chain, and a chain within _has', async () => {
  const nested = '_has:Patient:general-practitioner:_has:Observation:patient:code=2345-7';
  assert.deepEqual(await ids(A, 'Practitioner', nested), ['d1']);
  assert.deepEqual(await ids(A, 'Practitioner', `_id=d1&${nested}`), ['d1']);
  assert.deepEqual(await ids(A, 'Practitioner', nested.replace('2345-7', 'none')), []);
  const within = 'patient._has:Encounter:patient:status=finished';
  assert.deepEqual(await ids(A, 'Observation', within), ['o1', 'wide']);
  assert.deepEqual(await ids(A, 'Observation', `patient=p2&${within}`), []);
  assert.deepEqual(await ids(A, 'Patient', '_has:Encounter:patient:location.name=ward'), ['p1']);
});

test('a Patient and a Device named side by side are both found, by reference, by id and by a chain', async () => {
  const device = '7b6c1c52-6d0e-4d0a-9a0e-0c8b6f9a3d11';
  const code = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
  await put(A, [
    { resourceType: 'Device', id: device, meta: { tag: [{ code: 'beside' }] } },
    patient('beside', { meta: { tag: [{ code: 'beside' }] } }),
    observation('of-device', 'p1', { code, subject: { reference: `Device/${device}` } }),
    observation('of-beside', 'beside', { code }),
  ]);
  const both = ['of-beside', 'of-device'];
  const row = await ofRow('beside');
  assert.deepEqual(await ids(A, 'Observation', `subject=Patient/beside,Device/${device}`), both);
  assert.deepEqual(await ids(A, 'Observation', `subject=Patient/${row},${device}`), both);
  assert.deepEqual(await ids(A, 'Observation', `subject=${row},${device}&code=8867-4`), both);
  assert.deepEqual(await ids(A, 'Observation', 'subject._tag=beside'), both);
  assert.deepEqual(await ids(A, 'Observation', `patient=${row},${device}`), ['of-beside']);
  assert.deepEqual(await ids(A, 'Observation', `subject=${row}`), ['of-beside']);
  assert.deepEqual(await ids(A, 'Observation', `subject=${device}`), ['of-device']);
});

test('a chain from a document or message leads into its first resource', async () => {
  const composition = {
    resourceType: 'Composition',
    id: 'inside',
    status: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '60591-5' }] },
    date: '2026-03-04',
    author: [{ reference: 'Practitioner/d1' }],
    title: 'Tóm tắt',
    subject: { reference: 'Patient/p2' },
  };
  const header = {
    resourceType: 'MessageHeader',
    eventUri: 'urn:example:sent',
    source: { endpoint: 'urn:example:source' },
  };
  const bundle = (id: string, type: string, resource: object) => ({
    resourceType: 'Bundle',
    id,
    type,
    identifier: { system: 'urn:example:bundle', value: id },
    timestamp: '2026-03-04T08:00:00+07:00',
    entry: [{ fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${id.length}`, resource }],
  });
  await put(A, [bundle('doc', 'document', composition), bundle('message', 'message', header)]);
  for (const query of [
    'composition.type=60591-5',
    'composition.patient=p2&composition.date=2026',
    'composition.title=tom',
    'composition.author:Practitioner.name=lan',
    'composition.subject:Patient.gender=male',
    'composition=Composition/inside',
    'composition.status:not=amended',
  ])
    assert.deepEqual(await ids(A, 'Bundle', query), ['doc'], query);
  assert.deepEqual(await ids(A, 'Bundle', 'message.event=urn:example:sent'), ['message']);
  for (const query of ['composition.patient=p1', 'composition.author:Practitioner.name=none'])
    assert.deepEqual(await ids(A, 'Bundle', query), [], query);
  assert.deepEqual(await ids(B, 'Bundle', 'composition.type=60591-5'), []);
});

test('an address of e-mail is found in any case, also by its term and its count', async () => {
  await put(A, [patient('mail', { telecom: [{ system: 'email', value: 'Hoa.Le@Example.VN' }] })]);
  for (const email of [
    'hoa.le@example.vn',
    'Hoa.Le@Example.VN',
    'email|HOA.LE@example.vn',
    'x,hoa.LE@example.vn',
  ]) {
    assert.deepEqual(await ids(A, 'Patient', `email=${email}`), ['mail'], email);
    assert.deepEqual(await ids(A, 'Patient', `telecom=${email}&_id=mail`), ['mail'], email);
    assert.equal((await search(A, 'Patient', `email=${email}&_summary=count`)).total, 1, email);
  }
  for (const none of ['email=hoa.le', 'phone=hoa.le@example.vn', 'email=phone|hoa.le@example.vn'])
    assert.deepEqual(await ids(A, 'Patient', none), [], none);
});

test('_include of a reference to a version brings that version', async () => {
  const ward = (name: string): Resource => ({ resourceType: 'Location', id: 'versions', name });
  await put(A, [ward('Một')]);
  await put(A, [ward('Hai')]);
  await put(A, [ward('Ba')]);
  const basic = (id: string, ...references: string[]): Resource => ({
    resourceType: 'Provenance',
    id,
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ who: { display: 'x' } }],
    target: references.map((reference) => ({ reference })),
  });
  await put(A, [
    basic('first', 'Location/versions/_history/1'),
    basic('both', 'Location/versions/_history/2', 'Location/versions'),
    basic('now', 'Location/versions/_history/3', 'Location/versions'),
    basic('none', 'Location/versions/_history/4', 'Location/versions/_history/x'),
  ]);
  const brought = async (id: string) => {
    const { entries } = await search(A, 'Provenance', `_id=${id}&_include=Provenance:target`);
    return entries.flatMap((entry) =>
      entry.mode === 'include' ? [(parseJson(entry.text!) as Resource)['name']] : [],
    );
  };
  assert.deepEqual(await brought('first'), ['Một']);
  assert.deepEqual((await brought('both')).sort(), ['Ba', 'Hai']);
  assert.deepEqual(await brought('now'), ['Ba']);
  assert.deepEqual(await brought('none'), []);
  assert.deepEqual((await brought('first,both')).sort(), ['Ba', 'Hai', 'Một']);
});

test('a reference to another server is not one to what has the same id here', async () => {
  const elsewhere = 'http://other.example.org/fhir';
  await put(A, [
    { resourceType: 'Location', id: 'own-name', status: 'active', name: 'Own' },
    {
      resourceType: 'Location',
      id: 'part',
      status: 'active',
      partOf: { reference: `${elsewhere}/Location/own-name` },
    },
    {
      resourceType: 'PractitionerRole',
      id: 'afar',
      location: [{ reference: `${elsewhere}/Location/own-name` }],
    },
    { resourceType: 'List', id: 'afar', status: 'current', mode: 'working', entry: [{ item: { reference: `${elsewhere}/Location/own-name` } }] }, // prettier-ignore
  ]);
  const found = async (type: string, query: string) =>
    (await search(A, type, query)).entries.map(({ fullUrl }) => fullUrl?.split('/').slice(-2).join('/'));
  assert.deepEqual(await found('PractitionerRole', '_id=afar&_include=PractitionerRole:location'), [
    'PractitionerRole/afar',
  ]);
  assert.deepEqual(await found('PractitionerRole', '_id=afar&_include=*'), ['PractitionerRole/afar']);
  assert.deepEqual(await found('Location', '_has:PractitionerRole:location:_id=afar'), []);
  assert.deepEqual(await found('Location', '_id=own-name&_has:PractitionerRole:location:_id=afar'), []);
  assert.deepEqual(await found('Location', '_list=afar'), []);
  assert.deepEqual(await found('PractitionerRole', '_id=afar&location.name=own'), []);
  await put(A, [
    { resourceType: 'PractitionerRole', id: 'near', location: [{ reference: 'Location/part' }] },
  ]);
  await put(A, [{ resourceType: 'PractitionerRole', id: 'nearer', location: [{ reference: 'Location/own-name' }] }]); // prettier-ignore
  assert.deepEqual(await found('PractitionerRole', 'location:above=Location/part'), [
    'PractitionerRole/near',
  ]);
});

test('a canonical that is written Type/id is followed by every way as it is searched', async () => {
  const library = (id: string, more: object = {}): Resource => ({
    resourceType: 'Library',
    id,
    status: 'active',
    type: { text: 'x' },
    ...more,
  });
  await put(A, [library('written', { name: 'Written', version: '2.0' })]);
  await put(A, [
    library('by-id', { relatedArtifact: [{ type: 'depends-on', resource: 'Library/written|2.0' }] }),
  ]);
  const found = async (query: string) =>
    (await search(A, 'Library', query)).entries.map(({ fullUrl }) => fullUrl?.split('/').at(-1));
  assert.deepEqual(await found('depends-on=Library/written'), ['by-id']);
  assert.deepEqual(await found('depends-on.name=written'), ['by-id']);
  assert.deepEqual(await found('_id=by-id&depends-on.name=written'), ['by-id']);
  assert.deepEqual(await found('_has:Library:depends-on:_id=by-id'), ['written']);
  assert.deepEqual(await found('_id=written&_has:Library:depends-on:_id=by-id'), ['written']);
  assert.deepEqual(await found('_id=by-id&_include=Library:depends-on'), ['by-id', 'written']);
  assert.deepEqual(await found('_id=written&_revinclude=Library:depends-on'), ['written', 'by-id']);
});

test('of several types _has and _list find the one that is referred to, not another of the same id', async () => {
  await put(A, [
    { resourceType: 'Location', id: 'same', status: 'active', name: 'Same', identifier: [{ value: 'same' }] },
    { resourceType: 'Organization', id: 'same', name: 'Same', identifier: [{ value: 'same' }] },
    {
      resourceType: 'PractitionerRole',
      id: 'of-same',
      location: [{ reference: 'Location/same' }],

      code: [{ text: 'x' }],
      specialty: [{ coding: [{ code: 'of-same' }] }],
    },
    {
      resourceType: 'List',
      id: 'of-same',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference: 'Location/same' } }],
    },
  ]);
  const found = async (query: string) => {
    const { entries } = await search(A, undefined, `_type=Location,Organization&${query}`);
    return entries.map(({ fullUrl }) => fullUrl.split('/').slice(-2).join('/'));
  };
  for (const query of [
    '_list=of-same',
    '_has:PractitionerRole:location:specialty=of-same',
    'identifier=same&_has:PractitionerRole:location:specialty=of-same',
  ])
    assert.deepEqual(await found(query), ['Location/same'], query);
});

test('a chain leads into what a resource contains, beside what it leads to outside', async () => {
  const code = { coding: [{ system: 'http://loinc.org', code: '718-7' }] };
  const within = (id: string, subject: string, contained: object[], over: object = {}) =>
    observation(id, '', { code, contained, subject: { reference: subject }, ...over });
  await put(A, [
    patient('inner-1', { birthDate: '1931-05-05' }),
    patient('inner-2'),
    { resourceType: 'Practitioner', id: 'outer', name: [{ text: 'Trần Mơ' }] },
    within('own-patient', '#p', [
      patient('p', { name: [{ text: 'Bùi Thị Xuân' }], birthDate: '1931-05-05' }),
    ]),
    within(
      'own-doctor',
      'Patient/inner-1',
      [{ resourceType: 'Practitioner', id: 'd', name: [{ text: 'Trần Quế' }] }],
      {
        performer: [{ reference: '#d' }],
      },
    ),
    within(
      'own-role',
      'Patient/inner-2',
      [
        {
          resourceType: 'PractitionerRole',
          id: 'r',
          practitioner: { reference: 'Practitioner/outer' },
          organization: { reference: '#o' },
        },
        { resourceType: 'Organization', id: 'o', name: 'Khoa Huyết học' },
      ],
      { performer: [{ reference: '#r' }, { reference: 'Practitioner/outer' }] },
    ),
    within(
      'own-specimen',
      'Patient/inner-1',
      [{ resourceType: 'Specimen', id: 's', type: { text: 'huyết tương' } }],
      {
        specimen: { reference: '#s' },
      },
    ),
    {
      resourceType: 'QuestionnaireResponse',
      id: 'own-questions',
      status: 'completed',
      questionnaire: '#q',
      contained: [{ resourceType: 'Questionnaire', id: 'q', status: 'active', title: 'Tầm soát' }],
    },
  ]);
  const asked: [query: string, found: string[]][] = [
    ['subject:Patient.name=xuan', ['own-patient']],
    ['patient.name=xuan', ['own-patient']],
    ['subject.name=xuan&code=718-7', ['own-patient']],
    ['patient.name=xuan&patient.birthdate=1931-05', ['own-patient']],
    ['patient.name=xuan&patient.birthdate=1932', []],
    ['patient.birthdate=1931-05&code=718-7', ['own-doctor', 'own-patient', 'own-specimen']],
    ['patient.name=nobody', []],
    ['subject:Group.type=person', []],
    ['performer.name=que', ['own-doctor']],
    ['performer:Practitioner.name=tran', ['own-doctor', 'own-role']],
    ['performer:Practitioner.name=tran&patient=inner-1', ['own-doctor']],
    ['performer:Practitioner.name=tran&_id=own-doctor,own-patient,own-role', ['own-doctor', 'own-role']],
    ['performer:PractitionerRole.practitioner.name=mo', ['own-role']],
    ['performer:PractitionerRole.organization.name=khoa', ['own-role']],
    ['performer:PractitionerRole.organization.name=vien', []],
    ['performer:Organization.name=khoa', []],
    ['specimen.type:text=huyet', ['own-specimen']],
    ['specimen.type:text=huyet&_id=own-specimen', ['own-specimen']],
  ];
  for (const [query, expected] of asked) {
    assert.deepEqual(await ids(A, 'Observation', query), expected, query);
    assert.equal((await search(A, 'Observation', `${query}&_summary=count`)).total, expected.length, query);
    assert.deepEqual(await ids(B, 'Observation', query), [], query);
  }
  assert.deepEqual(await ids(A, 'QuestionnaireResponse', 'questionnaire.title=tam'), ['own-questions']);
  assert.deepEqual(await ids(A, 'Patient', 'name=xuan'), []);
  const first = await search(A, 'Observation', 'patient.birthdate=1931-05&code=718-7&_sort=-date&_count=2');
  const rest = await search(A, 'Observation', first.next!.split('?')[1]!);
  assert.deepEqual([...idsOf(first), ...idsOf(rest)].sort(), ['own-doctor', 'own-patient', 'own-specimen']);
});

test('keeps a search to a compartment', async () => {
  const within = (type: string | undefined, query: string) =>
    store.repository.search(A, type, new URLSearchParams(query), {
      handling: 'strict',
      compartment: { type: 'Patient', id: 'p1' },
    });
  assert.deepEqual(idsOf(await within('Observation', '')).sort(), ['o1', 'wide']);
  assert.deepEqual(idsOf(await within('Observation', 'date=2026-03')), ['o1']);
  assert.match((await within('Observation', 'code=2345-7')).self, /^Patient\/p1\/Observation\?code/);
  assert.deepEqual(idsOf(await within(undefined, '_type=Encounter,Observation')).sort(), [
    'e1',
    'o1',
    'wide',
  ]);
});

test('finds what lasts longer than a day by any day of it', async () => {
  for (const query of ['date=ge2025-01-01', 'date=lt2021', 'date=ap2023-05', 'date=gt2019'])
    assert.ok((await ids(A, 'Observation', `patient=Patient/p1&${query}`)).includes('wide'), query);
  assert.deepEqual(await ids(A, 'Observation', 'patient=Patient/p1&date=2023-05'), []);
  assert.deepEqual(await ids(A, 'Observation', 'patient=Patient/p1&date=sa2026-02'), ['o1']);
});

test('a page link fits the caller and the search it came from, and says nothing in clear', async () => {
  const { next } = await search(A, 'Patient', '_sort=name&_count=1');
  const token = new URLSearchParams(next!.slice(next!.indexOf('?'))).get('_page')!;
  assert.ok(!Buffer.from(token, 'base64url').toString('latin1').includes('nguyen'));
  const refused = /^invalid _page: This page link does not belong to this search/;
  assert.match(await fault(search(B, 'Patient', `_sort=name&_count=1&_page=${token}`)), refused);
  assert.match(await fault(search(A, 'Patient', `_sort=name&_count=2&_page=${token}`)), refused);
  assert.match(await fault(search(A, 'Practitioner', `_sort=name&_count=1&_page=${token}`)), refused);
  for (const bad of ['x', 'A'.repeat(500), token.slice(2), `${token.slice(0, -4)}AAAA`, '%00', '✓'])
    assert.match(
      await fault(search(A, 'Patient', `_sort=name&_count=1&_page=${encodeURIComponent(bad)}`)),
      refused,
    );
  assert.equal((await search(A, 'Patient', `_sort=name&_count=1&_page=${token}`)).entries.length, 1);
});

test('answers hostile values with a fault that names the parameter, or with nothing', async () => {
  const values = [
    '\u0000',
    '\ud800',
    "'; drop table resource; --",
    '(((((',
    '.*+?^${}()|[]\\',
    '%',
    '_',
    '🏥'.repeat(3000),
    'a'.repeat(100_000),
    '\\',
    '|',
    '||',
    '$',
    '$$',
    ',',
    '1e999',
    '-1e-999',
    '9'.repeat(400),
    '2024-13-45',
    'Patient/',
    '/',
    '#x',
    'urn:uuid:',
    '\u202e',
    '"',
    '""',
  ];
  const params: [string, string][] = [
    ['Patient', 'name'],
    ['Patient', 'identifier'],
    ['Patient', 'birthdate'],
    ['Patient', 'general-practitioner'],
    ['Patient', '_id'],
    ['Patient', '_lastUpdated'],
    ['Observation', 'value-quantity'],
    ['Observation', 'code-value-quantity'],
    ['Observation', 'patient'],
    ['Observation', 'patient.name'],
    ['Observation', '_content'],
    ['Observation', 'code:in'],
    ['Observation', 'code:below'],
    ['Location', 'near'],
    ['Location', 'partof:below'],
    ['ValueSet', 'url:below'],
    ['Patient', '_has:Observation:patient:code'],
    ['Patient', '_list'],
    ['Patient', '_sort'],
    ['Patient', '_count'],
    ['Patient', '_include'],
    ['Patient', '_elements'],
    ['Patient', '_page'],
    ['Patient', 'gender:of-type'],
  ];
  for (const [type, name] of params)
    for (const value of values) {
      const told = await fault(
        store.repository.search(A, type, new URLSearchParams([[name, value]]), { handling: 'strict' }),
      );
      assert.ok(
        told === 'no fault' || told.includes(name),
        `${type}?${name}=${value.slice(0, 40)}: ${told.slice(0, 200)}`,
      );
    }
  for (const value of values) {
    const told = await fault(
      store.repository.search(A, 'Patient', new URLSearchParams([[value, 'x']]), { handling: 'strict' }),
    );
    assert.match(told, /^(invalid|too-costly|not-supported)/, value.slice(0, 40));
  }
});

test('pages of every order neither lose nor repeat what is there throughout, however others write', async () => {
  const kept = Array.from({ length: 60 }, (_, n) =>
    observation(`k${n}`, 'p2', {
      status: n % 3 ? 'final' : 'amended',
      effectiveDateTime: `2025-01-${String(1 + (n % 28)).padStart(2, '0')}`,
      valueQuantity: { value: n % 7, unit: 'x' },
    }),
  );
  await put(A, kept);
  const wanted = kept.map(({ id }) => id!).sort();
  const write = async (n: number) => {
    const made = [0, 1, 2].map((at) =>
      observation(`x${(n * 3 + at) % 40}`, 'p2', {
        status: 'final',
        effectiveDateTime: `2025-01-${String(1 + ((n + at) % 28)).padStart(2, '0')}`,
        valueQuantity: { value: n % 7, unit: 'x' },
      }),
    );
    await put(A, made);
    await store.repository.delete(A, 'Observation', made[0]!.id!);
  };
  await meanwhile(write, async () => {
    for (const sort of [
      '',
      '_sort=date',
      '_sort=-date',
      '_sort=_lastUpdated',
      '_sort=-_lastUpdated',
      '_sort=status,-date',
      '_sort=-value-quantity,_id',
      '_sort=_id',
      '_sort=code,status',
    ]) {
      const seen: string[] = [];
      let query: string | undefined = `patient=Patient/p2&date=2025-01&_count=7&${sort}`;
      while (query !== undefined) {
        const page = await search(A, 'Observation', query);
        seen.push(...idsOf(page).filter((id) => id.startsWith('k')));
        query = page.next?.slice(page.next.indexOf('?') + 1);
      }
      assert.deepEqual([...seen].sort(), wanted, sort || 'no order');
    }
  });
});

test('a chain whose inside finds more than a thousand is followed all the same', async () => {
  const many = Array.from({ length: 1200 }, (_, n) => patient(`m${n}`, { name: [{ text: 'Phạm Đông' }] }));
  for (let at = 0; at < many.length; at += 300) await put(A, many.slice(at, at + 300));
  await put(A, [observation('m-first', 'm3'), observation('m-last', 'm1199')]);
  const found = await search(A, 'Observation', 'subject:Patient.name=dong&_count=5');
  assert.deepEqual(idsOf(found).sort(), ['m-first', 'm-last']);
  assert.deepEqual(await ids(A, 'Patient', 'name=dong&_has:Observation:patient:code=2345-7'), [
    'm1199',
    'm3',
  ]);
  assert.deepEqual(await ids(A, 'Patient', '_id=m3,m4&_has:Observation:patient:code=2345-7'), ['m3']);
  assert.deepEqual(
    await ids(A, 'Observation', 'patient=m3&subject:Patient.general-practitioner.name=lan'),
    [],
  );
  assert.deepEqual(
    await ids(A, 'Observation', 'patient=p2&subject:Patient.general-practitioner.name=lan&date=2026'),
    ['o2'],
  );
});

test('a stored value set is named by its canonical or its address, and is known to its own facility', async () => {
  const url = 'https://example.vn/ValueSet/glucose';
  const include = [{ system: 'http://loinc.org', concept: [{ code: '2345-7' }] }];
  await put(A, [
    { resourceType: 'ValueSet', id: 'glucose', url, status: 'active', compose: { include } },
    observation('other', 'p1', { code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] } }),
  ]);
  for (const named of [url, 'ValueSet/glucose', 'http://localhost/fhir/ValueSet/glucose']) {
    assert.deepEqual(await ids(A, 'Observation', `code:in=${named}&_id=o1,o2,other`), ['o1', 'o2'], named);
    assert.deepEqual(await ids(A, 'Observation', `code:not-in=${named}&_id=o1,o2,other`), ['other'], named);
    const told = await fault(search(B, 'Observation', `code:in=${named}`));
    assert.match(told, /code:in.* are not known here; give the canonical URL or ValueSet\/<id>/, named);
  }
});

test('what is in a value set of a system that takes codes in any case, and what is not, is all there is', async () => {
  const system = 'https://example.vn/CodeSystem/any-case';
  const concept = [{ code: 'abc', concept: [{ code: 'def' }] }];
  const set = (id: string, over: object) => ({
    resourceType: 'ValueSet',
    id,
    url: `https://example.vn/ValueSet/${id}`,
    status: 'active',
    ...over,
  });
  await put(A, [
    {
      resourceType: 'CodeSystem',
      id: 'any-case',
      url: system,
      status: 'active',
      content: 'complete',
      caseSensitive: false,
      concept,
    },
    set('any-case-all', { compose: { include: [{ system }] } }),
    set('any-case-listed', { compose: { include: [{ system, concept: [{ code: 'Abc' }] }] } }),
    set('in-words', { description: 'Xét nghiệm gấp' }),
    ...['abc', 'ABC', 'DEF', 'other'].map((code) =>
      observation(`case-${code}`, 'p1', { code: { coding: [{ system, code }] } }),
    ),
  ]);
  const found = async (asked: string) =>
    (await ids(A, 'Observation', `${asked}&_id=case-abc,case-ABC,case-DEF,case-other`)).map((id) =>
      id.slice(5),
    );
  for (const [asked, expected] of [
    ['code:in=ValueSet/any-case-all', ['ABC', 'DEF', 'abc']],
    ['code:not-in=ValueSet/any-case-all', ['other']],
    ['code:in=ValueSet/any-case-listed', ['ABC', 'abc']],
    ['code:not-in=ValueSet/any-case-listed', ['DEF', 'other']],
    [`code:below=${system}|ABC`, ['ABC', 'DEF', 'abc']],
    [`code:above=${system}|def`, ['ABC', 'DEF', 'abc']],
  ] as const)
    assert.deepEqual((await found(asked)).sort(), expected, asked);
  // one that says in words alone what is in it is not an empty one
  for (const modifier of ['in', 'not-in'])
    assert.match(
      await fault(search(A, 'Observation', `code:${modifier}=ValueSet/in-words`)),
      /the codes of this value set are not known here/,
    );
});

test('a value set whose filter is not understood is not taken for an empty one', async () => {
  const system = 'https://example.vn/CodeSystem/kits';
  const kits = { status: 'active', content: 'complete', concept: [{ code: 'k-1' }, { code: 'k-2' }] };
  const set = (id: string, value: string) => ({
    resourceType: 'ValueSet',
    id,
    url: `https://example.vn/ValueSet/${id}`,
    status: 'active',
    compose: { include: [{ system, filter: [{ property: 'code', op: 'regex', value }] }] },
  });
  await put(A, [
    { resourceType: 'CodeSystem', id: 'kits', url: system, ...kits },
    set('kit-one', 'k-1'),
    set('kit-any', 'k-(?=1)'),
    observation('kit', 'p1', { code: { coding: [{ system, code: 'k-1' }] } }),
  ]);
  assert.deepEqual(await ids(A, 'Observation', 'code:in=ValueSet/kit-one&_id=kit,o1'), ['kit']);
  for (const modifier of ['in', 'not-in'])
    assert.match(
      await fault(search(A, 'Observation', `code:${modifier}=ValueSet/kit-any&_id=kit,o1`)),
      /the codes of this value set are not known here/,
    );
});
