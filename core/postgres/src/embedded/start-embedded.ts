import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { platform } from 'node:os';
import { connect, onDatabase } from '../connect.ts';
import { binaries } from './binaries.ts';
import { ensureCluster, OWNER, passwordFile } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { claim, release, retire } from './owner.ts';
import { startPostmaster } from './postmaster.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export type EmbeddedOptions = {
  /** The data folder; PostgreSQL gets `<dataDir>/postgres`. Made when missing. */
  dataDir: string;
  /** TCP port on the loopback address, where there is no unix socket; a free one unless said. */
  port?: number;
  /** Told of each step that may take over a second. */
  log?: (text: string) => void;
  /** Settings over ours, for example `{ fsync: 'off' }` in tests. */
  settings?: Record<string, string>;
};

/** A running embedded PostgreSQL: the URL of its database, and how to stop it (fast shutdown, resolves when gone). */
export type Embedded = { url: string; stop(): Promise<void> };

/** Longest path of a unix socket on macOS, less the file name. */
const SOCKET_FOLDER_BYTES = 103 - '/.s.PGSQL.5432'.length;

/**
 * Starts the PostgreSQL that npm brought on a data folder, making it the first time. It listens on a
 * unix socket inside the folder (Windows: the loopback address, with a password), so that only its
 * owner and root reach it, and it ends when this process does, however that ends. Throws, with the
 * folder and the remedy, when the folder is used by another server or closed to its user.
 */
export async function startEmbedded({
  dataDir,
  port,
  log = () => {},
  settings = {},
}: EmbeddedOptions): Promise<Embedded> {
  const user = unprivilegedUser();
  const programs = binaries(user);
  const cluster = await ensureCluster(dataDir, user, programs, log);
  await retire(cluster.folder, log);
  claim(cluster.folder);
  const listen = await address(cluster, port);
  const postmaster = await startPostmaster({ programs, cluster, listen: { ...listen, ...settings }, log });
  const url = databaseUrl(dataDir, cluster, listen);
  await createDatabase(url).catch(async (error: unknown) => {
    await postmaster.stop();
    throw error;
  });
  return {
    url,
    async stop() {
      await postmaster.stop();
      release(cluster.folder);
    },
  };
}

async function address({ folder }: Cluster, port: number | undefined): Promise<Record<string, string>> {
  if (platform() === 'win32')
    return { listen_addresses: '127.0.0.1', port: String(port ?? (await freePort())) };
  if (Buffer.byteLength(folder) > SOCKET_FOLDER_BYTES) {
    throw new Error(
      `The data folder's path is too long for a unix socket (${folder}). Choose one of at most ${SOCKET_FOLDER_BYTES - '/postgres'.length} bytes with --data.`,
    );
  }
  return { listen_addresses: '', unix_socket_directories: folder, unix_socket_permissions: '0700' };
}

function databaseUrl(dataDir: string, cluster: Cluster, listen: Record<string, string>): string {
  if (listen['port'] && existsSync(passwordFile(dataDir))) {
    return `postgres://${OWNER}:${readFileSync(passwordFile(dataDir), 'utf8')}@127.0.0.1:${listen['port']}/yba`;
  }
  return `postgres://${OWNER}@localhost/yba?host=${encodeURIComponent(cluster.folder)}`;
}

async function createDatabase(url: string): Promise<void> {
  const admin = connect(onDatabase(url, 'postgres'), { max: 1 });
  try {
    const [there] = await admin`select 1 from pg_database where datname = 'yba'`;
    if (!there) await admin`create database yba`;
  } finally {
    await admin.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
