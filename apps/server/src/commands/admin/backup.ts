import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  attach,
  checkBackup,
  connect,
  makeKey,
  readFolder,
  readKey,
  readManifests,
  readReach,
  takeBackup,
  writePlan,
} from '@yba/postgres';
import type { BackupKey } from '@yba/postgres';
import { ConfigError } from '../../config.ts';
import { progressOn, telling } from '../../progress.ts';
import type { Progress } from '../../progress.ts';
import { operatorLog } from '../operator.ts';
import { readCount, readLine } from './options.ts';
import { bytes, say, seconds } from './words.ts';

/** `yba admin backup`: takes a copy, and has the log follow it; or checks what is there. */
export async function runBackup(args: string[]): Promise<number> {
  const line = readLine(args, { key: 'text', keep: 'text', once: 'switch', check: 'switch' });
  const [named] = line.named;
  if (!named) throw new ConfigError('Where to? yba admin backup FOLDER (best on another disk or machine).');
  const folder = resolve(named);
  const keyFile = line.text['key'] && resolve(line.text['key']);
  const progress = progressOn(process.stderr);
  if (line.on['check']) return check(folder, keyFile ? readKey(keyFile) : undefined, progress);
  if (line.databaseUrl) throw new ConfigError(OTHERS);
  const keep = readCount('keep', line.text['keep']);
  const key = keyFile ? keyAt(keyFile, folder) : undefined;
  const continuous = !line.on['once'];
  const started = performance.now();
  const database = await attach(line.dataDir, progress);
  try {
    await logCopy(database.url, folder);
    const { manifest, storedBytes, removed } = await telling(progress, (tell) =>
      takeBackup({ url: database.url, dataDir: line.dataDir, folder, key, keep, continuous, progress: tell }),
    );
    if (continuous) await writePlan(line.dataDir, { folder, ...(keyFile ? { keyFile } : {}) });
    say(
      `Backup of ${line.dataDir} in ${folder}`,
      `  ${bytes(manifest.rawBytes)} became ${bytes(storedBytes)}${key ? ', encrypted' : ''}, in ${seconds(started)}`,
      `  copy ${manifest.name}, whole and on disk; schema ${manifest.schema ?? 'none'}`,
      ...removed.map((name) => `  removed the old copy ${name}`),
      continuous
        ? `  while the server runs, its log follows every 5 seconds: any moment from ${moment(readManifests(folder)[0]!.stoppedAt)} on can be restored`
        : `  --once: this copy alone, as of ${moment(manifest.stoppedAt)}`,
      key
        ? '  without the key file nothing can be restored: keep a copy of it elsewhere'
        : '  NOT ENCRYPTED: whoever gets this folder reads every record. Take one with --key FILE into a new folder',
      `Try it: yba admin restore ${folder} --data ${folder}-drill${keyFile ? ` --key ${keyFile}` : ''}`,
    );
    return 0;
  } finally {
    await database.stop();
  }
}

/** A whole copy leaves: the access log says so, and the copy with it. A database of before the log's tree keeps no such log. */
async function logCopy(url: string, folder: string): Promise<void> {
  const owner = connect(url, { max: 2, applicationName: 'yba-admin' }); // who did it is looked up beside the transaction
  try {
    const [kept] = await owner`
      select 1 from information_schema.columns where table_name = 'access_log' and column_name = 'reason_salt'`;
    if (!kept) return;
    const { log } = await operatorLog(owner);
    await log({ command: 'admin backup', action: 'backup', target: 'system', detail: { folder } });
  } finally {
    await owner.end();
  }
}

/** The key of a folder; a new folder may be given a new key. */
function keyAt(file: string, folder: string): BackupKey {
  if (existsSync(file) || readFolder(folder)) return readKey(file);
  const key = makeKey(file);
  say(`Made the key file ${file}: whoever has it can read the backup, and without it nobody can.`);
  return key;
}

async function check(folder: string, key: BackupKey | undefined, progress: Progress): Promise<number> {
  const started = performance.now();
  const { manifests, reach } = await telling(progress, (tell) => checkBackup(folder, key, tell));
  if (manifests.length === 0) throw new ConfigError(`${folder} holds no whole backup.`);
  const stored = manifests.flatMap(({ parts }) => parts).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  say(
    `Backup in ${folder}: ${manifests.length} ${manifests.length === 1 ? 'copy' : 'copies'}, ${bytes(stored)}, every file as it was written (${seconds(started)})`,
    `  can be restored from ${moment(manifests[0]!.stoppedAt)} to ${moment(readReach(folder)?.at ?? manifests.at(-1)!.stoppedAt)}${reach ? '' : ', at the moments of the copies'}`,
  );
  return 0;
}

/** A moment for people, with what restores to it. */
export const moment = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z');

const OTHERS = `DATABASE_URL names a PostgreSQL of your own: its files are on its machine, where Y Bạ cannot copy them.
Back it up with PostgreSQL's tools, there or from here:
  pg_basebackup --pgdata=FOLDER --format=tar --compress=zstd --checkpoint=fast --progress   one copy
  pgbackrest --stanza=yba backup                                                           copies, log, any moment
A backup of the log needs archive_mode=on and archive_timeout=60 (docs/operations.md, “A PostgreSQL of your own”).`;
