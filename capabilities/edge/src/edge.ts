import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { outcomeError } from '@yba/fhir';
import { readIdentity, keepIdentity, type Identity } from './folder/identity.ts';
import { openDataFolder } from './folder/data-folder.ts';
import { readSettings, type Settings } from './folder/settings.ts';
import { renewKey } from './hub/enrol.ts';
import { hubClient } from './hub/hub-client.ts';
import { runSender } from './hub/sender.ts';
import { accessToken, type Token } from './hub/token.ts';
import type { Desk } from './intake/desk.ts';
import { listenMllp, type MllpServer } from './intake/mllp-server.ts';
import { intakeRoutes } from './intake/routes.ts';
import { readMapping } from './intake/csv-mapping.ts';
import { takeCsv } from './intake/take-csv.ts';
import { takeHl7v2 } from './intake/take-hl7v2.ts';
import { takeXml } from './intake/take-xml.ts';
import { watchFolder } from './intake/watch-folder.ts';
import { Outbox } from './outbox/outbox.ts';
import { LAST_CONTACT, readFigures, type Figures } from './status/figures.ts';
import { serveLocally } from './status/local-server.ts';
import type { PageData } from './status/page.ts';
import { statusRoutes } from './status/routes.ts';
import { twinRoutes } from './twin/routes.ts';
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
  const outbox = new Outbox({
    folder,
    limitBytes: settings.outbox.limitMb * MB,
    reserveBytes: settings.outbox.reserveMb * MB,
    now,
  });
  const stops: (() => unknown)[] = [];
  const renew = () => hub?.renewKey() ?? Promise.reject(notEnrolled());
  let hub: Hub | undefined;
  try {
    hub = connectHub(folder, outbox, now, onError);
    stops.push(() => hub?.stop());
    const figures = () => readFigures(outbox, hub?.about() ?? {}, now());
    const desk = deskOf(outbox, hub?.identity);
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
          twin: () => twinState(folder, settings),
          tryNow: () => hub?.tryNow(),
          renewKey: renew,
          now,
        }),
        ...intakeRoutes(desk),
        ...(settings.twin.on ? twinRoutes({ folder, desk, keepDays: settings.twin.keepDays, now }) : []),
      ],
      onError,
    );
    stops.push(() => closed(http));
    stops.push(keepUp(settings, outbox, hub, now, onError));
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

function twinState(folder: string, { twin }: Settings): PageData['twin'] {
  if (!twin.on) return 'off';
  const code = readTwinCode(folder);
  if (!code) return 'none';
  return code.openedAt === undefined ? 'sealed' : { openedAt: code.openedAt };
}

const notEnrolled = () =>
  outcomeError('throttled', 'The edge is not enrolled yet: yba edge enrol --hub URL --code CODE');

type Hub = {
  identity: Identity;
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
  const sender = runSender({ outbox, hub: hubClient(identity.fhirBase, token, contact), now, onError });
  return {
    identity,
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
  now: () => number,
  onError: (error: unknown) => void,
): () => void {
  const round = () => {
    outbox.sweep({
      keepBodiesMs: (twin.on ? Math.max(keepBodiesDays, twin.keepDays) : keepBodiesDays) * DAY_MS,
      keepMs: keepDays * DAY_MS,
    });
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
