import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { connect } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import { ConfigError } from '../config.ts';
import { wordsOf } from './words-of-error.ts';

test('a disk without room is said with what to do', { skip: !existsSync('/dev/full') }, () => {
  assert.throws(
    () => writeFileSync('/dev/full', 'x'),
    (error) => /no room left on the disk.*run the command again/.test(wordsOf(error)),
  );
});

test('a disk or a file that may not be written is said with what to do', () => {
  const failed = (code: string) =>
    Object.assign(new Error(`${code}: open '/srv/yba/x'`), { code, path: '/srv/yba/x' });
  assert.match(wordsOf(failed('EROFS')), /^\/srv\/yba\/x cannot be written.*Mount it for writing/);
  assert.match(wordsOf(failed('EACCES')), /^\/srv\/yba\/x cannot be used.*user that runs the server/);
});

test('what the database has no room for is said in our words, without its stack', async () => {
  const database = await testDatabase();
  const sql = connect(database.url, { max: 1 });
  const full = await sql
    .unsafe(
      `do $$ begin raise exception 'could not extend file "base/1"' using errcode = 'disk_full'; end $$`,
    )
    .catch((error: unknown) => error);
  await sql.end();
  await database.drop();
  assert.equal(
    wordsOf(full),
    'The disk of the database is full; nothing of this was stored. Try again once there is room.',
  );
});

test('errors that name their remedy speak for themselves, mistakes of ours with their stack', () => {
  assert.equal(wordsOf(new ConfigError('--data names no folder')), '--data names no folder');
  assert.equal(wordsOf(new Error('holds no backup')), 'holds no backup');
  assert.match(wordsOf(new TypeError('x is not a function')), /x is not a function\n {4}at /);
});
