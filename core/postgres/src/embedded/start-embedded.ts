import { setTimeout as sleep } from 'node:timers/promises';
import { connect, failureOf, onDatabase } from '../connect.ts';
import { binaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { isCutOff } from './cut-off.ts';
import { listenOn } from './listen.ts';
import { claim, release, retire } from './owner.ts';
import { startPostmaster, type Postmaster } from './postmaster.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export type EmbeddedOptions = {
  /** The data folder; PostgreSQL gets `<dataDir>/postgres`. Made when missing. */
  dataDir: string;
  /** TCP port on the loopback address, where there is no unix socket; a free one unless said. */
  port?: number;
  /** Told of each step that may take over a second. */
  log?: (text: string) => void;
  /** Connections that its servers may open together; 100 are taken at least. What `local.conf` says goes before. */
  connections?: number;
  /** Settings over ours, for example `{ fsync: 'off' }` in tests. */
  settings?: Record<string, string>;
};

/** A running embedded PostgreSQL: the URL of its database, and how to stop it (fast shutdown, resolves when gone). */
export type Embedded = { url: string; stop(): Promise<void> };

/**
 * Starts the PostgreSQL that npm brought on a data folder, making it the first time. It listens on a
 * unix socket inside the folder (Windows: the loopback address, with a password), so that only its
 * owner and root reach it; it is started again when it ends by itself, and it ends when this process does, however that
 * ends. Throws, with the
 * folder and the remedy, when the folder is used by another server or closed to its user.
 */
export async function startEmbedded({
  dataDir,
  port,
  log = () => {},
  connections,
  settings = {},
}: EmbeddedOptions): Promise<Embedded> {
  if (isCutOff(dataDir))
    throw new Error(
      `${dataDir} holds a restore that was cut off, or is under way: there is no database in it yet. Run yba admin restore again, with the same --data; or name another folder.`,
    );
  const user = unprivilegedUser();
  const programs = binaries(user);
  const cluster = await ensureCluster(dataDir, user, programs, log, connections);
  await retire(cluster.folder, log);
  claim(cluster.folder);
  const listen = await listenOn(dataDir, cluster, port);
  const { url } = listen;
  const postmaster = await keptRunning(
    () => startPostmaster({ programs, cluster, settings: { ...listen.settings, ...settings }, log }),
    log,
  );
  claim(cluster.folder); // another that was started at this moment may have written itself down, whose PostgreSQL finds the folder locked
  await createDatabase(url).catch(async (error: unknown) => {
    await postmaster.stop('fast');
    throw error;
  });
  return {
    url,
    async stop() {
      await postmaster.stop((await isRecovering(url)) ? 'immediate' : 'fast');
      release(cluster.folder);
    },
  };
}

/** Pause before PostgreSQL is started again, in ms. */
const PAUSE_MS = 500;

/** Starts a server that is started again when it ends and nobody said so; it recovers all that it had acknowledged. */
async function keptRunning(
  start: () => Promise<Postmaster>,
  log: (text: string) => void,
): Promise<Pick<Postmaster, 'stop'>> {
  let running: Postmaster | undefined = await start();
  let stopping = false;
  const watching = (async () => {
    while (!stopping) {
      await running?.ended;
      if (stopping) return;
      running = undefined;
      log('the database ended by itself; it is started again');
      await sleep(PAUSE_MS, undefined, { ref: false });
      if (stopping) return;
      running = await start().catch((error: unknown) => {
        log((error as Error).message);
        return undefined;
      });
    }
  })();
  return {
    async stop(how) {
      stopping = true;
      const held = setInterval(() => {}, PAUSE_MS); // what is waited for keeps no process from its end, this does
      try {
        await running?.stop(how);
        await watching;
        await running?.stop(how);
      } finally {
        clearInterval(held);
      }
    },
  };
}

const RECOVERING = '57P03'; // cannot_connect_now

/** PostgreSQL 18 that is told to stop fast in its own recovery from a crash waits for its checkpointer for ever. */
async function isRecovering(url: string): Promise<boolean> {
  return ((await failureOf(url)) as { code?: string } | undefined)?.code === RECOVERING;
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
