import assert from 'node:assert/strict';
import { test } from 'node:test';
import { termHash } from '../rows/term-hash.ts';
import { filterHashes } from './filter-hashes.ts';

test('a query is told by the terms of a row only where these tell all of it', () => {
  const hashes = (type: string, query: string) => filterHashes(type, new URLSearchParams(query));
  assert.deepEqual(hashes('ValueSet', 'url=http://a'), [[termHash('url|http://a')]]);
  assert.deepEqual(hashes('Observation', 'category=urn:s|x,y'), [
    [termHash('category|urn:s|x'), termHash('category|y')],
  ]);
  for (const [type, query] of [
    ['ValueSet', 'url=http://a|1.0'], // the version stands in no term
    ['ValueSet', 'version=1.0'], // found in any case
    ['Observation', 'category:not=x'],
    ['Observation', 'date=2026'],
    ['Observation', 'category=x&_sort=date'],
    ['Nothing', 'category=x'],
  ] as const)
    assert.equal(hashes(type, query), undefined, query);
});
