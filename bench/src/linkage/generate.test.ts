import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { linkageRecords } from './generate.ts';
import { ERROR_KINDS } from './rates.ts';

test('the same seed gives the same records, another seed others', () => {
  const of = (seed: number) => JSON.stringify([...linkageRecords(seed, 300)]);
  assert.equal(of(7), of(7));
  assert.notEqual(of(7), of(8));
});

test('every kind of error occurs, and the size is exact', () => {
  const seen = new Set<string>();
  let count = 0;
  for (const { kinds } of linkageRecords(7, 40_000)) {
    count++;
    for (const kind of kinds) seen.add(kind);
  }
  assert.equal(count, 40_000);
  assert.deepEqual(
    ERROR_KINDS.filter((kind) => !seen.has(kind)),
    [],
  );
});

test('a person number belongs to one person, but for what is counted as an error', () => {
  const holders = new Map<string, number>();
  for (const { personNumber, person, kinds } of linkageRecords(7, 40_000)) {
    if (!personNumber || kinds.some((kind) => kind.startsWith('number-'))) continue;
    assert.equal(holders.get(personNumber) ?? person, person);
    holders.set(personNumber, person);
  }
});

test('the generator knows nothing of the matcher', () => {
  const reached = new Set(['./generate.ts']);
  const foreign = new Set<string>();
  for (const file of reached) {
    const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    for (const [, from] of source.matchAll(/from '([@./:\w-]+)'/g)) {
      if (from!.startsWith('./')) reached.add(from!);
      else if (!from!.startsWith('node:')) foreign.add(from!);
    }
  }
  assert.ok(reached.size > 5);
  assert.deepEqual([...foreign], ['@yba/vietnam/data']);
});
