import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawOutlines } from './draw-outlines.ts';
import { neighbour } from './neighbour.ts';

const outlines = drawOutlines();

test('an arrow key leads to the next province that way', () => {
  assert.equal(neighbour(outlines, '46', 'ArrowDown'), '48');
  assert.equal(neighbour(outlines, '38', 'ArrowDown'), '40');
  assert.equal(neighbour(outlines, '96', 'ArrowDown'), undefined);
  assert.equal(neighbour(outlines, '46', 'Enter'), undefined);
});

test('every province can be reached with arrow keys from Hà Nội', () => {
  const seen = new Set(['01']);
  for (const code of seen)
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']) {
      const next = neighbour(outlines, code, key);
      if (next) seen.add(next);
    }
  assert.equal(seen.size, 34);
});
