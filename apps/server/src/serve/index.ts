import { migrate } from '@yba/postgres';
import type { Config } from '../config.ts';
import { addressOf } from './address.ts';
import { compose } from './compose.ts';
import { closePools, openPools } from './pools.ts';

/** A running server. `signIn` lists who may sign in to the demonstration. */
export type Served = {
  url: string;
  signIn: { role: string; username: string; password: string; name: string }[];
  stop(): Promise<void>;
};

/**
 * Starts the server on a running database: migrates, puts the parts together, loads the demonstration nation the
 * first time, listens. Resolves when it answers requests; rejects, with everything closed again, when it cannot.
 */
export async function serve(config: Config, io: { progress(text: string): void }): Promise<Served> {
  const pools = openPools(config.databaseUrl);
  try {
    const ran = await migrate(pools.owner);
    if (ran.length > 0) io.progress(`database schema: ${ran.length} migrations`);
    const address = await addressOf(config);
    const platform = await compose(config, address, pools);
    try {
      await platform.http.listen({ host: address.host, port: address.port });
    } catch (error) {
      await platform.stop();
      throw error;
    }
    const stop = async () => {
      await platform.stop();
      await closePools(pools);
    };
    return { url: address.baseUrl, signIn: [], stop };
  } catch (error) {
    await closePools(pools);
    throw error;
  }
}
