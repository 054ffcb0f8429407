import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawOutlines } from './draw-outlines.ts';
import { drawing, project } from './project.ts';

const shipped = JSON.parse(readFileSync(new URL('./outlines.json', import.meta.url), 'utf8')) as unknown[];

test('the shipped outlines are those of the national place data', () => {
  assert.deepEqual(shipped, drawOutlines());
});

test('draws 34 provinces, each inside the drawing with a point to hang its label on', () => {
  const outlines = drawOutlines();
  assert.equal(outlines.length, 34);
  for (const { code, at, path, nameEn } of outlines) {
    assert.ok(at[0] > 0 && at[0] < drawing.width && at[1] > 0 && at[1] < drawing.height, code);
    assert.match(path, /^M[\d-]/, code);
    assert.notEqual(nameEn, '', code);
  }
});

test('places Hoàng Sa and Trường Sa on the drawing, east of the coast', () => {
  for (const [longitude, latitude] of [
    [112.0, 16.5],
    [114.0, 10.0],
  ] as const) {
    const [x, y] = project(longitude, latitude);
    assert.ok(x > 3000 && x < drawing.width && y > 0 && y < drawing.height);
  }
});
