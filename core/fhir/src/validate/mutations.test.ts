import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../interactions.ts';
import { Decimal } from '../json/decimal.ts';
import { model, type ElementModel } from '../model/model.ts';
import { propertyOf } from '../path/compile-path.ts';
import { officialExamples } from '../testing/samples.ts';
import { validate } from './validate.ts';

type Fields = Record<string, unknown>;

/** One place in an example: the object, the property, the element it is of. */
type Place = {
  parent: Fields;
  property: string;
  element: ElementModel;
  type: string;
  path: string;
  owner: string;
};

/** A fault: what it does to the place, and the issue it must bring; undefined where it does not fit. */
type Mutation = (place: Place) => { undo: () => void; code: string; at: string } | undefined;

const isPrimitive = (type: string) => model.types[type]?.kind === 'primitive';

function set(place: Place, value: unknown) {
  const { parent, property } = place;
  const before = parent[property];
  parent[property] = value;
  return () => {
    parent[property] = before;
  };
}

/** Puts the value into the place, or into its first item. */
function setItem(place: Place, value: unknown) {
  return set(
    place,
    place.element.many ? [value, ...(place.parent[place.property] as unknown[]).slice(1)] : value,
  );
}

const item = ({ path, element }: Place) => (element.many ? `${path}[0]` : path);
const first = ({ parent, property, element }: Place): unknown =>
  element.many ? (parent[property] as unknown[])[0] : parent[property];

/** What is lost with a contained resource is missed elsewhere. */
const isContained = ({ type }: Place) => type === 'Resource';

const numbers = new Set(['integer', 'decimal', 'positiveInt', 'unsignedInt']);
const dates = new Set(['date', 'dateTime', 'instant']);

const mutations: Record<string, Mutation> = {
  'a mandatory element is missing': (place) => {
    if (!place.element.min || place.parent[`_${place.property}`]) return undefined;
    const at = place.path.replace(/\.ofType\([^)]*\)$/, '');
    return { undo: set(place, undefined), code: 'required', at };
  },
  'an array where one is allowed': (place) =>
    place.element.many
      ? undefined
      : { undo: set(place, [place.parent[place.property]]), code: 'structure', at: place.path },
  'one where an array must be': (place) =>
    place.element.many && !isContained(place)
      ? { undo: set(place, first(place)), code: 'structure', at: place.path }
      : undefined,
  'an empty array': (place) =>
    place.element.many && !place.parent[`_${place.property}`] && !isContained(place)
      ? { undo: set(place, []), code: 'structure', at: place.path }
      : undefined,
  'an unknown element': (place) => {
    const value = first(place);
    if (isPrimitive(place.type) || place.type === 'Resource' || typeof value !== 'object' || !value)
      return undefined;
    const undo = setItem(place, { ...value, zzz: 1 });
    return { undo, code: 'structure', at: `${item(place)}.zzz` };
  },
  'an object where a text must be': (place) =>
    isPrimitive(place.type) ? { undo: setItem(place, { a: 1 }), code: 'value', at: item(place) } : undefined,
  'a text where an object must be': (place) =>
    isPrimitive(place.type) || place.type === 'Resource'
      ? undefined
      : { undo: setItem(place, 'text'), code: 'structure', at: item(place) },
  'an empty text': (place) =>
    isPrimitive(place.type) && place.type !== 'boolean'
      ? { undo: setItem(place, ''), code: 'value', at: item(place) }
      : undefined,
  'a number as text': (place) =>
    numbers.has(place.type)
      ? { undo: setItem(place, String(first(place) as number)), code: 'value', at: item(place) }
      : undefined,
  'a day that does not exist': (place) =>
    dates.has(place.type)
      ? { undo: setItem(place, '2023-02-30'), code: 'value', at: item(place) }
      : undefined,
  'a code outside of its set': (place) =>
    place.type === 'code' && place.element.binding && typeof first(place) === 'string'
      ? { undo: setItem(place, 'no-such-code'), code: 'code-invalid', at: item(place) }
      : undefined,
  'a concept without its set': (place) =>
    place.type === 'CodeableConcept' && place.element.bound?.strength === 'required'
      ? { undo: setItem(place, { text: 'x' }), code: 'code-invalid', at: item(place) }
      : undefined,
  'a reference to nothing contained': (place) =>
    place.type === 'Reference' && !String((first(place) as Fields)['reference']).startsWith('#')
      ? { undo: setItem(place, { reference: '#nowhere' }), code: 'invariant', at: item(place) }
      : undefined,
  'a period that ends before it starts': (place) =>
    place.type === 'Period'
      ? {
          undo: setItem(place, { start: '2024-02-01', end: '2024-01-01' }),
          code: 'invariant',
          at: item(place),
        }
      : undefined,
  'a unit without its system': (place) =>
    place.type === 'Quantity' && !place.element.bound
      ? { undo: setItem(place, { value: 1, code: 'mg' }), code: 'invariant', at: item(place) }
      : undefined,
  'an extension with value and extensions': (place) =>
    place.type === 'Extension'
      ? {
          undo: setItem(place, {
            url: 'http://example.org/a',
            valueCode: 'a',
            extension: [{ url: 'b', valueCode: 'b' }],
          }),
          code: 'invariant',
          at: item(place),
        }
      : undefined,
};

/** Every place of a resource with a value, nested resources left out. */
function* places(value: Fields, type: string, path: string): Generator<Place> {
  for (const element of model.types[type]?.elements ?? [])
    for (const of of element.types) {
      const property = propertyOf(element, of);
      const own = value[property];
      if (own === undefined || own === null) continue;
      const at = element.choice ? `${path}.${element.name}.ofType(${of})` : `${path}.${element.name}`;
      const items = element.many ? (own as unknown[]) : [own];
      if (items[0] === null) continue;
      yield { parent: value, property, element, type: of, path: at, owner: type };
      if (isPrimitive(of) || of === 'Resource') continue;
      for (const [index, one] of items.entries())
        if (typeof one === 'object' && one !== null && !(one instanceof Decimal))
          yield* places(one as Fields, of, element.many ? `${at}[${index}]` : at);
    }
}

/** An element around the fault may have an invariant that speaks of the value too. */
const followsFrom = (at: string) => (issue: string) => {
  const [code, expression = ''] = issue.split(' ');
  return code === 'invariant' && at.startsWith(expression);
};

test('finds one planted fault in each element as exactly that fault at exactly that place', (t) => {
  const done = new Set<string>();
  const elements = new Set<string>();
  const wrong: string[] = [];
  for (const example of officialExamples()) {
    if (['Bundle', 'Parameters'].includes(example.resourceType) || JSON.stringify(example).length > 20_000)
      continue;
    if (example.meta?.['profile']) continue;
    if (validate(example).some(({ severity }) => severity === 'error')) continue;
    for (const place of places(example, example.resourceType, example.resourceType))
      for (const [name, mutate] of Object.entries(mutations)) {
        const definition = `${place.owner}.${place.element.name}`;
        if (done.has(`${definition} ${name}`)) continue;
        const mutation = mutate(place);
        if (!mutation) continue;
        done.add(`${definition} ${name}`);
        elements.add(definition);
        const errors = validate(example as Resource).filter(({ severity }) => severity === 'error');
        mutation.undo();
        const found = errors.map(({ code, expression }) => `${code} ${expression?.[0]}`);
        if (found[0] !== `${mutation.code} ${mutation.at}` || !found.slice(1).every(followsFrom(mutation.at)))
          wrong.push(
            `${name} at ${mutation.at} of ${example.resourceType}/${example.id}: ${found.join(' and ') || 'nothing'}`,
          );
      }
  }
  t.diagnostic(
    `${done.size} faults in ${elements.size} element definitions; ${wrong.length} found otherwise`,
  );
  assert.deepEqual(wrong, []);
});
