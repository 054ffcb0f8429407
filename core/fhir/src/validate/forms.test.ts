import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Issue, type Resource, validate } from '../index.ts';
import { anObservation, aPatient } from '../testing.ts';

const found = (resource: Resource) =>
  validate(resource).map(({ severity, code, expression }) => ({ severity, code, expression }));

const ofSubject = (subject: object) => found(anObservation({ subject }));
const at = (place: string, code = 'value', severity: Issue['severity'] = 'error') => [
  { severity, code, expression: [place] },
];

test('refuses a reference that is neither relative, absolute, of a contained resource nor a condition', () => {
  for (const reference of [
    'foo',
    'Nguyễn Thị Lan',
    'Patient',
    'Patient/',
    'Patient/1/2',
    'Patient/a b',
    'patient/1',
    '/Patient/1',
    '../Patient/1',
    'Patient/1/_history',
    `Patient/${'a'.repeat(65)}`,
    'Pacient/1',
    'Pacient?identifier=1',
    'yba.vn/Patient/1',
    'ht sdtps://yba.vn/Patient/1',
  ])
    assert.deepEqual(ofSubject({ reference }), at('Observation.subject.reference'), reference);
  for (const reference of [
    'Patient/1',
    'Patient/1/_history/2',
    'Patient/1#x',
    'https://yba.vn/fhir/Patient/1',
    'https://yba.vn/people?number=1',
    'urn:uuid:0b1d7f2c-6f2c-4c52-9d43-2f6f3b1b8a11',
    'urn:oid:1.2.3',
    'Patient?identifier=https://yba.vn/fhir/sid/cccd|027163999001',
  ])
    assert.deepEqual(ofSubject({ reference }), [], reference);
});

test('says which type was meant by a reference in other letters', () => {
  const [issue] = validate(anObservation({ subject: { reference: 'patient/1' } }));
  assert.match(issue?.diagnostics ?? '', /Did you mean Patient\/…\?/);
  const [slash] = validate(anObservation({ subject: { reference: '/Patient/1' } }));
  assert.doesNotMatch(slash?.diagnostics ?? 'Did you mean', /Did you mean/);
});

test('judges the form of references inside extensions too', () => {
  const extension = [{ url: 'https://yba.vn/x', valueReference: { reference: 'foo' } }];
  assert.deepEqual(
    found(aPatient({ extension })),
    at('Patient.extension[0].value.ofType(Reference).reference'),
  );
});

test('refuses a Reference.type that contradicts where the reference leads', () => {
  const wrong = at('Observation.subject.type');
  assert.deepEqual(ofSubject({ reference: 'Patient/1', type: 'Group' }), wrong);
  assert.deepEqual(ofSubject({ reference: 'https://a.vn/fhir/Patient/1/_history/3', type: 'Group' }), wrong);
  assert.deepEqual(ofSubject({ reference: 'Patient?identifier=1', type: 'Group' }), wrong);
  const contained = [{ resourceType: 'Patient', id: 'p' }];
  const within = (type: string) => found(anObservation({ contained, subject: { reference: '#p', type } }));
  assert.deepEqual(within('Group'), wrong);
  assert.deepEqual(within('Patient'), []);
  assert.deepEqual(ofSubject({ reference: 'Patient/1', type: 'Patient' }), []);
  assert.deepEqual(ofSubject({ identifier: { value: '1' }, type: 'Patient' }), []);
  assert.deepEqual(ofSubject({ reference: 'urn:uuid:0b1d', type: 'Patient' }), []);
});

test('compares Reference.type with the entry of a Bundle that it leads to', () => {
  const bundle = (type: string): Resource => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      { fullUrl: 'urn:uuid:1', resource: aPatient() },
      { fullUrl: 'urn:uuid:2', resource: anObservation({ subject: { reference: 'urn:uuid:1', type } }) },
    ],
  });
  assert.deepEqual(found(bundle('Patient')), []);
  assert.deepEqual(found(bundle('Group')), at('Bundle.entry[1].resource.subject.type'));
});

test('asks an id of its own of each contained resource', () => {
  const containing = (...contained: object[]) =>
    found(aPatient({ contained, managingOrganization: { reference: '#a' } }));
  const one = { resourceType: 'Organization', id: 'a', name: 'A' };
  assert.deepEqual(containing(one), []);
  assert.deepEqual(
    containing(one, { resourceType: 'Organization', name: 'B' }),
    at('Patient.contained[1].id', 'required'),
  );
  assert.deepEqual(containing(one, { ...one, name: 'B' }), at('Patient.contained[1].id'));
});

test('refuses spaces in the id of an element', () => {
  assert.deepEqual(found(aPatient({ name: [{ id: 'a1-Ă', text: 'Lan' }] })), []);
  assert.deepEqual(found(aPatient({ name: [{ id: 'a 1', text: 'Lan' }] })), at('Patient.name[0].id'));
  assert.deepEqual(
    found(aPatient({ birthDate: '2001', _birthDate: { id: '\t' } })),
    at('Patient.birthDate.id'),
  );
});

test('asks an absolute url of an extension, but for one within another', () => {
  const inner = { url: 'code', valueCode: 'a' };
  assert.deepEqual(found(aPatient({ extension: [{ url: 'https://yba.vn/x', extension: [inner] }] })), []);
  assert.deepEqual(found(aPatient({ extension: [inner] })), at('Patient.extension[0].url', 'extension'));
  assert.deepEqual(
    found(aPatient({ birthDate: '2001', _birthDate: { extension: [inner] } })),
    at('Patient.birthDate.extension[0].url', 'extension'),
  );
  const value = { url: 'https://yba.vn/x', valuePeriod: { start: '2001', extension: [inner] } };
  assert.deepEqual(
    found(aPatient({ extension: [value] })),
    at('Patient.extension[0].value.ofType(Period).extension[0].url', 'extension'),
  );
});

test('warns of a narrative that holds white space alone; text in any place or an image is enough', () => {
  const ofText = (content: string) =>
    found(
      aPatient({
        text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>` },
      }),
    );
  for (const nothing of ['\n ', '<p> </p>', ' <br/>', '<!-- Lan -->', '<!-- <p>Lan</p> --><p/>'])
    assert.deepEqual(ofText(nothing), at('Patient.text.div', 'invariant', 'warning'), nothing);
  for (const something of ['Lan', '<p>\n<b> Lan</b></p>', '<p/>Lan', '<img src="#a"/>', '&#160;'])
    assert.deepEqual(ofText(something), [], something);
});
