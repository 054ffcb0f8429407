import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reindexState } from '@yba/repository';
import { contextOf, testRepository } from '@yba/repository/testing';
import type { DatabasePools } from './pools.ts';
import { runReindexing } from './reindexing.ts';

test('what a new SearchParameter left behind is reindexed without being asked', async () => {
  const store = await testRepository();
  const context = contextOf('01013');
  const faults: unknown[] = [];
  const stop = runReindexing(store.pools as DatabasePools, (error) => faults.push(error), 50);
  try {
    for (const color of ['đỏ', 'xanh'])
      await store.repository.create(context, {
        resourceType: 'Basic',
        code: { text: 'thử' },
        extension: [{ url: 'https://example.org/color', valueString: color }],
      });
    await store.repository.create(context, {
      resourceType: 'SearchParameter',
      url: 'https://example.org/SearchParameter/color',
      name: 'color',
      status: 'active',
      description: 'color',
      code: 'color',
      base: ['Basic'],
      type: 'string',
      expression: "Basic.extension('https://example.org/color').value",
    });
    let state = await reindexState(store.pools);
    for (let turn = 0; turn < 200 && (state.left > 0 || state.complete < state.revision); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      state = await reindexState(store.pools);
    }
    assert.deepEqual([state.left, state.complete], [0, state.revision]);
    const found = await store.repository.search(context, 'Basic', new URLSearchParams('color=đỏ'), {
      handling: 'strict',
    });
    assert.equal(found.entries.length, 1);
    assert.deepEqual(faults, []);
  } finally {
    await stop();
    await store.close();
  }
});
