import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, idsOf, observation, patient, filledStore } from './testing/searches.ts';

const { put, search, ids, ofRow } = filledStore();

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
