import type { Persona } from '@yba/access';
import { resourceTypes, searchParameters } from '@yba/fhir';
import { createHttp, LiveHub, safeError } from '@yba/http';
import type { Config } from '../config.ts';
import { VERSION } from '../version.ts';
import type { Address } from './address.ts';
import { capabilitiesOf, subscribersOf } from './capabilities.ts';
import { runFeed, type FeedRunner } from './feed-runner.ts';
import { followAs, publishLooks, publishNews } from './live.ts';
import { createParts, type Parts } from './parts.ts';
import type { DatabasePools } from './pools.ts';
import { runUpkeep } from './upkeep.ts';

/** A platform put together and following its feed, not yet listening. */
export type Platform = Parts & {
  http: Awaited<ReturnType<typeof createHttp>>;
  feed: FeedRunner;
  /** Who may sign in to the demonstration; filled once it is loaded. */
  personas: readonly Persona[];
  stop(): Promise<void>;
};

/** Puts all parts together behind one door and sets them going. */
export async function compose(config: Config, address: Address, pools: DatabasePools): Promise<Platform> {
  const tell = (error: unknown, doing = 'sign-in') => {
    platform?.http.log.error({ error: safeError(error), doing }, 'went wrong');
  };
  let platform: Platform | undefined;
  const parts = await createParts({
    config,
    address,
    pools,
    personas: () => platform?.personas ?? [],
    onError: tell,
  });
  const hub = new LiveHub();
  let feed: FeedRunner | undefined;
  const http = await createHttp({
    interactions: parts.repository,
    capabilities: capabilitiesOf(parts),
    authenticate: parts.access.authenticate,
    baseUrl: address.baseUrl,
    resourceTypes,
    about: { version: VERSION, date: STARTED, searchParameters },
    health: {
      check: async () => void (await pools.owner`select 1`),
      about: { version: VERSION, demo: config.demo !== undefined },
    },
    smartConfiguration: parts.access.smartConfiguration,
    live: { hub, follow: followAs(parts) },
    gauges: [
      { name: 'yba_live_streams', help: 'Open event streams', read: () => hub.size },
      {
        name: 'yba_feed_position',
        help: 'Newest change seen',
        read: () => Number(feed?.cursor.split('.')[1] ?? 0),
      },
    ],
    webRoot: config.webRoot,
    log: { level: config.logLevel, stream: process.stderr },
  });
  feed = await runFeed({
    repository: parts.repository,
    subscribers: subscribersOf(parts),
    onNews: (entries) => publishNews(hub, pools.owner, entries),
    onError: tell,
  });
  const stopListening = await parts.audit.listen((persons) => publishLooks(hub, persons));
  const stopUpkeep = runUpkeep(parts, tell);

  platform = {
    ...parts,
    http,
    feed,
    personas: [],
    async stop() {
      stopUpkeep();
      hub.close();
      await http.close();
      await feed.stop();
      await stopListening();
    },
  };
  return platform;
}

/** When this process started: the date of its CapabilityStatement. */
const STARTED = new Date().toISOString();
