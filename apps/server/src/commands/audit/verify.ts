import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readWitness, verifyExport, verifyLog } from '@yba/audit';
import type { VerifiedLog, Witnessed } from '@yba/audit';
import type { Sql } from '@yba/postgres';
import { ConfigError } from '../../config.ts';
import { progressOn, telling } from '../../progress.ts';
import { withDatabase } from '../admin/open-database.ts';
import { readLine, type Line } from '../admin/options.ts';
import { number, say, seconds } from '../admin/words.ts';
import { wordsOf } from '../words-of-error.ts';
import { archiveOf, linesOf } from './archive.ts';

/**
 * `yba audit verify`: checks the database, or an exported file with no server and no database at hand. Exit code 0 when
 * everything is as it was signed, 1 when something is not, 2 when nothing could be checked.
 */
export async function runAuditVerify(args: string[]): Promise<number> {
  try {
    return await verify(readLine(args, { witness: 'text', key: 'text', archive: 'text' }));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    process.stderr.write(`Nothing was checked: ${(error as Error).message}\n`);
    return 2;
  }
}

async function verify(line: Line): Promise<number> {
  const started = performance.now();
  const witness = witnessOf(line);
  const keys = line.text['key'] ? [line.text['key']] : [];
  const [file] = line.named;
  const known = { ...(witness ? { witness } : {}), keys };
  if (file) {
    if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
    return report(await verifyExport(linesOf(file), known), started, known);
  }
  const progress = progressOn(process.stderr);
  const archive = await archiveOf(line.text['archive']);
  return withDatabase(line, progress, async ({ owner }) => {
    const verified = await telling(progress, (tell) =>
      verifyLog(owner, { ...known, archive, progress: tell }),
    );
    const code = report(verified, started, known);
    if (code !== 2)
      await note(owner, verified).catch((error: unknown) =>
        process.stderr.write(`It could not be noted in the database: ${wordsOf(error)}\n`),
      );
    return code;
  });
}

/** Keeps that the log was verified, and what came of it: evidence of the security-level file. */
async function note(owner: Sql, { entries, heads, count }: VerifiedLog): Promise<void> {
  await owner`
    insert into operator_check (kind, passed, detail)
    values ('audit-verify', ${count === 0}, ${owner.json({ entries, heads, findings: count })})`;
}

/** What was kept outside the database: named on the line, else where the server writes it; a file is checked by itself. */
function witnessOf({ text, named, dataDir, auditWitness }: Line): Witnessed | undefined {
  if (text['witness']) return readWitness(text['witness']);
  const standard = auditWitness ?? join(dataDir, 'audit', 'heads');
  return named.length === 0 && existsSync(standard) ? readWitness(standard) : undefined;
}

function report(
  { entries, heads, findings, count, unwitnessed, unkept }: VerifiedLog,
  started: number,
  { witness, keys }: { witness?: Witnessed; keys: readonly string[] },
): number {
  const against = [
    witness ? `the ${number(witness.checkpoints.length)} heads of the witness` : undefined,
    keys.length > 0 ? 'the key given' : undefined,
  ].filter((one) => one !== undefined);
  say(
    `Verified ${number(entries)} entries against ${number(heads)} signed heads, in ${seconds(started)}`,
    against.length > 0
      ? `  beside ${against.join(' and ')}`
      : '  without a witness: the keys are those the log itself tells. Name heads or a key kept elsewhere: --witness PATH, --key VERIFIER',
  );
  if (unwitnessed)
    say(
      `  the witness lacks ${number(unwitnessed.heads)} heads that the database has, of ${unwitnessed.first.toISOString()} to ${unwitnessed.last.toISOString()}:`,
      '  lines were taken out of it, or it is a copy of before; what was signed then is believed by the database’s own word',
    );
  if (unkept)
    say(
      `  the database lacks ${number(unkept)} heads that the witness has: they were taken out of it, or a server was killed as it signed;`,
      '  the tree was compared with them all the same',
    );
  if (count === 0 && heads === 0) {
    say('  no head is signed yet: nothing can be said');
    return 2;
  }
  if (count === 0) {
    say('  nothing was changed, removed, inserted or put in another order');
    return 0;
  }
  const [first] = findings;
  say(
    `  first: ${first?.entry ?? (first?.index === undefined ? first?.kind : `entry ${first.index}`)}`,
    `  ${number(count)} findings:`,
    ...findings.map(({ kind, index, entry, words }) =>
      [`  - ${kind}`, index === undefined ? '' : `entry ${index}`, entry ?? '', words]
        .filter((part) => part !== '')
        .join(' · '),
    ),
    ...(count > findings.length ? [`  … and ${number(count - findings.length)} more`] : []),
  );
  return 1;
}
