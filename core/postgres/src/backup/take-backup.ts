import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { connect } from '../connect.ts';
import type { Sql } from '../connect.ts';
import type { BackupKey } from './backup-key.ts';
import { clusterFiles, looseFiles } from './cluster-files.ts';
import { DRAFT, folderToDisk } from '../durable.ts';
import { BACKUP_LOCK, copyOn, reachAt, refuseOtherCourse, SLOT } from './follow-wal.ts';
import { parseLsn, segmentStart } from './lsn.ts';
import {
  basesFolder,
  claimFolder,
  readFolder,
  readManifests,
  readReach,
  walFolder,
  writeManifest,
  writeReach,
} from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { readPlan } from './plan.ts';
import { seal, ending } from './sealed-file.ts';
import { packTar } from './tar.ts';
import type { TarSource } from './tar.ts';
import { copyWal, pruneWal, walState } from './wal-copy.ts';

export type BackupOptions = {
  /** URL of the running database, and its files. */
  url: string;
  dataDir: string;
  folder: string;
  key?: BackupKey | undefined;
  /** Whole copies to keep, this one included; all unless said. */
  keep?: number | undefined;
  /** Whether the log is to be copied to this folder from now on. */
  continuous: boolean;
  progress(text: string): void;
};

/** A backup taken: its manifest, and what it takes on disk. */
export type BackupTaken = { manifest: Manifest; storedBytes: number; removed: string[] };

/** Bytes of files in one part, before compression: damage is named by part. */
const PART_BYTES = 256 * 1024 * 1024;

/**
 * Copies a running cluster to a folder: its files while it is written to, and the log written meanwhile, from which
 * PostgreSQL makes them consistent. The copy is under a draft name until it is whole and on disk.
 * Source: https://www.postgresql.org/docs/18/continuous-archiving.html “Making a Base Backup Using the Low Level API”
 */
export async function takeBackup(options: BackupOptions): Promise<BackupTaken> {
  const sql = connect(options.url, { max: 1, applicationName: 'yba-backup' });
  try {
    // one session from start to stop, as PostgreSQL asks; it holds the lock
    const [lock] = await sql<{ got: boolean }[]>`select pg_try_advisory_lock(${BACKUP_LOCK}) as got`;
    if (!lock?.got) await waitForLock(sql, options.progress);
    return await withLock(sql, options);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function waitForLock(sql: Sql, progress: BackupOptions['progress']): Promise<void> {
  progress('waiting for another backup of this database to finish');
  await sql`select pg_advisory_lock(${BACKUP_LOCK})`;
}

async function withLock(sql: Sql, options: BackupOptions): Promise<BackupTaken> {
  const { folder, dataDir, key, progress } = options;
  const state = await walState(sql);
  const { system } = state;
  refuseInside(dataDir, folder);
  refuseAway(dataDir, folder);
  await claimFolder(folder, { product: 'yba', format: 1, system, ...(key ? { key: key.fingerprint } : {}) });
  const reach = readReach(folder);
  if (reach?.timeline === state.timeline)
    await refuseOtherCourse(state, join(dataDir, 'postgres'), folder, reach);
  await removeDrafts(folder);
  await refuseFull(dataDir, folder);
  await holdLog(sql);
  progress('asking PostgreSQL for a checkpoint');
  const manifest = await copyCluster(sql, options, system);
  if (options.continuous) await beginChain(sql, dataDir, folder, manifest, key);
  const removed = options.keep === undefined ? [] : await retire(folder, options.keep);
  return { manifest, storedBytes: storedBytes(manifest), removed };
}

const storedBytes = ({ parts }: Manifest) => parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

async function copyCluster(sql: Sql, options: BackupOptions, system: string): Promise<Manifest> {
  const { folder, dataDir, key, progress } = options;
  const cluster = join(dataDir, 'postgres');
  const startedAt = new Date();
  const name = startedAt.toISOString().replaceAll(':', '-').replace(/\..*/, 'Z');
  const draft = join(basesFolder(folder), `${name}${DRAFT}`);
  await mkdir(draft, { mode: 0o700 });
  const [begun] = await sql<{ lsn: string }[]>`select pg_backup_start('yba', fast => true)::text as lsn`;
  const sources = [...clusterFiles(cluster), ...looseFiles(dataDir, key !== undefined)];
  const rawBytes = sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const parts: Manifest['parts'] = [];
  const write = async (part: TarSource[]) => {
    const file = `${String(parts.length + 1).padStart(4, '0')}.tar${ending(key)}`;
    parts.push({ file, ...(await seal(Readable.from(packTar(part)), join(draft, file), key)) });
  };
  let done = 0;
  for (const part of inParts(sources)) {
    await write(part);
    done += part.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    progress(`copied ${megabytes(done)} of ${megabytes(rawBytes)} MB`);
  }
  const [ended] = await sql<{ lsn: string; label: string }[]>`
    select lsn::text, labelfile as label from pg_backup_stop(wait_for_archive => false)`;
  const label = Buffer.from(ended!.label);
  await write([{ name: 'postgres/backup_label', sizeBytes: label.length, bytes: label }]);
  const state = await walState(sql);
  const source = {
    walDir: join(cluster, 'pg_wal'),
    timeline: state.timeline,
    segmentBytes: state.segmentBytes,
  };
  const from = segmentStart(parseLsn(begun!.lsn), state.segmentBytes);
  await copyWal(source, from, parseLsn(ended!.lsn), join(draft, 'wal'), key);
  const manifest: Manifest = {
    name,
    system,
    major: 18,
    timeline: state.timeline,
    segmentBytes: state.segmentBytes,
    startLsn: begun!.lsn,
    stopLsn: ended!.lsn,
    startedAt: startedAt.toISOString(),
    stoppedAt: new Date().toISOString(),
    rawBytes,
    schema: await newestMigration(sql),
    parts,
  };
  await writeManifest(draft, manifest);
  await rename(draft, join(basesFolder(folder), name));
  await folderToDisk(basesFolder(folder));
  return manifest;
}

function* inParts(sources: readonly TarSource[]): Generator<TarSource[]> {
  let part: TarSource[] = [];
  let bytes = 0;
  for (const source of sources) {
    if (bytes > 0 && bytes + source.sizeBytes > PART_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(source);
    bytes += source.sizeBytes;
  }
  if (part.length > 0) yield part;
}

async function newestMigration(sql: Sql): Promise<string | null> {
  const [there] = await sql<
    { there: boolean }[]
  >`select to_regclass('schema_migration') is not null as there`;
  if (!there?.there) return null;
  const [row] = await sql<{ name: string | null }[]>`select max(name) as name from schema_migration`;
  return row?.name ?? null;
}

/** The slot that keeps the log as long as this session lasts: a copy that is cut off leaves nothing that fills the disk. */
const HELD = `${SLOT}_${process.pid}`;

/** Makes PostgreSQL keep the log that is not copied yet. */
async function holdLog(sql: Sql): Promise<void> {
  await sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots
    where slot_name = ${SLOT} and wal_status = 'lost'`;
  await sql`select pg_create_physical_replication_slot(${HELD}, true, true)`;
}

/** From now on PostgreSQL keeps the log that is not copied, whether servers run or not. */
async function holdForGood(sql: Sql): Promise<void> {
  const [slot] = await sql`select 1 from pg_replication_slots where slot_name = ${SLOT}`;
  if (!slot) await sql`select pg_copy_physical_replication_slot(${HELD}, ${SLOT}, false)`;
}

/** Goes on with the folder's continuous log where it is unbroken; else it begins with this copy. */
async function beginChain(
  sql: Sql,
  dataDir: string,
  folder: string,
  { timeline, segmentBytes, stopLsn, stoppedAt }: Manifest,
  key: BackupKey | undefined,
): Promise<void> {
  const cluster = join(dataDir, 'postgres');
  await holdForGood(sql);
  const begin = async () => {
    const { xid } = await walState(sql);
    const source = { walDir: join(cluster, 'pg_wal'), timeline, segmentBytes };
    await writeReach(folder, await reachAt(source, parseLsn(stopLsn), stoppedAt, xid));
    await copyOn(sql, cluster, folder, key);
  };
  const reach = readReach(folder);
  if (reach?.timeline !== timeline) return begin();
  await copyOn(sql, cluster, folder, key).catch((error: unknown) => {
    if (!/no longer has/.test((error as Error).message)) throw error;
    return begin();
  });
}

async function retire(folder: string, keep: number): Promise<string[]> {
  const manifests = readManifests(folder);
  const old = manifests.slice(0, Math.max(0, manifests.length - keep));
  // under a draft name first: one that is half removed is not taken for a damaged copy
  for (const { name } of old)
    await rename(join(basesFolder(folder), name), join(basesFolder(folder), `${name}${DRAFT}`));
  await folderToDisk(basesFolder(folder));
  await removeDrafts(folder);
  const oldest = manifests[old.length];
  if (oldest && existsSync(walFolder(folder)))
    await pruneWal(walFolder(folder), oldest.timeline, parseLsn(oldest.startLsn), oldest.segmentBytes);
  return old.map(({ name }) => name);
}

/** A disk that is not mounted leaves an empty folder: a copy in it would lie on the disk that the backup is for. */
function refuseAway(dataDir: string, folder: string): void {
  if (readPlan(dataDir)?.folder !== folder || readFolder(folder)) return;
  throw new Error(
    `The backups of ${dataDir} go to ${folder}, and there are none: is its disk mounted? Mount it, then run this again. Where they are lost, begin anew in another folder.`,
  );
}

/** Copies that were interrupted. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of readdirSync(basesFolder(folder)))
    if (name.endsWith(DRAFT)) await rm(join(basesFolder(folder), name), { recursive: true, force: true });
}

function refuseInside(dataDir: string, folder: string): void {
  if (`${resolve(folder)}/`.startsWith(`${resolve(dataDir)}/`))
    throw new Error(
      `${folder} lies inside the data folder: a lost disk would take both. Name a folder on another disk.`,
    );
}

/** A compressed copy takes a third of the files or less; half is asked for, so that the log has room too. */
async function refuseFull(dataDir: string, folder: string): Promise<void> {
  const rawBytes = clusterFiles(join(dataDir, 'postgres')).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < rawBytes / 2)
    throw new Error(
      `${folder} has ${megabytes(bavail * bsize)} MB free; a backup of ${megabytes(rawBytes)} MB may need ${megabytes(rawBytes / 2)} MB. Make room, or keep fewer copies: --keep N`,
    );
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
