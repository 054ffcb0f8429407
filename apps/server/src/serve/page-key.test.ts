import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@yba/postgres';
import { testDatabase, testSecrets } from '@yba/postgres/testing';
import { pageKey } from './page-key.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: Sql;
before(async () => {
  database = await testDatabase();
  owner = connect(database.url, { max: 4 });
});
after(async () => {
  await owner.end();
  await database.drop();
});

test('the key of page links lies sealed, is the one that lay in the clear, and one for all that start at once', async () => {
  const secrets = testSecrets();
  const [clear] = await owner<{ key: Buffer }[]>`select key from page_key`;
  const keys = await Promise.all([1, 2, 3, 4].map(() => pageKey(owner, secrets)));
  for (const key of [...keys, await pageKey(owner, secrets)]) assert.deepEqual(key, clear!.key);
  assert.equal((await owner`select 1 from page_key`).length, 0);
  const [stored] = await owner<{ row: string }[]>`
    select row_to_json(s)::text as row from server_secret s where name = 'page-links'`;
  for (const form of ['hex', 'base64', 'base64url'] as const)
    assert.ok(!stored!.row.includes(clear!.key.toString(form)), form);
});
