import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { entriesOf, fhirBatch, type BatchAnswer, type FhirError } from '../../fhir/client.ts';
import { useRef } from 'react';
import type { Bundle, Patient, Resource, ResourceOf } from '../../fhir/types.ts';
import { liveSourcesOf, type LiveSource } from '../../fhir/live-sources.ts';
import { isWithdrawn } from '../../fhir/withdrawn.ts';

/** One part of a chart: read (maybe not to its end), not allowed to this role, or failed. */
export type Part<One> =
  | { state: 'read'; resources: One[]; more: boolean }
  | { state: 'denied' }
  | { state: 'failed'; error: FhirError };

const PARTS = {
  encounters: { type: 'Encounter', query: '_sort=-date&_count=200' },
  conditions: { type: 'Condition', query: '_count=400' },
  allergies: { type: 'AllergyIntolerance', query: '_count=100' },
  medicines: { type: 'MedicationRequest', query: '_sort=-authoredon&_count=300' },
  results: { type: 'Observation', query: 'category=laboratory&_sort=-date&_count=600' },
  vitals: { type: 'Observation', query: 'category=vital-signs&_sort=-date&_count=200' },
  reports: { type: 'DiagnosticReport', query: '_sort=-date&_count=100' },
  documents: { type: 'DocumentReference', query: '_count=100' },
  coverages: { type: 'Coverage', query: '_count=20' },
  appointments: { type: 'Appointment', query: 'status=booked&_count=20' },
} as const satisfies Record<string, { type: Resource['resourceType']; query: string }>;

/** The name of a part of the chart. */
export type PartName = keyof typeof PARTS;

/** Everything that one chart shows, as read at `readAt` (ms, the server's answer). */
export type Chart = {
  patient: Patient;
  readAt: number;
  /** Hospitals that keep detail at home and were asked, with how each stands. */
  sources: LiveSource[];
  parts: { [Name in PartName]: Part<ResourceOf<(typeof PARTS)[Name]['type']>> };
};

function partOf<Type extends Resource['resourceType']>(
  answer: BatchAnswer | undefined,
  type: Type,
): Part<ResourceOf<Type>> {
  if (!answer?.resource) {
    const error = answer?.error;
    if (error?.status === 403) return { state: 'denied' };
    return { state: 'failed', error: error! };
  }
  const bundle = answer.resource as Bundle;
  return {
    state: 'read',
    resources: entriesOf(bundle, type),
    more: bundle.link?.some((link) => link.relation === 'next') ?? false,
  };
}

const ALL = Object.keys(PARTS) as PartName[];

/** What the reception desk may read of a chart. */
export const DESK_PARTS: readonly PartName[] = ['encounters', 'coverages', 'appointments'];

/**
 * Reads a person's chart in one batch: the person, and the parts this role may read, over all hospitals; the other
 * parts are `denied` without being asked for. Hospitals that keep detail at home are asked with it and not waited for: the
 * live stream tells when their answers come. `anew`: although they have just answered. Throws FhirError when the person is
 * not open.
 */
export async function readChart(
  id: string,
  names: readonly PartName[],
  signal?: AbortSignal,
  anew = false,
): Promise<Chart> {
  const paths = names.map((name) => `${PARTS[name].type}?patient=Patient/${id}&${PARTS[name].query}`);
  const [person, ...answers] = await fhirBatch([`Patient/${id}`, ...paths], signal, {
    prefer: 'wait=0',
    ...(anew ? { 'cache-control': 'no-cache' } : {}),
  });
  if (person?.resource?.resourceType !== 'Patient')
    throw person?.error ?? new Error('no Patient in the answer');
  const parts = Object.fromEntries(
    ALL.map((name) => [
      name,
      names.includes(name) ? partOf(answers[names.indexOf(name)], PARTS[name].type) : { state: 'denied' },
    ]),
  );
  return {
    patient: person.resource,
    readAt: Date.now(),
    sources: liveSourcesOf(answers.map((answer) => answer?.resource as Bundle | undefined)),
    parts: parts as Chart['parts'],
  };
}

/**
 * The chart of a person, kept fresh by the query cache; `['chart', id]` is its key. `care`: also the clinical parts. `askAgain`
 * reads it and asks the hospitals that keep detail at home once more.
 */
export function useChart(id: string, care: boolean): UseQueryResult<Chart> & { askAgain(): void } {
  const anew = useRef(false);
  const chart = useQuery({
    queryKey: ['chart', id],
    queryFn: ({ signal }) => {
      const isAnew = anew.current;
      anew.current = false;
      return readChart(id, care ? ALL : DESK_PARTS, signal, isAnew);
    },
  });
  return {
    ...chart,
    askAgain() {
      anew.current = true;
      void chart.refetch();
    },
  };
}

/** The resources of a part; none when it was not read. */
export function resourcesOf<One>(part: Part<One>): One[] {
  return part.state === 'read' ? part.resources : [];
}

/** Those of a part that stand: what its hospital withdrew is left out. */
export function standingOf<One extends object>(part: Part<One>): One[] {
  return resourcesOf(part).filter((one) => !isWithdrawn(one));
}
