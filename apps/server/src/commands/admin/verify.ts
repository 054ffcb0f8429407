import { verify } from '@yba/repository';
import type { Verified } from '@yba/repository';
import { progressOn, telling } from '../../progress.ts';
import { operatorLog } from '../operator.ts';
import { withDatabase } from './open-database.ts';
import { readLine } from './options.ts';
import { number, say, seconds } from './words.ts';

/** `yba admin verify`: reads the whole store as an auditor would. Exit code 1 when something is wrong. */
export async function runVerify(args: string[]): Promise<number> {
  const line = readLine(args, { by: 'text' });
  const progress = progressOn(process.stderr);
  return withDatabase(line, progress, async ({ owner }) => {
    const { log } = await operatorLog(owner);
    await log({ by: line.text['by'], command: 'admin verify', action: 'operation', target: 'system' });
    const started = performance.now();
    return report(await telling(progress, (tell) => verify(owner, { progress: tell })), started);
  });
}

/** Says what a verification found; answers the exit code. */
export function report(verified: Verified, started: number): number {
  const { resources, versions, frames, feedEntries, problems, problemCount } = verified;
  say(
    `Verified ${number(resources)} resources, ${number(versions)} versions, ${number(frames)} frames, ${number(feedEntries)} changes in the feed, in ${seconds(started)}`,
    problemCount === 0
      ? '  every version opens and is itself, no version is missing, identifiers and feed agree'
      : `  ${number(problemCount)} problems:`,
    ...problems.map((problem) => `  - ${problem}`),
    ...(problemCount > problems.length ? [`  … and ${number(problemCount - problems.length)} more`] : []),
  );
  return problemCount === 0 ? 0 : 1;
}
