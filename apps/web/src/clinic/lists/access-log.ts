import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { entriesOf, fhir } from '../../fhir/client.ts';
import type { AuditEvent, Bundle } from '../../fhir/types.ts';

/** One look or write that this facility made. `at` is a FHIR instant, `purpose` a v3-PurposeOfUse code. */
export type LoggedAccess = {
  id: string;
  at: string;
  who: string;
  role: string;
  action: string;
  target: string;
  count: number | undefined;
  purpose: string | undefined;
  reason: string | undefined;
  denied: boolean;
};

function accessOf(event: AuditEvent): LoggedAccess {
  const agent = event.agent?.find((one) => one.requestor) ?? event.agent?.[0];
  const data = event.entity?.find((one) => one.role?.code === '4');
  const count = data?.detail?.find((one) => one.type === 'count')?.valueString;
  const use = agent?.purposeOfUse?.[0];
  return {
    id: event.id ?? '',
    at: event.recorded ?? '',
    who: agent?.name ?? '',
    role: agent?.role?.[0]?.text ?? '',
    action: event.subtype?.[0]?.code ?? '',
    target: data?.what?.display ?? data?.what?.type ?? '',
    count: count === undefined ? undefined : Number(count),
    purpose: use?.coding?.[0]?.code,
    reason: use?.text,
    denied: event.outcome !== undefined && event.outcome !== '0',
  };
}

/** The newest accesses of this facility. */
export function useAccessLog(): UseQueryResult<LoggedAccess[]> {
  return useQuery({
    queryKey: ['access-log'],
    queryFn: async ({ signal }) =>
      entriesOf(await fhir<Bundle>('AuditEvent?_sort=-date&_count=200', { signal }), 'AuditEvent').map(
        accessOf,
      ),
  });
}
