import { join } from 'node:path';
import { connect } from '../connect.ts';
import type { Sql } from '../connect.ts';
import type { BackupKey } from './backup-key.ts';
import { formatLsn, parseLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import { reachFile, readReach, walFolder, writeReach } from './manifest.ts';
import type { Reach } from './manifest.ts';
import { keyOf, readPlan } from './plan.ts';
import { copyWal, tailBefore, walState } from './wal-copy.ts';
import type { WalSource, WalState } from './wal-copy.ts';

/** PostgreSQL keeps the log from this slot's place on, up to `max_slot_wal_keep_size`. */
export const SLOT = 'yba_backup';

/** Only one process at a time writes to the backup folder of a database. */
export const BACKUP_LOCK = 7_942_003;

/** How often the log is copied, in ms: what a lost disk costs at most, besides what is under way. */
const INTERVAL_MS = 5_000;

export type WalFollower = { stop(): Promise<void> };

/**
 * While a server runs, copies the log of its data folder to the folder of its backup plan, every five seconds. A plan
 * made or changed meanwhile is noticed. What fails is told, once for each kind, and tried again.
 */
export function followWal(
  { dataDir, url }: { dataDir: string; url: string },
  tell: (text: string) => void,
  intervalMs = INTERVAL_MS,
): WalFollower {
  const sql = connect(url, { max: 1, applicationName: 'yba-backup' });
  let stopped = false;
  let told = '';
  let timer: NodeJS.Timeout | undefined;
  const turn = async () => {
    try {
      await copyPlanned(sql, dataDir);
      if (told) tell('the backup goes on');
      told = '';
    } catch (error) {
      const text = `the log cannot be copied to the backup: ${(error as Error).message}`;
      if (text !== told && !stopped) tell(text);
      told = text;
    }
  };
  let running = Promise.resolve();
  const schedule = () => {
    timer = setTimeout(() => {
      running = turn().then(() => {
        if (!stopped) schedule();
      });
    }, intervalMs);
    timer.unref();
  };
  schedule();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      await turn(); // what was written since the last time
      await sql.end({ timeout: 2 });
    },
  };
}

async function copyPlanned(sql: Sql, dataDir: string): Promise<void> {
  const plan = readPlan(dataDir);
  if (!plan) return;
  const connection = await sql.reserve();
  try {
    const [lock] = await connection<{ got: boolean }[]>`select pg_try_advisory_lock(${BACKUP_LOCK}) as got`;
    if (!lock?.got) return; // a backup under way copies the log itself
    try {
      await copyOn(connection as unknown as Sql, join(dataDir, 'postgres'), plan.folder, keyOf(plan));
    } finally {
      await connection`select pg_advisory_unlock(${BACKUP_LOCK})`;
    }
  } finally {
    connection.release();
  }
}

/**
 * Copies the log from where the folder's reaches to where it is flushed now, and lets PostgreSQL forget what lies
 * before. The caller holds BACKUP_LOCK. Throws when the folder's log is not there, or not of this database's course.
 */
export async function copyOn(
  sql: Sql,
  cluster: string,
  folder: string,
  key: BackupKey | undefined,
): Promise<void> {
  const reach = readReach(folder);
  if (!reach)
    throw new Error(
      `${reachFile(folder)} is missing: is the disk of the backup there? Mount it, and the log goes on; where the backup is lost, take a new one: yba admin backup ${folder}`,
    );
  const at = new Date().toISOString();
  const state = await walState(sql);
  if (state.timeline !== reach.timeline)
    throw new Error(
      `The database was restored since the last backup to ${folder}. Take a new one: yba admin backup ${folder}`,
    );
  await refuseOtherCourse(state, cluster, folder, reach);
  const [from, to] = [parseLsn(reach.lsn), parseLsn(state.flushed)];
  const source = sourceOf(state, cluster);
  await copyWal(source, from, to, walFolder(folder), key).catch((cause: unknown) => {
    if (!/no longer has/.test((cause as Error).message)) throw cause;
    throw new Error(
      `${(cause as Error).message}: the log since ${reach.at} was not copied in time. Take a new backup: yba admin backup ${folder}`,
      { cause },
    );
  });
  await writeReach(folder, await reachAt(source, to, at, state.xid));
  await sql`select pg_replication_slot_advance(slot_name, ${formatLsn(to)}::pg_lsn)
    from pg_replication_slots where slot_name = ${SLOT} and wal_status <> 'lost' and restart_lsn < ${formatLsn(to)}::pg_lsn`;
}

const sourceOf = (state: WalState, cluster: string): WalSource => ({
  ...state,
  walDir: join(cluster, 'pg_wal'),
});

/** What a folder whose log ends at this place is to know of it. */
export async function reachAt(source: WalSource, to: Lsn, at: string, xid: string): Promise<Reach> {
  const tail = await tailBefore(source, to);
  return { timeline: source.timeline, lsn: formatLsn(to), at, xid, ...(tail ? { tail } : {}) };
}

/**
 * A database whose files were copied, or set back with the disk of the machine, goes on from there at places of the log that
 * the folder has already, with other content: mixed, they would restore to neither.
 */
export async function refuseOtherCourse(
  state: WalState,
  cluster: string,
  folder: string,
  reach: Reach,
): Promise<void> {
  const at = parseLsn(reach.lsn);
  const isBehind = parseLsn(state.flushed) < at;
  const tail = isBehind ? undefined : await tailBefore(sourceOf(state, cluster), at);
  if (!isBehind && (!reach.tail || !tail || tail === reach.tail)) return;
  throw new Error(
    `The log in ${folder} went on to ${reach.at} without this database: its files are a copy, or were set back to an earlier state (a snapshot). ` +
      `What is in the folder stays, and can be restored. Begin another for this database: yba admin backup NEW-FOLDER`,
  );
}
