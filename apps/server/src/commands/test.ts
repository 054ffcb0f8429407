import { spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { startEmbedded } from '@yba/postgres';
import { TEST_SETTINGS } from '@yba/postgres/testing';
import { ConfigError } from '../config.ts';
import { progressOn } from '../progress.ts';
import { SETTINGS } from '../settings.ts';
import type { Setting } from '../settings.ts';
import { ROOT } from './root.ts';
import { planOf, writePlan } from './test-run/plan.ts';
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
  const dataDir = mkdtempSync(join(fastFolder(), 'yba-test-'));
  chmodSync(dataDir, 0o755);
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])
    process.on(event, () => signals.interrupt());
  progress(`${files.length} test files`);
  const [{ url, stop }] = await Promise.all([
    startEmbedded({ dataDir, settings: TEST_SETTINGS }),
    builtWeb(progress),
  ]);
  const programs = join(dataDir, 'programs');
  mkdirSync(programs);
  try {
    const environment = { YBA_TEST_PG: url, ...temporaryIn(dataDir) };
    return await runTests(writePlan(ROOT, programs, planOf(ROOT, files)), options, environment);
  } finally {
    await stop();
  }
}

/** File systems in memory that Linux brings, and what the databases of a run need there at most, in bytes. */
const MEMORY = '/dev/shm';
const NEEDED_BYTES = 3 * 1024 ** 3;

/** Where databases that may be lost lie: in memory if it has the room. A disk's file system takes long to make and drop the files of a database: 0.4 s instead of 0.05 s each time. */
function fastFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (Math.min(bavail * bsize, freemem() / 2) > NEEDED_BYTES) return MEMORY;
  } catch {
    // no such file system here
  }
  return tmpdir();
}

/**
 * What the tests put in the temporary folder, data folders of servers they start above all, lies in memory if the run's
 * own folder does. Programs that are unpacked once for all runs stay where they are.
 */
function temporaryIn(dataDir: string): Record<string, string> {
  if (!dataDir.startsWith(MEMORY)) return {};
  const folder = join(dataDir, 'tmp');
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  return { TMPDIR: folder, YBA_TEST_PROGRAMS: tmpdir() };
}

function testFiles(paths: string[]): string[] {
  const patterns = (paths.length > 0 ? paths : FOLDERS).map((path) =>
    /\.test\.tsx?$/.test(path) ? path : `${path.replace(/\/$/, '')}/**/*.test.ts`,
  );
  const files = globSync(patterns, { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => existsSync(join(ROOT, file)));
  if (files.length === 0)
    throw new ConfigError(
      `There are no tests in ${paths.join(', ')}. Name folders or *.test.ts files from the top of the checkout.`,
    );
  return files.sort();
}

/** A server and its tests make much that is gone a moment later: room for it spares a part of collecting it. */
const ROOMY = ['--min-semi-space-size=32', '--max-semi-space-size=32'];

/** One more than there are cores: tests wait, for a process that starts or a disk, a good quarter of their time. */
const AT_ONCE = Math.min(4, availableParallelism() + 1);

function runTests(
  programs: string[],
  options: string[],
  environment: Record<string, string>,
): Promise<number> {
  const args = [
    ...ROOMY,
    '--test',
    `--test-concurrency=${AT_ONCE}`,
    '--test-reporter=spec',
    ...options,
    ...programs,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...withoutSettings(process.env), ...environment },
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
