import { existsSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../connect.ts';
import { OWNER, passwordFile } from '../embedded/cluster.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';
import type { Embedded } from '../embedded/start-embedded.ts';

/** A database in a data folder: the one a server is running there, else started for the occasion. */
export type Attached = Embedded & { cluster: string; running: boolean };

/** How long one whose connections are all taken is waited for, in ms. */
const PATIENCE_MS = 30_000;

/**
 * Reaches the embedded PostgreSQL of a data folder, whether a server runs on it or not; `stop` ends only what was started here.
 * Throws when it runs and has no connection left.
 */
export async function attach(
  dataDir: string,
  log: (text: string) => void,
  patienceMs: number = PATIENCE_MS,
): Promise<Attached> {
  const cluster = join(dataDir, 'postgres');
  if (!existsSync(join(cluster, 'PG_VERSION')))
    throw new Error(
      `There is no database in ${dataDir}. Name the data folder of the server with --data (npm start prints it), or set DATABASE_URL.`,
    );
  const url = runningUrl(dataDir, cluster);
  if (url && (await answers(url, log, patienceMs)))
    return { url, cluster, running: true, stop: () => Promise.resolve() };
  return { ...(await startEmbedded({ dataDir, log })), cluster, running: false };
}

/** Where the server of a cluster listens, by its postmaster.pid. Source: https://www.postgresql.org/docs/18/storage-file-layout.html */
function runningUrl(dataDir: string, cluster: string): string | undefined {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const [, , , port, socketFolder] = readFileSync(file, 'utf8').split('\n');
  if (platform() === 'win32') {
    const password = readFileSync(passwordFile(dataDir), 'utf8');
    return `postgres://${OWNER}:${password}@127.0.0.1:${port}/yba`;
  }
  return `postgres://${OWNER}@localhost/yba?host=${encodeURIComponent(socketFolder ?? cluster)}`;
}

async function answers(url: string, log: (text: string) => void, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (let told = false; ; told = true) {
    const failure = await tried(url);
    if (failure?.code !== TOO_MANY) return !failure;
    if (Date.now() > deadline)
      throw new Error(
        'All connections of the database are taken. See who holds them (pg_stat_activity), or give it more (max_connections in postgres/local.conf of the data folder, and a restart); then run this again.',
      );
    if (!told) log('waiting for a connection of the database');
    await sleep(200);
  }
}

/** SQLSTATE of a server whose connections are all taken. */
const TOO_MANY = '53300';

async function tried(url: string): Promise<{ code?: string } | undefined> {
  const sql = connect(url, { max: 1 });
  try {
    await sql`select 1`;
    return undefined;
  } catch (error) {
    return error as { code?: string };
  } finally {
    await sql.end({ timeout: 1 });
  }
}
