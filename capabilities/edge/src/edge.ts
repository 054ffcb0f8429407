import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { outcomeError } from '@yba/fhir';
import { readIdentity, keepIdentity, type Identity } from './folder/identity.ts';
import { openDataFolder } from './folder/data-folder.ts';
import { openSeal, type Seal } from './folder/seal.ts';
import { readSettings, type Settings } from './folder/settings.ts';
import { renewKey } from './hub/enrol.ts';
import { hubClient, type HubClient } from './hub/hub-client.ts';
import { runSender } from './hub/sender.ts';
import { accessToken, type Token } from './hub/token.ts';
import type { Desk } from './intake/desk.ts';
import { listenMllp, type MllpServer } from './intake/mllp-server.ts';
import { intakeRoutes } from './intake/routes.ts';
import { readMapping } from './intake/csv-mapping.ts';
import { signInOf } from './intake/sign-in.ts';
import { takeCsv } from './intake/take-csv.ts';
import { takeHl7v2 } from './intake/take-hl7v2.ts';
import { takeXml } from './intake/take-xml.ts';
import { watchFolder } from './intake/watch-folder.ts';
import { Outbox } from './outbox/outbox.ts';
import { LAST_CONTACT, readFigures, type Figures } from './status/figures.ts';
import { serveLocally } from './status/local-server.ts';
import type { PageData } from './status/page.ts';
import { statusRoutes } from './status/routes.ts';
import { copyPassed } from './twin/copy-passed.ts';
import { fetchCharts, type Fetcher } from './twin/fetch-charts.ts';
import { twinRoutes } from './twin/routes.ts';
import { Twin } from './twin/twin.ts';
import { readTwinCode } from './twin/twin-code.ts';

export type EdgeOptions = {
  /** The data folder. */
  folder: string;
  now?: () => number;
  /** Told of what was not foreseen; never of a patient. */
  onError(error: unknown): void;
};

export type Edge = {
  /** Address of the status page. */
  url: string;
  /** Ports of the MLLP listeners, in the order of the settings. */
  mllpPorts: number[];
  figures(): Figures;
  /** Makes a new signing key and tells the hub. */
  renewKey(): Promise<void>;
  stop(): Promise<void>;
};

const MB = 1_000_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A signing key is used for so long. */
const KEY_LIFE_MS = 90 * DAY_MS;

/**
 * Starts an edge agent on its data folder: opens the outbox, listens for the hospital's systems and, once it is enrolled,
 * brings what is kept to the hub. Throws Error in words when folder, settings or ports cannot be used.
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { now = Date.now, onError } = options;
  const folder = resolve(options.folder);
  openDataFolder(folder);
  const settings = readSettings(folder);
  const seal = openSeal(folder, settings.secretKey);
  const outbox = new Outbox({
    folder,
    limitBytes: settings.outbox.limitMb * MB,
    reserveBytes: settings.outbox.reserveMb * MB,
    now,
    seal,
  });
  const stops: (() => unknown)[] = [];
  const renew = () => hub?.renewKey() ?? Promise.reject(notEnrolled());
  let hub: Hub | undefined;
  try {
    hub = connectHub(folder, outbox, now, onError);
    stops.push(() => hub?.stop());
    const figures = () => readFigures(outbox, hub?.about() ?? {}, now());
    const desk = deskOf(outbox, hub?.identity);
    const twin = settings.twin.on
      ? openTwin({ folder, settings, seal, outbox, hub, now, onError })
      : undefined;
    stops.push(() => twin?.stop());
    const mllp = await listenAll(settings, desk, now, onError);
    stops.push(...mllp.map(({ stop }) => stop));
    for (const watched of settings.folders) stops.push(watch(watched, desk, onError).stop);

    const http = await serveLocally(
      settings.http,
      [
        ...statusRoutes({
          outbox,
          figures,
          ways: () => waysOf(settings, mllp),
          twin: () => twinState(folder, settings, twin),
          tryNow() {
            hub?.tryNow();
            twin?.fetcher?.tryNow();
          },
          renewKey: renew,
          now,
        }),
        ...intakeRoutes(desk),
        ...(twin
          ? twinRoutes({
              folder,
              desk,
              twin: twin.copy,
              keepDays: settings.twin.keepDays,
              fetchedAt: () => twin.fetcher?.state.doneAt,
              now,
            })
          : []),
      ],
      signInOf(folder, settings.http),
      onError,
    );
    stops.push(() => closed(http));
    stops.push(keepUp(settings, outbox, hub, twin, now, onError));
    const scheme = settings.http.tlsCert ? 'https' : 'http';
    const { port } = http.address() as AddressInfo;
    return {
      url: `${scheme}://${settings.http.host === '0.0.0.0' ? 'localhost' : settings.http.host}:${port}`,
      mllpPorts: mllp.map(({ port: each }) => each),
      figures,
      renewKey: renew,
      async stop() {
        // ways in first, then the sender; the outbox last
        for (const stop of stops.toReversed()) await stop();
        outbox.close();
      },
    };
  } catch (error) {
    for (const stop of stops.toReversed()) await stop();
    outbox.close();
    throw error;
  }
}

function twinState(folder: string, settings: Settings, twin: OpenTwin | undefined): PageData['twin'] {
  if (!twin) return { code: 'off' };
  const code = readTwinCode(folder);
  const { charts, due } = twin.copy.counts();
  return {
    code: !code ? 'none' : code.openedAt === undefined ? 'sealed' : { openedAt: code.openedAt },
    ...(settings.twin.fetchMinutes > 0 ? { fetching: { ...twin.fetcher?.state, charts, due } } : {}),
  };
}

type OpenTwin = { copy: Twin; fetcher?: Fetcher; sweep(sinceMs: number): void; stop(): Promise<void> };

/** The twin, and what fills it: what passes the edge, and what the hub tells. */
function openTwin({
  folder,
  settings,
  seal,
  outbox,
  hub,
  now,
  onError,
}: {
  folder: string;
  settings: Settings;
  seal: Seal;
  outbox: Outbox;
  hub: Hub | undefined;
  now: () => number;
  onError(error: unknown): void;
}): OpenTwin {
  const { keepDays, fetchMinutes } = settings.twin;
  const copy = new Twin(folder, seal);
  // without a hub nothing passes either
  const passing = hub && copyPassed({ outbox, twin: copy, facility: hub.identity.facility, onError });
  const fetcher =
    hub && fetchMinutes > 0
      ? fetchCharts({
          hub: hub.client,
          fhirBase: hub.identity.fhirBase,
          facility: hub.identity.facility,
          twin: copy,
          keepMs: keepDays * DAY_MS,
          everyMs: fetchMinutes * MINUTE_MS,
          now,
          onError,
        })
      : undefined;
  return {
    copy,
    ...(fetcher ? { fetcher } : {}),
    sweep: (sinceMs) => copy.sweep(sinceMs),
    async stop() {
      await Promise.all([passing?.stop(), fetcher?.stop()]);
      copy.close();
    },
  };
}

const notEnrolled = () =>
  outcomeError('throttled', 'The edge is not enrolled yet: yba edge enrol --hub URL --code CODE');

type Hub = {
  identity: Identity;
  client: HubClient;
  about(): Pick<Figures, 'facility' | 'keyMade' | 'trouble'>;
  renewKey(): Promise<void>;
  tryNow(): void;
  stop(): Promise<void>;
};

/** The way to the hub, when the edge is enrolled. */
function connectHub(
  folder: string,
  outbox: Outbox,
  now: () => number,
  onError: (error: unknown) => void,
): Hub | undefined {
  let identity = readIdentity(folder);
  if (!identity) return undefined;
  const keep = (changed: Identity) => {
    keepIdentity(folder, changed);
    identity = changed;
  };
  const token: Token = accessToken(
    () => identity!,
    (key) => {
      const { nextKey: _, ...rest } = identity!;
      keep({ ...rest, key });
    },
    now,
  );
  let noted = 0;
  const contact = () => {
    // once a second is exact enough, and spares the disk
    if (now() - noted < 1_000) return;
    noted = now();
    try {
      outbox.setFact(LAST_CONTACT, String(noted));
    } catch (error) {
      onError(error); // a full disk does not make the hub's answer void
    }
  };
  const client = hubClient(identity.fhirBase, token, contact);
  const sender = runSender({ outbox, hub: client, now, onError });
  return {
    identity,
    client,
    about: () => ({
      facility: { code: identity!.facility, name: identity!.facilityName, hub: identity!.hub },
      keyMade: identity!.key.made,
      ...(sender.state.trouble ? { trouble: sender.state.trouble } : {}),
    }),
    async renewKey() {
      await renewKey(identity!, () => token.get(), keep, now());
      token.forget();
    },
    tryNow: sender.tryNow,
    stop: sender.stop,
  };
}

/** Ways in refuse until the edge is enrolled: only then is known whose records these are. */
function deskOf(outbox: Outbox, identity: Identity | undefined): () => Desk {
  return () => {
    if (!identity) throw notEnrolled();
    const { facility } = identity;
    return { outbox, facility, endpoint: `https://yba.vn/fhir/facility/${facility}/edge` };
  };
}

function listenAll(
  settings: Settings,
  desk: () => Desk,
  now: () => number,
  onError: (error: unknown) => void,
) {
  return Promise.all(
    settings.mllp.map((address) =>
      listenMllp({
        ...address,
        now,
        onError,
        take: async (message, bytes) => void (await takeHl7v2(desk(), settings.codeSystems, message, bytes)),
      }),
    ),
  );
}

function watch(
  { path, kind, mapping }: Settings['folders'][number],
  desk: () => Desk,
  onError: (error: unknown) => void,
) {
  if (kind === 'xml')
    return watchFolder({
      path,
      pattern: /\.xml$/i,
      take: (bytes, name) => takeXml(desk(), bytes, name),
      onError,
    });
  const read = readMapping(mapping!);
  return watchFolder({
    path,
    pattern: /\.(csv|txt)$/i,
    take: (bytes, name) => takeCsv(desk(), read, bytes, name),
    onError,
  });
}

function waysOf({ http, folders }: Settings, mllp: readonly MllpServer[]) {
  return [
    { what: 'http' as const, where: `${http.host}:${http.port}` },
    ...mllp.map(({ address, port }) => ({ what: 'mllp' as const, where: `${address}:${port}` })),
    ...folders.map(({ kind, path }) => ({ what: kind, where: path })),
  ];
}

/** Once an hour: lets go of what is settled long ago, and renews the key when it is old. Answers how to stop. */
function keepUp(
  { outbox: { keepDays, keepBodiesDays }, twin }: Settings,
  outbox: Outbox,
  hub: Hub | undefined,
  kept: OpenTwin | undefined,
  now: () => number,
  onError: (error: unknown) => void,
): () => void {
  const round = () => {
    outbox.sweep({
      keepBodiesMs: keepBodiesDays * DAY_MS,
      keepMs: keepDays * DAY_MS,
    });
    kept?.sweep(now() - twin.keepDays * DAY_MS);
    const { keyMade = now() } = hub?.about() ?? {};
    if (now() - keyMade > KEY_LIFE_MS) hub!.renewKey().catch(onError);
  };
  const timer = setInterval(() => {
    try {
      round();
    } catch (error) {
      onError(error);
    }
  }, HOUR_MS);
  return () => clearInterval(timer);
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
