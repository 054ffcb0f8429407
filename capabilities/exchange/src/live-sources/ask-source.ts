import { validate, type Resource } from '@yba/fhir';
import { facilitySource } from '@yba/vietnam';
import { atHome } from './at-home.ts';
import type { SourceClient } from './source-client.ts';
import { SourceFault } from './source-fault.ts';
import type { LiveSource } from './sources.ts';

/** A business identifier, as FHIR writes it. */
export type Identifier = { system: string; value: string };

/** One resource that a source told: its address there, and its text as we show it. */
export type ToldResource = { fullUrl: string; text: string };

/** What a source told. `isCut`: there is more than was taken, or the source itself said that it is not all. */
export type Told = { resources: ToldResource[]; isCut: boolean; leftOut: number };

/** Resources and pages taken from one source for one question. */
const MOST = 1_000;
const PAGES = 10;

type Bundle = Resource & {
  entry?: { fullUrl?: string; resource?: Resource; search?: { mode?: string } }[];
  link?: { relation: string; url: string }[];
};

/**
 * The id by which a source knows a patient, found by the identifiers that its facility registered here (ITI-78);
 * undefined when it knows nobody by them. Throws SourceFault, also when it answers with somebody else.
 */
export async function findAtSource(
  client: SourceClient,
  identifiers: readonly Identifier[],
  asker: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { system, value } of identifiers) {
    const query = new URLSearchParams({ identifier: `${system}|${value}`, _count: '5' });
    const bundle = searchset(await client.get(`Patient?${query}`, asker, signal));
    const found = (bundle.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Patient' ? [resource] : [],
    );
    if (found.length === 0) continue;
    const ids = found.filter((patient) => carries(patient, { system, value })).map(({ id }) => id);
    if (ids.length !== found.length || new Set(ids).size !== 1 || !ids[0])
      throw new SourceFault('faulty', 'it answered with a patient who was not asked for');
    return ids[0];
  }
  return undefined;
}

const carries = (patient: Resource, { system, value }: Identifier) =>
  ((patient['identifier'] ?? []) as Identifier[]).some((one) => one.system === system && one.value === value);

export type AskedAbout = {
  type: string;
  /** The question without its patient. */
  query: string;
  /** The id by which the source knows the patient. */
  remote: string;
  /** How we refer to the facility's own Patient. */
  patient: string;
};

/**
 * Puts one search to a source (ITI-66, ITI-67, PCC-44) and takes its pages. Everything is checked before it is believed: it
 * is of that type, valid R4, and about that very patient; else nothing of the answer is taken. Throws SourceFault.
 */
export async function askSource(
  client: SourceClient,
  source: LiveSource,
  { type, query, remote, patient }: AskedAbout,
  asker: string,
  signal: AbortSignal,
): Promise<Told> {
  const told: Told = { resources: [], isCut: false, leftOut: 0 };
  const rewrite = atHome({
    base: source.base,
    remote: `Patient/${remote}`,
    patient,
    from: facilitySource(source.facility),
  });
  let url: string | undefined =
    `${type}?patient=Patient/${encodeURIComponent(remote)}${query ? `&${query}` : ''}&_count=200`;
  for (let page = 0; url !== undefined; page++) {
    if (page === PAGES || told.resources.length >= MOST) return { ...told, isCut: true };
    const bundle: Bundle = searchset(await client.get(url, asker, signal));
    for (const { resource, search, fullUrl } of bundle.entry ?? []) {
      if (!resource || search?.mode === 'include') continue;
      if (resource.resourceType === 'OperationOutcome') {
        if (saysIncomplete(resource)) told.isCut = true;
        continue;
      }
      if (resource.resourceType !== type || !isAbout(resource, source.base, remote))
        throw new SourceFault('faulty', 'it answered with something that was not asked for');
      if (!resource.id || isInvalid(resource)) told.leftOut++;
      else
        told.resources.push({
          fullUrl: fullUrl?.startsWith(`${source.base}/`) ? fullUrl : `${source.base}/${type}/${resource.id}`,
          text: JSON.stringify(rewrite(resource)),
        });
    }
    url = bundle.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return told;
}

function searchset(resource: Resource): Bundle {
  if (resource.resourceType !== 'Bundle' || resource['type'] !== 'searchset')
    throw new SourceFault('faulty', 'what it answered is no searchset');
  const { entry, link } = resource as Bundle;
  if ((entry !== undefined && !Array.isArray(entry)) || (link !== undefined && !Array.isArray(link)))
    throw new SourceFault('faulty', 'what it answered is no searchset');
  return resource;
}

const isInvalid = (resource: Resource) =>
  validate(resource).some(({ severity }) => severity === 'error' || severity === 'fatal');

/** A source that is itself a hub says what it lacks in the same way as we do. */
const saysIncomplete = (outcome: Resource) =>
  ((outcome['issue'] ?? []) as { severity?: string; code?: string }[]).some(
    ({ severity, code }) => code === 'incomplete' || severity === 'error' || severity === 'fatal',
  );

/** Whether the resource speaks of that patient of the source, and of no other. */
function isAbout(resource: Resource, base: string, remote: string): boolean {
  const whom = [resource['subject'], resource['patient']].flatMap((one) => {
    const reference = (one as { reference?: unknown } | undefined)?.reference;
    return typeof reference === 'string' ? [reference] : [];
  });
  return (
    whom.length > 0 && whom.every((one) => one === `Patient/${remote}` || one === `${base}/Patient/${remote}`)
  );
}
