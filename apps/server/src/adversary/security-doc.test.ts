// docs/security.md tells of the attackers and goals that are tried, all of them and no others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ATTACKERS } from './attackers.ts';
import { GOALS } from './goals.ts';
import { SIGN_IN_ATTEMPTS } from './sign-in-attempts.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/security.md'), 'utf8');

/** The rows of the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(`### ${heading}\n`)[1]?.split(/^##/m)[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

test('the attackers of the page are those who try', () => {
  assert.deepEqual(
    rowsUnder('Who attacks'),
    ATTACKERS.map(({ name, has }) => [name, has]),
  );
});

test('the goals of the page are those that are tried', () => {
  const section = page.split('### What each of them tries\n')[1]?.split(/^##/m)[0] ?? '';
  const told = [...section.matchAll(/^- (.*)$/gm)].map(([, goal]) => goal);
  assert.deepEqual(
    told,
    GOALS.map(({ name }) => name),
  );
});

test('the attempts at the authorization server are those of the page', () => {
  assert.deepEqual(
    rowsUnder('What is tried at the authorization server'),
    SIGN_IN_ATTEMPTS.map(({ attacker, goal }) => [attacker, goal]),
  );
});
