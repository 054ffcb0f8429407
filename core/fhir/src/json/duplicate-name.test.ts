import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../index.ts';

test('refuses a name that stands twice in one object, wherever and however it is written', () => {
  const table: [string, RegExp][] = [
    ['{"a":1,\n "b":2, "a":3}', /'a' .* line 2, column 9/],
    ['{"x":[{"a" : 1,"a":2}]}', /'a' .* column 16/],
    ['{"a":1,"\\u0061":2}', /'a' .* column 8/],
    ['{"t":"\\"b\\":","a":1.50,"a":1.50}', /'a'/],
  ];
  for (const [text, expected] of table) assert.throws(() => parseJson(text), expected, text);
});

test('takes the same name in different objects, and names inside strings', () => {
  for (const text of [
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{"t":"\\"t\\": 1","u":"{}\\"}"}',
    '{"a":0.10}',
    '{}',
  ])
    assert.doesNotThrow(() => parseJson(text), text);
});
