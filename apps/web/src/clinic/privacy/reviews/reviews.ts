import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { fhir } from '../../../fhir/client.ts';
import type { Parameter, Parameters } from '../../../fhir/types.ts';

/** One opening in an emergency, as the privacy officer judges it. Times are FHIR instants. */
export type EmergencyOpening = {
  id: string;
  name: string;
  role: string;
  department: string;
  onDuty: boolean;
  overrode: boolean;
  reason: string;
  at: string;
  due: string;
  overdue: boolean;
  verdict?: 'justified' | 'not-justified';
  words: string;
  reviewed: string;
  reviewer: string;
};

export type ReviewState = 'open' | 'reviewed';

/** The emergency openings of this facility that wait for a verdict, or have one. */
export function useEmergencyOpenings(
  state: ReviewState,
  enabled: boolean,
): UseQueryResult<EmergencyOpening[]> {
  return useQuery({
    queryKey: ['reviews', state],
    enabled,
    queryFn: async ({ signal }) => {
      const answer = await fhir<Parameters>(`$emergency-openings?state=${state}`, { signal });
      return (answer.parameter ?? []).map(openingOf);
    },
  });
}

function openingOf({ part = [] }: Parameter): EmergencyOpening {
  const one = (name: string): Partial<Parameter> & { valueId?: string; valueInstant?: string } =>
    part.find((each) => each.name === name) ?? {};
  const verdict = one('verdict').valueCode;
  return {
    id: one('id').valueId ?? '',
    name: one('name').valueString ?? '',
    role: one('role').valueCode ?? '',
    department: one('department').valueString ?? '',
    onDuty: one('onDuty').valueBoolean ?? false,
    overrode: one('overrode').valueBoolean ?? false,
    reason: one('reason').valueString ?? '',
    at: one('at').valueInstant ?? '',
    due: one('due').valueInstant ?? '',
    overdue: one('overdue').valueBoolean ?? false,
    ...(verdict === 'justified' || verdict === 'not-justified' ? { verdict } : {}),
    words: one('words').valueString ?? '',
    reviewed: one('reviewed').valueInstant ?? '',
    reviewer: one('reviewer').valueString ?? '',
  };
}

/** Gives the verdict, once. The person concerned reads the words. Throws FhirError. */
export async function giveVerdict(
  id: string,
  verdict: 'justified' | 'not-justified',
  words: string,
): Promise<void> {
  const parameter = [
    { name: 'opening', valueId: id },
    { name: 'verdict', valueCode: verdict },
    { name: 'words', valueString: words.trim() },
  ];
  await fhir<Parameters>('$review-emergency', {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
  });
}
