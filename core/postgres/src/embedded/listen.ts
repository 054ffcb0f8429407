import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWNER, passwordFile } from './cluster.ts';
import type { Cluster } from './cluster.ts';

/** Where PostgreSQL listens: its settings for it, and the URL that leads there. */
export type Listen = { settings: Record<string, string>; url: string };

/** Longest path of a unix socket on macOS, less the file name. */
const SOCKET_FOLDER_BYTES = 103 - '/.s.PGSQL.5432'.length;

/** A unix socket in a folder closed to others; on Windows the loopback address with a password. */
export async function listenOn(dataDir: string, cluster: Cluster, port?: number): Promise<Listen> {
  if (platform() === 'win32') return loopback(dataDir, port ?? (await freePort()));
  const folder = socketFolder(cluster);
  return {
    settings: { listen_addresses: '', unix_socket_directories: folder, unix_socket_permissions: '0700' },
    url: `postgres://${OWNER}@localhost/yba?host=${encodeURIComponent(folder)}`,
  };
}

function loopback(dataDir: string, port: number): Listen {
  const password = readFileSync(passwordFile(dataDir), 'utf8');
  return {
    settings: { listen_addresses: '127.0.0.1', port: String(port) },
    url: `postgres://${OWNER}:${password}@127.0.0.1:${port}/yba`,
  };
}

/** The cluster's own folder, or one in the temporary folder when that path is too long for a socket. */
function socketFolder({ folder, user }: Cluster): string {
  if (Buffer.byteLength(folder) <= SOCKET_FOLDER_BYTES) return folder;
  const short = join(tmpdir(), `yba-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  if (user) chownSync(short, user.uid, user.gid);
  const { uid, mode } = statSync(short);
  if (uid !== (user?.uid ?? process.getuid?.()) || (mode & 0o077) !== 0) {
    throw new Error(
      `${short} belongs to somebody else. Remove it, or choose a data folder with a shorter path with --data.`,
    );
  }
  return short;
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
