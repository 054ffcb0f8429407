import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, onDatabase } from '../connect.ts';

const PATIENCE_MS = 60_000;

/** Folder of the test server that this user's test files share, and the files in it. */
export const SHARED_FOLDER = join(tmpdir(), `yba-test-${process.getuid?.() ?? 'user'}`);
export const URL_FILE = join(SHARED_FOLDER, 'url');
const LOCK_FILE = join(SHARED_FOLDER, 'lock');
const LOG_FILE = join(SHARED_FOLDER, 'keeper.log');

/** The URL of the shared test server, started when nobody has; parallel callers get the same one. */
export async function sharedCluster(): Promise<string> {
  mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const url = await running();
    if (url) return url;
    if (locked()) await startKeeper(deadline).finally(() => rmSync(LOCK_FILE, { force: true }));
    else await sleep(50);
  }
  throw new Error(`The shared test database did not start; see ${LOG_FILE}`);
}

async function running(): Promise<string | undefined> {
  if (!existsSync(URL_FILE)) return undefined;
  const url = readFileSync(URL_FILE, 'utf8');
  const sql = connect(onDatabase(url, 'postgres'), { max: 1 });
  try {
    await sql`select 1`;
    return url;
  } catch {
    return undefined;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Takes the lock; one whose holder is gone is cleared for the next try. */
function locked(): boolean {
  try {
    writeFileSync(LOCK_FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = lockedBy();
    if (holder !== undefined && !alive(holder)) rmSync(LOCK_FILE, { force: true });
    return false;
  }
}

/** Undefined when its holder let it go this very moment. */
function lockedBy(): string | undefined {
  try {
    return readFileSync(LOCK_FILE, { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

function alive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

async function startKeeper(deadline: number): Promise<void> {
  if (await running()) return;
  rmSync(URL_FILE, { force: true });
  const log = openSync(LOG_FILE, 'w');
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts')], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  keeper.unref();
  while (Date.now() < deadline && keeper.exitCode === null && !existsSync(URL_FILE)) await sleep(20);
  if (!existsSync(URL_FILE))
    throw new Error(`The shared test database did not start: ${readFileSync(LOG_FILE, 'utf8')}`);
}
