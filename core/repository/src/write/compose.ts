import { clinicalDate, extract, terms } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import { facilitySource } from '@yba/vietnam';
import { termArray } from '../rows/term-hash.ts';
import { splitTerms } from '../search/indexed-terms.ts';
import { isRegistry } from '../rows/resource-type.ts';
import type { Change } from './change.ts';
import { changeId } from './change.ts';

/** Version of search extraction: rows written by an older one are found by older terms until reindexed. */
export const EXTRACTOR = 1;

export const LABEL = { ordinary: 0, sensitive: 1, registry: 2 } as const;

/** What is stored of a change besides its place: the text that is served and what finds it. */
export type Composed = { text: string; occurred: number; label: number; terms: string; indexed: number };

/** Gives the resource its id and meta, and makes its text and search terms. `now` in ms since 1970. */
export function compose(change: Change, context: Context, now: number): Composed {
  const resource = change.resource!;
  const { resourceType, id: _id, meta, ...rest } = resource;
  const facility = context.caller.facility;
  const served: Resource = {
    resourceType,
    id: changeId(change),
    meta: {
      ...meta,
      versionId: String(change.version),
      lastUpdated: new Date(now).toISOString(),
      ...(facility ? { source: facilitySource(facility) } : {}),
    },
    ...rest,
  };
  const extracted = extract(served);
  const all = terms(extracted);
  const { indexed, others } =
    change.person === undefined ? { indexed: all, others: [] } : splitTerms(resourceType, all);
  return {
    text: JSON.stringify(served),
    occurred: clamp(clinicalDate(served) ?? change.previous?.occurred.getTime() ?? now),
    label:
      change.person === undefined && isRegistry(resourceType)
        ? LABEL.registry
        : isSensitive(served)
          ? LABEL.sensitive
          : LABEL.ordinary,
    terms: termArray([...indexed, ...others]),
    indexed: indexed.length,
  };
}

/** PostgreSQL and JavaScript both know the years 1 to 9999; dates outside are kept in the resource alone. */
function clamp(time: number): number {
  return Math.min(Math.max(time, -62135596800000), 253402300799999);
}

const SENSITIVE = new Set([
  'http://terminology.hl7.org/CodeSystem/v3-ActCode|HIV',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode|PSY',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode|SDV',
  'https://yba.vn/fhir/CodeSystem/sensitivity|tuberculosis',
  'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R',
  'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|V',
]);

/** True when a security label keeps the resource to the submitting facility and the person concerned. */
export function isSensitive(resource: Resource): boolean {
  const labels = (resource.meta?.['security'] ?? []) as { system?: string; code?: string }[];
  return labels.some(({ system, code }) => SENSITIVE.has(`${system}|${code}`));
}
