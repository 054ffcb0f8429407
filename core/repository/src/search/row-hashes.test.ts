import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extract, rowTerms, type Resource, WIDE } from '@yba/fhir';
import { aPatient, officialExamples, syntheaBundles } from '@yba/fhir/testing';
import { termHash } from '../rows/term-hash.ts';
import { splitTerms } from './indexed-terms.ts';
import { WIDE_HASH } from './plan.ts';
import { rowHashes } from './row-hashes.ts';

const [bundle] = syntheaBundles();
const samples: Resource[] = [
  ...officialExamples(),
  ...(bundle!['entry'] as { resource: Resource }[]).map(({ resource }) => resource),
  aPatient({ name: [{ text: 'Trần Thị Mỹ Lý' }, { text: 'Trần Thị Mỹ Lý' }] }),
];

test('hashes the very terms of a resource, those of the index first, each once', () => {
  for (const resource of samples) {
    const extracted = extract(resource);
    const { indexed, others } = splitTerms(resource.resourceType, rowTerms(resource, extracted));
    const { terms, indexed: count } = rowHashes(resource, [], false);
    const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
    const name = `${resource.resourceType}/${resource.id}`;
    assert.deepEqual(sorted(terms.slice(0, count)), sorted(indexed.map(termHash)), name);
    assert.deepEqual(sorted(terms.slice(count)), sorted(others.map(termHash)), name);
    const shared = rowHashes(resource, [], true);
    assert.deepEqual(sorted(shared.terms), sorted([...indexed, ...others].map(termHash)), name);
    assert.equal(shared.indexed, shared.terms.length);
  }
});

test('knows the hash that the partial indexes of the database are made for', () => {
  assert.equal(termHash(WIDE), WIDE_HASH);
  assert.equal(WIDE_HASH, 3147519957932629);
});

test('makes no more terms than are allowed', () => {
  const { length } = rowHashes(samples.at(-1)!, [], false).terms; // of two names alike
  assert.equal(rowHashes(samples.at(-1)!, [], false, length - 1), undefined);
  assert.ok(rowHashes(samples.at(-1)!, [], false, length));
});
