import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { detachMonth, exportLog, logMonth, MissingEntry, verifyExport, type LogMonth } from '@yba/audit';
import { folderToDiskNow, type Sql } from '@yba/postgres';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase } from '../admin/open-database.ts';
import { readLine } from '../admin/options.ts';
import { number, say } from '../admin/words.ts';
import { operatorLog } from '../operator.ts';
import { archiveOf, linesOf } from './archive.ts';
import { openFile } from './export.ts';

/**
 * `yba audit detach`: lets a month of the log go, whole and provable. The file is written, synced to the disk and verified as a
 * stranger would, every row of the month is looked for in it, and only then does the month leave the database.
 */
export async function runAuditDetach(args: string[]): Promise<number> {
  const line = readLine(args, { by: 'text', archive: 'text' });
  const [month, file] = line.named;
  const { by } = line.text;
  if (!month || !file)
    throw new ConfigError('Which month, and where to? yba audit detach 2026-11 2026-11.jsonl');
  if (!by) throw new ConfigError('To let a month go is accounted for. Say who orders it: --by WHO');
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const found = await logMonth(owner, month).catch((cause: Error) => {
      throw new ConfigError(cause.message, { cause });
    });
    const partial = `${file}.partial`;
    try {
      const { digest, entries } = await writeMonth(owner, found, partial);
      const verified = await verifyExport(linesOf(partial));
      if (verified.count > 0)
        throw new ConfigError(
          `The file does not verify (${verified.findings[0]!.words}); the month stays. Run: yba audit verify`,
        );
      const archived = await archiveOf([partial, line.text['archive']].filter(Boolean).join());
      renameSync(partial, file);
      folderToDiskNow(dirname(resolve(file))); // the month leaves the database next
      const { write } = await operatorLog(owner);
      const rows = await detachMonth(owner, found, archived, (db) =>
        write(db, {
          by,
          command: 'audit detach',
          action: 'export',
          target: 'AuditEvent',
          count: entries,
          detail: { month, sha256: digest },
        }),
      ).catch((cause: Error) => {
        throw new ConfigError(`${cause.message} The month stays, and ${file} too.`, { cause });
      });
      say(
        `${number(rows)} looks of ${month} are in ${file} and no longer in the database`,
        `  SHA-256 of the file, which the log keeps: ${digest}`,
        `  check it anywhere: yba audit verify ${file}`,
        `  check the log with it: yba audit verify --archive ${file}`,
      );
      return 0;
    } finally {
      rmSync(partial, { force: true });
    }
  });
}

/** Writes the month to the disk, without what stands in the file of the month before: commits cross midnight. */
async function writeMonth(
  owner: Sql,
  { from, to }: LogMonth,
  file: string,
): Promise<{ entries: number; digest: string }> {
  const out = openFile(file);
  try {
    for (let after = -1, written = 0; ;) {
      const hash = createHash('sha256');
      try {
        const { entries } = await exportLog(owner, { from, to, after }, (one) => {
          const text = `${JSON.stringify(one)}\n`;
          hash.update(text);
          written += writeSync(out, text, written);
        });
        fsyncSync(out);
        return { entries, digest: hash.digest('hex') };
      } catch (error) {
        if (!(error instanceof MissingEntry) || error.index <= after) throw error;
        after = error.index;
        ftruncateSync(out);
        written = 0;
      }
    }
  } finally {
    closeSync(out);
  }
}
