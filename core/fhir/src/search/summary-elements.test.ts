import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryElements } from '../index.ts';

test('lists what a summary keeps', () => {
  assert.deepEqual(summaryElements('Observation', 'text'), ['id', 'meta', 'text', 'status', 'code']);
  assert.ok(summaryElements('Observation', 'true').includes('value[x]'));
  assert.ok(!summaryElements('Observation', 'true').includes('note'));
  assert.ok(!summaryElements('Observation', 'data').includes('text'));
  assert.deepEqual(summaryElements('Observation', 'count'), []);
});
