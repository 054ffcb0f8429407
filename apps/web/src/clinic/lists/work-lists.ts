import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { entriesOf, fhir } from '../../fhir/client.ts';
import type { Bundle, Parameters, Patient } from '../../fhir/types.ts';

/** This facility's Patients that have no person number yet. */
export function useUnidentified(enabled: boolean): UseQueryResult<Patient[]> {
  return useQuery({
    queryKey: ['unidentified'],
    enabled,
    queryFn: async ({ signal }) =>
      entriesOf(await fhir<Bundle>('Patient/$unidentified?_count=200', { signal }), 'Patient'),
  });
}

/** One thing sent that could not be stored: where it stood, what was wrong, and the remedy. `at` is a FHIR instant. */
export type Quarantined = {
  id: string;
  at: string;
  visit: string;
  where: string;
  message: string;
  remedy: string;
};

/** What this facility sent and could not be stored. */
export function useQuarantine(enabled: boolean): UseQueryResult<Quarantined[]> {
  return useQuery({
    queryKey: ['quarantine'],
    enabled,
    queryFn: async ({ signal }) => quarantinedOf(await fhir<Parameters>('$quarantine', { signal })),
  });
}

function quarantinedOf(answer: Parameters): Quarantined[] {
  return (answer.parameter ?? [])
    .filter((one) => one.part !== undefined)
    .map((item, index) => {
      const part = (name: string): string => {
        const found = item.part?.find((one) => one.name === name);
        return String(
          found?.valueString ?? found?.valueDateTime ?? found?.valueInteger ?? found?.valueCode ?? '',
        );
      };
      return {
        id: part('id') || String(index),
        at: part('at'),
        visit: part('maLK'),
        where: [part('table'), part('row') && `#${part('row')}`, part('field')].filter(Boolean).join(' · '),
        message: part('message') || part('rule'),
        remedy: part('remedy'),
      };
    });
}
