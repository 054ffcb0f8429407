import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Issue, parseJson, type Resource, validate } from '../index.ts';
import {
  aCondition,
  anEncounter,
  anObservation,
  aPatient,
  aVisit,
  officialExamples,
  syntheaBundles,
} from '../testing.ts';

/** Official examples that are against their own definitions, and how. */
const knownInvalid: Record<string, RegExp> = {
  'Questionnaire/qs1': /linkId: is required/,
};

const errors = (resource: Resource): Issue[] =>
  validate(resource).filter(({ severity }) => severity === 'error');
const texts = (issues: Issue[]) => issues.map(({ code, diagnostics }) => `${code} ${diagnostics}`);

test('passes every official R4 example that follows its definitions', (t) => {
  let passed = 0;
  for (const example of officialExamples()) {
    const name = `${example.resourceType}/${example.id}`;
    const found = errors(example);
    const expected = knownInvalid[name];
    if (expected) assert.match(found[0]?.diagnostics ?? '', expected, name);
    else {
      assert.deepEqual(texts(found), [], name);
      passed++;
    }
  }
  t.diagnostic(
    `${passed} of 719 official examples pass; known invalid: ${Object.keys(knownInvalid).join(', ')}`,
  );
  assert.equal(passed, 719 - Object.keys(knownInvalid).length);
});

test('passes every Synthea Bundle as a whole, and what the builders make', () => {
  for (const bundle of syntheaBundles()) assert.deepEqual(texts(errors(bundle)), []);
  for (const resource of [aPatient(), anEncounter(), anObservation(), aCondition(), aVisit()])
    assert.deepEqual(texts(validate(resource)), []);
});

test('warns of a reference to a type that the element does not list', () => {
  const [issue, ...more] = validate(anObservation({ subject: { reference: 'Medication/1' } }));
  assert.deepEqual(
    [issue?.severity, issue?.expression, more.length],
    ['warning', ['Observation.subject.reference'], 0],
  );
  assert.match(issue?.diagnostics ?? '', /Listed: Patient, Group, Device, Location/);
});

test('warns of a unit that is said to be of UCUM and is not', () => {
  const measured = (unit: object) =>
    validate(anObservation({ valueQuantity: { value: 120, unit: 'mm Hg', ...unit } }));
  const [issue, ...more] = measured({ system: 'http://unitsofmeasure.org', code: 'mm Hg' });
  assert.deepEqual(
    [issue?.severity, issue?.code, issue?.expression, more.length],
    ['warning', 'code-invalid', ['Observation.value.ofType(Quantity).code'], 0],
  );
  assert.match(issue?.diagnostics ?? '', /'mm Hg' is not a code of UCUM/);
  assert.deepEqual(measured({ system: 'http://unitsofmeasure.org', code: 'mm[Hg]' }), []);
  assert.deepEqual(measured({ system: 'https://his.example.vn/units', code: 'mm Hg' }), []);
  assert.deepEqual(measured({}), []);
});

/** A fault planted into a Patient (or the resource named), the element it must be found at, what must be said. */
const faults: [fault: string, resource: unknown, code: string, expression: string, says: RegExp][] = [
  ['no resourceType', { id: 'x' }, 'structure', 'Resource', /resourceType is missing/],
  ['an unknown resourceType', { resourceType: 'Patiant' }, 'structure', 'Patiant', /Did you mean Patient/],
  [
    'an abstract resourceType',
    { resourceType: 'DomainResource' },
    'structure',
    'DomainResource',
    /no FHIR R4 resource type/,
  ],
  ['an unknown element', { nmae: 'x' }, 'structure', 'Patient.nmae', /no element 'nmae'. Did you mean name/],
  [
    'an unknown nested element',
    { contact: [{ foo: 1 }] },
    'structure',
    'Patient.contact[0].foo',
    /Remove it/,
  ],
  [
    '__proto__',
    parseJson('{"resourceType":"Patient","__proto__":{"a":1}}'),
    'structure',
    'Patient.__proto__',
    /no element/,
  ],
  ['an id with a space', { id: 'a b' }, 'value', 'Patient.id', /1 to 64 letters/],
  ['an id too long', { id: 'a'.repeat(65) }, 'value', 'Patient.id', /1 to 64 letters/],
  [
    'a number for a string',
    { name: [{ family: 7 }] },
    'value',
    'Patient.name[0].family',
    /7 is not a valid string. must be a JSON string/,
  ],
  ['a string for a boolean', { active: 'true' }, 'value', 'Patient.active', /without quotes/],
  [
    'a string for an object',
    { maritalStatus: 'M' },
    'structure',
    'Patient.maritalStatus',
    /must be an object of type CodeableConcept/,
  ],
  [
    'an object for a string',
    { name: [{ given: [{ value: 'x' }] }] },
    'value',
    'Patient.name[0].given[0]',
    /found|must be a JSON string/,
  ],
  [
    'an empty string',
    { name: [{ given: ['Lan', ''] }] },
    'value',
    'Patient.name[0].given[1]',
    /Leave the element out/,
  ],
  [
    'a control character',
    { name: [{ text: 'a\u0000b' }] },
    'value',
    'Patient.name[0].text',
    /control characters/,
  ],
  ['an empty array', { name: [] }, 'structure', 'Patient.name', /empty array/],
  ['an empty object', { name: [{}] }, 'structure', 'Patient.name[0]', /empty object/],
  ['null', { birthDate: null }, 'structure', 'Patient.birthDate', /must not be null/],
  ['one where many are', { name: { text: 'x' } }, 'structure', 'Patient.name', /must be an array/],
  ['many where one is', { gender: ['male'] }, 'structure', 'Patient.gender', /must not be an array/],
  [
    'a null without its extension',
    { name: [{ given: ['Lan', null] }] },
    'structure',
    'Patient.name[0].given[1]',
    /null is allowed in an array only/,
  ],
  [
    'a null beside a null',
    { name: [{ given: [null], _given: [null] }] },
    'structure',
    'Patient.name[0].given[0]',
    /null is allowed/,
  ],
  [
    'a bad primitive extension',
    { _birthDate: { extension: [{ valueString: 'x' }] } },
    'required',
    'Patient.birthDate.extension[0].url',
    /is required/,
  ],
  [
    'an empty primitive extension',
    { birthDate: '2000', _birthDate: {} },
    'structure',
    'Patient.birthDate',
    /empty object/,
  ],
  [
    'a code not of its set',
    { gender: 'nữ' },
    'code-invalid',
    'Patient.gender',
    /Use one of: male, female, other, unknown/,
  ],
  [
    'a concept not of its set',
    aCondition({
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'on' }],
      },
    }),
    'code-invalid',
    'Condition.clinicalStatus.coding[0].code',
    /active, recurrence/,
  ],
  [
    'two types of a choice',
    { deceasedBoolean: true, deceasedDateTime: '2020' },
    'structure',
    'Patient.deceased',
    /one type only, found deceasedBoolean and deceasedDateTime/,
  ],
  [
    'two types, one as extension',
    { deceasedBoolean: true, _deceasedDateTime: { extension: [{ url: 'http://u', valueCode: 'unknown' }] } },
    'structure',
    'Patient.deceased',
    /one type only/,
  ],
  [
    'a type not of the choice',
    { deceasedString: 'yes' },
    'structure',
    'Patient.deceasedString',
    /the choice deceased\[x\] allows deceasedBoolean, deceasedDateTime/,
  ],
  [
    'a choice without its type',
    { deceased: true },
    'structure',
    'Patient.deceased',
    /allows deceasedBoolean/,
  ],
  [
    'a fault inside a choice',
    anObservation({ valueQuantity: { value: '5.4' } }),
    'value',
    'Observation.value.ofType(Quantity).value',
    /must be a JSON number/,
  ],
  [
    'a missing element',
    { resourceType: 'Observation', code: { text: 'x' } },
    'required',
    'Observation.status',
    /is required/,
  ],
  [
    'a missing nested element',
    { link: [{ type: 'refer' }] },
    'required',
    'Patient.link[0].other',
    /is required \(Reference\)/,
  ],
  [
    'a missing choice',
    {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/1' },
    },
    'required',
    'MedicationRequest.medication',
    /is required/,
  ],
  [
    'an extension of nothing',
    { extension: [{ url: 'http://x' }] },
    'invariant',
    'Patient.extension[0]',
    /either a value or extensions/,
  ],
  [
    'an extension of both',
    { extension: [{ url: 'http://x', valueCode: 'a', extension: [{ url: 'y', valueCode: 'b' }] }] },
    'invariant',
    'Patient.extension[0]',
    /not both/,
  ],
  [
    'a bad value in an extension',
    { extension: [{ url: 'http://x', valueDate: '2024-13' }] },
    'value',
    'Patient.extension[0].value.ofType(date)',
    /A date reads/,
  ],
  [
    'a fault in a contained resource',
    { contained: [{ resourceType: 'Organization', active: 1 }] },
    'value',
    'Patient.contained[0].active',
    /true or false/,
  ],
  [
    'a contained resource without type',
    { contained: [{ id: 'a' }] },
    'structure',
    'Patient.contained[0]',
    /resourceType is missing/,
  ],
  [
    'a resource contained twice',
    {
      contained: [
        { resourceType: 'Organization', name: 'x', contained: [{ resourceType: 'Organization', name: 'y' }] },
      ],
    },
    'structure',
    'Patient.contained[0].contained',
    /must not contain others/,
  ],
  [
    'a fault in a Bundle',
    {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { resource: { resourceType: 'Patient', active: 1 }, request: { method: 'POST', url: 'Patient' } },
      ],
    },
    'value',
    'Bundle.entry[0].resource.active',
    /true or false/,
  ],
  [
    'a Bundle entry without method',
    { resourceType: 'Bundle', type: 'batch', entry: [{ request: { url: 'Patient' } }] },
    'required',
    'Bundle.entry[0].request.method',
    /is required/,
  ],
  [
    'a fault in Parameters',
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'a', resource: { resourceType: 'Patient', active: 1 } }],
    },
    'value',
    'Parameters.parameter[0].resource.active',
    /true or false/,
  ],
  [
    'a fault by content reference',
    {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [{ linkId: '1', type: 'group', item: [{ linkId: '2' }] }],
    },
    'required',
    'Questionnaire.item[0].item[0].type',
    /is required/,
  ],
];

const dates: [type: string, element: string, value: unknown][] = [
  ['date', 'birthDate', '14/03/1987'],
  ['date', 'birthDate', '1987-3-14'],
  ['date', 'birthDate', '1987-02-29'],
  ['date', 'birthDate', '1987-04-31'],
  ['date', 'birthDate', '0000'],
  ['date', 'birthDate', '1987-03-14T00:00:00Z'],
  ['dateTime', 'deceasedDateTime', '2024-03-31T08:00:00'],
  ['dateTime', 'deceasedDateTime', '2024-03-31T08:00+07:00'],
  ['dateTime', 'deceasedDateTime', '2024-03-31T24:00:00Z'],
  ['dateTime', 'deceasedDateTime', '2024-03-31T08:00:00+15:00'],
  ['integer', 'multipleBirthInteger', 1.5],
  ['integer', 'multipleBirthInteger', 2147483648],
  ['integer', 'multipleBirthInteger', '1'],
  ['code', 'language', ' vi'],
  ['code', 'language', 'vi  VN'],
  ['uri', 'implicitRules', 'a b'],
];

for (const [fault, planted, code, expression, says] of faults) {
  test(`finds ${fault} at ${expression}`, () => {
    const own = planted as Resource;
    const resource =
      'resourceType' in own || fault === 'no resourceType'
        ? own
        : { resourceType: 'Patient', ...(planted as object) };
    const [first] = errors(resource as Resource);
    assert.ok(first, 'nothing found');
    assert.deepEqual([first.code, first.expression], [code, [expression]]);
    assert.match(first.diagnostics ?? '', says);
  });
}

test('refuses ill-formed primitives by the name of their type', () => {
  for (const [type, element, value] of dates) {
    const [first, ...more] = errors({ resourceType: 'Patient', [element]: value });
    assert.equal(first?.code, 'value', `${element} ${String(value)}`);
    assert.match(first?.diagnostics ?? '', new RegExp(`is not a valid ${type}\\.`));
    assert.equal(more.length, 0);
  }
  const attachment = (fields: object) =>
    errors({ resourceType: 'Patient', photo: [fields] })[0]?.diagnostics ?? 'accepted';
  assert.match(attachment({ data: 'abc' }), /groups of four/);
  assert.match(attachment({ data: 'ab*=' }), /Base64/);
  assert.match(attachment({ size: -1 }), /0 to 2147483647/);
  assert.match(attachment({ title: 'a\ud800' }), /surrogate/);
  assert.match(attachment({ url: 'http://a/\0' }), /control characters/);
  assert.match(attachment({ title: 'text\0' }), /control characters/);
  assert.match(attachment({ contentType: 'text' }), /'text' is not a code of .*mimetypes/);
  assert.equal(
    attachment({
      data: 'YWJj\nYWJj',
      contentType: 'text/plain',
      size: 0,
      creation: '2024-02-29T23:59:60.5-03:30',
    }),
    'accepted',
  );
});

test('tells of a code whose system is missing or another one which system it is', () => {
  const status = (coding: object) =>
    errors({
      resourceType: 'Condition',
      subject: { display: 'x' },
      verificationStatus: { coding: [coding] },
    })[0]?.diagnostics ?? 'accepted';
  const system = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
  assert.equal(status({ system, code: 'confirmed' }), 'accepted');
  const old = status({ system: 'http://hl7.org/fhir/condition-ver-status', code: 'confirmed' });
  assert.match(old, /condition-ver-status with the system 'http:\/\/hl7\.org\/fhir\/condition-ver-status'\./);
  assert.ok(old.endsWith(`Write the system ${system}.`), old);
  assert.match(status({ code: 'confirmed' }), /without a system\. Write the system http:/);
  assert.match(status({ system, code: 'sure' }), /condition-ver-status\. Use one of: unconfirmed,/);
});

test('refuses a currency that has not the form of one', () => {
  const invoice = (currency: string) =>
    errors({ resourceType: 'Invoice', status: 'draft', totalGross: { value: 150000, currency } })[0];
  assert.equal(invoice('VND'), undefined);
  assert.match(invoice('đồng')?.diagnostics ?? '', /'đồng' is not a code of .*currencies/);
  assert.deepEqual(invoice('vnd')?.expression, ['Invoice.totalGross.currency']);
});

test('keeps decimals apart from whole numbers', () => {
  assert.deepEqual(validate(parseJson(JSON.stringify(anObservation()).replace('5.4', '5.40'))), []);
  const [first] = validate(parseJson('{"resourceType":"Patient","multipleBirthInteger":1.0}'));
  assert.match(first?.diagnostics ?? '', /1.0 is not a valid integer/);
});

test('accepts primitives by extension alone, and nulls beside extensions', () => {
  const reason = {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  };
  const patient = {
    resourceType: 'Patient',
    _birthDate: reason,
    name: [{ given: ['Lan', null], _given: [null, reason] }, { _given: [reason] }],
  };
  assert.deepEqual(validate(patient), []);
  assert.deepEqual(
    validate({ ...anObservation(), status: undefined, _status: reason }),
    validate({ ...anObservation(), _status: reason }),
  );
});

test('an element has a value or parts beside its id (ele-1)', () => {
  const found = (fields: object) =>
    validate({ resourceType: 'Patient', ...fields }).map(
      ({ code, expression }) => `${code} ${expression?.[0]}`,
    );
  const id = 'a';
  assert.deepEqual(found({ maritalStatus: { id } }), ['invariant Patient.maritalStatus']);
  assert.deepEqual(found({ name: [{ text: 'An' }, { id }] }), ['invariant Patient.name[1]']);
  assert.deepEqual(found({ _birthDate: { id } }), ['invariant Patient.birthDate']);
  assert.deepEqual(found({ name: [{ given: ['An', null], _given: [{ id }, { id }] }] }), [
    'invariant Patient.name[0].given[1]',
  ]);
  assert.deepEqual(
    found({ id, birthDate: '1980-01-01', _birthDate: { id }, name: [{ id, text: 'An' }] }),
    [],
  );
});

test('stops listing after a hundred issues', () => {
  assert.equal(
    validate({ resourceType: 'Patient', name: Array.from({ length: 500 }, () => ({})) }).length,
    100,
  );
});
