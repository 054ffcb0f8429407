import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../interactions.ts';
import { anObservation, aPatient } from '../testing/builders.ts';
import { validate } from '../validate/validate.ts';
import type { ProfileSource } from './profile-source.ts';

type Element = { id: string; [name: string]: unknown };

const url = (name: string) => `http://example.org/StructureDefinition/${name}`;
const base = (type: string) => `http://hl7.org/fhir/StructureDefinition/${type}`;

/** A profile with the differential given, over a type or another profile. */
const profile = (name: string, type: string, element: Element[], baseDefinition = base(type)): Resource => ({
  resourceType: 'StructureDefinition',
  url: url(name),
  name,
  status: 'active',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition,
  derivation: 'constraint',
  differential: {
    element: [{ id: type }, ...element].map(({ id, ...rest }) => ({
      id,
      path: id.replace(/:[^.]*/g, ''),
      ...(/:[^.]*$/.test(id) ? { sliceName: id.slice(id.lastIndexOf(':') + 1) } : {}),
      ...rest,
    })),
  },
});

function sourceOf(...resources: Resource[]): ProfileSource {
  const find = (type: string) => (canonical: string) =>
    resources.find((one) => one.resourceType === type && one['url'] === canonical.split('|')[0]);
  return {
    structureDefinition: find('StructureDefinition'),
    valueSet: find('ValueSet'),
    codeSystem: find('CodeSystem'),
  };
}

/** What is found in the resource by the profiles, of which it claims the first, as `code expression`. */
function found(resource: Resource, ...profiles: Resource[]): string[] {
  const claiming = { ...resource, meta: { profile: [profiles[0]!['url']] } };
  return validate(claiming, { profiles: sourceOf(...profiles) }).map(
    ({ severity, code, expression }) =>
      `${severity === 'error' ? '' : `${severity} `}${code} ${expression?.[0]}`,
  );
}

const patient = (fields: object) => aPatient({ identifier: undefined, ...fields });

test('every profile of these tests is valid itself', () => {
  for (const one of [sliced('value'), profile('x', 'Patient', [{ id: 'Patient.name', min: 1 }])])
    assert.deepEqual(
      validate(one).filter(({ severity }) => severity === 'error'),
      [],
    );
});

test('checks cardinality, fixed values, patterns, limits and lengths', () => {
  const strict = profile('strict', 'Patient', [
    { id: 'Patient.name', min: 1, max: '2' },
    { id: 'Patient.name.family', min: 1, maxLength: 6 },
    { id: 'Patient.name.given', max: '1' },
    { id: 'Patient.gender', fixedCode: 'female' },
    { id: 'Patient.birthDate', minValueDate: '1900-01-01', maxValueDate: '2030-01-01' },
    { id: 'Patient.maritalStatus', patternCodeableConcept: { coding: [{ code: 'M' }] } },
    { id: 'Patient.photo', max: '0' },
  ]);
  assert.deepEqual(found(patient({ name: [{ family: 'Trần', given: ['An'] }] }), strict), []);
  assert.deepEqual(found(patient({ name: undefined }), strict), ['required Patient.name']);
  assert.deepEqual(
    found(
      patient({
        name: [{ text: 'a' }, { family: 'Nguyễn Phúc', given: ['a', 'b'] }, { family: 'b' }],
        gender: 'male',
        birthDate: '1899-05',
        maritalStatus: { text: 'M' },
        photo: [{ title: 'x' }],
      }),
      strict,
    ),
    [
      'required Patient.name[0].family',
      'too-long Patient.name[1].family',
      'structure Patient.name[1].given',
      'structure Patient.name',
      'value Patient.gender',
      'value Patient.birthDate',
      'value Patient.maritalStatus',
      'structure Patient.photo',
    ],
  );
});

function sliced(kind: 'value' | 'pattern', rules = 'open', more: object = {}): Resource {
  const system = (name: string) =>
    kind === 'value' ? [{ id: `Patient.identifier:${name}.system`, min: 1, fixedUri: `urn:${name}` }] : [];
  const pattern = (name: string) =>
    kind === 'pattern' ? { patternIdentifier: { system: `urn:${name}` } } : {};
  return profile('sliced', 'Patient', [
    {
      id: 'Patient.identifier',
      slicing: {
        discriminator: [
          kind === 'value' ? { type: 'value', path: 'system' } : { type: 'pattern', path: '$this' },
        ],
        rules,
        ...more,
      },
    },
    { id: 'Patient.identifier:a', min: 1, max: '1', ...pattern('a') },
    ...system('a'),
    { id: 'Patient.identifier:a.value', min: 1 },
    { id: 'Patient.identifier:b', max: '1', ...pattern('b') },
    ...system('b'),
  ]);
}

const ids = (...systems: string[]) =>
  patient({ identifier: systems.map((system) => ({ system: `urn:${system}`, value: '1' })) });

test('sorts items into slices by value and by pattern', () => {
  for (const kind of ['value', 'pattern'] as const) {
    assert.deepEqual(found(ids('a', 'x', 'b', 'x'), sliced(kind)), []);
    assert.deepEqual(found(ids('b'), sliced(kind)), ['required Patient.identifier']);
    assert.deepEqual(found(ids('a', 'b', 'b'), sliced(kind)), ['structure Patient.identifier']);
    assert.deepEqual(found(patient({ identifier: [{ system: 'urn:a' }] }), sliced(kind)), [
      'required Patient.identifier[0].value',
    ]);
  }
});

test('holds to closed, ordered and openAtEnd slices', () => {
  assert.deepEqual(found(ids('a', 'x'), sliced('value', 'closed')), ['structure Patient.identifier[1]']);
  assert.deepEqual(found(ids('b', 'a'), sliced('value', 'open', { ordered: true })), [
    'structure Patient.identifier[1]',
  ]);
  assert.deepEqual(found(ids('a', 'x', 'b'), sliced('value', 'openAtEnd')), [
    'structure Patient.identifier[2]',
  ]);
  assert.deepEqual(found(ids('a', 'b', 'x'), sliced('value', 'openAtEnd')), []);
});

test('slices by nested paths, types, existence and what references lead to', () => {
  const types = profile('types', 'Observation', [
    {
      id: 'Observation.value[x]',
      slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' },
    },
    { id: 'Observation.value[x]:valueQuantity', type: [{ code: 'Quantity' }] },
    { id: 'Observation.value[x]:valueQuantity.unit', min: 1 },
  ]);
  assert.deepEqual(found(anObservation(), types), []);
  assert.deepEqual(found(anObservation({ valueQuantity: { value: 1 } }), types), [
    'required Observation.value.ofType(Quantity).unit',
  ]);
  assert.deepEqual(found(anObservation({ valueQuantity: undefined, valueString: 'x' }), types), [
    'structure Observation.value.ofType(string)',
  ]);

  const existing = profile('existing', 'Patient', [
    {
      id: 'Patient.contact',
      slicing: { discriminator: [{ type: 'exists', path: 'organization' }], rules: 'open' },
    },
    { id: 'Patient.contact:firm', max: '1' },
    { id: 'Patient.contact:firm.organization', min: 1 },
    { id: 'Patient.contact:firm.telecom', min: 1 },
    { id: 'Patient.contact:person' },
    { id: 'Patient.contact:person.organization', max: '0' },
    { id: 'Patient.contact:person.name', min: 1 },
  ]);
  assert.deepEqual(
    found(
      patient({
        contact: [{ organization: { display: 'x' } }, { telecom: [{ system: 'phone', value: '1' }] }],
      }),
      existing,
    ),
    ['required Patient.contact[0].telecom', 'required Patient.contact[1].name'],
  );

  const resolving = profile('resolving', 'Observation', [
    {
      id: 'Observation.performer',
      slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'open' },
    },
    {
      id: 'Observation.performer:firm',
      min: 1,
      type: [{ code: 'Reference', targetProfile: [base('Organization')] }],
    },
  ]);
  assert.deepEqual(found(anObservation({ performer: [{ reference: 'Organization/1' }] }), resolving), []);
  assert.deepEqual(found(anObservation({ performer: [{ reference: 'Practitioner/1' }] }), resolving), [
    'required Observation.performer',
  ]);
});

// https://hl7.org/fhir/R4/profiling-examples.html#contacts
test('a slice is told by what it does not have, also where that is bound to a value set', () => {
  const contacts = profile('contacts', 'Patient', [
    {
      id: 'Patient.telecom',
      slicing: {
        discriminator: [
          { type: 'value', path: 'system' },
          { type: 'value', path: 'use' },
        ],
        rules: 'closed',
      },
    },
    { id: 'Patient.telecom:home' },
    { id: 'Patient.telecom:home.system', min: 1, fixedCode: 'phone' },
    { id: 'Patient.telecom:home.use', min: 1, fixedCode: 'home' },
    { id: 'Patient.telecom:email', max: '1' },
    { id: 'Patient.telecom:email.system', min: 1, fixedCode: 'email' },
    { id: 'Patient.telecom:email.use', max: '0' },
  ]);
  const phone = { system: 'phone', value: '0912345678', use: 'home' };
  const email = { system: 'email', value: 'an@example.vn' };
  assert.deepEqual(found(patient({ telecom: [phone, email] }), contacts), []);
  assert.deepEqual(found(patient({ telecom: [phone, { ...email, use: 'home' }] }), contacts), [
    'structure Patient.telecom[1]',
  ]);
});

test('slices by profile, of resources in a Bundle', () => {
  const named = profile('named', 'Patient', [{ id: 'Patient.name', min: 1 }]);
  const bundle = profile('bundle', 'Bundle', [
    {
      id: 'Bundle.entry',
      slicing: { discriminator: [{ type: 'profile', path: 'resource' }], rules: 'open' },
    },
    { id: 'Bundle.entry:person', min: 1 },
    { id: 'Bundle.entry:person.resource', min: 1, type: [{ code: 'Patient', profile: [url('named')] }] },
  ]);
  const collection = (resource: object) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ resource }],
  });
  assert.deepEqual(found(collection(aPatient()), bundle, named), []);
  assert.deepEqual(found(collection({ resourceType: 'Patient', active: true }), bundle, named), [
    'required Bundle.entry',
  ]);
});

test('slices a slice again', () => {
  const again = profile('again', 'Patient', [
    {
      id: 'Patient.telecom',
      slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
    },
    {
      id: 'Patient.telecom:phone',
      slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' },
    },
    { id: 'Patient.telecom:phone.system', min: 1, fixedCode: 'phone' },
    { id: 'Patient.telecom:phone/mobile', sliceName: 'phone/mobile', min: 1, max: '1' },
    { id: 'Patient.telecom:phone/mobile.use', min: 1, fixedCode: 'mobile' },
  ]);
  const phone = (use: string) => ({ system: 'phone', value: '1', use });
  assert.deepEqual(found(patient({ telecom: [phone('home'), phone('mobile')] }), again), []);
  assert.deepEqual(found(patient({ telecom: [phone('home')] }), again), ['required Patient.telecom']);
});

test('a profile of a profile asks for both', () => {
  const inner = profile('inner', 'Patient', [{ id: 'Patient.name', min: 1 }]);
  const outer = profile('outer', 'Patient', [{ id: 'Patient.name.text', min: 1 }], url('inner'));
  assert.deepEqual(found(patient({ name: undefined }), outer, inner), ['required Patient.name']);
  assert.deepEqual(found(patient({ name: [{ family: 'x' }] }), outer, inner), [
    'required Patient.name[0].text',
  ]);
});

test('binds by strength, and never beyond the outer limit', () => {
  const set = {
    resourceType: 'ValueSet',
    url: 'http://example.org/vs',
    compose: { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] },
  };
  const limit = { ...set, url: 'http://example.org/max', compose: { include: [{ system: 'urn:s' }] } };
  const system = {
    resourceType: 'CodeSystem',
    url: 'urn:s',
    content: 'complete',
    concept: [{ code: 'a' }, { code: 'b' }],
  };
  const bound = (strength: string, extension: object[] = []) =>
    profile('bound', 'Observation', [
      { id: 'Observation.method', binding: { strength, valueSet: set.url, extension } },
    ]);
  const coded = (code: string) => anObservation({ method: { coding: [{ system: 'urn:s', code }] } });
  const at = 'Observation.method.coding[0].code';
  const extension = [{ url: base('elementdefinition-maxValueSet'), valueCanonical: limit.url }];
  assert.deepEqual(found(coded('a'), bound('required'), set, limit, system), []);
  assert.deepEqual(found(coded('b'), bound('required'), set, limit, system), [`code-invalid ${at}`]);
  assert.deepEqual(found(coded('b'), bound('extensible'), set, limit, system), [
    `warning code-invalid ${at}`,
  ]);
  assert.deepEqual(found(coded('b'), bound('preferred', extension), set, limit, system), []);
  assert.deepEqual(found(coded('c'), bound('preferred', extension), set, limit, system), [
    `code-invalid ${at}`,
  ]);
  const told = anObservation({ method: { text: 'x' } });
  assert.deepEqual(found(told, bound('extensible'), set), []);
  assert.deepEqual(found(told, bound('preferred', extension), set, limit, system), []);
  assert.deepEqual(found(told, bound('extensible', extension), set, limit, system), [
    'code-invalid Observation.method',
  ]);
});

test('evaluates invariants and checks reference targets', () => {
  const ruled = profile('ruled', 'Observation', [
    {
      id: 'Observation',
      constraint: [
        { key: 'r-1', severity: 'error', human: 'a note', expression: 'note.exists()' },
        { key: 'r-2', severity: 'warning', human: 'a device', expression: 'device.exists()' },
      ],
    },
    { id: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [base('Patient')] }] },
  ]);
  assert.deepEqual(found(anObservation({ subject: { reference: 'Group/1' } }), ruled), [
    'value Observation.subject.reference',
    'invariant Observation',
    'warning invariant Observation',
  ]);
});

test('checks blood pressure as the official profile does', () => {
  const code = (value: string) => ({ coding: [{ system: 'http://loinc.org', code: value }] });
  const mmHg = (value: number) => ({
    value,
    unit: 'mmHg',
    system: 'http://unitsofmeasure.org',
    code: 'mm[Hg]',
  });
  const pressure = (fields: object = {}) => ({
    resourceType: 'Observation',
    meta: { profile: [base('bp')] },
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
        ],
      },
    ],
    code: code('85354-9'),
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2026-05-04T08:10:00+07:00',
    component: [
      { code: code('8480-6'), valueQuantity: mmHg(120) },
      { code: code('8462-4'), valueQuantity: mmHg(80) },
    ],
    ...fields,
  });
  const errors = (resource: Resource) =>
    validate(resource)
      .filter(({ severity }) => severity === 'error')
      .map(({ code: kind, expression }) => `${kind} ${expression?.[0]}`);
  assert.deepEqual(errors(pressure()), []);
  const systolic = { code: code('8480-6'), valueQuantity: mmHg(120) };
  assert.deepEqual(errors(pressure({ component: [systolic] })), [
    'required Observation.component',
    'required Observation.component',
  ]);
  const inKilos = { code: code('8462-4'), valueQuantity: { ...mmHg(80), code: 'kg' } };
  assert.deepEqual(errors(pressure({ component: [systolic, inKilos] })), [
    'value Observation.component[1].value.ofType(Quantity).code',
  ]);
  const pulse = { code: code('8867-4'), valueQuantity: mmHg(70) };
  assert.deepEqual(errors(pressure({ component: [systolic, pulse] })), ['required Observation.component']);
  assert.deepEqual(errors(pressure({ category: [{ text: 'x' }] })), ['required Observation.category']);
  assert.deepEqual(errors(pressure({ effectiveDateTime: '2026' })), [
    'invariant Observation.effective.ofType(dateTime)',
  ]);
});

test('known extensions stand where they may, once, and hold what they must', () => {
  const errors = (resource: Resource) =>
    validate(resource).map(({ severity, code, expression }) => `${severity} ${code} ${expression?.[0]}`);
  const birthPlace = { url: base('patient-birthPlace'), valueAddress: { city: 'Huế' } };
  assert.deepEqual(errors(aPatient({ extension: [birthPlace] })), []);
  assert.deepEqual(errors(aPatient({ extension: [birthPlace, birthPlace] })), [
    'error extension Patient.extension[1]',
  ]);
  assert.deepEqual(errors(anObservation({ extension: [birthPlace] })), [
    'error extension Observation.extension[0]',
  ]);
  assert.deepEqual(errors(aPatient({ extension: [{ url: birthPlace.url, valueString: 'Huế' }] })), [
    'error structure Patient.extension[0].value.ofType(string)',
  ]);
  assert.deepEqual(errors(aPatient({ extension: [{ url: 'http://example.org/x', valueCode: 'a' }] })), []);
  assert.deepEqual(
    errors(aPatient({ modifierExtension: [{ url: 'http://example.org/x', valueCode: 'a' }] })),
    ['warning extension Patient.modifierExtension[0]'],
  );
});

test('an extension on an element of every resource stands on that of each of them', () => {
  const onText: Resource = {
    ...profile('on-text', 'Extension', [{ id: 'Extension.value[x]', min: 1 }]),
    context: [{ type: 'element', expression: 'DomainResource.text' }],
  };
  const extension = [{ url: url('on-text'), valueBoolean: true }];
  const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' };
  const errors = (resource: Resource) =>
    validate(resource, { profiles: sourceOf(onText) }).map(
      ({ code, expression }) => `${code} ${expression?.[0]}`,
    );
  assert.deepEqual(errors(aPatient({ text: { ...text, extension } })), []);
  assert.deepEqual(errors(aPatient({ text, name: [{ text: 'An', extension }] })), [
    'extension Patient.name[0].extension[0]',
  ]);
});

test('an extension stands where FHIRPath finds its place, and where its invariants hold', () => {
  const home: Resource = {
    ...profile('Home', 'Extension', [{ id: 'Extension.value[x]', min: 1 }]),
    context: [
      { type: 'fhirpath', expression: "Patient.address.where(use = 'home')" },
      { type: 'extension', expression: base('patient-interpreterRequired') },
    ],
    contextInvariant: ["city.empty() or city = 'Huế' or %extension.value = false"],
  };
  const errors = (resource: Resource) =>
    validate(resource, { profiles: sourceOf(home) }).map(
      ({ code, expression, diagnostics }) =>
        `${code} ${expression?.[0]}${/only where this holds/.test(diagnostics ?? '') ? ' invariant' : ''}`,
    );
  const extension = (valueBoolean = true) => [{ url: url('Home'), valueBoolean }];
  const address = (fields: object, more = extension()) =>
    aPatient({
      address: [
        { use: 'work', text: 'a' },
        { extension: more, ...fields },
      ],
    });
  assert.deepEqual(errors(address({ use: 'home', city: 'Huế' })), []);
  assert.deepEqual(errors(address({ use: 'work', city: 'Huế' })), [
    'extension Patient.address[1].extension[0]',
  ]);
  assert.deepEqual(errors(address({ use: 'home', city: 'Vinh' })), [
    'extension Patient.address[1].extension[0] invariant',
  ]);
  assert.deepEqual(errors(address({ use: 'home', city: 'Vinh' }, extension(false))), []);
  const within = (name: string) => [
    { url: base(name), valueBoolean: true, _valueBoolean: { extension: extension() } },
  ];
  assert.deepEqual(errors(aPatient({ extension: within('patient-interpreterRequired') })), []);
  assert.deepEqual(errors(aPatient({ extension: within('patient-cadavericDonor') })), [
    'extension Patient.extension[0].value.ofType(boolean).extension[0]',
  ]);
  assert.deepEqual(errors(aPatient({ _birthDate: { extension: extension() } })), [
    'extension Patient.birthDate.extension[0]',
  ]);
  assert.deepEqual(
    validate({ ...home, contextInvariant: ['city.('] }).map(
      ({ code, expression }) => `${code} ${expression?.[0]}`,
    ),
    ['invalid StructureDefinition.contextInvariant[0]'],
  );
});

test('the default slice holds what belongs to no other', () => {
  const others = (rules: string, more: object = {}) =>
    profile('Others', 'Patient', [
      { id: 'Patient.identifier', slicing: { discriminator: [{ type: 'value', path: 'system' }], rules } },
      { id: 'Patient.identifier:a', max: '1' },
      { id: 'Patient.identifier:a.system', min: 1, fixedUri: 'http://a' },
      { id: 'Patient.identifier:@default', ...more },
      { id: 'Patient.identifier:@default.value', min: 1 },
    ]);
  const [a, whole, bare] = [
    { system: 'http://a' },
    { system: 'http://z', value: '1' },
    { system: 'http://z' },
  ];
  for (const rules of ['closed', 'open']) {
    assert.deepEqual(found(patient({ identifier: [a, whole] }), others(rules)), []);
    assert.deepEqual(found(patient({ identifier: [a, bare] }), others(rules)), [
      'required Patient.identifier[1].value',
    ]);
    assert.deepEqual(found(patient({ identifier: [a, whole, whole] }), others(rules, { max: '1' })), ['structure Patient.identifier']); // prettier-ignore
    assert.deepEqual(found(patient({ identifier: [a] }), others(rules, { min: 1 })), ['required Patient.identifier']); // prettier-ignore
  }
  assert.deepEqual(
    validate(others('closed')).filter(({ severity }) => severity !== 'information').map(({ code, expression }) => `${code} ${expression?.[0]}`), // prettier-ignore
    [],
  );
});

test('what changes the meaning is a modifierExtension, and nothing else is', () => {
  const errors = (resource: Resource) =>
    validate(resource).map(({ severity, code, expression }) => `${severity} ${code} ${expression?.[0]}`);
  const order = {
    resourceType: 'NutritionOrder',
    status: 'active',
    intent: 'order',
    patient: { display: 'x' },
  };
  const notToBeDone = { url: base('request-doNotPerform'), valueBoolean: true };
  const ordered = { ...order, dateTime: '2026-11-20', enteralFormula: { baseFormulaProductName: 'x' } };
  assert.deepEqual(errors({ ...ordered, modifierExtension: [notToBeDone] }), []);
  assert.deepEqual(errors({ ...ordered, extension: [notToBeDone] }), [
    'error extension NutritionOrder.extension[0]',
  ]);
  const birthPlace = { url: base('patient-birthPlace'), valueAddress: { city: 'Huế' } };
  assert.deepEqual(errors(aPatient({ modifierExtension: [birthPlace] })), [
    'error extension Patient.modifierExtension[0]',
  ]);
});

test('a stored extension is a modifier when its definition says so, also in the snapshot alone', () => {
  const definition = (isModifier: boolean, part: 'differential' | 'snapshot') => ({
    resourceType: 'StructureDefinition',
    url: 'http://example.org/negated',
    type: 'Extension',
    derivation: 'constraint',
    baseDefinition: base('Extension'),
    [part]: { element: [{ id: 'Extension', path: 'Extension', isModifier }] },
  });
  const faults = (part: 'differential' | 'snapshot', isModifier: boolean) => {
    const stored = definition(isModifier, part);
    const extension = { url: stored.url, valueBoolean: true };
    return ['extension', 'modifierExtension'].filter((name) =>
      validate(aPatient({ [name]: [extension] }), { profiles: sourceOf(stored) }).some(
        ({ severity }) => severity === 'error',
      ),
    );
  };
  for (const part of ['differential', 'snapshot'] as const) {
    assert.deepEqual(faults(part, true), ['extension']);
    assert.deepEqual(faults(part, false), ['modifierExtension']);
  }
});

test('refuses a StructureDefinition that cannot be compiled, at the element', () => {
  const errors = (resource: Resource) =>
    validate(resource)
      .filter(({ severity }) => severity === 'error')
      .map(({ code, expression }) => `${code} ${expression?.[0]}`);
  const at = 'StructureDefinition.differential.element[1]';
  const one = (element: Element, on?: string) => errors(profile('bad', 'Patient', [element], on));
  assert.deepEqual(one({ id: 'Patient.name', min: 1 }, 'http://example.org/none'), [
    'invalid StructureDefinition.baseDefinition',
  ]);
  assert.deepEqual(one({ id: 'Patient.nmae', min: 1 }), [`invalid ${at}.path`]);
  assert.deepEqual(one({ id: 'Patient.gender', max: '2' }), [`invalid ${at}.max`]);
  assert.deepEqual(one({ id: 'Patient.gender', type: [{ code: 'string' }] }), [`invalid ${at}.type`]);
  const constraint = [{ key: 'a-1', severity: 'error', human: 'x', expression: 'name.(' }];
  assert.deepEqual(one({ id: 'Patient.name', constraint }), [`invalid ${at}.constraint[0].expression`]);
});

test('warns of a slice that nothing tells apart', () => {
  const vague = profile('Vague', 'Patient', [
    {
      id: 'Patient.identifier',
      slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
    },
    { id: 'Patient.identifier:a', min: 1 },
  ]);
  const issues = validate(vague).map(({ severity, expression }) => `${severity} ${expression?.[0]}`);
  assert.deepEqual(issues, ['warning StructureDefinition.differential.element[2]']);
});

test('an unknown profile is a warning, one about another type an error', () => {
  const issues = (canonical: string) =>
    validate({ ...aPatient(), meta: { profile: [canonical] } }).map(
      ({ severity, code }) => `${severity} ${code}`,
    );
  assert.deepEqual(issues('http://example.org/none'), ['warning not-found']);
  assert.deepEqual(issues(`http://example.org/${'long'.repeat(1000)}`), ['warning not-found']);
  assert.deepEqual(issues(base('bp')), ['error structure']);
  assert.deepEqual(issues(base('Patient')), []);
});

test('extensions of R4 about items of a Questionnaire stand on items of their kind', () => {
  const reference = { url: base('questionnaire-referenceResource'), valueCode: 'Patient' };
  const item = (type: string, extension: object, more = {}) => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [{ linkId: '1', text: 'a', type, extension: [extension], ...more }],
  });
  const unit = { url: base('questionnaire-unit'), valueCoding: { code: 'kg' } };
  const least = (valueInteger: number) => ({ url: base('questionnaire-minOccurs'), valueInteger });
  const orientation = { url: base('questionnaire-choiceOrientation'), valueCode: 'vertical' };
  const purpose = {
    url: base('questionnaire-displayCategory'),
    valueCodeableConcept: {
      coding: [{ system: 'http://hl7.org/fhir/questionnaire-display-category', code: 'instructions' }],
    },
  };
  for (const [resource, isValid] of [
    [item('reference', reference), true],
    [item('string', reference), false],
    [item('decimal', unit), true],
    [item('quantity', unit), false],
    [item('string', least(2), { required: true }), true],
    [item('string', least(2), { required: false }), false],
    [item('string', least(0), { required: false }), true],
    [item('boolean', orientation), true],
    [item('display', orientation), false],
    [item('display', purpose), true],
    [item('boolean', purpose), true],
  ] as const)
    assert.deepEqual(
      validate(resource).map(({ code, expression }) => `${code} ${expression?.[0]}`),
      isValid ? [] : ['extension Questionnaire.item[0].extension[0]'],
      JSON.stringify(resource.item),
    );
  const onElement = profile('Weight', 'Observation', [
    { id: 'Observation.value[x]', extension: [unit] } as never,
  ]);
  assert.deepEqual(validate(onElement), [], 'as HL7 allows it since');
});
