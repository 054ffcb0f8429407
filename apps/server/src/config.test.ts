import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { readSettings } from './config.ts';
import { SETTINGS } from './settings.ts';
import type { Setting } from './settings.ts';

const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const START = { demo: true, log: 'warn' } as const;
const SERVE = { demo: false, log: 'info' } as const;

test('takes a flag before the environment, and the environment before the standard', () => {
  assert.equal(readSettings([], START, {}).port, 8080);
  assert.equal(readSettings([], START, { PORT: '9000' }).port, 9000);
  assert.equal(readSettings(['--port', '9001'], START, { PORT: '9000' }).port, 9001);
});

test('shows the demonstration nation unless told not to, and not when serving', () => {
  assert.deepEqual(readSettings([], START, {}).demo, { persons: undefined, seed: undefined });
  assert.equal(readSettings(['--no-demo'], START, {}).demo, undefined);
  assert.equal(readSettings([], SERVE, {}).demo, undefined);
  assert.deepEqual(readSettings(['--demo', '--persons=30', '--seed=7'], SERVE, {}).demo, {
    persons: 30,
    seed: 7,
  });
});

test('names the setting, the rule and the value when a value cannot be', () => {
  const message = (args: string[], env = {}) => {
    try {
      readSettings(args, SERVE, env);
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };
  assert.equal(
    message(['--port', '99999']),
    '--port (or PORT) must be a number from 0 to 65535, not "99999".',
  );
  assert.equal(
    message([], { YBA_BASE_URL: 'yba.vn' }),
    '--base-url (or YBA_BASE_URL) must be an http:// or https:// URL without a path, not "yba.vn".',
  );
  assert.match(message(['--colour', 'red']), /Unknown option '--colour'.*yba help/);
  assert.match(
    message([], { YBA_VNEID_ISSUER: 'https://vneid.example' }),
    /^YBA_VNEID_CLIENT_ID must be set together/,
  );
});

test('never repeats a database password', () => {
  assert.throws(
    () => readSettings([], SERVE, { DATABASE_URL: 'mysql://yba:secret@db/yba' }),
    (error: Error) => !error.message.includes('secret'),
  );
});

test('refuses to show the demonstration on an address others can reach', () => {
  assert.throws(() => readSettings(['--host', '0.0.0.0'], START, {}), /runs on this machine only/);
  assert.equal(readSettings(['--host', '0.0.0.0'], SERVE, {}).host, '0.0.0.0');
});

test('has each setting in docs/configuration.md, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const expected = Object.values<Setting>(SETTINGS).map(
    ({ flag, env, standard, rule, meaning }) =>
      `| \`${env}\` | ${flag ? `\`--${flag}\`` : ''} | ${meaning} | ${rule} | ${standard} |`,
  );
  const tidy = (line: string) => line.replaceAll(/\s*\|\s*/g, '|');
  assert.deepEqual(rows.map(tidy), expected.map(tidy));
});

test('is the only reader of the environment', () => {
  const allowed =
    /^apps\/server\/src\/(config|commands\/test)\.ts$|\/testing\/|\.test\.ts$|^core\/postgres\/src\/embedded\/binaries\.ts$/;
  const files = globSync('{apps/server,core,capabilities}/**/src/**/*.ts', {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules'),
  });
  const readers = files.filter(
    (file) => /process\.env/.test(readFileSync(join(ROOT, file), 'utf8')) && !allowed.test(file),
  );
  assert.deepEqual(readers, []);
});
