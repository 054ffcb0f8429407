import { FACILITY } from '@yba/vietnam';
import type { Bundle, OperationOutcome } from './types.ts';

/** How a hospital that is asked live stands in what is shown. */
export type SourceState = 'answered' | 'asked' | 'silent' | 'down' | 'refused' | 'faulty' | 'cut' | 'unasked';

/** One such hospital: its code, its name, its state over all that was asked, when it last told anything (ms). */
export type LiveSource = { facility: string; name: string; state: SourceState; last: number | undefined };

const STATES = 'https://yba.vn/fhir/CodeSystem/source-state';
const LIVE = 'https://yba.vn/fhir/StructureDefinition/live-source';

/** The further to the right, the more it matters. */
const BY_WEIGHT: readonly SourceState[] = [
  'answered',
  'unasked',
  'cut',
  'asked',
  'refused',
  'faulty',
  'down',
  'silent',
];

/** What the answers to the parts of a chart say of the hospitals that were asked live: of each the worst. */
export function liveSourcesOf(answers: readonly (Bundle | undefined)[]): LiveSource[] {
  const found = new Map<string, LiveSource>();
  for (const source of answers.flatMap(told)) {
    const known = found.get(source.facility);
    if (!known || BY_WEIGHT.indexOf(source.state) > BY_WEIGHT.indexOf(known.state))
      found.set(source.facility, source);
  }
  return [...found.values()].sort((a, b) => a.facility.localeCompare(b.facility));
}

function told(bundle: Bundle | undefined): LiveSource[] {
  const outcomes = (bundle?.entry ?? []).flatMap(({ resource, search }) =>
    search?.mode === 'outcome' && resource?.resourceType === 'OperationOutcome'
      ? [resource as OperationOutcome]
      : [],
  );
  return outcomes.flatMap(({ issue }) =>
    issue.flatMap(({ details, extension }) => {
      const state = details?.coding?.find(({ system }) => system === STATES)?.code as SourceState | undefined;
      const parts = extension?.find(({ url }) => url === LIVE)?.extension ?? [];
      const part = (url: string) => parts.find((one) => one.url === url);
      const { system, value: facility } = part('facility')?.valueIdentifier ?? {};
      if (!state || !facility || system !== FACILITY) return [];
      const last = part('last')?.valueInstant;
      return [
        {
          facility,
          state,
          name: part('name')?.valueString ?? facility,
          last: last ? Date.parse(last) : undefined,
        },
      ];
    }),
  );
}

/** Those that have not told all they know, or nothing. */
export const missingSources = (sources: readonly LiveSource[]): LiveSource[] =>
  sources.filter(({ state }) => state !== 'answered');
