import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Persona } from '@yba/access';
import type { Head, Sequencer } from '@yba/audit';
import type { FeedEntry } from '@yba/fhir';
import { resourceTypes, searchParameters } from '@yba/fhir';
import {
  bodyTurns,
  clearDoor,
  connectionsIn,
  createHttp,
  LiveHub,
  readTls,
  reloadTls,
  type GaugeSource,
} from '@yba/http';
import { toOutcome } from '@yba/postgres';
import type { Config } from '../config.ts';
import { VERSION } from '../version.ts';
import type { Address } from './address.ts';
import { capabilitiesOf, subscribersOf } from './capabilities.ts';
import { runFeed, type FeedRunner } from './feed-runner.ts';
import { followAs, publishAlerts, publishLate, publishLooks, publishReviews, topicsOf } from './live.ts';
import { logLines, tellErrors, type Lines, type Tell } from './log.ts';
import { memoryShare } from './memory.ts';
import { createParts, type Parts } from './parts.ts';
import { logRefusals } from './refusals.ts';
import { growTree } from './tree.ts';
import type { DatabasePools } from './pools.ts';
import { ensureMonths, runUpkeep } from './upkeep.ts';

/** What `serve` does with a platform, whether it is one process or several. */
export type Runnable = Parts & {
  /** Begins to follow the feed and the hourly chores; resolves once every subscriber has applied all there is, or soon. */
  follow(): Promise<void>;
  /** Brings everything logged into the tree and signs its head, once `follow` has begun. */
  seal(): Promise<Head>;
  /** Names who may sign in to the demonstration, once it is loaded. */
  welcome(personas: readonly Persona[]): void;
  /** Resolves when requests are answered. */
  listen(): Promise<void>;
  stop(): Promise<void>;
};

/** A platform put together in this process, not yet following its feed, not yet listening. */
export type Platform = Runnable & {
  http: Awaited<ReturnType<typeof createHttp>>;
  hub: LiveHub;
  /** Tells the live streams of this process which topics moved. */
  publish(topics: readonly string[], position: number): void;
};

/** Connections that wait to be taken: beyond, one that knocks is not heard, and knocks again after 1, 3 and 7 s. The system may allow fewer. */
const BACKLOG = 4096;

/** What the process of a platform has from others, when it is one of several. */
export type Siblings = {
  /** The figures of all processes, given one's own; see `/metrics`. */
  figures(own: object[]): Promise<object[][]>;
};

export type ComposeOptions = {
  /** Present when this process is one of several. */
  siblings?: Siblings | undefined;
  /** Where the log's lines go; standard error unless told. */
  lines?: Lines | undefined;
};

/** Puts all parts together behind one door, in this process. */
export async function compose(
  config: Config,
  address: Address,
  pools: DatabasePools,
  { siblings, lines = logLines() }: ComposeOptions = {},
): Promise<Platform> {
  const later: {
    feed?: FeedRunner;
    personas: readonly Persona[];
    position: number;
    messages?: ReturnType<Parts['exchange']['run']>;
    stopUpkeep?: () => void;
    stopReloading?: () => void;
    clear?: Server;
    inner?: Server;
    tree?: Sequencer;
  } = {
    personas: [],
    position: 0,
  };
  const tell = tellErrors(config, lines);

  await ensureMonths(pools);
  const share = memoryShare(config);
  const room = bodyTurns(share);
  const parts = await createParts({
    config,
    address,
    pools,
    room,
    personas: () => later.personas,
    onError: tell,
  });
  const connections = connectionsIn(share.connectionBytes, config.tls !== undefined);
  const hub = new LiveHub({ listeners: Math.floor(connections / 2) });
  const http = await createHttp({
    interactions: parts.liveSources.interactions(parts.referral.guarding(parts.directives.interactions)),
    capabilities: capabilitiesOf(parts),
    authenticate: parts.access.authenticate,
    baseUrl: address.baseUrl,
    resourceTypes,
    about: {
      version: VERSION,
      date: STARTED,
      searchParameters,
      added: (caller) => parts.repository.addedParameters(caller),
      updateCreate: config.updateCreate ?? true,
    },
    health: {
      check: async () => void (await pools.owner`select 1`),
      about: { version: VERSION, demo: config.demo !== undefined },
    },
    translate: toOutcome,
    refused: logRefusals(parts),
    smartConfiguration: parts.access.smartConfiguration,
    knownOrigin: parts.access.knownOrigin,
    live: { hub, follow: followAs(parts) },
    gauges: [
      ...messageGauges(parts),
      { name: 'yba_live_streams', help: 'Open event streams', read: () => hub.size },
      { name: 'yba_feed_position', help: 'Newest change seen', read: () => later.position, among: 'max' },
    ],
    rateLimits: parts.rateLimits,
    limits: { ...share, requests: REQUESTS_MOST, connections },
    bodyTurns: room,
    ...(siblings ? { figures: siblings.figures } : {}),
    tls: config.tls && readTls(config.tls),
    trustedProxies: config.trustedProxies ?? [],
    certificateHeader: config.certificateHeader,
    requestsPerMinute: config.requestsPerMinute,
    metricsToken: config.metricsToken,
    webRoot: config.webRoot,
    log: { level: config.logLevel, stream: lines },
  });
  const stopListening = await parts.audit.listen((persons) => publishLooks(hub, persons));
  parts.access.onShut((session) => hub.end(session));
  const stopFollowing = await parts.access.follow();
  const stopAlerts = await parts.oversight.alerts.listen((facility) => publishAlerts(hub, facility));
  const stopReviews = await parts.access.listenToReviews((facility) => publishReviews(hub, facility));
  const stopLate = await parts.liveSources.listen((person) => publishLate(hub, person));
  const publish = (topics: readonly string[], position: number) => {
    later.position = position;
    hub.publish(topics);
  };

  return {
    ...parts,
    http,
    hub,
    publish,
    welcome(personas) {
      later.personas = personas;
    },
    async follow() {
      later.stopUpkeep = runUpkeep(parts, pools, tell);
      later.tree = growTree(config, address.baseUrl, pools.sequencer, tell);
      later.messages = parts.exchange.run(tell);
      later.feed = await followFeed(parts, pools, tell, publish);
      await caughtUp(config, later.feed);
    },
    async seal() {
      if (!later.tree) throw new Error('the tree grows once the platform follows');
      return later.tree.seal();
    },
    async listen() {
      const { host, port } = address;
      // on Linux the kernel gives each process connections of its own; elsewhere the parent hands them out
      const own = siblings && platform() === 'linux' ? { reusePort: true, exclusive: true } : {};
      await http.listen({ host, port, backlog: BACKLOG, ...own });
      if (config.tls)
        later.stopReloading = reloadTls(http.server as unknown as HttpsServer, config.tls, (error) =>
          tell(error, 'reading the certificate anew'),
        );
      if (config.tls && parts.book) {
        // the rehearsal's VNeID is this very server, whose certificate need not be one that Node.js knows
        later.inner = createServer((request, response) => http.routing(request, response));
        await once(later.inner.listen(0, '127.0.0.1'), 'listening');
        address.innerPort = (later.inner.address() as AddressInfo).port;
      }
      if (config.httpPort !== undefined) {
        later.clear = clearDoor(address.baseUrl).listen({ host, port: config.httpPort, ...own });
        await once(later.clear, 'listening');
      }
    },
    async stop() {
      later.stopUpkeep?.();
      later.stopReloading?.();
      later.clear?.close();
      later.inner?.close();
      hub.close();
      const patience = setTimeout(() => http.server.closeAllConnections(), PATIENCE_MS);
      await http.close();
      clearTimeout(patience);
      // a database that is away would be waited for without end
      await inTime(later.messages?.stop());
      await inTime(later.feed?.stop());
      await inTime(later.tree?.stop());
      const listeners = [stopListening, stopFollowing, stopReviews, stopAlerts, stopLate];
      await inTime(Promise.allSettled(listeners.map((stop) => stop())));
    },
  };
}

/** Resolves when the work is done or has failed, or when that takes too long: no part keeps the others from their end. */
export async function inTime(work: Promise<unknown> | undefined, patienceMs = PATIENCE_MS): Promise<void> {
  const late = new AbortController();
  await Promise.race([
    Promise.allSettled([work]),
    sleep(patienceMs, undefined, { signal: late.signal }).catch(() => {}),
  ]);
  late.abort();
}

/**
 * Waits until figures and relationships are as the feed has them: as long as that takes where the demonstration was loaded,
 * else a moment. A server that was away for long, or whose database goes while it starts, answers meanwhile; what follows
 * the feed follows it as at any other time.
 */
export async function caughtUp({ demo }: Pick<Config, 'demo'>, feed: FeedRunner): Promise<void> {
  if (demo) return feed.settled();
  await inTime(feed.settled(), CATCH_UP_MS);
}

/** What waits in the inbox; every process counts the same, so the greatest is told. Not known while the database is away. */
function messageGauges({ exchange }: Parts): GaugeSource[] {
  const gauge = (name: string, help: string, figure: 'waiting' | 'retrying' | 'oldestS'): GaugeSource => ({
    name,
    help,
    read: () =>
      exchange.backlog().then(
        (backlog) => backlog[figure],
        () => Number.NaN,
      ),
    among: 'max',
  });
  return [
    gauge('yba_messages_waiting', 'Messages received and not yet filed or refused', 'waiting'),
    gauge('yba_messages_retrying', 'Those of them whose filing failed and is tried again', 'retrying'),
    gauge('yba_messages_oldest_seconds', 'Age of the oldest message that waits to be filed', 'oldestS'),
  ];
}

/** Follows the feed for all processes: subscribers first, then the live streams are told. */
export function followFeed(
  parts: Parts,
  pools: DatabasePools,
  tell: Tell,
  publish: (topics: readonly string[], position: number) => void,
): Promise<FeedRunner> {
  return runFeed({
    repository: parts.repository,
    subscribers: subscribersOf(parts),
    onNews: async (entries) => publish(await topicsOf(pools.owner, entries), positionOf(entries)),
    onError: tell,
  });
}

const positionOf = (entries: readonly FeedEntry[]) => Number(entries.at(-1)?.cursor.split('.')[1] ?? 0);

/** How long requests under way may take to finish when the server stops, in ms. */
export const PATIENCE_MS = 2_000;

/** How long a server that starts waits for those who follow the feed, in ms. */
const CATCH_UP_MS = 3_000;

/** Requests under way in one process; what is beyond is told to come again. */
const REQUESTS_MOST = 1_000;

/** When this process started: the date of its CapabilityStatement. */
const STARTED = new Date().toISOString();
