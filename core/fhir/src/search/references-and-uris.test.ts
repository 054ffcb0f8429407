import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../index.ts';
import { faultsOf, observation, patient, table } from './testing/finding.ts';

test('finds references by type and id, id alone, absolute URL, own base, and identifier', () => {
  table(
    patient,
    [
      'general-practitioner=Practitioner/d1',
      'general-practitioner=d1',
      'general-practitioner:Practitioner=d1',
      'general-practitioner=https://yba.example/fhir/Practitioner/d1',
      'general-practitioner:identifier=urn:lic|77',
      'organization=https://other.example/fhir/Organization/o9',
      'organization:missing=false',
      'link:missing=true',
    ],
    [
      'general-practitioner=Organization/d1',
      'general-practitioner:Organization=d1',
      'organization=o9',
      'organization=Organization/o9',
      'general-practitioner:identifier=77|urn:lic',
      'link:missing=false',
    ],
  );
});

test('holds the parts of a composite together', () => {
  table(
    observation,
    [
      'code-value-quantity=1234-5$5.4',
      'code-value-quantity=http://loinc.org|1234-5$gt5||mmol/L',
      'component-code-value-quantity=b$9',
      'combo-code-value-quantity=b$9,x$1',
    ],
    ['component-code-value-quantity=a$9', 'code-value-quantity=1234-5$6'],
  );
  const replacing: Resource = {
    resourceType: 'DocumentReference',
    relatesTo: [
      { code: 'replaces', target: { reference: 'DocumentReference/1' } },
      { code: 'appends', target: { reference: 'DocumentReference/2' } },
    ],
  };
  table(
    replacing,
    ['relationship=DocumentReference/1$replaces', 'relationship=1$replaces', 'relationship=2$appends'],
    ['relationship=1$appends', 'relationship=Binary/1$replaces', 'relationship=3$replaces'],
  );
});

test('finds uris exactly, above and below', () => {
  table(
    patient,
    ['_profile=http://p/a', '_profile:below=http://p/', '_profile:above=http://p/a/b', '_source=urn:s:1'],
    [
      '_profile=http://p',
      '_profile:below=http://q/',
      '_profile:above=http://p/',
      '_profile:above=http://p/ab',
      '_profile:above=http://p/ab/c',
    ],
  );
});

test('finds canonicals by version, and by what lies under a version', () => {
  const measured: Resource = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: 'http://q/1|1.2.3',
  };
  table(
    measured,
    [
      'questionnaire=http://q/1',
      'questionnaire=http://q/1|1.2.3',
      'questionnaire:below=http://q/1|1.2',
      'questionnaire:above=http://q/1|1.2.3.4',
    ],
    [
      'questionnaire=http://q/1|1.2',
      'questionnaire:below=http://q/1|1.3',
      'questionnaire:above=http://q/1|1.3',
      'questionnaire=http://q/2',
    ],
  );
});

test('finds places near a point', () => {
  const place: Resource = { resourceType: 'Location', position: { latitude: 21.0285, longitude: 105.8542 } };
  table(
    place,
    [
      'near=21.03|105.85',
      'near=21.03|105.85|1|km',
      'near=21.03|105.85|900|m',
      'near=10.77|106.7|2000|km',
      'near:missing=false',
    ],
    ['near=21.03|105.85|100|m', 'near=10.77|106.7|500', 'near=10.77|106.7'],
  );
  for (const bad of ['near=x|y', 'near=91|0', 'near=21|105|5|furlong', 'near=21', 'near=1e9|1'])
    assert.match(faultsOf('Location', bad)[0] ?? '', /^invalid near: .*latitude/);
});
