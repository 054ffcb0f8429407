import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../root.ts';
import { ADMIN } from './index.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');

test('docs/operations.md explains every operation, and none that is not there', () => {
  const named = new Set([...PAGE.matchAll(/yba admin ([a-z]+)/g)].map(([, name]) => name!));
  assert.deepEqual([...named].sort(), Object.keys(ADMIN).sort());
});

test('every option in docs/operations.md is one of its operation', () => {
  const known = new Set(Object.values(ADMIN).flatMap(({ usage }) => usage.match(/--[a-z-]+/g) ?? []));
  const lines = PAGE.split('\n').filter((line) => line.includes('yba admin') && !line.includes('pgbackrest'));
  for (const option of lines.flatMap((line) => line.match(/ --[a-z-]+/g) ?? []))
    assert.ok(known.has(option.trim()), option);
});
