import { reindex, reindexState } from '@yba/repository';
import { progressOn, telling } from '../../progress.ts';
import { closePools, openPools } from '../../serve/pools.ts';
import { operatorLog } from '../operator.ts';
import { withDatabase } from './open-database.ts';
import { readLine } from './options.ts';
import { number, say, seconds } from './words.ts';

/** `yba admin reindex`: rewrites the search terms of rows that an older set of parameters wrote, beside a running server. */
export async function runReindex(args: string[]): Promise<number> {
  const line = readLine(args, { by: 'text' });
  const progress = progressOn(process.stderr);
  return withDatabase(line, progress, async ({ url, owner }) => {
    const pools = openPools(url);
    try {
      const before = await reindexState(pools);
      if (before.left === 0 && before.complete >= before.revision) {
        say(`Nothing to reindex: every row carries revision ${before.revision}, the one in force.`);
        return 0;
      }
      const { log } = await operatorLog(owner);
      await log({ by: line.text['by'], command: 'admin reindex', action: 'operation', target: 'system' });
      const started = performance.now();
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const { revision, rows, complete } = await telling(progress, (tell) => {
        tell(`revision ${before.revision}: ${number(before.left)} rows to do`);
        return reindex(pools, {
          signal: stop.signal,
          onProgress: ({ done, left }) => tell(`reindexed ${done} rows, ${left} left`),
        });
      });
      const { left } = await reindexState(pools);
      say(
        `Reindexed ${number(rows)} rows to revision ${revision} in ${seconds(started)}`,
        complete
          ? '  complete: no row of an older revision is left, counted'
          : `  ${number(left)} rows are left; searches look at them all the same. Run it again to go on.`,
      );
      return complete ? 0 : 1;
    } finally {
      await closePools(pools);
    }
  });
}
