import {
  chownSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { chmod, mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect } from '../connect.ts';
import { binaries } from '../embedded/binaries.ts';
import { identMap } from '../embedded/cluster.ts';
import { isCutOff, RESTORING } from '../embedded/cut-off.ts';
import { listenOn } from '../embedded/listen.ts';
import { claim, ownerGone, release, retire } from '../embedded/owner.ts';
import { startPostmaster } from '../embedded/postmaster.ts';
import { openPath, unprivilegedUser } from '../embedded/unprivileged-user.ts';
import type { User } from '../embedded/unprivileged-user.ts';
import type { BackupKey } from './backup-key.ts';
import { folderToDisk } from '../durable.ts';
import { parseLsn } from './lsn.ts';
import { basesFolder, reachFile, readFolder, readManifests, readReach, walFolder } from './manifest.ts';
import type { Manifest, Reach } from './manifest.ts';
import { passTransactions } from './pass-transactions.ts';
import { hashOf, unseal } from './sealed-file.ts';
import { unpackTar } from './tar.ts';
import { holdsWal, readWal, WalGap } from './wal-copy.ts';

export type RestoreOptions = {
  folder: string;
  /** Where the restored data folder is made; must not exist, or be empty. */
  dataDir: string;
  /** The moment to restore to; the end of the backup unless said. */
  to?: Date | undefined;
  key?: BackupKey | undefined;
  progress(text: string): void;
};

/** What was restored: from which copy, and all that was committed up to which moment. */
export type Restored = {
  manifest: Manifest;
  until: Date;
};

/** Where files that lie beside the cluster wait until it is there. */
const LOOSE = 'yba.beside';

/**
 * Makes a data folder out of a backup, as it was at a moment. Every file of the copy is checked before one is used; a
 * damaged one is named. The folder gets its database only when all of the log is repeated: a restore that breaks off
 * leaves nothing that looks like one.
 * Source: https://www.postgresql.org/docs/18/continuous-archiving.html “Recovering Using a Continuous Archive Backup”
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { folder, dataDir, to, key, progress } = options;
  refuseFull(dataDir);
  refuseKey(folder, key);
  const reach = readReach(folder);
  if (!reach) refuseReachless(folder, to);
  const { manifest, end } = choose(folder, reach, to);
  progress(`copy of ${manifest.stoppedAt}, schema ${manifest.schema ?? 'none'}`);
  await checkCopy(folder, manifest, progress);
  await refuseShort(dataDir, manifest, end);
  const user = unprivilegedUser();
  mkdirSync(dataDir, { recursive: true });
  const closed = user && openPath(resolve(dataDir), user);
  if (closed)
    throw new Error(
      `PostgreSQL runs as ${user.name}, who may not enter ${closed}. Choose another folder with --data.`,
    );
  const draft = join(dataDir, RESTORING);
  await ownerGone(draft, progress); // another restore into this folder
  await retire(draft, progress);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  claim(draft);
  try {
    await unpack(options, manifest, draft);
    const gap = await unpackWal(options, manifest, end, draft);
    own(draft, user);
    await recover(dataDir, draft, user, { to, xid: reach?.xid, gap }, progress).catch(brokenOff);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { mode: 0o700 }); // no server takes the folder for a new one
    throw error;
  }
  for (const name of readdirSync(join(draft, LOOSE))) {
    await rm(join(dataDir, name), { recursive: true, force: true }); // of a restore that was cut off here
    await rename(join(draft, LOOSE, name), join(dataDir, name));
  }
  await rm(join(draft, LOOSE), { recursive: true });
  release(draft);
  await rename(draft, join(dataDir, 'postgres'));
  await folderToDisk(dataDir);
  return { manifest, until: to ?? new Date(end ? end.at : manifest.stoppedAt) };
}

/** Whatever ended the database that repeats the log, the way on is the same. */
function brokenOff(cause: unknown): never {
  if (cause instanceof WalGap) throw cause;
  throw new Error(
    `The restore broke off while the log was repeated, and left no database: run it again, with the same --data. What was said: ${(cause as Error).message}`,
    { cause },
  );
}

/** Checks that every file of the copies is there and unchanged, and that the log can be read; throws naming the first that is not. */
export async function checkBackup(
  folder: string,
  key: BackupKey | undefined,
  progress: (text: string) => void,
): Promise<{ manifests: Manifest[]; reach: Reach | undefined }> {
  refuseKey(folder, key);
  const manifests = readManifests(folder);
  for (const manifest of manifests) await checkCopy(folder, manifest, progress);
  const reach = readReach(folder);
  if (!reach) refuseReachless(folder);
  const first = manifests.find(({ timeline }) => timeline === reach?.timeline);
  if (reach && first) {
    progress('reading the log');
    const folders = [join(basesFolder(folder), first.name, 'wal'), walFolder(folder)];
    const log = readWal(folders, first, parseLsn(first.startLsn), parseLsn(reach.lsn), key);
    for await (const { name } of log) progress(`log ${name}`);
  }
  return { manifests, reach };
}

function refuseFull(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  if (isCutOff(dataDir)) return; // what lies there came out of a backup, and comes again
  const there = readdirSync(dataDir).filter((name) => name !== RESTORING && name !== 'lost+found');
  if (there.length > 0)
    throw new Error(
      `${dataDir} is not empty (${there.slice(0, 3).join(', ')}). A restore never overwrites: name a folder that does not exist yet with --data, and start the server on it afterwards.`,
    );
}

function refuseKey(folder: string, key: BackupKey | undefined): void {
  const there = readFolder(folder);
  if (!there) throw new Error(`${folder} holds no backup of Y Bạ.`);
  if (there.key && there.key !== key?.fingerprint)
    throw new Error(
      key
        ? `The backups in ${folder} are encrypted with another key (${there.key}, not ${key.fingerprint}).`
        : `The backups in ${folder} are encrypted. Name the key file they were made with: --key FILE`,
    );
}

/** Without its reach nobody can tell where the log ends: what came after the copies would be left out unsaid. */
function refuseReachless(folder: string, to?: Date): void {
  const copies = readManifests(folder);
  if (!holdsWal(walFolder(folder)) || copies.some(({ stoppedAt }) => to?.toISOString() === stoppedAt)) return;
  const newest = copies.at(-1)?.stoppedAt;
  throw new Error(
    `${reachFile(folder)} is missing, and with it how far the log of changes after the copies reaches. Put it back; while the server still runs, take a new backup.${newest ? ` To restore the newest copy alone, without what was written after it: --to ${newest}` : ''}`,
  );
}

/** The newest copy made before the moment, and the log after it where it is needed. */
function choose(
  folder: string,
  reach: Reach | undefined,
  to: Date | undefined,
): { manifest: Manifest; end?: Reach } {
  const manifests = readManifests(folder);
  const oldest = manifests[0];
  if (!oldest)
    throw new Error(
      `${folder} holds no whole backup; what was interrupted is not taken for one. Take one: yba admin backup`,
    );
  const manifest = manifests.findLast(({ stoppedAt }) => !to || new Date(stoppedAt) <= to);
  if (!manifest)
    throw new Error(
      `The oldest backup in ${folder} was finished at ${oldest.stoppedAt}: that is the earliest moment to restore to.`,
    );
  const end =
    reach?.timeline === manifest.timeline && parseLsn(reach.lsn) >= parseLsn(manifest.stopLsn)
      ? reach
      : undefined;
  const latest = end?.at ?? manifest.stoppedAt;
  if (to && to > new Date(latest))
    throw new Error(
      `The backup in ${folder} reaches to ${latest}; what came later is not in it. Name a moment up to then, or leave --to away.`,
    );
  return { manifest, ...(end ? { end } : {}) };
}

async function checkCopy(
  folder: string,
  manifest: Manifest,
  progress: (text: string) => void,
): Promise<void> {
  for (const [index, { file, sizeBytes, sha256 }] of manifest.parts.entries()) {
    const path = join(basesFolder(folder), manifest.name, file);
    progress(`checking file ${index + 1} of ${manifest.parts.length}`);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined)
      throw new Error(`${path} is missing. Restore from another copy or backup folder.`);
    if (size !== sizeBytes || (await hashOf(path)) !== sha256)
      throw new Error(
        `${path} is damaged: it is not what was written. Restore from another copy or backup folder.`,
      );
  }
}

async function refuseShort(dataDir: string, manifest: Manifest, end: Reach | undefined): Promise<void> {
  const log = end ? Number(parseLsn(end.lsn) - parseLsn(manifest.startLsn)) : 0;
  const wanted = manifest.rawBytes + log + 2 * manifest.segmentBytes;
  let there = resolve(dataDir);
  while (!existsSync(there)) there = join(there, '..');
  const { bavail, bsize } = await statfs(there);
  if (bavail * bsize < wanted)
    throw new Error(
      `${dataDir} has ${Math.floor((bavail * bsize) / 1048576)} MB free; the restore needs ${Math.ceil(wanted / 1048576)} MB.`,
    );
}

async function unpack(
  { folder, key, progress }: RestoreOptions,
  manifest: Manifest,
  draft: string,
): Promise<void> {
  await mkdir(join(draft, LOOSE), { recursive: true, mode: 0o700 });
  for (const [index, { file }] of manifest.parts.entries()) {
    progress(`unpacking file ${index + 1} of ${manifest.parts.length}`);
    await unpackTar(
      unseal(join(basesFolder(folder), manifest.name, file), key),
      async ({ name }, content) => {
        const [root, ...rest] = name.split('/');
        const path = join(draft, ...(root === 'data' ? [LOOSE] : []), ...rest);
        if (!`${path}${sep}`.startsWith(`${draft}${sep}`)) throw new Error(`${name}: not a name of ours`);
        if (name.endsWith('/')) await mkdir(path, { recursive: true, mode: 0o700 });
        else await pipeline(Readable.from(content), createWriteStream(path, { mode: 0o600 }));
      },
    );
  }
}

/**
 * The log goes where PostgreSQL finds it; nothing has to be fetched while it is repeated. Where files of it are missing, what
 * comes before them is enough for an earlier moment: given is what to say if it is not.
 */
async function unpackWal(
  { folder, to, key, progress }: RestoreOptions,
  manifest: Manifest,
  end: Reach | undefined,
  draft: string,
): Promise<WalGap | undefined> {
  const folders = [join(basesFolder(folder), manifest.name, 'wal'), ...(end ? [walFolder(folder)] : [])];
  const until = parseLsn(end?.lsn ?? manifest.stopLsn);
  await mkdir(join(draft, 'pg_wal', 'archive_status'), { recursive: true, mode: 0o700 });
  let count = 0;
  try {
    for await (const { name, bytes } of readWal(folders, manifest, parseLsn(manifest.startLsn), until, key)) {
      await writeFile(join(draft, 'pg_wal', name), bytes, { mode: 0o600 });
      progress(`unpacking the log: ${(count += 1)} segments`);
    }
  } catch (error) {
    if (!to || !(error instanceof WalGap)) throw error;
    return error;
  }
  return undefined;
}

function own(draft: string, user: User | undefined): void {
  if (platform() !== 'win32') writeFileSync(join(draft, 'pg_ident.conf'), identMap(user));
  rmSync(join(draft, 'postgresql.auto.conf.tmp'), { force: true });
  writeFileSync(join(draft, 'recovery.signal'), '');
  if (!user) return;
  chownSync(draft, user.uid, user.gid);
  const beside = join(draft, LOOSE); // keys and what else is the server's: not for the user of PostgreSQL
  for (const entry of readdirSync(draft, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!`${path}${sep}`.startsWith(`${beside}${sep}`)) chownSync(path, user.uid, user.gid);
  }
}

const NOT_REACHED = /recovery ended before configured recovery target was reached/;

/**
 * Lets PostgreSQL repeat the log, and passes over the transaction numbers that the lost database gave out after the moment: who
 * finds the restored one, finds it with that done. Where nothing was committed after the moment, the end of the log is that moment.
 */
async function recover(
  dataDir: string,
  draft: string,
  user: User | undefined,
  { to, xid, gap }: { to: Date | undefined; xid: string | undefined; gap: WalGap | undefined },
  progress: (text: string) => void,
): Promise<void> {
  await chmod(draft, 0o700);
  const cluster = { folder: draft, user };
  const { settings, url } = await listenOn(dataDir, cluster);
  const start = async (target: Record<string, string>) => {
    progress('repeating the log');
    const postmaster = await startPostmaster({
      programs: binaries(user),
      cluster,
      settings: {
        ...settings,
        hot_standby: 'off',
        // one call for all files that were just written, where file by file takes a minute on a busy disk
        ...(platform() === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
        restore_command: 'exit 1',
        recovery_target_timeline: 'current',
        ...target,
      },
      log: () => progress('repeating the log'),
    });
    try {
      if (xid !== undefined) await passOver(url, xid, progress);
    } finally {
      await postmaster.stop('fast');
    }
  };
  if (!to) return start({});
  const target = {
    recovery_target_time: to.toISOString().replace('T', ' ').replace('Z', '+00'),
    recovery_target_action: 'promote',
  };
  await start(target).catch((error: unknown) => {
    if (gap) throw gap;
    if (!NOT_REACHED.test((error as Error).message)) throw error;
    return start({});
  });
}

async function passOver(url: string, xid: string, progress: (text: string) => void): Promise<void> {
  progress('passing over the transaction numbers of the lost database');
  const sql = connect(url, { max: 1, applicationName: 'yba-admin' });
  try {
    await passTransactions(sql, xid);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
