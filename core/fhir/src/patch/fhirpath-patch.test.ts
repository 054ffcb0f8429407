import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../interactions.ts';
import { parseJson } from '../json/parse-json.ts';
import { OutcomeError } from '../outcome.ts';
import { applyFhirPathPatch } from './fhirpath-patch.ts';

type Fields = Record<string, unknown>;

/** An operation from its parts: `value` is given as Parameters.parameter.part has it. */
function operation({ value, ...parts }: Fields): Fields {
  const part = Object.entries(parts).map(([name, given]) => ({
    name,
    ...(typeof given === 'number' ? { valueInteger: given } : { valueString: given }),
  }));
  return {
    name: 'operation',
    part: value === undefined ? part : [...part, { name: 'value', ...(value as Fields) }],
  };
}

const patch = (resource: Fields, ...operations: Fields[]) =>
  applyFhirPathPatch(resource as Resource, {
    resourceType: 'Parameters',
    parameter: operations.map(operation),
  });

const patient = (fields: Fields = {}) => ({ resourceType: 'Patient', ...fields });
const letters = (...values: string[]) => patient({ identifier: values.map((value) => ({ value })) });

/** resource, operations, result. */
const applied: [Fields, Fields[], Fields][] = [
  [
    patient(),
    [{ type: 'add', path: 'Patient', name: 'birthDate', value: { valueDate: '1930-01-01' } }],
    patient({ birthDate: '1930-01-01' }),
  ],
  [
    patient({ birthDate: '1920-01-01' }),
    [{ type: 'replace', path: 'Patient.birthDate', value: { valueDate: '1930-01-01' } }],
    patient({ birthDate: '1930-01-01' }),
  ],
  [patient({ birthDate: '1920-01-01' }), [{ type: 'delete', path: 'Patient.birthDate' }], patient()],
  [patient(), [{ type: 'delete', path: 'Patient.birthDate' }], patient()],
  [
    letters('a', 'b'),
    [{ type: 'add', path: 'Patient', name: 'identifier', value: { valueIdentifier: { value: 'c' } } }],
    letters('a', 'b', 'c'),
  ],
  [
    letters('a', 'c'),
    [{ type: 'insert', path: 'Patient.identifier', index: 1, value: { valueIdentifier: { value: 'b' } } }],
    letters('a', 'b', 'c'),
  ],
  [
    patient(),
    [{ type: 'insert', path: 'Patient.identifier', index: 0, value: { valueIdentifier: { value: 'a' } } }],
    letters('a'),
  ],
  [letters('a', 'b', 'c'), [{ type: 'delete', path: 'Patient.identifier[1]' }], letters('a', 'c')],
  [letters('a'), [{ type: 'delete', path: "Patient.identifier.where(value = 'a')" }], patient()],
  [
    letters('a', 'b', 'c', 'd'),
    [{ type: 'move', path: 'Patient.identifier', source: 3, destination: 1 }],
    letters('a', 'd', 'b', 'c'),
  ],
  [
    letters('a', 'b', 'c'),
    [{ type: 'move', path: 'Patient.identifier', source: 0, destination: 2 }],
    letters('b', 'c', 'a'),
  ],
  // an element without a type of its own is built from parts; the same name again makes a list
  [
    patient(),
    [
      {
        type: 'add',
        path: 'Patient',
        name: 'contact',
        value: {
          part: [
            { name: 'name', valueHumanName: { text: 'Lan' } },
            { name: 'telecom', part: [{ name: 'value', valueString: '1' }] },
            { name: 'telecom', part: [{ name: 'value', valueString: '2' }] },
            { name: 'gender', valueCode: 'female' },
          ],
        },
      },
    ],
    patient({
      contact: [{ name: { text: 'Lan' }, telecom: [{ value: '1' }, { value: '2' }], gender: 'female' }],
    }),
  ],
  // a choice takes the type of its value, and may change it
  [
    patient(),
    [{ type: 'add', path: 'Patient', name: 'deceased', value: { valueBoolean: false } }],
    patient({ deceasedBoolean: false }),
  ],
  [
    patient({ deceasedBoolean: false }),
    [{ type: 'replace', path: 'Patient.deceased', value: { valueDateTime: '2020' } }],
    patient({ deceasedDateTime: '2020' }),
  ],
  // what stands beside a primitive keeps its place, or goes with it
  [
    patient({ name: [{ given: ['a', 'c'], _given: [{ id: '1' }, { id: '3' }] }] }),
    [{ type: 'insert', path: 'Patient.name[0].given', index: 1, value: { valueString: 'b' } }],
    patient({ name: [{ given: ['a', 'b', 'c'], _given: [{ id: '1' }, null, { id: '3' }] }] }),
  ],
  [
    patient({ name: [{ given: ['a', 'b'], _given: [null, { id: '2' }] }] }),
    [{ type: 'delete', path: 'Patient.name[0].given[0]' }],
    patient({ name: [{ given: ['b'], _given: [{ id: '2' }] }] }),
  ],
  [
    patient({ birthDate: '1930', _birthDate: { id: 'x' } }),
    [{ type: 'replace', path: 'Patient.birthDate', value: { valueDate: '1931', _valueDate: { id: 'y' } } }],
    patient({ birthDate: '1931', _birthDate: { id: 'y' } }),
  ],
  [
    patient({ birthDate: '1930' }),
    [
      {
        type: 'add',
        path: 'Patient.birthDate',
        name: 'extension',
        value: { valueExtension: { url: 'u', valueString: 'v' } },
      },
    ],
    patient({ birthDate: '1930', _birthDate: { extension: [{ url: 'u', valueString: 'v' }] } }),
  ],
  [
    patient({ birthDate: '1930', _birthDate: { extension: [{ url: 'u', valueString: 'v' }] } }),
    [{ type: 'delete', path: "Patient.birthDate.extension('u')" }],
    patient({ birthDate: '1930' }),
  ],
  // each operation sees what those before it did
  [
    patient(),
    [
      { type: 'add', path: 'Patient', name: 'name', value: { valueHumanName: { text: 'A' } } },
      { type: 'add', path: 'Patient.name[0]', name: 'given', value: { valueString: 'B' } },
      { type: 'delete', path: 'Patient.name[0].text' },
    ],
    patient({ name: [{ given: ['B'] }] }),
  ],
  [
    { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient() }] },
    [{ type: 'add', path: 'Bundle.entry[0].resource', name: 'active', value: { valueBoolean: true } }],
    { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({ active: true }) }] },
  ],
];

test('adds, inserts, deletes, replaces and moves, and leaves the resource it was given as it was', () => {
  for (const [resource, operations, expected] of applied) {
    const before = structuredClone(resource);
    assert.deepEqual(patch(resource, ...operations), expected, JSON.stringify(operations));
    assert.deepEqual(resource, before);
  }
});

test('names the operation when a patch is malformed or does not fit', () => {
  const add = (path: string, name: string, value: Fields = { valueString: 'x' }) => ({
    type: 'add',
    path,
    name,
    value,
  });
  const faults: [Fields, Fields[], string, RegExp][] = [
    [patient(), [{ path: 'Patient' }], 'invalid', /parameter\[0\]: the part 'type' is missing/],
    [patient(), [{ type: 'patch', path: 'Patient' }], 'invalid', /type must be one of add, insert/],
    [patient(), [{ type: 'delete' }], 'invalid', /'path' is missing/],
    [
      patient(),
      [{ type: 'delete', path: 'Patient..x' }],
      'invalid',
      /parameter\[0\]\.part\[1\]: FHIRPath at line 1, column 9/,
    ],
    [patient(), [add('Patient.name', 'given')], 'processing', /there is nothing at Patient\.name to add to/],
    [letters('a', 'b'), [add('Patient.identifier', 'value')], 'processing', /finds 2 elements/],
    [
      letters('a', 'b'),
      [{ type: 'delete', path: 'Patient.identifier' }],
      'processing',
      /finds 2 elements, delete takes one/,
    ],
    [patient(), [add('Patient', 'nickname')], 'processing', /Patient has no element 'nickname'/],
    [
      patient(),
      [{ type: 'delete', path: 'Patient.active' }, add('Patient', 'x')],
      'processing',
      /parameter\[1\]/,
    ],
    [patient({ gender: 'male' }), [add('Patient', 'gender')], 'processing', /gender is there already/],
    [
      patient({ deceasedBoolean: true }),
      [add('Patient', 'deceased', { valueDateTime: '2020' })],
      'processing',
      /deceasedBoolean is there already/,
    ],
    [
      patient(),
      [add('Patient', 'deceased', { valueString: 'x' })],
      'processing',
      /deceased\[x\] cannot be a String/,
    ],
    [
      patient(),
      [add('Patient', 'contact', { part: [{ name: 'foo', valueString: 'x' }] })],
      'processing',
      /part\[3\]\.part\[0\]: Patient\.contact has no element 'foo'/,
    ],
    [patient(), [add('Patient', 'contact', {})], 'invalid', /needs a value\[x\], a resource or parts/],
    [
      letters('a'),
      [{ type: 'insert', path: 'Patient.identifier', index: 2, value: { valueIdentifier: {} } }],
      'processing',
      /beyond its end/,
    ],
    [
      letters('a'),
      [{ type: 'move', path: 'Patient.identifier', source: 0, destination: 1 }],
      'processing',
      /destination 1/,
    ],
    [
      letters('a'),
      [{ type: 'move', path: 'Patient.identifier', source: -1, destination: 0 }],
      'invalid',
      /source must be/,
    ],
    [
      patient(),
      [{ type: 'insert', path: 'Patient.gender', index: 0, value: { valueCode: 'male' } }],
      'processing',
      /is no list/,
    ],
    [patient(), [{ type: 'delete', path: 'Patient' }], 'processing', /whole resource/],
    [patient(), [{ type: 'delete', path: '1 + 1' }], 'processing', /no element of the resource/],
    [patient(), [{ type: 'delete', path: "1 + 'a'" }], 'processing', /not defined/],
  ];
  for (const [resource, operations, code, why] of faults)
    assert.throws(
      () => patch(resource, ...operations),
      (error: unknown) => {
        assert.ok(error instanceof OutcomeError, JSON.stringify(operations));
        assert.match(error.message, why);
        assert.equal(error.code, code, error.message);
        assert.match(error.issues[0]!.expression![0]!, /^Parameters\.parameter\[\d\]/);
        return true;
      },
    );
});

test('refuses a part that is given twice, which would leave open what is meant', () => {
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: 'Patient.active' },
    { name: 'value', valueBoolean: true },
    { name: 'value', valueBoolean: false },
  ];
  const patch = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] };
  assert.throws(
    () => applyFhirPathPatch(patient({ active: true }), patch),
    /parameter\[0\]\.part\[3\]: the part 'value' is given twice/,
  );
});

test('keeps the digits of every decimal, those of the resource and those of the patch', () => {
  const observation = parseJson('{"resourceType":"Observation","valueQuantity":{"value":1.50}}');
  const parameters = parseJson(
    '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},{"name":"name","valueString":"component"},{"name":"value","part":[{"name":"value","valueQuantity":{"value":2.00}}]}]}]}',
  );
  assert.equal(
    JSON.stringify(applyFhirPathPatch(observation, parameters)),
    '{"resourceType":"Observation","valueQuantity":{"value":1.50},"component":[{"valueQuantity":{"value":2.00}}]}',
  );
});
