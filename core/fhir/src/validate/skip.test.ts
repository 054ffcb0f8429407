import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFhirPath } from '../fhirpath/index.ts';
import { parse } from '../fhirpath/parser.ts';
import type { Resource } from '../interactions.ts';
import { Decimal } from '../json/decimal.ts';
import { model } from '../model/model.ts';
import { propertyOf } from '../path/compile-path.ts';
import { officialExamples } from '../testing/samples.ts';
import { isSkipped, skipsOf } from './skip.ts';

type Fields = Record<string, unknown>;

const skips = (expression: string, type: string) => {
  const { absent, present } = skipsOf(parse(expression), type);
  return [absent.map(({ name }) => name), present.map(({ name }) => name)];
};

test('sees what decides an invariant', () => {
  assert.deepEqual(skips('code.empty() or system.exists()', 'Quantity'), [['code'], ['system']]);
  assert.deepEqual(skips('dataAbsentReason.empty() or value.empty()', 'Observation'), [
    ['value', 'dataAbsentReason'],
    [],
  ]);
  assert.deepEqual(skips('start.exists() = end.exists()', 'Appointment'), [[], []]);
  assert.deepEqual(skips('contained.contained.empty()', 'Patient'), [['contained'], []]);
  assert.deepEqual(skips('name.exists() or telecom.exists()', 'Patient.contact'), [[], ['name', 'telecom']]);
});

function* objects(value: Fields, type: string): Generator<[Fields, string]> {
  yield [value, type];
  for (const element of model.types[type]?.elements ?? [])
    for (const of of element.types) {
      const own = value[propertyOf(element, of)];
      if (own === undefined || of === 'Resource' || model.types[of]?.kind === 'primitive') continue;
      for (const one of Array.isArray(own) ? (own as unknown[]) : [own])
        if (typeof one === 'object' && one !== null && !(one instanceof Decimal))
          yield* objects(one as Fields, of);
    }
}

test('never spares an invariant that is violated, on every example and with each element left out', (t) => {
  const perType = new Map<string, number>();
  let spared = 0;
  let violated = 0;
  for (const example of officialExamples())
    for (const [value, type] of objects(example, example.resourceType)) {
      const { constraints = [] } = model.types[type] ?? {};
      const times = perType.get(type) ?? 0;
      if (constraints.length === 0 || times > 12) continue;
      perType.set(type, times + 1);
      const variants = [value];
      for (const left of Object.keys(value)) {
        const variant = { ...value };
        delete variant[left];
        variants.push(variant);
      }
      for (const variant of variants)
        for (const { expression } of constraints) {
          const refuted = compileFhirPath(expression).refutes(variant, {
            type,
            root: example as Resource,
          });
          const isSpared = isSkipped(skipsOf(parse(expression), type), variant);
          assert.ok(!(refuted && isSpared), `${expression} on ${JSON.stringify(variant).slice(0, 200)}`);
          spared += Number(isSpared);
          violated += Number(refuted);
        }
    }
  t.diagnostic(`${spared} spared, ${violated} violated, never both`);
  assert.ok(violated > 100);
});
