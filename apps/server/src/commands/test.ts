import { spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '@yba/postgres';
import { TEST_SETTINGS } from '@yba/postgres/testing';
import { ConfigError, SETTINGS } from '../config.ts';
import type { Setting } from '../config.ts';
import { progressOn } from '../progress.ts';
import { ROOT } from './root.ts';
import { builtWeb } from './web-build.ts';

const FOLDERS = ['apps', 'bench', 'bin', 'capabilities', 'core', 'scripts'];

/** A run that has not ended by then hangs; it is interrupted, and names the file, in ms. */
const LONGEST_RUN_MS = 40 * 60_000;

/** What a signal does: while the tests run they end first, then the rest in order. */
const signals = { interrupt: (): void => process.exit(130) };

/** All tests, or those of the folders and files named, on one database server. */
export async function runTest(args: string[]): Promise<number> {
  const progress = progressOn(process.stderr);
  const files = testFiles(args.filter((arg) => !arg.startsWith('-')));
  const options = args.filter((arg) => arg.startsWith('-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-test-'));
  chmodSync(dataDir, 0o755);
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])
    process.on(event, () => signals.interrupt());
  progress(`${files.length} test files`);
  const [{ url, stop }] = await Promise.all([
    startEmbedded({ dataDir, settings: TEST_SETTINGS }),
    builtWeb(progress),
  ]);
  try {
    return await runTests(files, options, url);
  } finally {
    await stop();
  }
}

function testFiles(paths: string[]): string[] {
  const patterns = (paths.length > 0 ? paths : FOLDERS).map((path) =>
    /\.test\.tsx?$/.test(path) ? path : `${path.replace(/\/$/, '')}/**/*.test.ts`,
  );
  const files = globSync(patterns, { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) })
    .map((file) => join(ROOT, file))
    .filter((file) => existsSync(file));
  if (files.length === 0)
    throw new ConfigError(
      `There are no tests in ${paths.join(', ')}. Name folders or *.test.ts files from the top of the checkout.`,
    );
  return files.sort();
}

function runTests(files: string[], options: string[], url: string): Promise<number> {
  const args = ['--test', '--test-concurrency=2', '--test-reporter=spec', ...options, ...files];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...withoutSettings(process.env), YBA_TEST_PG: url },
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => child.kill(signal));
    process.once('disconnect', () => child.kill('SIGTERM'));
    const limit = setTimeout(() => child.kill('SIGINT'), LONGEST_RUN_MS);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}

/** Tests start servers of their own: no setting of this machine is to reach them. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = new Set(Object.values<Setting>(SETTINGS).map(({ env }) => env));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)));
}
