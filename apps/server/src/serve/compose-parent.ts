import type { Persona } from '@yba/access';
import type { Sequencer } from '@yba/audit';
import type { Config } from '../config.ts';
import type { Address } from './address.ts';
import { caughtUp, followFeed, inTime, type Runnable } from './compose.ts';
import type { FeedRunner } from './feed-runner.ts';
import { logLines, tellErrors } from './log.ts';
import { memoryFlags } from './memory.ts';
import { createParts, type Parts } from './parts.ts';
import { growTree } from './tree.ts';
import type { DatabasePools } from './pools.ts';
import { ensureMonths, runUpkeep } from './upkeep.ts';
import { startWorkers, type Workers } from './workers.ts';

/**
 * Puts the parts together for the parent of worker processes: it loads, follows the feed and does the chores, and
 * serves nothing itself. Decision: docs/decisions/0033-server-processes.md
 */
export async function composeParent(
  config: Config,
  address: Address,
  pools: DatabasePools,
  count: number,
): Promise<Runnable> {
  const later: {
    feed?: FeedRunner;
    workers?: Workers;
    stopUpkeep?: () => void;
    tree?: Sequencer;
    messages?: ReturnType<Parts['exchange']['run']>;
    personas: readonly Persona[];
  } = {
    personas: [],
  };
  const tell = tellErrors(config, logLines());
  await ensureMonths(pools);
  const parts = await createParts({ config, address, pools, personas: () => later.personas, onError: tell });
  return {
    ...parts,
    welcome(personas) {
      later.personas = personas;
    },
    async follow() {
      later.stopUpkeep = runUpkeep(parts, pools, tell);
      later.tree = growTree(config, address.baseUrl, pools.sequencer, tell);
      later.messages = parts.exchange.run(tell);
      later.feed = await followFeed(parts, pools, tell, (moved, position) =>
        later.workers?.tell({ moved, position }),
      );
      await caughtUp(config, later.feed);
    },
    async seal() {
      if (!later.tree) throw new Error('the tree grows once the platform follows');
      return later.tree.seal();
    },
    async listen() {
      const start = { config, address, personas: later.personas };
      later.workers = await startWorkers({ count, start, flags: memoryFlags(config), onError: tell });
    },
    async stop() {
      later.stopUpkeep?.();
      await later.workers?.stop();
      // a database that is away would be waited for without end
      await inTime(later.messages?.stop());
      await inTime(later.feed?.stop());
      await inTime(later.tree?.stop());
    },
  };
}
