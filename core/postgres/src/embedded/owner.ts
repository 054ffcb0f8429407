import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STOPPING_MS = 4_000;
const PATIENCE_MS = 20_000;

const ownerFile = (folder: string) => join(folder, 'yba.pid');
const postmasterFile = (folder: string) => join(folder, 'postmaster.pid');

/** Writes down that this process runs the PostgreSQL of the folder. */
export function claim(folder: string): void {
  writeFileSync(ownerFile(folder), `${process.pid}\n`);
}

/** The folder is free again. */
export function release(folder: string): void {
  rmSync(ownerFile(folder), { force: true });
}

/**
 * Leaves no PostgreSQL on the folder: one whose server was killed is ending by itself and is waited
 * for, or else told to; a left-over postmaster.pid of a dead one, whose number may by now be another
 * program's, is removed. Throws when the server that owns it lives.
 */
export async function retire(folder: string, log: (text: string) => void): Promise<void> {
  const pid = runningPostmaster(folder);
  if (pid === undefined) return rmSync(postmasterFile(folder), { force: true });
  await ownerGone(folder, log);
  log('waiting for the database of the last run to end');
  await ended(folder, pid);
}

/** A server that is just stopping is waited for; one that goes on is not ours to stop: throws, naming it. */
export async function ownerGone(folder: string, log: (text: string) => void): Promise<void> {
  const deadline = Date.now() + STOPPING_MS;
  for (let told = false; ; told = true) {
    const owner = readPid(ownerFile(folder));
    if (owner === undefined || owner === process.pid || !alive(owner)) return;
    if (Date.now() > deadline) {
      throw new Error(
        `The data folder ${folder} is in use by a running Y Bạ (process ${owner}). Stop that one, or choose another folder with --data.`,
      );
    }
    if (!told) log(`waiting for the Y Bạ that uses the data folder (process ${owner}) to stop`);
    await sleep(50);
  }
}

async function ended(folder: string, pid: number): Promise<void> {
  const signals: [number, NodeJS.Signals][] = [
    [1_000, 'SIGINT'],
    [10_000, 'SIGQUIT'],
  ];
  const started = Date.now();
  while (runningPostmaster(folder) === pid) {
    const elapsed = Date.now() - started;
    if (elapsed > PATIENCE_MS)
      throw new Error(
        `PostgreSQL of the last run (process ${pid}, ${folder}) does not end. Stop it: kill ${pid}`,
      );
    if (isRepeatingLog(folder)) send(pid, 'SIGQUIT');
    if (signals[0] && elapsed > signals[0][0]) send(pid, signals.shift()![1]);
    await sleep(20);
  }
}

/** DB_IN_CRASH_RECOVERY, DB_IN_ARCHIVE_RECOVERY. */
const RECOVERY_STATES: ReadonlySet<number> = new Set([4, 5]);

/**
 * Whether the PostgreSQL of the folder repeats its journal, or ended while it did, by its control file: it has nothing to file then,
 * and does not end when it is told to end fast. Source: `ControlFileData.state` in src/include/catalog/pg_control.h of PostgreSQL 18
 */
export function isRepeatingLog(folder: string): boolean {
  return RECOVERY_STATES.has(readFileSync(join(folder, 'global', 'pg_control')).readUInt32LE(16));
}

/** The process that serves this folder, by its own pid file, checked to be PostgreSQL on this very folder. */
function runningPostmaster(folder: string): number | undefined {
  const pid = readPid(postmasterFile(folder));
  return pid !== undefined && alive(pid) && serves(pid, folder) ? pid : undefined;
}

function serves(pid: number, folder: string): boolean {
  try {
    if (platform() === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
    const [command, args] =
      platform() === 'win32'
        ? ['tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']]
        : ['ps', ['-p', String(pid), '-o', 'args=']];
    return /postgres/.test(execFileSync(command as string, args as string[]).toString());
  } catch {
    return false;
  }
}

function readPid(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Whether there is a process of this number. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** A signal to a process that may have ended in the meantime. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime.
  }
}
