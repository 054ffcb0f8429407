import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTls } from '@yba/http';
import { failureOf, followWal, isUnavailable, openFolder, startEmbedded } from '@yba/postgres';
import { ConfigError } from '../config.ts';
import type { Config, Settings } from '../config.ts';
import { telling } from '../progress.ts';
import type { Progress } from '../progress.ts';
import { ROOT } from './root.ts';
import { serve } from '../serve/index.ts';
import type { Served } from '../serve/index.ts';
import { connectionsMost } from '../serve/pools.ts';

const PORT_PATIENCE_MS = 3_000;
/** How long a database of others may take to come up, in ms. */
const DATABASE_PATIENCE_MS = 30_000;

/** A server with its database, running. `dataDir` is where it keeps its things. */
export type Running = Served & { dataDir: string };

/**
 * Brings up the database and the server on it. `webRoot` is awaited beside the database, since it may
 * take as long. Throws with the setting to change when the port or the data folder is taken.
 */
export async function bringUp(
  settings: Settings,
  web: Promise<string | undefined>,
  progress: Progress,
): Promise<Running> {
  if (settings.tls) readTls(settings.tls); // what cannot be served is said before anything is started
  const database = openDatabase(settings, progress);
  try {
    const [{ url, dataDir }, webRoot] = await Promise.all([database, web]);
    await freePort(settings, progress);
    const served = await telling(progress, (tell) => {
      tell('server');
      return serveOnceThere({ ...settings, dataDir, databaseUrl: url, webRoot }, tell);
    });
    return { ...served, dataDir, stop: () => stopBoth(served, database) };
  } catch (error) {
    await database.then(({ stop }) => stop()).catch(() => {});
    throw error;
  }
}

async function stopBoth(served: Served, database: Promise<Database>): Promise<void> {
  try {
    await served.stop();
  } finally {
    await (await database).stop();
  }
}

type Database = { url: string; dataDir: string; stop(): Promise<void> };

async function openDatabase(settings: Settings, progress: Progress): Promise<Database> {
  const dataDir = settings.dataDir ? resolve(settings.dataDir) : openFolder(join(ROOT, '.yba'));
  mkdirSync(dataDir, { recursive: true });
  if (settings.databaseUrl)
    return { url: await reachable(settings.databaseUrl, progress), dataDir, stop: async () => {} };
  progress(`database in ${dataDir}`);
  const database = await startEmbedded({ dataDir, log: progress, connections: connectionsMost(settings) });
  const backup = followWal({ dataDir, url: database.url }, progress);
  return {
    url: database.url,
    dataDir,
    async stop() {
      await backup.stop();
      await database.stop();
    },
  };
}

/** Serves; a database that goes away while the server starts is waited for as one that is not there yet. */
async function serveOnceThere(config: Config, progress: Progress): Promise<Served> {
  const deadline = Date.now() + DATABASE_PATIENCE_MS;
  for (;;) {
    try {
      return await serve(config, { progress });
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline) throw error;
      await sleep(200);
      await reachable(config.databaseUrl, progress);
    }
  }
}

/** What passes by itself, as after a power cut that took both, or while a standby takes over, is waited for; anything else is said at once. */
async function reachable(url: string, progress: Progress): Promise<string> {
  const deadline = Date.now() + DATABASE_PATIENCE_MS;
  for (let told = false; ; told = true) {
    const cause = await failureOf(url);
    if (!cause) return url;
    const { code = '', message } = cause as { code?: string; message: string };
    if (!(code in PASSING) || Date.now() > deadline)
      throw new ConfigError(
        `DATABASE_URL names a database that cannot be used: ${message}${PASSING[code] ?? ''}`,
        { cause },
      );
    if (!told) progress('waiting for the database');
    await sleep(200);
  }
}

/** SQLSTATEs and system errors that may be over in a moment; and what to do when they are not. */
const PASSING: Readonly<Record<string, string>> = {
  ECONNREFUSED: '',
  EAI_AGAIN: '', // the name service is not there yet
  EHOSTUNREACH: '',
  ENETUNREACH: '',
  CONNECT_TIMEOUT: '',
  CONNECTION_CLOSED: '',
  ECONNRESET: '',
  EPIPE: '',
  '57P01': '', // it ends, or one of its processes died and all begin anew
  '57P02': '',
  '57P03': '', // it starts, recovers or ends
  '53300':
    '. Its connections are all taken: see who holds them (pg_stat_activity), or give it more (max_connections, docs/configuration.md)',
  '25006': '. Name the primary, or promote this one (pg_promote)',
};

/** A server killed a moment ago may hold the port a little longer. */
async function freePort({ host, port }: Settings, progress: Progress): Promise<void> {
  const deadline = Date.now() + PORT_PATIENCE_MS;
  for (let told = false; port !== 0; told = true) {
    const code = await tryPort(host, port);
    if (!code) return;
    if (code !== 'EADDRINUSE' || Date.now() > deadline) throw new ConfigError(portMessage(code, host, port));
    if (!told) progress(`waiting for port ${port}`);
    await sleep(100);
  }
}

function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', (error: { code?: string }) => done(error.code ?? 'error'));
    probe.listen(port, host, () => probe.close(() => done(undefined)));
  });
}

function portMessage(code: string, host: string, port: number): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use by another program. Stop that program, or choose another port: npm start -- --port ${port === 8080 ? 8090 : port + 1}`;
  }
  return `Y Bạ cannot listen on ${host}, port ${port} (${code}). Choose others with --host and --port.`;
}
