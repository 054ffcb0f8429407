import type { Resource } from '@yba/fhir';
import { FACILITY, facilitySource } from '@yba/vietnam';
import { HubAnswer, type HubClient, reasonOf } from '../hub/hub-client.ts';
import { patientReference } from '../intake/patient-of.ts';
import { personOf } from './people-in.ts';
import type { Followed, HubChart, Twin } from './twin.ts';

export type FetchOptions = {
  hub: Pick<HubClient, 'get'>;
  fhirBase: string;
  facility: string;
  twin: Twin;
  /** What of the past is asked for the first time, in ms. */
  keepMs: number;
  /** The pause between rounds, in ms. */
  everyMs: number;
  now(): number;
  onError(error: unknown): void;
};

/** How the fetching is, for the status page. Moments in ms. */
export type Fetching = { doneAt?: number; trouble?: string };

export type Fetcher = {
  state: Readonly<Fetching>;
  /** Begins a round now. */
  tryNow(): void;
  stop(): Promise<void>;
};

const PAGE = 200;
/** What is asked for again beside what is new: transactions that were committed a little out of order. */
const OVERLAP_MS = 120_000;
/** A chart is fetched anew as a whole after this long, so that what may be read no more goes, and what may be read now comes. */
const WHOLE_MS = 86_400_000;
/** Resources kept of one chart, the newest clinical time first. */
const CHART_MOST = 3_000;
/** What the twin shows, and the facilities it names. */
const TYPES =
  'Patient,Encounter,Condition,AllergyIntolerance,MedicationRequest,MedicationStatement,Observation,DiagnosticReport,Procedure,Immunization,ServiceRequest,Appointment,DocumentReference,Organization';

const SINCE = 'moved-since';
const PLACE = 'moved-place';
const NEWEST = 'moved-newest';
/** When the hub told all that it had, in ms: a fact of the twin. */
export const FETCHED = 'fetched-at';

type Entry = {
  fullUrl?: string;
  resource?: Resource;
  request?: { method?: string; url?: string };
  response?: { lastModified?: string };
};
type Page = { entry?: Entry[]; link?: { relation?: string; url?: string }[] };

/**
 * Follows the charts of the hospital's own patients at the hub: what moved, by its history (`_since`), then each of these charts,
 * by `$everything?_since`. The place reached is kept with what was learnt, so a broken line or a kill costs one page. Each is
 * read under the policy, and stands in the person's access log.
 */
export function fetchCharts(options: FetchOptions): Fetcher {
  const { twin, now, everyMs, onError } = options;
  const state: Fetching = {};
  const done = Number(twin.fact(FETCHED));
  if (done) state.doneAt = done;
  let stopped = false;
  let wake = () => {};

  const loop = async () => {
    while (!stopped) {
      try {
        await learnWhatMoved(options, () => stopped);
        twin.refetchOlderThan(now() - WHOLE_MS);
        await fetchDue(options, () => stopped);
        if (stopped) return;
        delete state.trouble;
        state.doneAt = now();
        twin.setFact(FETCHED, String(state.doneAt));
      } catch (error) {
        state.trouble = reasonOf(error);
        if (!isOfNetwork(error)) onError(error);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (stopped) wake();
      });
    }
  };
  const running = loop();
  return {
    state,
    tryNow: () => wake(),
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}

/** What a line or a hub that is away makes: told on the page, not in the log. */
const isOfNetwork = (error: unknown): boolean =>
  error instanceof HubAnswer || error instanceof TypeError || (error as Error).name === 'TimeoutError';

/** Marks the charts of whoever something was written about since the last time; page by page, each page once. */
async function learnWhatMoved(options: FetchOptions, isOver: () => boolean): Promise<void> {
  const { fhirBase, facility, twin, keepMs, now } = options;
  const since = twin.fact(SINCE) ?? new Date(now() - keepMs).toISOString();
  let place: string | undefined =
    twin.fact(PLACE) ||
    `/_history?_since=${encodeURIComponent(since)}&_count=${PAGE}&_elements=subject,patient,beneficiary,for`;
  while (place !== undefined && !isOver()) {
    const page = await historyPage(options, place);
    if (!page) return; // the next round begins at its beginning
    const next = nextOf(page, fhirBase);
    const entries = page.entry ?? [];
    const newest = twin.fact(NEWEST) || newestOf(entries);
    twin.atomic(() => {
      for (const entry of entries) note(twin, entry, facility, now());
      // the newest comes first; what is written meanwhile is asked for by the next round
      twin.setFact(NEWEST, next === undefined ? '' : (newest ?? ''));
      twin.setFact(PLACE, next ?? '');
      if (next === undefined && newest)
        twin.setFact(SINCE, new Date(Date.parse(newest) - OVERLAP_MS).toISOString());
    });
    place = next;
  }
}

/** A page of the history; undefined when the hub knows the place of an earlier run no more. */
async function historyPage({ hub, twin }: FetchOptions, place: string): Promise<Page | undefined> {
  try {
    return (await hub.get(place)) as Page;
  } catch (error) {
    if (!(error instanceof HubAnswer) || error.status !== 400 || !twin.fact(PLACE)) throw error;
    twin.setFact(PLACE, '');
    return undefined;
  }
}

/** Fetches what is due. A chart that the hub fails to tell waits for the next round, and holds up none behind it. */
async function fetchDue(options: FetchOptions, isOver: () => boolean): Promise<void> {
  const failed = new Map<string, unknown>();
  const { twin, now } = options;
  for (let next = twin.nextDue(); next && !failed.has(next.id) && !isOver(); next = twin.nextDue()) {
    try {
      await fetchOne(options, next);
    } catch (error) {
      if (!(error instanceof HubAnswer) || [401, 429, 503].includes(error.status)) throw error;
      failed.set(next.id, error);
      twin.moved(next.id, true, now());
    }
  }
  for (const error of failed.values()) throw error;
}

const newestOf = (entries: readonly Entry[]): string | undefined =>
  entries
    .flatMap(({ response, resource }) => response?.lastModified ?? resource?.meta?.lastUpdated ?? [])
    .reduce<string | undefined>((most, each) => (most === undefined || each > most ? each : most), undefined);

function note(twin: Twin, { resource, request, response }: Entry, facility: string, now: number): void {
  if (request?.method === 'DELETE' && request.url)
    return twin.deleted(request.url, Date.parse(response?.lastModified ?? '') || now);
  if (!resource) return;
  const isOwn = resource.meta?.source === facilitySource(facility);
  const id =
    resource.resourceType === 'Patient'
      ? resource.id
      : /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(patientReference(resource)?.reference ?? '')?.[1];
  if (id) twin.moved(id, isOwn, now);
}

/** Fetches what is new of one chart, or all of it when that is due; nothing of it is kept before all of it is here. */
async function fetchOne(options: FetchOptions, followed: Followed): Promise<void> {
  const { hub, fhirBase, facility, twin, now } = options;
  const { id, patient } = followed;
  const known = patient === undefined ? undefined : twin.chart(patient);
  const isWhole = !known || known.wholeAt < now() - WHOLE_MS;
  const chart: HubChart = isWhole
    ? { askedAt: now(), fetchedAt: 0, wholeAt: now(), cut: false, isShared: false, names: {}, resources: {} }
    : { ...known, askedAt: now(), resources: { ...known.resources } };
  const since = isWhole
    ? ''
    : `&_since=${encodeURIComponent(new Date(known.fetchedAt - OVERLAP_MS).toISOString())}`;
  let place: string | undefined = `/Patient/${id}/$everything?_count=${PAGE}&_type=${TYPES}${since}`;
  let newest = known?.fetchedAt ?? 0;
  try {
    while (place !== undefined) {
      const page: Page = (await hub.get(place)) as Page;
      for (const { resource } of page.entry ?? []) {
        if (!resource) continue;
        newest = Math.max(newest, Date.parse(resource.meta?.lastUpdated ?? '') || 0);
        if (resource.resourceType === 'Organization') nameOf(resource, chart.names);
        else if (resource.resourceType !== 'Practitioner' && resource.resourceType !== 'PractitionerRole')
          chart.resources[`${resource.resourceType}/${resource.id}`] = lean(resource);
      }
      chart.cut = isWhole ? Object.keys(chart.resources).length >= CHART_MOST : chart.cut;
      place = chart.cut && isWhole ? undefined : nextOf(page, fhirBase);
    }
  } catch (error) {
    if (!(error instanceof HubAnswer) || ![403, 404, 410].includes(error.status)) throw error;
    return twin.dropChart(followed, now());
  }
  chart.fetchedAt = newest || now();
  chart.isShared = Object.values(chart.resources).some(
    ({ meta }) => meta?.source !== facilitySource(facility),
  );
  const own = chart.resources[`Patient/${id}`];
  const person = own && personOf(own, facility);
  if (!person) return twin.dropChart(followed, now());
  const aliases = Object.keys(chart.resources)
    .filter((reference) => reference.startsWith('Patient/'))
    .map((reference) => reference.slice('Patient/'.length));
  twin.keepChart(id, person, chart, aliases, now());
}

/** Without the narrative and what only the hub needs. */
function lean({ text: _text, meta, ...rest }: Resource & { text?: unknown }): Resource {
  return { ...rest, meta: { source: meta?.source, lastUpdated: meta?.lastUpdated } } as Resource;
}

function nameOf(organization: Resource, names: Record<string, string>): void {
  const { identifier = [], name } = organization as Resource & {
    identifier?: { system?: string; value?: string }[];
    name?: string;
  };
  const code = identifier.find(({ system }) => system === FACILITY)?.value;
  if (code && name) names[code] = name;
}

/** The path of the next page below the base of the hub. */
function nextOf({ link = [] }: Page, fhirBase: string): string | undefined {
  const url = link.find(({ relation }) => relation === 'next')?.url;
  if (url === undefined) return undefined;
  const base = new URL(`${fhirBase}/`);
  const { pathname, search } = new URL(url, base);
  const at = pathname.lastIndexOf('/fhir/');
  return `/${pathname.startsWith(base.pathname) ? pathname.slice(base.pathname.length) : pathname.slice(at + '/fhir/'.length)}${search}`;
}
