import { FACILITY } from '@yba/vietnam';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSession } from '../../auth/session.ts';
import { entriesOf, fhir } from '../../fhir/client.ts';
import type { Bundle, Provenance } from '../../fhir/types.ts';

const ACTIVITY = 'https://yba.vn/fhir/CodeSystem/provenance-activity';

/** Who took a result over at this facility, and when (an instant); `withdrawn` when it was then decided otherwise. */
export type Acceptance = { who: string; at: string; withdrawn: boolean };

/** Whether results of other hospitals were taken over here, by the id of the Observation; the newest word counts. */
export function useAcceptances(patient: string): {
  of(observation: string): Acceptance | undefined;
  decide(observation: string, isTaken: boolean): Promise<void>;
} {
  const claims = useSession()?.claims;
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['acceptances', patient],
    queryFn: async ({ signal }) =>
      entriesOf(
        await fhir<Bundle>(`Provenance?patient=Patient/${patient}&_count=200`, { signal }),
        'Provenance',
      ),
  });
  const mine = (one: Provenance) =>
    one.agent?.some(({ onBehalfOf }) => onBehalfOf?.identifier?.value === claims?.facility);
  return {
    of(observation) {
      const [latest] = (data ?? [])
        .filter(
          (one) =>
            mine(one) && one.target?.some(({ reference }) => reference === `Observation/${observation}`),
        )
        .sort((a, b) => (b.recorded ?? '').localeCompare(a.recorded ?? ''));
      if (!latest) return undefined;
      return {
        who: latest.agent?.[0]?.who?.display ?? '',
        at: latest.recorded ?? '',
        withdrawn: latest.activity?.coding?.[0]?.code !== 'accept-result',
      };
    },
    async decide(observation, isTaken) {
      const text = isTaken ? 'Dùng kết quả của nơi khác, không làm lại' : 'Không dùng kết quả của nơi khác';
      await fhir('Provenance', {
        method: 'POST',
        body: {
          resourceType: 'Provenance',
          target: [{ reference: `Patient/${patient}` }, { reference: `Observation/${observation}` }],
          recorded: new Date().toISOString(),
          activity: {
            coding: [{ system: ACTIVITY, code: isTaken ? 'accept-result' : 'withdraw-acceptance' }],
            text,
          },
          agent: [
            {
              who: {
                ...(claims?.practitioner ? { reference: claims.practitioner } : { type: 'Practitioner' }),
                display: claims?.name ?? '',
              },
              onBehalfOf: {
                type: 'Organization',
                identifier: { system: FACILITY, value: claims?.facility ?? '' },
                display: claims?.facility_name ?? '',
              },
            },
          ],
        },
      });
      await queries.invalidateQueries({ queryKey: ['acceptances', patient] });
    },
  };
}
