import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDefinitions } from '../../scripts/build-model.ts';
import type { Resource } from '../interactions.ts';
import { type ElementDefinition, structureDefinition } from './structure-definition.ts';
import { buildSnapshot, type SnapshotNode } from './snapshot.ts';

const profiles = (readDefinitions() as unknown as Resource[]).filter(
  (one) =>
    one.resourceType === 'StructureDefinition' &&
    one['derivation'] === 'constraint' &&
    one['kind'] !== 'logical' &&
    one['snapshot'],
);

/** Where the official snapshot says something else than its own differential. */
const known: Record<string, string> = {
  'provenance-relevant-history Provenance.agent:Author.type binding':
    'the slice keeps the binding of the base though the unsliced element has another',
};

/** The units of a vital sign's parts, which 4.3.0 made an extensible binding. */
const loosened = 'Observation.component.value[x]';

const types = ({ type = [] }: ElementDefinition) =>
  type
    .map(({ code, profile = [], targetProfile = [] }) => {
      const targets = targetProfile.map((url) => url.slice(url.lastIndexOf('/') + 1));
      return `${code}<${profile.join()}>(${targets.filter((target) => target !== 'Resource').join()})`;
    })
    .join('|');

const binding = ({ binding: bound }: ElementDefinition) =>
  bound && (bound.strength === 'required' || bound.strength === 'extensible')
    ? `${bound.strength} ${bound.valueSet?.split('|')[0] ?? ''}`
    : '';

/** What is compared, by name. The root's cardinality says nothing; ids have a type of their own. */
const aspects: Record<string, (element: ElementDefinition) => unknown> = {
  min: ({ min }) => min,
  max: ({ max }) => max,
  fixed: ({ fixed }) => JSON.stringify(fixed),
  pattern: ({ pattern }) => JSON.stringify(pattern),
  maxLength: ({ maxLength }) => maxLength,
  type: (element) => (/\.(?:id|url)$/.test(element.path) || element.contentReference ? '' : types(element)),
  binding,
};

function flat(node: SnapshotNode, id: string, all: Map<string, ElementDefinition>): typeof all {
  all.set(id, node.definition);
  for (const slice of node.slices) flat(slice, `${id}:${slice.definition.sliceName}`, all);
  for (const child of node.children ?? []) flat(child, `${id}.${child.name}`, all);
  return all;
}

test("builds the snapshots of R4's profiles and extensions as the official ones are", (t) => {
  let elements = 0;
  const differences: string[] = [];
  for (const profile of profiles) {
    const { root, problems } = buildSnapshot(structureDefinition(profile));
    assert.deepEqual(problems, [], String(profile.id));
    const own = flat(root, root.name, new Map());
    for (const official of structureDefinition({ ...profile, differential: profile['snapshot'] }).element) {
      const mine = own.get(official.id);
      // an element that the differential does not enter is held to its type alone
      if (!mine || !official.path.includes('.')) continue;
      elements++;
      for (const [name, of] of Object.entries(aspects)) {
        const at = `${profile.id} ${official.id} ${name}`;
        if (name === 'binding' && official.path === loosened) continue;
        if (of(mine) !== of(official) && !known[at])
          differences.push(`${at}: ${String(of(mine))} instead of ${String(of(official))}`);
      }
    }
  }
  t.diagnostic(`${elements} elements of ${profiles.length} snapshots compared`);
  assert.deepEqual(differences, []);
});
