import type { Head } from '@yba/audit';
import { migrateAtStart } from '@yba/postgres';
import type { Config } from '../config.ts';
import { addressOf, type Address } from './address.ts';
import { composeParent } from './compose-parent.ts';
import { compose, type Runnable } from './compose.ts';
import { asPlatform } from './platform-reads.ts';
import { closePools, openPools, type DatabasePools } from './pools.ts';

/** A running server. `signIn` lists who may sign in to the demonstration. */
export type Served = {
  url: string;
  signIn: { role: string; username: string; password: string; name: string }[];
  /** Brings everything logged into the tree and signs its head now. */
  seal(): Promise<Head>;
  /** Tells facilities of deadlines that come near or have passed now; answers how many. */
  remind(): Promise<number>;
  stop(): Promise<void>;
};

/**
 * Starts the server on a running database: migrates, puts the parts together, loads the demonstration nation the
 * first time, listens. Resolves when it answers requests; rejects, with everything closed again, when it cannot.
 */
export async function serve(config: Config, io: { progress(text: string): void }): Promise<Served> {
  const pools = openPools(config.databaseUrl);
  try {
    const ran = await migrateAtStart(pools.owner);
    if (ran.length > 0) io.progress(`database schema: ${ran.length} migrations`);
    const address = await addressOf(config);
    const { workers = 1 } = config;
    const platform =
      workers > 1
        ? await composeParent(config, address, pools, workers)
        : await compose(config, address, pools);
    try {
      const signIn = config.demo ? await loadNation(config.demo, config, address, pools, platform, io) : [];
      io.progress('figures and relationships from the feed');
      await platform.follow();
      await platform.listen();
      const stop = async () => {
        await platform.stop();
        await closePools(pools);
      };
      return {
        url: address.baseUrl,
        signIn,
        seal: () => platform.seal(),
        remind: () => platform.lookRequests.remind(),
        stop,
      };
    } catch (error) {
      await platform.stop();
      throw error;
    }
  } catch (error) {
    await closePools(pools);
    throw error;
  }
}

/** Loads the demonstration nation unless it is there, and names who may sign in to it. */
async function loadNation(
  demo: NonNullable<Config['demo']>,
  { dataDir }: Config,
  { baseUrl }: Address,
  { owner }: DatabasePools,
  platform: Runnable,
  { progress }: { progress(text: string): void },
): Promise<Served['signIn']> {
  const { loadDemo, signInList } = await import('../demo/index.ts');
  const { access, book, referral, storeAt } = platform;
  const { personas } = await loadDemo({
    demo,
    dataDir,
    baseUrl,
    sql: owner,
    access,
    ...(book ? { book } : {}),
    referral,
    storeAt,
    platform: asPlatform('demo'),
    progress,
  });
  platform.welcome(signInList(personas));
  return personas;
}
