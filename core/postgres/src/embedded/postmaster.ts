import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLEAN_ENVIRONMENT } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { send } from './owner.ts';

/**
 * How PostgreSQL is asked to end: `fast` files what it holds first, `immediate` leaves that to the next start.
 * Source: https://www.postgresql.org/docs/18/server-shutdown.html
 */
export type Shutdown = 'fast' | 'immediate';

/** A running PostgreSQL server process. `ended` resolves when it is gone, however that came about. */
export type Postmaster = { ended: Promise<void>; stop(how: Shutdown): Promise<void> };

type Start = {
  programs: Binaries;
  cluster: Cluster;
  settings: Record<string, string>;
  log: (text: string) => void;
};

const LOG_BYTES = 10 * 1024 * 1024;
const RECOVERY_MS = 30 * 60_000;
/** For the last checkpoint of a busy database on a slow disk; PostgreSQL kills what an immediate shutdown leaves after 5 s. */
const STOP_MS = 30_000;
const STOP_NOW_MS = 15_000;
/** Shared memory of a server killed a moment ago goes away when its last backend has noticed. */
const LEFTOVER = /pre-existing shared memory block|lock file ".*" already exists/;
const LEFTOVER_MS = 15_000;

/**
 * Runs PostgreSQL and ends it when it is told to by a line, or when our end of the pipe closes: on our exit, crash or kill -9
 * alike. Where nobody is left to insist, it does so itself after ten seconds: a PostgreSQL that recovers does not end when it is told
 * to end fast. `$0` is the program; the pipe is on descriptor 3, since background jobs of sh lose their input.
 */
const KEEPER = `exec 3<&0 </dev/null
"$0" "$@" 3<&- & server=$!
{ read told <&3; kill -INT $server
  [ -z "$told" ] || read told <&3
  for second in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done
  kill -QUIT $server; } 2>/dev/null & keeper=$!
wait $server; code=$?
kill $keeper 2>/dev/null; exit $code`;
const STOP_LINE = 'stop\n';

/** Starts PostgreSQL on a cluster and resolves as soon as it takes connections, recovery included. */
export async function startPostmaster(start: Start): Promise<Postmaster> {
  const deadline = Date.now() + LEFTOVER_MS;
  for (;;) {
    const attempt = await tryStart(start);
    if ('stop' in attempt) return attempt;
    if (!LEFTOVER.test(attempt.failed) || Date.now() > deadline) {
      throw new Error(whyNotStarted(start.cluster.folder, attempt.failed));
    }
    await sleep(50);
  }
}

/** What to do, where that is known, before what PostgreSQL said. */
export function whyNotStarted(folder: string, said: string): string {
  const lines = said
    .split('\n')
    .filter((line) => line.trim() && !/skipping missing configuration file/.test(line));
  const isFull = lines.some((line) => line.includes('No space left on device'));
  return [
    `PostgreSQL did not start on ${folder}${isFull ? ': its disk is full. Make room, then start again; what was acknowledged is there' : ''}:`,
    ...lines,
  ].join('\n');
}

async function tryStart({
  programs,
  cluster,
  settings,
  log,
}: Start): Promise<Postmaster | { failed: string }> {
  const logFile = join(cluster.folder, 'postgres.log');
  rotate(logFile);
  const output = openSync(logFile, 'a');
  const logged = statSync(logFile).size;
  const before = identityIn(cluster.folder);
  const child = launch(programs, cluster, settings, output);
  closeSync(output);
  const state = { ended: false };
  const ended = new Promise<void>((resolve) => {
    const done = () => {
      state.ended = true;
      child.stdin?.destroy();
      resolve();
    };
    child.once('error', done).once('exit', done);
  });
  if (!(await ready(cluster.folder, before, state, log)))
    return { failed: readFileSync(logFile).subarray(logged).toString() };
  return { ended, stop: (how) => stop({ child, ended, folder: cluster.folder }, how) };
}

function launch(
  programs: Binaries,
  { folder, user }: Cluster,
  settings: Record<string, string>,
  output: number,
): ChildProcess {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', folder, ...options];
  const [command, commandArgs] =
    platform() === 'win32'
      ? [programs.postgres, args]
      : ['/bin/sh', ['-c', KEEPER, programs.postgres, ...args]];
  const child = spawn(command, commandArgs, {
    cwd: folder,
    // A group of its own: Ctrl-C in the terminal is for the server, which then stops PostgreSQL in order.
    detached: platform() !== 'win32',
    stdio: ['pipe', output, output],
    env: CLEAN_ENVIRONMENT,
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  child.stdin?.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

/**
 * Watches the status line of postmaster.pid, once it is that of the server started here: one that was killed leaves its own,
 * which says ready. Source: https://www.postgresql.org/docs/18/storage-file-layout.html
 */
async function ready(
  folder: string,
  before: string | undefined,
  state: { ended: boolean },
  log: (text: string) => void,
): Promise<boolean> {
  const started = Date.now();
  let told = 0;
  while (!state.ended) {
    if (status(folder) === 'ready' && identityIn(folder) !== before) return true;
    const elapsed = Date.now() - started;
    if (elapsed > RECOVERY_MS) return false;
    if (elapsed > (told + 1) * 2_000) {
      told += 1;
      log('the database repeats what the last run had not yet filed');
    }
    await sleep(5);
  }
  return false;
}

const status = (folder: string): string | undefined => pidFile(folder)?.[7]?.trim();

/** Process id and time of start: no two servers of a folder have both. */
const identityIn = (folder: string): string | undefined => {
  const lines = pidFile(folder);
  return lines && `${lines[0]} ${lines[2]}`;
};

function pidFile(folder: string): string[] | undefined {
  const file = join(folder, 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : undefined;
}

type Running = { child: ChildProcess; ended: Promise<void>; folder: string };

/** One that does not end by a fast shutdown gets an immediate one: what was acknowledged is in its journal. */
async function stop({ child, ended, folder }: Running, how: Shutdown): Promise<void> {
  const pid = Number(pidFile(folder)?.[0]);
  child.ref();
  if (platform() === 'win32') child.kill();
  if (how === 'fast') {
    child.stdin?.write(STOP_LINE);
    if (await within(STOP_MS, ended)) return;
  }
  if (pid > 0) send(pid, 'SIGQUIT');
  if (await within(STOP_NOW_MS, ended)) return;
  throw new Error(
    `PostgreSQL (process ${pid}) did not stop when told to; see ${join(folder, 'postgres.log')}`,
  );
}

async function within(ms: number, ended: Promise<void>): Promise<boolean> {
  const late = sleep(ms, 'late', { ref: false });
  return (await Promise.race([ended, late])) !== 'late';
}

function rotate(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > LOG_BYTES) renameSync(logFile, `${logFile}.old`);
}
