import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { keyOf, pendingUpgrade, readPlan, takeBackup, upgrade } from '@yba/postgres';
import type { Pending, Sql } from '@yba/postgres';
import { ConfigError } from '../../config.ts';
import { progressOn, telling } from '../../progress.ts';
import type { Progress } from '../../progress.ts';
import { withDatabase } from './open-database.ts';
import { readLine } from './options.ts';
import type { Line } from './options.ts';
import { serversOn } from './servers-on.ts';
import { bytes, number, say, seconds } from './words.ts';

/** `yba admin upgrade`: the data of the previous release becomes this one's. Cut off, it goes on where it was. */
export async function runUpgrade(args: string[]): Promise<number> {
  const line = readLine(args, { backup: 'text', 'no-backup': 'switch' });
  const progress = progressOn(process.stderr);
  return withDatabase(line, progress, async ({ owner, url }) => {
    const pending = await pendingUpgrade(owner);
    if (pending.names.length === 0) {
      say('Nothing to upgrade: this database is of this release.');
      return 0;
    }
    if (await serversOn(owner))
      throw new ConfigError(
        'A server is running on this database: it would write what this release no longer reads. Stop it, then upgrade.',
      );
    await refuseFull(line, pending);
    await backupFirst(line, url, progress);
    const before = await counts(owner);
    const started = performance.now();
    const stop = new AbortController();
    process.once('SIGINT', () =>
      stop.abort(new Error('Stopped between two batches; run it again to go on.')),
    );
    const ran = await telling(progress, (tell) => upgrade(owner, { progress: tell, signal: stop.signal }));
    const after = await counts(owner);
    if (before.some((count, n) => count !== after[n]))
      throw new Error(
        `Counts differ after the upgrade: ${before.join('/')} before, ${after.join('/')} now. Restore the backup, and tell us.`,
      );
    say(
      `Upgraded in ${seconds(started)}: ${ran.join(', ')}`,
      `  ${number(after[0]!)} resources and ${number(after[1]!)} earlier versions, as before`,
      'Look it over if you like: yba admin verify. Then start the server, and beside it: yba admin reindex',
    );
    return 0;
  });
}

/** Rewritten rows and their new indexes lie beside the old ones for a while. */
async function refuseFull({ dataDir, databaseUrl }: Line, { rewriteBytes }: Pending): Promise<void> {
  if (databaseUrl) {
    say(
      `The upgrade needs up to ${bytes(2 * rewriteBytes)} of free disk on the database's machine; make sure that it is there.`,
    );
    return;
  }
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize < 2 * rewriteBytes)
    throw new ConfigError(
      `The upgrade rewrites ${bytes(rewriteBytes)} and needs ${bytes(2 * rewriteBytes)} of free disk; ${dataDir} has ${bytes(bavail * bsize)}.`,
    );
}

async function backupFirst(line: Line, url: string, progress: Progress): Promise<void> {
  if (line.on['no-backup']) return;
  if (line.databaseUrl)
    throw new ConfigError(
      'Back the database up with its own tools first (docs/operations.md), then: yba admin upgrade --no-backup',
    );
  const plan = readPlan(line.dataDir);
  const folder = line.text['backup'] ? resolve(line.text['backup']) : plan?.folder;
  if (!folder)
    throw new ConfigError(
      'The upgrade takes a backup first. Say where: --backup FOLDER, or --no-backup if you have one.',
    );
  const planned = plan?.folder === folder;
  const { manifest } = await telling(progress, (tell) =>
    takeBackup({
      url,
      dataDir: line.dataDir,
      folder,
      key: planned ? keyOf(plan) : undefined,
      continuous: planned,
      progress: tell,
    }),
  );
  say(`Backup before the upgrade: ${folder}, copy ${manifest.name}`);
}

async function counts(owner: Sql): Promise<number[]> {
  const [row] = await owner<{ now: number; past: number; links: number }[]>`
    select (select count(*) from resource) + (select count(*) from shared_resource) as now,
      (select count(*) from history) as past, (select count(*) from patient_link) as links`;
  return Object.values(row!);
}
