import type { Persona } from '@yba/access';
import { resourceTypes, searchParameters } from '@yba/fhir';
import { createHttp, LiveHub, safeError } from '@yba/http';
import { toOutcome } from '@yba/postgres';
import type { Config } from '../config.ts';
import { VERSION } from '../version.ts';
import type { Address } from './address.ts';
import { capabilitiesOf, subscribersOf } from './capabilities.ts';
import { runFeed, type FeedRunner } from './feed-runner.ts';
import { followAs, publishLooks, publishNews } from './live.ts';
import { createParts, type Parts } from './parts.ts';
import type { DatabasePools } from './pools.ts';
import { ensureMonths, runUpkeep } from './upkeep.ts';

/** A platform put together, not yet following its feed, not yet listening. */
export type Platform = Parts & {
  http: Awaited<ReturnType<typeof createHttp>>;
  /** Begins to follow the feed; resolves once every subscriber has applied all there is. */
  follow(): Promise<void>;
  /** Names who may sign in to the demonstration, once it is loaded. */
  welcome(personas: readonly Persona[]): void;
  stop(): Promise<void>;
};

/** Puts all parts together behind one door. */
export async function compose(config: Config, address: Address, pools: DatabasePools): Promise<Platform> {
  // what the parts need of one another once they run
  const later: { http?: Platform['http']; feed?: FeedRunner; personas: readonly Persona[] } = {
    personas: [],
  };
  const tell = (error: unknown, doing = 'sign-in') =>
    later.http?.log.error({ error: safeError(error), doing }, 'went wrong');

  await ensureMonths(pools);
  const parts = await createParts({ config, address, pools, personas: () => later.personas, onError: tell });
  const hub = new LiveHub();
  const http = (later.http = await createHttp({
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
    translate: toOutcome,
    smartConfiguration: parts.access.smartConfiguration,
    live: { hub, follow: followAs(parts) },
    gauges: [
      { name: 'yba_live_streams', help: 'Open event streams', read: () => hub.size },
      { name: 'yba_feed_position', help: 'Newest change seen', read: () => positionOf(later.feed) },
    ],
    webRoot: config.webRoot,
    log: { level: config.logLevel, stream: process.stderr },
  }));
  const stopListening = await parts.audit.listen((persons) => publishLooks(hub, persons));
  const stopUpkeep = runUpkeep(parts, pools, tell);

  return {
    ...parts,
    http,
    welcome(personas) {
      later.personas = personas;
    },
    async follow() {
      const feed = await runFeed({
        repository: parts.repository,
        subscribers: subscribersOf(parts),
        onNews: (entries) => publishNews(hub, pools.owner, entries),
        onError: tell,
      });
      later.feed = feed;
      await feed.settled();
    },
    async stop() {
      stopUpkeep();
      hub.close();
      const patience = setTimeout(() => http.server.closeAllConnections(), PATIENCE_MS);
      await http.close();
      clearTimeout(patience);
      await later.feed?.stop();
      await stopListening();
    },
  };
}

const positionOf = (feed: FeedRunner | undefined) => Number(feed?.cursor.split('.')[1] ?? 0);

/** How long requests under way may take to finish when the server stops, in ms. */
const PATIENCE_MS = 2_000;

/** When this process started: the date of its CapabilityStatement. */
const STARTED = new Date().toISOString();
