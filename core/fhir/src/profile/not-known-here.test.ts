import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../interactions.ts';
import { aPatient } from '../testing/builders.ts';
import { validate } from '../validate/validate.ts';
import type { ProfileSource } from './profile-source.ts';

const own = 'http://example.org/StructureDefinition/own';

/** A profile over an R4 type, as its differential alone. */
const profile = (type: string, element: object[], more: object = {}): Resource => ({
  resourceType: 'StructureDefinition',
  url: own,
  name: 'Own',
  type,
  kind: 'resource',
  derivation: 'constraint',
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element },
  ...more,
});

const only = (definition: Resource): ProfileSource => ({
  structureDefinition: (canonical) => (canonical === own ? definition : undefined),
  valueSet: () => undefined,
  codeSystem: () => undefined,
});

/** What the profile finds in a resource: severity, code and place of each issue. */
const found = (resource: Resource, definition: Resource): string[] =>
  validate({ ...resource, meta: { profile: [own] } }, { profiles: only(definition) }).map(
    ({ severity, code, expression }) => `${severity} ${code} ${expression?.[0]}`,
  );

/** A slice called `one` of the element, exactly one of which must be there. */
const exactlyOne = (path: string, discriminator: object, slice: object = {}, inner: object[] = []) => [
  { path, slicing: { discriminator: [discriminator], rules: 'closed' } },
  { id: `${path}:one`, path, sliceName: 'one', min: 1, max: '1', ...slice },
  ...inner,
];

test('an item is not counted for or against a slice whose profile is not known', () => {
  const type = [{ code: 'Identifier', profile: ['http://elsewhere.example/numbers'] }];
  const byProfile = profile(
    'Patient',
    exactlyOne('Patient.identifier', { type: 'profile', path: '$this' }, { type }),
  );
  const identifier = [{ value: '1' }, { value: '2' }];
  assert.deepEqual(found(aPatient({ identifier }), byProfile), []);
  assert.deepEqual(found(aPatient({ identifier: undefined }), byProfile), [
    'error required Patient.identifier',
  ]);
});

test('what lies behind a reference that leads out of what was sent belongs to any slice or none', () => {
  const byTarget = profile(
    'List',
    exactlyOne('List.entry', { type: 'value', path: 'item.resolve().status' }, {}, [
      { id: 'List.entry:one.item.status', path: 'List.entry.item.status', patternCode: 'final' },
    ]),
  );
  const list = (...references: string[]): Resource => ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    entry: references.map((reference) => ({ item: { reference } })),
  });
  assert.deepEqual(found(list('Observation/1', 'Observation/2'), byTarget), []);
});

test('a code may or may not be of a value set that is not known', () => {
  const byCode = profile(
    'Patient',
    exactlyOne('Patient.communication', { type: 'value', path: 'language' }, {}, [
      {
        id: 'Patient.communication:one.language',
        path: 'Patient.communication.language',
        binding: { strength: 'required', valueSet: 'http://elsewhere.example/languages' },
      },
    ]),
  );
  const communication = ['vi', 'tay'].map((code) => ({
    language: { coding: [{ system: 'urn:ietf:bcp:47', code }] },
  }));
  assert.deepEqual(found(aPatient({ communication, identifier: undefined }), byCode), []);
});

test('a code of a required value set that is not known is a warning that it was not checked, of an extensible one nothing', () => {
  const bound = (strength: string) =>
    profile('Observation', [
      { path: 'Observation.method', binding: { strength, valueSet: 'http://elsewhere.example/methods' } },
    ]);
  const method = { coding: [{ system: 'http://elsewhere.example/codes', code: 'a' }] };
  const result = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, method };
  assert.deepEqual(found(result, bound('required')), ['warning not-found Observation.method']);
  assert.deepEqual(found(result, bound('extensible')), []);
});

test('a profile whose base, or the base of that, is not known any more says so beside what it asks itself', () => {
  const base = 'http://example.org/StructureDefinition/base';
  const derived = profile('Patient', [{ path: 'Patient.photo', min: 1 }], { baseDefinition: base });
  const middle = profile('Patient', [{ path: 'Patient.link', min: 1 }], {
    url: base,
    baseDefinition: 'http://example.org/StructureDefinition/gone',
  });
  const own1 = ['warning not-found Patient.meta.profile[0]', 'error required Patient.photo'];
  assert.deepEqual(found(aPatient(), derived).sort(), own1.toSorted());
  const source = {
    ...only(derived),
    structureDefinition: (canonical: string) => (canonical === own ? derived : canonical === base ? middle : undefined), // prettier-ignore
  };
  const issues = validate({ ...aPatient(), meta: { profile: [own] } }, { profiles: source });
  assert.deepEqual(issues.map(({ severity, expression }) => `${severity} ${expression?.[0]}`).sort(), [
    'error Patient.link',
    'error Patient.photo',
    'warning Patient.meta.profile[0]',
  ]);
});

test('an invariant about a value set that is not known is a warning that it was not checked', () => {
  const rule = {
    key: 'own-1',
    severity: 'error',
    human: 'The language is of the list',
    expression: "communication.language.memberOf('http://elsewhere.example/languages')",
  };
  const stern = { ...rule, key: 'own-2', expression: `where(${rule.expression}).exists()` };
  const asking = profile('Patient', [{ path: 'Patient', constraint: [rule, stern] }]);
  const communication = [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'tay' }] } }];
  assert.deepEqual(found(aPatient({ communication }), asking), ['warning processing Patient']);
  assert.deepEqual(found(aPatient(), asking), ['error invariant Patient']);
});

test('extension slices are told apart by their urls alone', () => {
  const element = ['a', 'b'].map((name) => ({
    id: `Patient.extension:${name}`,
    path: 'Patient.extension',
    sliceName: name,
    max: '1',
  }));
  const extension = ['x', 'y'].map((name) => ({ url: `http://example.org/${name}`, valueCode: 'c' }));
  assert.deepEqual(found(aPatient({ extension }), profile('Patient', element)), []);
});

test('an extension stands on an extension that its context names by path', () => {
  const nested = profile('Extension', [{ path: 'Extension' }], {
    context: [{ type: 'element', expression: 'Claim.item.extension' }],
  });
  const places = (resource: object) =>
    validate(resource as Resource, {
      profiles: only(nested),
    }).flatMap(({ code, expression }) => (code === 'extension' ? expression! : []));
  const carrier = {
    url: 'http://example.org/carrier',
    extension: [{ url: own, valueBoolean: true }],
  };
  const item = { sequence: 1, productOrService: { text: 'khám' }, extension: [carrier] };
  assert.deepEqual(places({ resourceType: 'Claim', item: [item] }), []);
  assert.deepEqual(places({ resourceType: 'Claim', extension: [carrier] }), [
    'Claim.extension[0].extension[0]',
  ]);
});

test('a part of a vital sign may be coded or measured in units of its own', () => {
  const part = (value: object) => ({ code: { text: 'thiết bị' }, ...value });
  const found = validate({
    resourceType: 'Observation',
    meta: { profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] },
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
        ],
      },
    ],
    code: { text: 'SpO2' },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2026-01-31',
    component: [
      part({ valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '102304005' }] } }),
      part({ valueQuantity: { value: 2, system: 'http://unitsofmeasure.org', code: 'L/min' } }),
    ],
  });
  assert.deepEqual([...new Set(found.map(({ severity }) => severity))], ['warning']);
});

test('an element of a profile may be of a type of FHIRPath', () => {
  const id = {
    id: 'Patient.id',
    path: 'Patient.id',
    type: [{ code: 'http://hl7.org/fhirpath/System.String' }],
  };
  const written = {
    ...profile('Patient', [{ id: 'Patient', path: 'Patient' }, id]),
    status: 'active',
    abstract: false,
  };
  assert.deepEqual(validate(written), []);
});

test('a differential may name the whole as a slice', () => {
  const named = profile('Patient', [
    { id: 'Patient:own', path: 'Patient' },
    { id: 'Patient:own.birthDate', path: 'Patient.birthDate', min: 1 },
  ]);
  assert.deepEqual(found(aPatient({ birthDate: undefined }), named), ['error required Patient.birthDate']);
});

test('what published guides say of expectations and of their work group is accepted', () => {
  const standard = 'http://hl7.org/fhir/StructureDefinition/';
  const expected = {
    extension: [{ url: `${standard}capabilitystatement-expectation`, valueCode: 'SHALL' }],
  };
  const parameter = {
    resourceType: 'SearchParameter',
    extension: [{ url: `${standard}structuredefinition-wg`, valueCode: 'cgp' }],
    url: 'http://example.org/SearchParameter/born',
    name: 'Born',
    status: 'active',
    description: 'day of birth',
    code: 'born',
    base: ['Patient'],
    type: 'date',
    expression: 'Patient.birthDate',
    xpathUsage: 'normal',
    multipleOr: true,
    _multipleOr: expected,
    comparator: ['ge'],
    _comparator: [expected],
  };
  assert.deepEqual(validate(parameter as unknown as Resource), []);
});
