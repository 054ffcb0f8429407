import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isChord } from './keys.ts';

const pressed = (key: string, rest: Partial<Parameters<typeof isChord>[0]> = {}) => ({
  key,
  code: '',
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  metaKey: false,
  ...rest,
});

test('hears a chord only with exactly its modifiers', () => {
  assert.ok(isChord(pressed('k', { ctrlKey: true }), 'Ctrl K'));
  assert.ok(isChord(pressed('K', { metaKey: true }), 'Ctrl K'));
  assert.ok(!isChord(pressed('k'), 'Ctrl K'));
  assert.ok(!isChord(pressed('k', { ctrlKey: true, altKey: true }), 'Ctrl K'));
  assert.ok(!isChord(pressed('d', { shiftKey: true }), 'D'));
});

test('finds digits with Alt by their place, whatever the layout makes of them', () => {
  assert.ok(isChord(pressed('¡', { code: 'Digit1', altKey: true }), 'Alt 1'));
  assert.ok(!isChord(pressed('¡', { code: 'Digit1' }), 'Alt 1'));
});

test('knows named keys and signs that need Shift on some keyboards', () => {
  assert.ok(isChord(pressed('ArrowUp'), '↑'));
  assert.ok(isChord(pressed('Enter'), '↵'));
  assert.ok(isChord(pressed('Escape'), 'Esc'));
  assert.ok(isChord(pressed('F2'), 'F2'));
  assert.ok(isChord(pressed('?', { shiftKey: true }), '?'));
});
