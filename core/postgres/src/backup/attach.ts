import { existsSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { connect } from '../connect.ts';
import { OWNER, passwordFile } from '../embedded/cluster.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';
import type { Embedded } from '../embedded/start-embedded.ts';

/** A database in a data folder: the one a server is running there, else started for the occasion. */
export type Attached = Embedded & { cluster: string; running: boolean };

/** Reaches the embedded PostgreSQL of a data folder, whether a server runs on it or not; `stop` ends only what was started here. */
export async function attach(dataDir: string, log: (text: string) => void): Promise<Attached> {
  const cluster = join(dataDir, 'postgres');
  if (!existsSync(join(cluster, 'PG_VERSION')))
    throw new Error(
      `There is no database in ${dataDir}. Name the data folder of the server with --data (npm start prints it), or set DATABASE_URL.`,
    );
  const url = runningUrl(dataDir, cluster);
  if (url && (await answers(url))) return { url, cluster, running: true, stop: () => Promise.resolve() };
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

async function answers(url: string): Promise<boolean> {
  const sql = connect(url, { max: 1 });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
