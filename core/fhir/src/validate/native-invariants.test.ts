import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFhirPath } from '../fhirpath/index.ts';
import type { Resource } from '../interactions.ts';
import { model } from '../model/model.ts';
import { officialExamples } from '../testing.ts';
import { findProfile } from '../profile/library.ts';
import { nativeInvariants } from './native-invariants.ts';
import { newRun } from './run.ts';

type Fields = Record<string, unknown>;

test('every invariant that is written out is one of the model or of the vital signs', () => {
  const vitalSigns = findProfile('http://hl7.org/fhir/StructureDefinition/vitalsigns')!;
  const expressions = new Set(
    [
      ...Object.values(model.types),
      ...vitalSigns.element.map((one) => ({ constraints: one.constraint })),
    ].flatMap(({ constraints = [] }) => constraints.map((one) => one.expression)),
  );
  assert.deepEqual(
    Object.keys(nativeInvariants).filter((expression) => !expressions.has(expression)),
    [],
  );
});

test('a vital sign is precise to the day, as its expression says', () => {
  const expression = '($this as dateTime).toString().length() >= 8';
  const native = nativeInvariants[expression]!;
  for (const value of ['2024', '2024-03', '2024-03-31', '2024-03-31T08:00:00Z']) {
    const engine = compileFhirPath(expression).evaluate(value, { type: 'dateTime' })[0] !== false;
    assert.equal(native(value as unknown as Fields, newRun({ resourceType: 'Observation' })), engine, value);
  }
  assert.ok(native({ start: '2024' }, newRun({ resourceType: 'Observation' })));
});

/** The types whose invariants are written out, with expressions. */
const byType = Object.entries(model.types).flatMap(([type, { constraints = [] }]) =>
  constraints.flatMap(({ expression }) =>
    nativeInvariants[expression] ? [[type, expression] as const] : [],
  ),
);

/** Faults, planted into every object of an example that has the property. */
const faults: [property: string, value: unknown][] = [
  ['reference', '#nowhere'],
  ['reference', '#'],
  ['end', '1900-01-01'],
  ['end', '2100'],
  ['start', '2012-05-23T10:00:00+14:00'],
  ['fullUrl', 'http://example.org/same'],
  ['type', 'transaction'],
  ['type', 'history'],
  ['type', 'batch-response'],
  ['id', 'other'],
  ['linkId', 'same'],
  ['code', 'same'],
];

function planted(value: unknown, property: string, fault: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => planted(one, property, fault));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const copy: Fields = {};
  for (const [key, own] of Object.entries(value))
    copy[key] = key === property && typeof own === 'string' ? fault : planted(own, property, fault);
  return copy;
}

test('gives what the expressions give, on every example and on planted faults', (t) => {
  let compared = 0;
  let violated = 0;
  const compare = (type: string, expression: string, value: Fields, resource: Resource) => {
    const run = newRun(resource);
    const native = nativeInvariants[expression]!(value, run);
    const engine =
      compileFhirPath(expression).evaluate(value, { type, root: resource, rootResource: resource })[0] !==
      false;
    assert.equal(native, engine, `${expression} on ${JSON.stringify(value).slice(0, 300)}`);
    compared++;
    if (!native) violated++;
  };
  const visit = (value: unknown, resource: Resource) => {
    if (Array.isArray(value)) for (const one of value) visit(one, resource);
    else if (typeof value === 'object' && value !== null) {
      const fields = value as Fields;
      if (typeof fields['reference'] === 'string') ofType('Reference', fields, resource);
      if (typeof fields['start'] === 'string' && typeof fields['end'] === 'string')
        ofType('Period', fields, resource);
      for (const key in fields) if (key !== 'resource') visit(fields[key], resource);
    }
  };
  const ofType = (type: string, fields: Fields, resource: Resource) => {
    for (const [name, expression] of byType) if (name === type) compare(type, expression, fields, resource);
  };
  const examples = officialExamples().filter((one) => JSON.stringify(one).length < 50_000);
  for (const example of examples)
    for (const [property, value] of [['', ''] as const, ...faults]) {
      const resource = (property === '' ? example : planted(example, property, value)) as Resource;
      if (resource.resourceType !== example.resourceType) continue;
      ofType(resource.resourceType, resource, resource);
      if (resource['contained']) ofType('DomainResource', resource, resource);
      if (['', 'reference', 'end', 'start'].includes(property)) visit(resource, resource);
    }
  t.diagnostic(`${compared} evaluations compared, of which ${violated} find a fault`);
  assert.ok(violated > 300);
});
