import assert from 'node:assert/strict';
import { test } from 'node:test';
import { references, type Resource } from './index.ts';
import { anObservation, aVisit, officialExamples } from './testing.ts';

test('lists every reference with its path, and rewrites it in place', () => {
  const observation = anObservation({
    performer: [{ reference: 'Practitioner/1' }, { display: 'no reference' }],
    extension: [{ url: 'http://x', extension: [{ url: 'y', valueReference: { reference: 'urn:uuid:a' } }] }],
    _effectiveDateTime: { extension: [{ url: 'http://z', valueUri: 'urn:uuid:b' }] },
    contained: [{ resourceType: 'Device', id: 'd', patient: { reference: '#' } }],
  });
  const places = references(observation);
  assert.deepEqual(places.map(({ path, reference }) => `${path} = ${reference}`).sort(), [
    'Observation._effectiveDateTime.extension[0].valueUri = urn:uuid:b',
    'Observation.contained[0].patient.reference = #',
    'Observation.extension[0].extension[0].valueReference.reference = urn:uuid:a',
    'Observation.performer[0].reference = Practitioner/1',
    'Observation.subject.reference = Patient/example',
  ]);
  for (const place of places) place.set(`new/${place.reference}`);
  assert.deepEqual(
    references(observation).map(({ reference }) => reference.startsWith('new/')),
    [true, true, true, true],
  );
  assert.ok(JSON.stringify(observation).includes('"valueUri":"new/urn:uuid:b"'));
  const subject = places.find(({ path }) => path === 'Observation.subject.reference');
  assert.equal(subject?.element, observation['subject']);
});

test('tells the path of each place, in whatever order they are asked for, and several of one element', () => {
  const definition: Resource = {
    resourceType: 'ActivityDefinition',
    status: 'active',
    subjectReference: { reference: 'Group/1' },
    library: ['urn:uuid:kept'],
    relatedArtifact: [
      { type: 'citation', url: 'Library/1' },
      { type: 'citation', url: 'Library/2' },
    ],
    extension: [
      { url: 'https://x.vn/a', valueReference: { reference: 'Patient/1' } },
      { url: 'https://x.vn/b', valueReference: { reference: 'Patient/2' } },
    ],
  };
  const told = [
    'ActivityDefinition.subjectReference.reference',
    'ActivityDefinition.relatedArtifact[0].url',
    'ActivityDefinition.relatedArtifact[1].url',
    'ActivityDefinition.extension[0].valueReference.reference',
    'ActivityDefinition.extension[1].valueReference.reference',
  ];
  const places = references(definition);
  assert.deepEqual(
    places.map(({ path }) => path),
    told,
  );
  assert.deepEqual(
    places.toReversed().map(({ path }) => path),
    told.toReversed(),
  );
  const links = `<div><a href="Patient/1">1</a><a href="Patient/2">2</a></div>`;
  const narrative: Resource = { resourceType: 'Basic', text: { status: 'generated', div: links } };
  assert.deepEqual(
    references(narrative).map(({ path }) => path),
    ['Basic.text.div', 'Basic.text.div'],
  );
});

test('rewrites attachments and links of a narrative that are urn:uuid or urn:oid', () => {
  const div = `<div><a href="urn:uuid:a">1</a><img src='urn:uuid:b'/><a href="urn:uuid:a">2</a> urn:uuid:a<a href="urn:oid:1.2">3</a></div>`;
  const document: Resource = {
    resourceType: 'DocumentReference',
    text: { status: 'generated', div },
    extension: [
      { url: 'urn:x:oid', valueOid: 'urn:oid:1.2' },
      { url: 'urn:x:text', valueString: 'urn:oid:1.2' },
    ],
    content: [{ attachment: { url: 'urn:uuid:a' } }, { attachment: { url: 'https://x' } }],
  };
  for (const place of references(document))
    place.set(
      { 'urn:uuid:a': 'Binary/1', 'urn:uuid:b': 'Binary/2$&', 'urn:oid:1.2': 'Binary/3' }[place.reference]!,
    );
  assert.equal(
    (document['text'] as { div: string }).div,
    `<div><a href="Binary/1">1</a><img src='Binary/2$&'/><a href="Binary/1">2</a> urn:uuid:a<a href="Binary/3">3</a></div>`,
  );
  assert.equal((document['content'] as { attachment: { url: string } }[])[0]?.attachment.url, 'Binary/1');
  assert.deepEqual(document['extension'], [
    { url: 'urn:x:oid', valueOid: 'Binary/3' },
    { url: 'urn:x:text', valueString: 'urn:oid:1.2' },
  ]);
});

test('lists attachments and links of a narrative that are the address of a resource, and no uri that may be a name', () => {
  const at = 'http://one.example/fhir';
  const document: Resource = {
    resourceType: 'DocumentReference',
    text: {
      status: 'generated',
      div: `<div><a href="${at}/Binary/1">1</a><img src="Media/2"/><a href="#x">3</a><a href="http://x.example">4</a></div>`,
    },
    masterIdentifier: { system: `${at}/NamingSystem/n`, value: `${at}/Binary/1` },
    content: [
      { attachment: { url: `${at}/Binary/1` } },
      { attachment: { url: 'Binary/1/_history/2#p' } },
      { attachment: { url: 'https://x.example/a/b' } },
      { attachment: { url: 'Binary/1?x=y' } },
    ],
  };
  assert.deepEqual(
    references(document).map(({ reference }) => reference),
    [`${at}/Binary/1`, 'Media/2', `${at}/Binary/1`, 'Binary/1/_history/2#p'],
  );
});

test('leaves canonicals, identifiers and the entries of a stored Bundle alone', () => {
  const response: Resource = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: 'urn:uuid:q',
    identifier: { system: 'urn:s', value: 'urn:uuid:v' },
  };
  assert.deepEqual(references(response), []);
  assert.deepEqual(
    references(aVisit())
      .map(({ path }) => path)
      .filter((path) => path.includes('.resource.')),
    [],
  );
});

test('finds as many references in the official examples as a plain search for the word', () => {
  for (const example of officialExamples()) {
    if (example.resourceType === 'Bundle') continue;
    const written = countReferences(example);
    const found = references(example).filter(({ element }) => element !== undefined).length;
    assert.equal(found, written, `${example.resourceType}/${example.id}`);
  }
});

/** Elements with a text `reference`; DetectedIssue has a uri of that name. */
function countReferences(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  if ((node as Resource).resourceType === 'Bundle') return 0;
  const own =
    typeof (node as { reference?: unknown }).reference === 'string' && !('resourceType' in node) ? 1 : 0;
  return Object.values(node).reduce<number>((sum, child) => sum + countReferences(child), own);
}
