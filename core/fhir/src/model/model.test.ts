import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildModel, readDefinitions } from '../../scripts/build-model.ts';
import { model, resourceTypes } from './model.ts';

test('the committed model is what a fresh run makes of the official definitions', () => {
  assert.deepEqual(model, JSON.parse(JSON.stringify(buildModel(readDefinitions()))));
});

test('knows the 146 resource types and their elements', () => {
  assert.equal(resourceTypes.size, 146);
  const elements = Object.values(model.types).reduce((sum, { elements }) => sum + elements.length, 0);
  assert.ok(elements > 5000, `${elements} elements`);
  assert.ok(!resourceTypes.has('DomainResource'));
});

test('every type an element may have is itself in the model', () => {
  const named = Object.values(model.types).flatMap(({ elements }) => elements.flatMap(({ types }) => types));
  assert.deepEqual(
    [...new Set(named)].filter((type) => !model.types[type]),
    [],
  );
});

test('lists the codes of the required bindings that the definitions enumerate', () => {
  const gender = model.types['Patient']?.elements.find(({ name }) => name === 'gender');
  assert.deepEqual(model.valueSets[gender!.binding!], {
    'http://hl7.org/fhir/administrative-gender': ['male', 'female', 'other', 'unknown'],
  });
});
