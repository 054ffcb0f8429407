import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { entriesOf, fhir } from '../../fhir/client.ts';
import type { Bundle, Patient } from '../../fhir/types.ts';
import { facilityCodeOf, idOf } from '../record/resource-words.ts';
import { visitsOf, type Visit } from '../record/visits.ts';

/** A visit of this facility with the person it is about. */
export type VisitRow = Visit & { patient: Patient | undefined; patientId: string };

/** The newest visits of this facility, with their persons. */
export function useRecentVisits(facility: string | undefined): UseQueryResult<VisitRow[]> {
  return useQuery({
    queryKey: ['recent-visits', facility],
    staleTime: 300_000,
    queryFn: async ({ signal }) => {
      const bundle = await fhir<Bundle>('Encounter?_sort=-date&_count=60&_include=Encounter:subject', {
        signal,
      });
      const patients = new Map(entriesOf(bundle, 'Patient').map((patient) => [patient.id, patient]));
      const encounters = entriesOf(bundle, 'Encounter');
      const persons = new Map(
        encounters.map((encounter) => [encounter.id, idOf(encounter.subject?.reference)]),
      );
      return visitsOf(
        encounters.filter((one) => !facility || !facilityCodeOf(one) || facilityCodeOf(one) === facility),
      ).map((visit) => {
        const patientId = persons.get(visit.id) ?? '';
        return { ...visit, patientId, patient: patients.get(patientId) };
      });
    },
  });
}
