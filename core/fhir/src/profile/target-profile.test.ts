import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../interactions.ts';
import { anObservation, aPatient } from '../testing/builders.ts';
import { validate } from '../validate/validate.ts';

const url = (name: string) => `http://example.org/StructureDefinition/${name}`;

const profile = (name: string, type: string, element: object[]): Resource => ({
  resourceType: 'StructureDefinition',
  url: url(name),
  name,
  type,
  kind: 'resource',
  derivation: 'constraint',
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element },
});

const refersTo = (path: string, ...targets: string[]) => ({
  path,
  type: [{ code: 'Reference', targetProfile: targets.map(url) }],
});

/** A result of a person with a birth date, whose doctor takes care of such results. */
const known = [
  profile('result', 'Observation', [refersTo('Observation.subject', 'person')]),
  profile('person', 'Patient', [
    { path: 'Patient.birthDate', min: 1 },
    refersTo('Patient.managingOrganization', 'owner'),
  ]),
  profile('owner', 'Organization', [
    { path: 'Organization.name', min: 1 },
    refersTo('Organization.partOf', 'owner'),
  ]),
];

const found = (resource: Resource) =>
  validate(resource, {
    profiles: {
      structureDefinition: (canonical) => known.find((one) => one['url'] === canonical),
      valueSet: () => undefined,
      codeSystem: () => undefined,
    },
  }).map(({ diagnostics }) => diagnostics);

const result = (fields: object) => anObservation({ meta: { profile: [url('result')] }, ...fields });
const place = 'Bundle.entry[0].resource.subject.reference';

const together = (...resources: Resource[]): Resource => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({
    fullUrl: `http://example.org/${resource.resourceType}/${resource.id}`,
    resource,
  })),
});

const about = { subject: { reference: 'Patient/p' } };
const owned = { managingOrganization: { reference: 'Organization/o' } };

test('a resource in the same Bundle must meet the profile of the reference that leads to it', () => {
  const person = aPatient({ id: 'p', birthDate: '1980-02-29' });
  assert.deepEqual(found(together(result(about), person)), []);
  const [issue, ...more] = found(together(result(about), aPatient({ id: 'p', birthDate: undefined })));
  assert.deepEqual(more, []);
  assert.ok(issue?.startsWith(`${place}: leads to Patient/p, which does not meet ${url('person')}`), issue);
  assert.match(issue ?? '', /Patient\.birthDate: is required/);
});

test('so must a contained one; what lies elsewhere is not looked for', () => {
  const inside = aPatient({ id: 'p', birthDate: undefined, identifier: undefined });
  assert.match(
    found(result({ subject: { reference: '#p' }, contained: [inside] })).join(),
    /^Observation\.subject\.reference: leads to Patient\/p, which does not meet/,
  );
  assert.deepEqual(found(result(about)), []);
});

test('references are followed as far as they lead, also in a circle', () => {
  const person = aPatient({ id: 'p', birthDate: '1980-02-29', ...owned });
  const owner = (fields: object): Resource => ({
    resourceType: 'Organization',
    id: 'o',
    name: 'Bệnh viện',
    partOf: { reference: 'Organization/o' },
    ...fields,
  });
  assert.deepEqual(found(together(result(about), person, owner({}))), []);
  assert.match(
    found(together(result(about), person, owner({ name: undefined, alias: ['BV'] }))).join(),
    /Patient\.managingOrganization\.reference: leads to Organization\/o.*Organization\.name: is required/,
  );
});

test('a chain of any length is followed as far as is sensible', () => {
  const chain = Array.from({ length: 3000 }, (_, at) => ({
    resourceType: 'Organization',
    id: `o${at}`,
    ...(at === 0 ? { meta: { profile: [url('owner')] } } : {}),
    name: 'Khoa',
    partOf: { reference: `Organization/o${at + 1}` },
  }));
  assert.deepEqual(found(together(...chain)), []);
});
