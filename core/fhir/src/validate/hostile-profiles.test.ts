import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDefinitions } from '../../scripts/build-model.ts';
import type { Resource } from '../interactions.ts';
import { officialExamples } from '../testing/samples.ts';
import { validate } from './validate.ts';

/** The same numbers on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const junk: unknown[] = [
  null,
  0,
  -1,
  1e99,
  true,
  '',
  'x',
  '#',
  '#x',
  'T',
  '2024-02-30T',
  '\ud800',
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
  { reference: '#' },
  { coding: [null] },
  { coding: {} },
  { extension: [null] },
  { url: 5 },
  [{ url: null }],
];

/** A copy with some of its parts replaced by junk, or doubled. */
function spoilt(value: unknown, pick: (below: number) => number, odds: number): unknown {
  if (pick(odds) === 0) return junk[pick(junk.length)];
  if (Array.isArray(value)) {
    const items = value.map((one) => spoilt(one, pick, odds));
    return pick(odds) === 0 ? [...items, ...items] : items;
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, spoilt(one, pick, odds)]));
}

const definitions = readDefinitions() as unknown as Resource[];
const profiles = definitions.filter(
  (one) =>
    one.resourceType === 'StructureDefinition' &&
    one['derivation'] === 'constraint' &&
    one['kind'] === 'resource',
);

test('never throws over spoilt resources that claim a profile of their type', (t) => {
  const pick = random(7);
  let made = 0;
  for (const example of officialExamples()) {
    if (JSON.stringify(example).length > 10_000) continue;
    const fitting = profiles.filter((one) => one['type'] === example.resourceType);
    for (let round = 0; round < 6; round++) {
      const resource = spoilt(example, pick, 60) as Resource;
      if (typeof resource !== 'object' || resource === null || Array.isArray(resource)) continue;
      const claimed = fitting.length > 0 ? [fitting[pick(fitting.length)]!['url']] : [];
      const issues = validate({
        ...resource,
        resourceType: example.resourceType,
        meta: { profile: claimed },
      });
      assert.ok(issues.every(({ diagnostics = '' }) => diagnostics.length < 2000));
      made++;
    }
  }
  t.diagnostic(`${made} spoilt resources`);
});

test('never throws over spoilt StructureDefinitions, nor over resources that claim them', (t) => {
  const pick = random(11);
  const examples = officialExamples().filter((one) => JSON.stringify(one).length < 10_000);
  let [written, used] = [0, 0];
  for (const profile of Array.from({ length: 8 }, () => profiles).flat()) {
    const { snapshot: _, ...rest } = profile;
    const bad: Resource = { ...(spoilt(rest, pick, 150) as object), resourceType: 'StructureDefinition' };
    const issues = validate(bad);
    written++;
    // one that is refused is never stored
    if (issues.some(({ severity }) => severity === 'error')) continue;
    const source = {
      structureDefinition: (canonical: string) => (canonical === 'urn:bad' ? bad : undefined),
      valueSet: () => undefined,
      codeSystem: () => undefined,
    };
    for (const example of examples.filter((one) => one.resourceType === bad['type']).slice(0, 3)) {
      validate({ ...example, meta: { profile: ['urn:bad'] } }, { profiles: source });
      used++;
    }
  }
  t.diagnostic(`${written} spoilt profiles written, ${used} uses of those that pass`);
});
