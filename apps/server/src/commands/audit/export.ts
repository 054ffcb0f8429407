import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { exportLog, type ExportWhat } from '@yba/audit';
import type { Sql } from '@yba/postgres';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase } from '../admin/open-database.ts';
import { readLine, readMoment, type Line } from '../admin/options.ts';
import { number, say } from '../admin/words.ts';
import { operatorLog } from '../operator.ts';

/** `yba audit export`: a file with entries and proofs. Whose looks left the house stands in their own log. */
export async function runAuditExport(args: string[]): Promise<number> {
  const line = readLine(args, { person: 'text', from: 'text', to: 'text', by: 'text' });
  const [file] = line.named;
  if (!file)
    throw new ConfigError('Name the file to write: yba audit export looks.jsonl --person Patient/ID');
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const what = await readWhat(line, owner);
    const out = openFile(file);
    try {
      const { entries, persons } = await exportLog(owner, what, (one) => {
        writeSync(out, `${JSON.stringify(one)}\n`);
      });
      const log = await operatorLog(owner);
      await log.log({
        by: line.text['by'],
        command: 'audit export',
        action: 'export',
        persons,
        target: 'AuditEvent',
        count: entries,
      });
      say(
        `Wrote ${number(entries)} looks with their proofs to ${file}`,
        `  check it anywhere: yba audit verify ${file}`,
      );
      return 0;
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    } finally {
      closeSync(out);
    }
  });
}

/** Personal data leaves here: only its owner reads the file. */
export function openFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    throw new ConfigError(`${file} cannot be written: ${(cause as Error).message}. Name a new file.`, {
      cause,
    });
  }
}

async function readWhat({ text }: Line, owner: Sql): Promise<ExportWhat> {
  const [, id] = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(text['person'] ?? '') ?? [];
  if (id) return { persons: await personsOf(owner, id) };
  if (text['from'] && text['to']) return { from: readMoment(text['from']), to: readMoment(text['to']) };
  throw new ConfigError('Whose looks? --person Patient/ID, or those of a time: --from MOMENT --to MOMENT');
}

/** Every key the person's looks stand under. */
async function personsOf(owner: Sql, id: string): Promise<string[]> {
  const rows = await owner<{ person: string }[]>`
    select distinct unnest(yba_person_keys(person)) as person from patient_link where client_id = ${id} or patient::text = ${id}`;
  if (rows.length === 0) throw new ConfigError(`Patient/${id} is not known here.`);
  return rows.map(({ person }) => person);
}
