import { resolve } from 'node:path';
import { connect, noteRestore, pendingUpgrade, readKey, restoreBackup, startEmbedded } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { verify } from '@yba/repository';
import { ConfigError } from '../../config.ts';
import { progressOn, telling } from '../../progress.ts';
import type { Progress } from '../../progress.ts';
import { operatorLog } from '../operator.ts';
import { readLine, readMoment, type Line } from './options.ts';
import { number, say, seconds } from './words.ts';
import { report } from './verify.ts';

/** `yba admin restore`: a data folder as it was at a moment, counted and verified. */
export async function runRestore(args: string[]): Promise<number> {
  const line = readLine(args, { to: 'text', key: 'text', by: 'text' });
  const [named] = line.named;
  if (!named) throw new ConfigError('From where? yba admin restore FOLDER --data NEW-FOLDER');
  if (!line.text['data'])
    throw new ConfigError('Where to? Name a folder that does not exist yet: --data NEW-FOLDER');
  const progress = progressOn(process.stderr);
  const to = line.text['to'] === undefined ? undefined : readMoment(line.text['to']);
  const started = performance.now();
  const restored = await telling(progress, (tell) =>
    restoreBackup({
      folder: resolve(named),
      dataDir: line.dataDir,
      to,
      key: line.text['key'] ? readKey(resolve(line.text['key'])) : undefined,
      progress: tell,
    }),
  );
  say(
    `Restored to ${line.dataDir} in ${seconds(started)}`,
    `  as of ${restored.until.toISOString()}: all that was committed by then, nothing of later`,
  );
  const database = await startEmbedded({ dataDir: line.dataDir, log: progress });
  const sql = connect(database.url, { max: 4, applicationName: 'yba-admin' });
  try {
    const code = await lookOver(sql, line, progress);
    note(resolve(named), restored.until, code === 0);
    return code;
  } finally {
    await sql.end({ timeout: 5 });
    await database.stop();
  }
}

/** Notes beside the backup that it was restored; one that nobody may write to, as it should be in a drill, has served all the same. */
function note(folder: string, until: Date, passed: boolean): void {
  try {
    noteRestore(folder, { at: new Date().toISOString(), until: until.toISOString(), passed });
  } catch (error) {
    say(
      `This restore could not be noted in ${folder}, where /command looks for it: ${(error as Error).message}`,
    );
  }
}

async function lookOver(sql: Sql, { dataDir, text }: Line, progress: Progress): Promise<number> {
  const { names } = await pendingUpgrade(sql);
  if (names.length > 0) {
    say(
      `  written by an earlier release (${names.length} migrations to come)`,
      `Go on: yba admin upgrade --data ${dataDir} --no-backup`,
    );
    return 0;
  }
  const { log } = await operatorLog(sql);
  await log({
    by: text['by'],
    command: 'admin restore',
    action: 'restore',
    target: 'system',
    detail: { to: dataDir },
  });
  for (const [what, count] of await counts(sql)) say(`  ${number(count).padStart(12)} ${what}`);
  const started = performance.now();
  const verified = await telling(progress, (tell) => verify(sql, { progress: tell }));
  const code = report(verified, started);
  say(
    `Start the server on it: yba serve --data ${dataDir}`,
    `and begin its own backup: yba admin backup FOLDER --data ${dataDir}`,
  );
  return code;
}

async function counts(sql: Sql): Promise<[string, number][]> {
  const [row] = await sql<Record<string, number>[]>`
    select (select count(*) from resource where not deleted) as "resources of patients",
      (select count(*) from shared_resource where not deleted) as "shared resources",
      (select count(*) from history) as "earlier versions",
      (select count(*) from patient_link) as "Patients",
      (select count(*) from access_log) as "looks in the access log"`;
  return Object.entries(row!);
}
