import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD_COST } from '@yba/access/testing';
import { migrate } from '@yba/postgres';
import { testDatabase } from '@yba/postgres/testing';
import type { Config } from '../config.ts';
import { addressOf } from '../serve/address.ts';
import { compose, type Platform } from '../serve/compose.ts';
import type { Lines } from '../serve/log.ts';
import { closePools, openPools, type DatabasePools } from '../serve/pools.ts';

/** A whole platform on a database of its own, listening, without the demonstration nation. */
export type TestPlatform = {
  platform: Platform;
  /** Its database, as each of the roles. */
  pools: DatabasePools;
  /** `http://localhost:<port>`. */
  url: string;
  databaseUrl: string;
  /** Holds the key that opens the secrets of the database. */
  dataDir: string;
  /** Registers a facility's software, with these scopes or all it may have, and answers its access token. */
  facilityToken(facility: string, facilityName: string, scope?: string): Promise<string>;
  stop(): Promise<void>;
};

export type PlatformOptions = {
  /** Brings the imitation of VNeID, but loads nobody. */
  demo?: boolean;
  updateCreate?: boolean;
  /** Where the lines of the server's log go, from which level on. */
  log?: { level: Config['logLevel']; lines: Lines };
  /** What is otherwise. */
  config?: Partial<Config>;
  /** An empty database to work on, which stays; one of its own unless given. */
  databaseUrl?: string;
};

/** Starts one. */
export async function startPlatform({
  demo = false,
  updateCreate = true,
  log,
  config: more = {},
  databaseUrl,
}: PlatformOptions = {}): Promise<TestPlatform> {
  const database = databaseUrl ? { url: databaseUrl, drop: async () => {} } : await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'yba-platform-'));
  const config: Config = {
    host: '127.0.0.1',
    port: 0,
    baseUrl: undefined,
    dataDir,
    databaseUrl: database.url,
    demo: demo ? { persons: 0, seed: 1 } : undefined,
    vneid: undefined,
    updateCreate,
    passwordCost: PASSWORD_COST,
    logLevel: log?.level ?? (process.env.YBA_LOG === 'error' ? 'error' : 'silent'),
    webRoot: undefined,
    ...more,
  };
  const pools = openPools(database.url);
  await migrate(pools.owner);
  const address = await addressOf(config);
  const platform = await compose(config, address, pools, { lines: log?.lines });
  await platform.follow();
  await platform.listen();
  return {
    platform,
    pools,
    url: address.baseUrl,
    databaseUrl: database.url,
    dataDir,
    async facilityToken(facility, facilityName, scope) {
      const { clientId, clientSecret } = await platform.access.createClient({
        name: `HIS ${facilityName}`,
        facility,
        facilityName,
        ...(scope === undefined ? {} : { scope }),
      });
      const response = await fetch(`${address.baseUrl}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (!answer.access_token) throw new Error(`no token: ${response.status} ${JSON.stringify(answer)}`);
      return answer.access_token;
    },
    async stop() {
      await platform.stop();
      await closePools(pools);
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
