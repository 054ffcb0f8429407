// Searches on a real database, as the reader under row-level security.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, fault, idsOf, patient, filledStore } from './testing/searches.ts';

const { store, put, search, ids, ofRow } = filledStore();

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

test('keeps a search to a compartment', async () => {
  const within = (type: string | undefined, query: string) =>
    store().repository.search(A, type, new URLSearchParams(query), {
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
        store().repository.search(A, type, new URLSearchParams([[name, value]]), { handling: 'strict' }),
      );
      assert.ok(
        told === 'no fault' || told.includes(name),
        `${type}?${name}=${value.slice(0, 40)}: ${told.slice(0, 200)}`,
      );
    }
  for (const value of values) {
    const told = await fault(
      store().repository.search(A, 'Patient', new URLSearchParams([[value, 'x']]), { handling: 'strict' }),
    );
    assert.match(told, /^(invalid|too-costly|not-supported)/, value.slice(0, 40));
  }
});
