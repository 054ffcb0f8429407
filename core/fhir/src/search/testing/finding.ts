import assert from 'node:assert/strict';
import {
  extract,
  filterTerms,
  matches,
  OutcomeError,
  parseSearch,
  type Resource,
  terms,
} from '../../index.ts';

/** When the queries are asked. */
export const now = Date.parse('2026-01-01T00:00:00Z');

/** A query of a type, as a request reads it. */
export const parse = (type: string, query: string, handling: 'strict' | 'lenient' = 'strict') =>
  parseSearch(type, new URLSearchParams(query), { handling, baseUrl: 'https://yba.example/fhir', now });

/** Whether the resource passes every filter of the query, and that its terms agree with that. */
export function finds(query: string, resource: Resource): boolean {
  const { filters } = parse(resource.resourceType, query);
  const extracted = extract(resource);
  const found = filters.every((filter) => matches(filter, resource));
  assert.equal(
    found,
    filters.every((filter) => matches(filter, resource, extracted)),
    `${query}: with and without extraction`,
  );
  if (found)
    assert.ok(
      filters.every((filter) => passesTerms(filterTerms(filter), terms(extracted))),
      `${query}: found, so its terms must be there`,
    );
  return found;
}

const passesTerms = (groups: string[][] | undefined, has: string[]) =>
  groups === undefined || groups.some((group) => group.every((term) => has.includes(term)));

/** What a query is refused for, a line each; none for one that is understood. */
export function faultsOf(type: string, query: string): string[] {
  try {
    parse(type, query);
  } catch (error) {
    assert.ok(error instanceof OutcomeError);
    return error.issues.map(
      ({ code, expression, diagnostics }) => `${code} ${expression?.join()}: ${diagnostics}`,
    );
  }
  return [];
}

/** That each of the first queries finds the resource, and none of the others. */
export function table(resource: Resource, hits: string[], misses: string[]): void {
  for (const query of hits) assert.ok(finds(query, resource), `${query} should find it`);
  for (const query of misses) assert.ok(!finds(query, resource), `${query} should not find it`);
}

export const patient: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  meta: {
    lastUpdated: '2025-06-30T08:00:00.000Z',
    tag: [{ system: 'urn:t', code: 'demo' }],
    profile: ['http://p/a'],
    source: 'urn:s:1',
  },
  active: true,
  identifier: [
    {
      system: 'https://yba.vn/fhir/sid/cccd',
      value: '001099012345',
      type: { coding: [{ system: 'urn:type', code: 'NI' }], text: 'Căn cước' },
    },
  ],
  name: [{ family: 'Nguyễn', given: ['Thị Hòa', 'Đan'] }, { text: 'Trần Văn Ánh' }],
  birthDate: '1987-03',
  gender: 'female',
  generalPractitioner: [{ reference: 'Practitioner/d1' }, { identifier: { system: 'urn:lic', value: '77' } }],
  managingOrganization: { reference: 'https://other.example/fhir/Organization/o9' },
};

export const observation: Resource = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '1234-5', display: 'Glucose' }], text: 'Đường huyết' },
  subject: { reference: 'Patient/p1' },
  valueQuantity: { value: 5.4, unit: 'mmol/l', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
  component: [
    { code: { coding: [{ system: 'urn:c', code: 'a' }] }, valueQuantity: { value: 1, comparator: '<' } },
    { code: { coding: [{ system: 'urn:c', code: 'b' }] }, valueQuantity: { value: 9 } },
  ],
};
