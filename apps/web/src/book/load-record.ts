import { fhir, fhirBatch, FhirError } from '../fhir/client.ts';
import { liveSourcesOf } from '../fhir/live-sources.ts';
import type { Bundle } from '../fhir/types.ts';
import type { Resource } from './record/fhir.ts';
import { recordKinds, recordOf, searchFor, type HealthRecord, type RecordKind } from './record/record.ts';

/** More pages than this of one kind are not followed; the kind is then named as incomplete. */
const mostPages = 20;

/**
 * Reads everything the book shows of a person: one batch of searches, further pages where a kind has more.
 * A kind that could not be read is named in `missing`. Hospitals that keep detail at home are asked and not waited for: the
 * live stream tells when their answers come; `anew` asks them although they have just been asked. Throws FhirError when
 * nothing could be read.
 */
export const loadRecord = async (
  patient: string,
  signal: AbortSignal,
  anew = false,
): Promise<HealthRecord> => {
  const answers = await fhirBatch(
    recordKinds.map((kind) => searchFor(kind, patient)),
    signal,
    { prefer: 'wait=0', ...(anew ? { 'cache-control': 'no-cache' } : {}) },
  );
  const sources = liveSourcesOf(answers.map((answer) => answer?.resource as Bundle | undefined));
  const missing: RecordKind[] = [];
  const resources: Resource[] = [];
  await Promise.all(
    recordKinds.map(async (kind, index) => {
      const first = answers[index]?.resource as Bundle | undefined;
      const all = first && (await withNextPages(first, signal));
      if (!all) missing.push(kind);
      resources.push(...(all?.resources ?? []));
      if (all && !all.whole) missing.push(kind);
    }),
  );
  if (missing.length === recordKinds.length) throw answers[0]?.error ?? new FhirError(0);
  return recordOf(resources, missing, sources);
};

const withNextPages = async (
  first: Bundle,
  signal: AbortSignal,
): Promise<{ resources: Resource[]; whole: boolean }> => {
  const resources: Resource[] = [];
  let page: Bundle | undefined = first;
  for (let count = 0; page && count < mostPages; count += 1) {
    for (const entry of page.entry ?? []) if (entry.resource) resources.push(entry.resource as Resource);
    const next: string | undefined = page.link?.find((link) => link.relation === 'next')?.url;
    if (!next) return { resources, whole: true };
    page = await fhir<Bundle>(relative(next), { signal }).catch(() => undefined);
  }
  return { resources, whole: false };
};

/** A link of the server, as the path below the FHIR base that `fhir` takes. */
export const relative = (link: string): string => link.replace(/^(https?:\/\/[^/]+)?\/?(fhir\/)?/, '');
