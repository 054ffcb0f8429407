import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  customParameters,
  extractParameter,
  isTextToken,
  type Resource,
  searchParameterIssues,
  validate,
} from '../index.ts';

const parameter = (over: object): Resource => ({
  resourceType: 'SearchParameter',
  url: 'https://example.vn/SearchParameter/x',
  name: 'X',
  status: 'active',
  description: 'x',
  code: 'x-code',
  base: ['Patient'],
  type: 'string',
  expression: 'Patient.maritalStatus.text',
  ...over,
});

const patient: Resource = {
  resourceType: 'Patient',
  maritalStatus: { text: 'Đã kết hôn', coding: [{ system: 'urn:m', code: 'M' }] },
  name: [{ family: 'Lê', given: ['An', 'Bình'] }],
  contact: [{ name: { family: 'Vũ' } }],
  generalPractitioner: [{ reference: 'Practitioner/1' }, { reference: 'Organization/2' }],
  extension: [{ url: 'urn:e', valueCodeableConcept: { coding: [{ code: 'KINH' }] } }],
};

const found = (over: object, type = 'Patient') =>
  extractParameter(customParameters(parameter(over)).get(type)!, patient);

test('compiles the expression of a SearchParameter resource for each type it is for', () => {
  assert.deepEqual(found({}), [{ kind: 'string', text: 'Đã kết hôn' }]);
  assert.deepEqual(found({ type: 'token', expression: 'Patient.maritalStatus' })[0], {
    kind: 'token',
    system: 'urn:m',
    code: 'M',
  });
  assert.deepEqual(
    [
      ...customParameters(
        parameter({
          base: ['Patient', 'Practitioner'],
          expression: 'Patient.photo.title | Practitioner.photo.title',
        }),
      ).keys(),
    ],
    ['Patient', 'Practitioner'],
  );
  assert.ok(
    customParameters(
      parameter({ base: ['DomainResource'], type: 'token', expression: 'DomainResource.language' }),
    ).size > 100,
  );
});

test('understands any FHIRPath, an extension’s value and a union within brackets among them', () => {
  const extension = { type: 'token', expression: "Patient.extension.where(url = 'urn:e').value" };
  assert.deepEqual(found(extension), [{ kind: 'token', code: 'KINH' }]);
  assert.deepEqual(found({ expression: 'Patient.name.given.skip(1).select($this.upper())' }), [
    { kind: 'string', text: 'BÌNH' },
  ]);
  assert.deepEqual(found({ expression: '(Patient.name | Patient.contact.name).family' }).length, 2);
  assert.deepEqual(found({ type: 'number', expression: 'Patient.name.given.count()' }), [
    { kind: 'quantity', value: 2, low: 2, high: 2 },
  ]);
  assert.deepEqual(
    found({
      type: 'reference',
      target: ['Practitioner'],
      expression: 'Patient.generalPractitioner.where(resolve() is Practitioner).where($this.exists())',
    }),
    [{ kind: 'reference', type: 'Practitioner', id: '1' }],
  );
});

test('leads into a resource within a resource, by its type', () => {
  const message: Resource = {
    resourceType: 'Bundle',
    type: 'message',
    entry: [
      { resource: { resourceType: 'MessageHeader', id: 'm-1', eventUri: 'urn:e' } },
      { resource: { ...patient, id: 'p-1' } },
      { request: { method: 'DELETE', url: 'Patient/2' } },
    ],
  };
  const inMessage = (over: object) =>
    extractParameter(customParameters(parameter({ base: ['Bundle'], ...over })).get('Bundle')!, message);
  assert.deepEqual(inMessage({ type: 'token', expression: 'Bundle.entry.resource.as(MessageHeader).id' }), [
    { kind: 'token', code: 'm-1' },
  ]);
  assert.deepEqual(inMessage({ expression: 'Bundle.entry.resource.ofType(Patient).name.family' }), [
    { kind: 'string', text: 'Lê' },
  ]);
  assert.deepEqual(inMessage({ expression: '(Bundle.entry.resource as Group).name' }), []);
});

const composite = (...expressions: string[]) => ({
  type: 'composite',
  expression: 'Patient',
  component: expressions.map((expression, at) => ({ definition: `urn:${at}`, expression })),
});

test('says at the writing what is wrong with a parameter that is to be in force', () => {
  const faults = (over: object) =>
    searchParameterIssues(parameter(over)).map(
      ({ expression, diagnostics }) => `${expression?.join()}: ${diagnostics}`,
    );
  assert.deepEqual(faults({}), []);
  assert.deepEqual(faults({ status: 'draft', expression: '((' }), []);
  for (const [over, expected] of [
    [
      { expression: 'Patient.name.(' },
      /^SearchParameter.expression: The expression is not understood: FHIRPath at line 1/,
    ],
    [
      { expression: `${'('.repeat(50_000)}Patient.name${')'.repeat(50_000)}` },
      /^SearchParameter.expression: The expression is not understood: FHIRPath at line 1.* 64000 characters/,
    ],
    [
      { expression: `${'('.repeat(5_000)}Patient.name${')'.repeat(5_000)}` },
      /^SearchParameter.expression: The expression is not understood: FHIRPath at line 1.* 200 levels/,
    ],
    [{ expression: 'Patient.name.frobnicate()' }, /^SearchParameter.expression: .*no function 'frobnicate'/],
    [{ expression: 'Patient.nothing' }, /^SearchParameter.expression: .*finds no element/],
    [{ expression: undefined }, /^SearchParameter.expression: .*give one/],
    [
      { expression: 'Patient.maritalStatus.text | Patient.photo' },
      /^SearchParameter.expression: “Patient.photo” leads to Attachment; a parameter of type string finds string, /,
    ],
    [
      { expression: 'Patient.maritalStatus.text | Patient.photo.skip(1)' },
      /^SearchParameter.expression: “Patient.photo.skip\(1\)” leads to Attachment; /,
    ],
    [
      {
        expression: '(Patient.contact.first().name | Patient.contact.relationship[0]).where($this.exists())',
        type: 'date',
      },
      /^SearchParameter.expression: .* leads to HumanName, CodeableConcept; a parameter of type date finds /,
    ],
    [
      { expression: 'Patient.maritalStatus.text | Patient.maritalStatus.txt' },
      /^SearchParameter.expression: “Patient.maritalStatus.txt” leads to no element of Patient$/,
    ],
    [
      {
        ...composite('gender', 'photo'),
        component: [
          { definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate', expression: 'birthDate' },
          { definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate', expression: 'gender' },
        ],
      },
      /^SearchParameter.component\[1\].expression: “gender” leads to code; a parameter of type date finds /,
    ],
    [{ code: 'birthdate' }, /^SearchParameter.code: FHIR R4 defines Patient.birthdate already/],
    [{ code: 'a b' }, /^SearchParameter.code: .*cannot be a parameter's name/],
    [{ type: 'special' }, /^SearchParameter.type: /],
    [{ base: ['Nobody'] }, /^SearchParameter.base: /],
    [{ type: 'composite' }, /^SearchParameter.component: .*two components/],
    [
      composite('((', 'active'),
      /^SearchParameter.component\[0\].expression: The expression is not understood: FHIRPath at line 1/,
    ],
    [
      composite('gender', 'nothing'),
      /^SearchParameter.component\[1\].expression: .*finds no element of Patient/,
    ],
    [
      { ...composite('gender', 'active'), expression: 'Patient.(' },
      /^SearchParameter.expression: The expression is not understood/,
    ],
    [
      { ...composite('gender', 'active'), expression: 'Patient.nothing' },
      /^SearchParameter.expression: .*finds no element/,
    ],
    [
      { expression: 'Patient.managingOrganization.resolve().name' },
      /^SearchParameter.expression: resolve\(\) .* by a chain$/,
    ],
    [
      { type: 'token', expression: 'Patient.birthDate < today()' },
      /^SearchParameter.expression: today\(\) .*clock/,
    ],
    [
      { type: 'token', expression: "Patient.maritalStatus.where(memberOf('urn:v'))" },
      /^SearchParameter.expression: memberOf\(\) .*:in$/,
    ],
    [
      composite('gender', 'managingOrganization.resolve().name'),
      /^SearchParameter.component\[1\].expression: resolve\(\)/,
    ],
  ] as const)
    assert.match(faults(over)[0] ?? '', expected);
  for (const over of [
    composite('gender', 'active'),
    { type: 'reference', expression: 'Patient.generalPractitioner.where(resolve() is Practitioner)' },
    { type: 'reference', expression: 'Patient.generalPractitioner.where(resolve().is(Practitioner))' },
    {
      base: ['Bundle'],
      expression: 'Bundle.entry.resource.ofType(Composition).subject.resolve().ofType(Patient).name',
    },
  ])
    assert.deepEqual(faults(over), []);
});

test('warns at the writing of the kinds that a choice may have and the parameter does not find', () => {
  const told = (over: object) =>
    searchParameterIssues(parameter(over)).map(({ severity, diagnostics }) => `${severity}: ${diagnostics}`);
  const value = { base: ['Observation'], type: 'quantity', expression: 'Observation.value' };
  assert.match(
    told(value).join(),
    /^warning: What “Observation.value” leads to is not found where it is CodeableConcept, string, boolean, integer, Ratio, time, dateTime, Period; /,
  );
  assert.deepEqual(told({ ...value, expression: 'Observation.value.as(Quantity)' }), []);
  assert.deepEqual(told({ type: 'token', expression: "Patient.extension.where(url = 'urn:e').value" }), []);
  const elsewhere = 'Patient.maritalStatus.text | Practitioner.photo.title';
  assert.deepEqual(told({ expression: elsewhere }), []);
});

test('a parameter that leads to texts alone is compared without regard to case, as those of R4 are', () => {
  const isText = (expression: string) =>
    isTextToken(customParameters(parameter({ type: 'token', expression })).get('Patient')!);
  assert.ok(isText('Patient.maritalStatus.text'));
  assert.ok(isText('Patient.maritalStatus.text | Patient.name.family.first()'));
  assert.equal(isText('Patient.maritalStatus.text | Patient.maritalStatus'), false);
  assert.equal(isText("Patient.extension.where(url = 'urn:e').value"), false);
  assert.equal(isText('Patient.id'), false);
});

test('one that restates a parameter of R4 is welcome and changes nothing', () => {
  const own = 'http://hl7.org/fhir/SearchParameter/';
  for (const over of [
    { code: 'birthdate', type: 'date', expression: 'Patient.birthDate' },
    { code: 'name', expression: 'Patient.name', derivedFrom: `${own}Patient-name` },
    { code: '_id', type: 'token', expression: 'Patient.id', derivedFrom: `${own}Resource-id` },
    {
      code: 'deceased',
      type: 'token',
      expression: 'Patient.deceased',
      derivedFrom: `${own}Patient-deceased|4`,
    },
    {
      base: ['Substance'],
      code: 'code',
      type: 'token',
      expression: 'Substance.ingredient.substance.as(CodeableConcept)',
    },
    {
      base: ['Location'],
      code: 'near',
      type: 'special',
      expression: 'Location.position',
      derivedFrom: `${own}Location-near`,
    },
  ])
    assert.equal(customParameters(parameter(over)).size, 0, over.code);
  const half = parameter({
    base: ['Patient', 'Basic'],
    code: 'birthdate',
    type: 'date',
    expression: 'Patient.birthDate | Basic.created',
  });
  assert.throws(() => customParameters(half), /FHIR R4 defines Patient.birthdate already.*derivedFrom/);
  assert.deepEqual(
    [...customParameters({ ...half, derivedFrom: `${own}individual-birthdate` }).keys()],
    ['Basic'],
  );
});

test('is a valid resource', () =>
  assert.deepEqual(
    validate(parameter({})).filter(({ severity }) => severity === 'error'),
    [],
  ));
