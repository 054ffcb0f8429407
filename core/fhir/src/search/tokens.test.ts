import { test } from 'node:test';
import type { Resource } from '../index.ts';
import { patient, table } from './testing/finding.ts';

test('finds tokens by code, by system and code, by system alone, and without a system', () => {
  table(
    patient,
    [
      'identifier=001099012345',
      'identifier=https://yba.vn/fhir/sid/cccd|001099012345',
      'identifier=https://yba.vn/fhir/sid/cccd|',
      'identifier=x,001099012345',
      'gender=female',
      'gender=http://hl7.org/fhir/administrative-gender|female',
      'gender=|female',
      'active=true',
      'deceased=false',
      '_tag=urn:t|demo',
      '_id=p1',
      'gender:not=male',
      'identifier:of-type=urn:type|NI|001099012345',
      'identifier:text=can',
    ],
    [
      'identifier=001',
      'identifier=|001099012345',
      'identifier=urn:x|001099012345',
      'gender:not=female',
      'identifier:of-type=urn:type|XX|001099012345',
      '_id=P1',
      'deceased=true',
    ],
  );
});

test('finds codes in and not in a value set, below and above a code', () => {
  table(
    patient,
    [
      'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender',
      'language:not-in=http://hl7.org/fhir/ValueSet/administrative-gender',
    ],
    ['gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender'],
  );
  const illness = (code: string): Resource => ({
    resourceType: 'Condition',
    subject: { reference: 'Patient/p1' },
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code }] },
  });
  table(
    illness('E11.9'),
    [
      'code:below=http://hl7.org/fhir/sid/icd-10|E11',
      'code:below=E11',
      'code:above=http://hl7.org/fhir/sid/icd-10|E11.9',
    ],
    ['code:below=http://hl7.org/fhir/sid/icd-10|E10', 'code:below=E11.90', 'code=E11'],
  );
  table(
    illness('E11'),
    ['code:above=http://hl7.org/fhir/sid/icd-10|E11.9', 'code:below=E11'],
    ['code:below=http://hl7.org/fhir/sid/icd-10|E11.9'],
  );
});

test('a Coding that names no system is in no value set, a code element is in those of its code', () => {
  const sexes = 'http://hl7.org/fhir/ValueSet/administrative-gender';
  const condition = (coding: object): Resource => ({
    resourceType: 'Condition',
    subject: { reference: 'Patient/p1' },
    code: { coding: [coding] },
  });
  table(condition({ code: 'female' }), [`code:not-in=${sexes}`, 'code=female'], [`code:in=${sexes}`]);
  table(
    condition({ system: 'http://hl7.org/fhir/administrative-gender', code: 'female' }),
    [`code:in=${sexes}`],
    [`code:not-in=${sexes}`],
  );
  table(
    { resourceType: 'DocumentReference', content: [{ attachment: { contentType: 'application/pdf' } }] },
    ['contenttype:in=http://hl7.org/fhir/ValueSet/mimetypes', 'contenttype=|application/pdf'],
    ['contenttype:not-in=http://hl7.org/fhir/ValueSet/mimetypes'],
  );
});

test('a media type with parameters is below the one without', () => {
  const paper = (contentType: string): Resource => ({
    resourceType: 'DocumentReference',
    content: [{ attachment: { contentType } }],
  });
  table(
    paper('text/xml; charset=UTF-8'),
    ['contenttype:below=text/xml', 'contenttype:below=text/xml;%20charset=UTF-8'],
    [
      'contenttype=text/xml',
      'contenttype:below=text',
      'contenttype:below=text/x',
      'contenttype:above=text/xml',
    ],
  );
  table(
    paper('text/xml'),
    ['contenttype:below=text/xml', 'contenttype:above=text/xml;%20charset=UTF-8'],
    ['contenttype:below=text/xml;%20charset=UTF-8', 'contenttype:above=text/xml-x'],
  );
});

test('a definition is found by its canonical with its version, and by a version in any case', () => {
  const set: Resource = {
    resourceType: 'ValueSet',
    url: 'http://acme.org/fhir/ValueSet/123',
    version: '1.0-RC',
    status: 'draft',
  };
  table(
    set,
    [
      'url=http://acme.org/fhir/ValueSet/123',
      'url=http://acme.org/fhir/ValueSet/123|1.0-RC',
      'url=http://x,http://acme.org/fhir/ValueSet/123|1.0-RC',
      'version=1.0-RC',
      'version=1.0-rc',
      'version:not=1.0',
    ],
    [
      'url=http://acme.org/fhir/ValueSet/123|1.0',
      'url=http://acme.org/fhir/ValueSet/12|1.0-RC',
      'version=1.0',
      'version:not=1.0-rc',
    ],
  );
  table(
    { resourceType: 'Device', url: 'http://device/a|b' },
    ['url=http://device/a\\|b'],
    ['url=http://device/a', 'url=http://device/a|b'],
  );
  table(
    { resourceType: 'Medication', batch: { lotNumber: 'Lot-9A' } },
    ['lot-number=lot-9a', 'lot-number=LOT-9A'],
    ['lot-number=lot-9'],
  );
});
