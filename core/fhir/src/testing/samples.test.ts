import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fhirPathTests, officialExamples, syntheaBundles } from '../testing.ts';

test('reads the official examples and the Synthea Bundles', () => {
  assert.equal(officialExamples().length, 719);
  assert.equal(new Set(officialExamples().map(({ resourceType }) => resourceType)).size, 130);
  const entries = syntheaBundles().map((bundle) => (bundle['entry'] as unknown[]).length);
  assert.equal(entries.length, 25);
  assert.equal(
    entries.reduce((sum, count) => sum + count),
    8895,
  );
});

test('reads the FHIRPath R4 suite: every test with the resource it runs on', (t) => {
  const { tests, inputs } = fhirPathTests();
  const groups = new Set(tests.map(({ group }) => group));
  t.diagnostic(`${tests.length} tests in ${groups.size} groups on ${Object.keys(inputs).length} resources`);
  assert.equal(tests.length, 935);
  for (const { name, input, expression, output } of tests) {
    assert.ok(expression !== '' && (input === undefined || inputs[input]), name);
    assert.ok(Array.isArray(output), name);
  }
});
