import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  extract,
  filterTerms,
  matches,
  occurredRange,
  OutcomeError,
  parseSearch,
  type Resource,
  summaryElements,
  terms,
} from '../index.ts';
import { resourceTypes } from '../model/model.ts';
import { compilePath, type Route } from '../path/compile-path.ts';
import { PathNotUnderstood } from '../path/parse-path.ts';
import { searchParameters } from './search-parameters.ts';
import { isTextToken } from './text-token.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const parse = (type: string, query: string, handling: 'strict' | 'lenient' = 'strict') =>
  parseSearch(type, new URLSearchParams(query), { handling, baseUrl: 'https://yba.example/fhir', now });

/** Whether the resource passes every filter of the query, and that its terms agree with that. */
function finds(query: string, resource: Resource): boolean {
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

function faultsOf(type: string, query: string): string[] {
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

function table(resource: Resource, hits: string[], misses: string[]): void {
  for (const query of hits) assert.ok(finds(query, resource), `${query} should find it`);
  for (const query of misses) assert.ok(!finds(query, resource), `${query} should not find it`);
}

const patient: Resource = {
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

test('finds names without regard to case, tones, đ and the place of the tone mark, by the start of any word', () => {
  table(
    patient,
    [
      'name=nguyen',
      'name=NGUYỄN',
      'name=hoa',
      'name=hoà',
      'name=dan',
      'name=Đan',
      'name=hoa nguyen',
      'name=nguyen thi hoa dan',
      'name=tran van',
      'name=anh van',
      'name=tr',
      'family=ngu',
      'given=thi hòa',
      'name:exact=Đan',
      'name:contains=guy',
    ],
    ['name=guyen', 'name=nguyen nguyen', 'name=tran hoa', 'name:exact=dan', 'family=hoa', 'name=lan'],
  );
});

test('finds dates by the precision given on both sides, in Vietnamese time when none is given', () => {
  table(
    patient,
    [
      'birthdate=1987-03',
      'birthdate=1987',
      'birthdate=ge1987-03',
      'birthdate=gt1987-02',
      'birthdate=lt1987-04',
      'birthdate=le1987-03',
      'birthdate=sa1987-02',
      'birthdate=eb1987-04',
      'birthdate=ne1987-04',
      'birthdate=ap1987-03',
      '_lastUpdated=2025-06-30',
      '_lastUpdated=2025-06-30T15:00:00 07:00',
    ],
    [
      'birthdate=1987-03-15',
      'birthdate=gt1987-03',
      'birthdate=lt1987-03',
      'birthdate=sa1987-03',
      'birthdate=eb1987-03',
      'birthdate=ne1987',
      '_lastUpdated=2025-06-29',
    ],
  );
  const visit: Resource = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { code: 'AMB' },
    period: { start: '2025-05-01T23:30:00+07:00' },
  };
  table(
    visit,
    ['date=ge2025', 'date=gt2030', 'date=le2025-05-02', 'date=ap2025-05-02'],
    ['date=2025-05-01', 'date=lt2025-05-01', 'date=le2025-05-01', 'date=eb2030'],
  );
});

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

const observation: Resource = {
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

test('finds quantities by the digits given, by unit, and by comparator', () => {
  table(
    observation,
    [
      'value-quantity=5.4',
      'value-quantity=5',
      'value-quantity=5.40',
      'value-quantity=gt5.39',
      'value-quantity=ge5.4',
      'value-quantity=le5.4',
      'value-quantity=ap5.5',
      'value-quantity=5.4|http://unitsofmeasure.org|mmol/L',
      'value-quantity=5.4||mmol/l',
      'value-quantity=54e-1',
      'component-value-quantity=lt0.5',
    ],
    [
      'value-quantity=5.5',
      'value-quantity=6',
      'value-quantity=gt5.4',
      'value-quantity=lt5.4',
      'value-quantity=5.4||mg',
      'value-quantity=5.4|urn:x|mmol/L',
      'component-value-quantity=sa9',
    ],
  );
});

test('finds numbers in powers of ten by the examples of the specification', () => {
  const risk = (value: number): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueQuantity: { value },
  });
  for (const value of [95, 100, 104.9])
    table(
      risk(value),
      ['value-quantity=1e2', 'value-quantity=1E2', 'value-quantity=1.0e2'],
      ['value-quantity=ne1e2'],
    );
  for (const value of [94.9, 105])
    table(risk(value), ['value-quantity=ne1e2'], ['value-quantity=1e2', 'value-quantity=1.0e2']);
  table(
    risk(100.4),
    ['value-quantity=100', 'value-quantity=1.00e2', 'value-quantity=gt1e2'],
    ['value-quantity=100.00'],
  );
  table(risk(0.84), ['value-quantity=8e-1', 'value-quantity=0.8'], ['value-quantity=0.80']);
});

test('samples lie from the least to the greatest of them, beyond a limit of detection where one says so', () => {
  const samples = (data: string | undefined, limits: object = {}): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueSampledData: {
      origin: { value: 10, code: 'mV' },
      period: 1,
      dimensions: 1,
      factor: 2,
      data,
      ...limits,
    },
  });
  table(
    samples('3 E -1\n 7 4.5'),
    ['value-quantity=gt23', 'value-quantity=le8', 'value-quantity=ge24||mV', 'value-quantity=sa7'],
    ['value-quantity=gt24', 'value-quantity=lt8', 'value-quantity=eb24', 'value-quantity=ge24||uV'],
  );
  const limits = { lowerLimit: -5, upperLimit: 20 };
  table(samples('3 L 7', limits), ['value-quantity=lt-100'], ['value-quantity=gt24']);
  table(samples('3 U 7', limits), ['value-quantity=gt1000', 'value-quantity=le16'], ['value-quantity=lt16']);
  table(samples(undefined, limits), ['value-quantity=ge50', 'value-quantity=le0'], ['value-quantity=gt50', 'value-quantity=lt0']); // prettier-ignore
  table(samples(undefined), ['value-quantity=gt1000', 'value-quantity=lt-1000'], ['value-quantity=16']);
});

test('what is less than a number is not that number, what is at most it may be', () => {
  const result = (comparator: string, value = 5): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueQuantity: { value, comparator, system: 'http://unitsofmeasure.org', code: 'mg' },
  });
  const g = '0.005|http://unitsofmeasure.org|g';
  table(
    result('<'),
    [
      'value-quantity=lt5',
      'value-quantity=le5',
      'value-quantity=gt4.9',
      'value-quantity=eb5',
      `value-quantity=eb${g}`,
    ],
    ['value-quantity=ge5', 'value-quantity=gt5', 'value-quantity=5', `value-quantity=ge${g}`],
  );
  table(
    result('>'),
    [
      'value-quantity=gt5',
      'value-quantity=ge5',
      'value-quantity=lt5.1',
      'value-quantity=sa5',
      `value-quantity=sa${g}`,
    ],
    ['value-quantity=le5', 'value-quantity=lt5', `value-quantity=le${g}`],
  );
  table(
    result('<='),
    ['value-quantity=ge5', 'value-quantity=le5'],
    ['value-quantity=gt5', 'value-quantity=eb5'],
  );
  table(
    result('>='),
    ['value-quantity=le5', 'value-quantity=ge5'],
    ['value-quantity=lt5', 'value-quantity=sa5'],
  );
  table(result('<', 0), ['value-quantity=lt0', 'value-quantity=eb0'], ['value-quantity=ge0']);
});

test('finds quantities in other units of the same kind', () => {
  const dose = (value: number, code: string): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
  });
  const ucum = 'http://unitsofmeasure.org';
  table(
    dose(5000, 'mg'),
    [
      `value-quantity=5|${ucum}|g`,
      'value-quantity=5||g',
      `value-quantity=gt4.9|${ucum}|g`,
      `value-quantity=le0.005|${ucum}|kg`,
    ],
    [
      `value-quantity=5|${ucum}|mg`,
      `value-quantity=5|${ucum}|L`,
      `value-quantity=5|urn:x|g`,
      `value-quantity=gt5|${ucum}|g`,
    ],
  );
  table(
    dose(37, 'Cel'),
    [`value-quantity=310.15|${ucum}|K`, 'value-quantity=ap98||[degF]'],
    [`value-quantity=37|${ucum}|K`],
  );
  table(dose(5.4, 'mmol/L'), [`value-quantity=5400|${ucum}|umol/L`], [`value-quantity=5400|${ucum}|mg/L`]);
  // as many digits as a conversion keeps
  table(
    dose(149597.870691, 'mm'),
    [`value-quantity=149.597870691|${ucum}|m`, `value-quantity=14959.7870691|${ucum}|cm`],
    [`value-quantity=149.597870692|${ucum}|m`, `value-quantity=ne149.597870691|${ucum}|m`],
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

test('takes escaped separators as part of the value', () => {
  const odd: Resource = { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: 'a,b|c$d\\e' }] };
  table(odd, ['identifier=a\\,b\\|c\\$d\\\\e', 'identifier=urn:x|a\\,b\\|c\\$d\\\\e'], ['identifier=a\\,b']);
});

test('reads chains, _has, includes, sort and paging into a typed request', () => {
  const request = parse(
    'Observation',
    'subject:Patient.general-practitioner.name=lan&_has:Provenance:target:agent=Practitioner/1&_sort=-date,_id&_count=5000&_include=Observation:subject:Patient&_include:iterate=Patient:*&_revinclude=Provenance:target&_summary=data&_elements=code,status&_total=accurate&_page=abc&_format=json',
  );
  const [chain, has] = request.filters;
  assert.ok(chain?.kind === 'chain' && chain.targets[0]?.filter.kind === 'chain');
  assert.deepEqual(
    chain.targets.map(({ type }) => type),
    ['Patient'],
  );
  assert.ok(has?.kind === 'has' && has.type === 'Provenance' && has.param.code === 'target');
  assert.deepEqual(
    request.sort.map(({ param, descending }) => [param.code, descending]),
    [
      ['date', true],
      ['_id', false],
    ],
  );
  assert.equal(request.count, 1000);
  assert.equal(request.page, 'abc');
  assert.equal(request.total, 'accurate');
  assert.deepEqual(
    request.include.map(({ type, param, target, iterate }) => [type, param?.code, target, iterate]),
    [
      ['Observation', 'subject', 'Patient', false],
      ['Patient', undefined, undefined, true],
    ],
  );
  assert.equal(request.selfParams.get('_count'), '1000');
  assert.ok(!request.selfParams.has('_page'));
  assert.deepEqual(parse('Patient', '').count, 20);
});

test('searches over all types by what all types share', () => {
  const request = parseSearch(
    undefined,
    new URLSearchParams('_type=Patient,Observation&_lastUpdated=gt2020'),
    { handling: 'strict', now },
  );
  assert.deepEqual(request.types, ['Patient', 'Observation']);
  assert.throws(
    () => parseSearch(undefined, new URLSearchParams('name=x'), { handling: 'strict' }),
    /search over all types has no search parameter 'name'/,
  );
});

test('each part of a composite is needed', () => {
  for (const value of ['$5', 'a$', '$', 'a', 'a$5$6'])
    assert.throws(
      () => parse('Observation', `code-value-quantity=${value}`),
      /joined by \$ (?:are|is) needed|quantity/,
      value,
    );
});

test('refuses what it does not understand, naming parameter, rule and remedy', () => {
  const table: [string, RegExp][] = [
    ['nmae=x', /^invalid nmae: Patient has no search parameter 'nmae'. Did you mean name\?/],
    ['birthdate=soon', /^invalid birthdate: .*does not understand 'soon': write a date as 2024/],
    ['birthdate=2024-02-30', /does not understand '2024-02-30'/],
    ['birthdate=0000', /does not understand '0000'/],
    ['birthdate=2024-02-20T24:00', /does not understand '2024-02-20T24:00'/],
    [
      'gender:foo=x',
      /^invalid gender:foo: .*has no modifier ':foo'. A token takes :not, :text, :in, :not-in, :below, :above, :of-type, :missing/,
    ],
    ['gender:in=http://v', /^invalid gender:in: .*the codes of this value set are not known here/],
    ['general-practitioner:below=Practitioner/1', /only where one refers to its own kind/],
    ['_text:exact=x', /takes no modifier but :missing/],
    ['_filter=name eq x', /^not-supported _filter/],
    ['_list=$current-problems', /takes the id of a List/],
    ['_sort=_text', /cannot sort by _text/],
    [`name=${'a,'.repeat(3000)}a`, /^too-costly name: .*2000 are taken/],
    [`${'x'.repeat(5000)}=1`, /^invalid x{200}….* has no search parameter 'x{200}…'/],
    ['active:missing=maybe', /takes true or false, not 'maybe'/],
    ['name=', /has no value/],
    ['name=%00', /holds a NUL character/],
    ['name=a,,b', /empty value between commas/],
    ['organization:Patient=1', /organization cannot refer to Patient. It refers to Organization/],
    ['organization=a b', /write <Type>\/<id>/],
    ['organization.foo=1', /none of Organization can be searched by 'foo'/],
    ['name.family=1', /cannot be chained: name is of type string/],
    ['_has:Observation:code:x=1', /Observation.code does not refer to Patient/],
    ['_has:Observation=1', /must read _has:<Type>/],
    ['_has=Observation:patient:code=1', /must read _has:<Type>/],
    [`_sort=${'name,'.repeat(16)}name`, /takes 16 keys at most/],
    ['_sort=-birthdte', /no search parameter 'birthdte'. Did you mean birthdate/],
    ['_count=-1', /whole number from 0 to 1000/],
    ['_include=Patient', /must read <Type>:<reference parameter>/],
    ['_include=Patient:name', /only references can be included/],
    ['_summary=yes', /takes true, text, data, count, false, not 'yes'/],
    ['_total=all', /takes none, estimate, accurate/],
    ['_type=Patient', /this one is on a type already/],
    ['identifier:of-type=a|b', /<type system>\|<type code>\|<value>/],
    ['identifier:of-type=|NI|1', /<type system>\|<type code>\|<value>/],
    ['identifier:of-type=urn:type||1', /<type system>\|<type code>\|<value>/],
    ['identifier:of-type=urn:type|NI|', /<type system>\|<type code>\|<value>/],
    [`${'link:Patient.'.repeat(30)}name=x`, /^too-costly .*at most 20 links/],
  ];
  for (const [query, expected] of table) {
    const faults = faultsOf('Patient', query);
    assert.equal(faults.length, 1, query);
    assert.match(faults[0]!, expected);
  }
  assert.equal(faultsOf('Patient', 'foo=1&bar=2&birthdate=x').length, 3);
  assert.match(
    faultsOf('Observation', `${'focus.'.repeat(12)}status=x`)[0] ?? '',
    /^too-costly .*Name the type of each link/,
  );
});

test('takes a result parameter twice where it says the same, in the address and in a form', () => {
  const request = parse(
    'Patient',
    '_count=5&_count=5&_elements=name&_elements=gender&_sort=name&_sort=-birthdate',
  );
  assert.deepEqual(
    [request.count, request.elements, request.sort.map(({ param }) => param.code)],
    [5, ['name', 'gender'], ['name', 'birthdate']],
  );
  for (const name of ['_count=1&_count=2', '_summary=true&_summary=text', '_total=none&_total=accurate'])
    assert.match(faultsOf('Patient', name)[0] ?? '', /is given twice, with different values/, name);
});

test('leaves out parameters that are not known or not evaluated when handling is lenient, and nothing else', () => {
  const unknown = ['foo', '_filter', '_query', 'organization.foo', 'link.organization.foo', '_sort'];
  const query = `${unknown.map((name) => `${name}=foo`).join('&')}&active=true`;
  const request = parse('Patient', query, 'lenient');
  assert.deepEqual(request.ignored, unknown);
  assert.equal(request.selfParams.toString(), 'active=true');
  for (const faulty of ['birthdate=soon', 'name:foo=1', 'link.birthdate=soon', 'organization:Device.foo=1'])
    assert.throws(() => parse('Patient', faulty, 'lenient'), OutcomeError, faulty);
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

/** None of an expression that the FHIRPath engine evaluates. */
function routesOf(expression: string, type: string): readonly Route[] {
  try {
    return compilePath(expression, type);
  } catch (error) {
    if (error instanceof PathNotUnderstood) return [];
    throw error;
  }
}

test('tokens of text are those of R4 whose elements are strings', () => {
  const others: string[] = [];
  for (const type of resourceTypes)
    for (const param of searchParameters(type)) {
      if (param.type !== 'token' || !param.expression) continue;
      const leads = routesOf(param.expression, type).some((route) => route.type === 'string');
      if (leads !== isTextToken(param)) others.push(`${type}.${param.code}`);
    }
  assert.deepEqual(others, ['StructureDefinition.base-path', 'StructureDefinition.path']);
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

test('finds words of the narrative and of the whole content, with and without marks, side by side in quotation marks', () => {
  const note: Resource = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Đường huyết' },
    text: { status: 'generated', div: '<div><p>Bệnh nhân kho&#x301; thở,</p>hoà nhập &amp; ổn định</div>' },
  };
  table(
    note,
    [
      '_text=benh',
      '_text=bệnh',
      '_text=BỆNH nhân',
      '_text="bệnh nhân"',
      '_text="nhan benh",dinh',
      '_text=hòa',
      '_content=duong',
      '_content="đường huyết"',
      '_content=final',
      '_text:missing=false',
    ],
    [
      '_text=bênh',
      '_text="nhan benh"',
      '_text=duong',
      '_text=benh duong',
      '_content=duo',
      '_text:missing=true',
    ],
  );
});

test('reads hostile texts in the time their length takes', () => {
  const hostile: Resource = {
    resourceType: 'Patient',
    name: [
      { text: '<'.repeat(300_000) },
      { text: `${'&#'.repeat(100_000)}x` },
      { text: 'y'.repeat(200_000) },
    ],
  };
  assert.ok(finds('_content:missing=false', hostile));
  assert.ok(!finds('_content="khong co"', hostile));
  assert.ok(finds(`name=${'y'.repeat(200)}`, hostile));
});

test('finds names however their marks are composed', () => {
  const decomposed: Resource = {
    resourceType: 'Patient',
    name: [{ text: 'Trần Thúy Hoà'.normalize('NFD') }],
  };
  table(
    decomposed,
    [
      'name=thuý hòa',
      `name=${'Thuý'.normalize('NFC')}`,
      'name=thuy hoa',
      'name=tran',
      `name:exact=${'Trần Thúy Hoà'.normalize('NFC')}`,
    ],
    ['name=thu hoan', 'name:exact=Tran Thuy Hoa', 'name:exact=trần thúy hoà'],
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

test('spells y and i alike in names where both are in use, and nowhere else', () => {
  const of = (text: string): Resource => ({ resourceType: 'Patient', name: [{ text }] });
  table(of('Lý Mỹ Quý'), ['name=li', 'name=mi ly', 'name=quí', 'name=Lí Mĩ'], ['name=lyn']);
  table(of('Nguyễn Thị Thy'), ['name=thy', 'name=thi thy'], ['name=thi thi', 'name=thy thy']);
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

test('says between which times the rows of a date filter lie', () => {
  const range = (query: string) => occurredRange('Observation', parse('Observation', query).filters[0]!);
  const day = 86_400_000;
  const [from, to] = [Date.parse('2024-02-29T17:00:00Z'), Date.parse('2024-03-31T17:00:00Z')];
  assert.deepEqual(range('date=2024-03'), { from, to, wide: false });
  assert.deepEqual(range('date=ge2024-03'), { from, to: Infinity, wide: true });
  assert.deepEqual(range('date=gt2024-03'), { from: to - day, to: Infinity, wide: true });
  assert.deepEqual(range('date=lt2024-03'), { from: -Infinity, to: from, wide: true });
  assert.deepEqual(range('date=2024-03,lt2024-03'), { from: -Infinity, to, wide: true });
  assert.equal(range('date=ne2024-03'), undefined);
  assert.equal(range('status=final'), undefined);
});

test('lists what a summary keeps', () => {
  assert.deepEqual(summaryElements('Observation', 'text'), ['id', 'meta', 'text', 'status', 'code']);
  assert.ok(summaryElements('Observation', 'true').includes('value[x]'));
  assert.ok(!summaryElements('Observation', 'true').includes('note'));
  assert.ok(!summaryElements('Observation', 'data').includes('text'));
  assert.deepEqual(summaryElements('Observation', 'count'), []);
});
