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
  /** How many persons' records one request touched: the log has a row for each, the page one for all. */
  persons: number;
  request: string;
  purpose: string | undefined;
  reason: string | undefined;
  denied: boolean;
};

/** DICOM's codes for what the log calls otherwise. */
const DICOM: Readonly<Record<string, string>> = {
  '110122': 'sign-in',
  '110123': 'sign-out',
  '110137': 'account',
};

function accessOf(event: AuditEvent): LoggedAccess {
  const agent = event.agent?.find((one) => one.requestor) ?? event.agent?.[0];
  const data = event.entity?.find((one) => one.role?.code === '4' || one.role?.code === '24');
  const count = event.entity
    ?.flatMap(({ detail }) => detail ?? [])
    .find(({ type }) => type === 'count')?.valueString;
  const use = agent?.purposeOfUse?.[0];
  const code = event.subtype?.[0]?.code ?? '';
  return {
    id: event.id ?? '',
    at: event.recorded ?? '',
    who: agent?.name ?? '',
    role: agent?.role?.[0]?.text ?? '',
    action: DICOM[code] ?? code,
    target: data?.what?.type ?? data?.what?.display ?? data?.description ?? '',
    count: count === undefined ? undefined : Number(count),
    persons: event.entity?.some((one) => one.role?.code === '1') ? 1 : 0,
    request:
      event.entity?.find((one) => one.type?.code === 'XrequestId')?.what?.identifier?.value ?? event.id ?? '',
    purpose: use?.coding?.[0]?.code,
    reason: use?.text,
    denied: event.outcome !== undefined && event.outcome !== '0',
  };
}

function together(rows: readonly LoggedAccess[]): LoggedAccess[] {
  const groups = Map.groupBy(rows, (row) => `${row.request} ${row.action} ${row.target} ${row.denied}`);
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    persons: group.reduce((sum, row) => sum + row.persons, 0),
  }));
}

/** The newest accesses of this facility, a row for each request and kind of data. */
export function useAccessLog(): UseQueryResult<LoggedAccess[]> {
  return useQuery({
    queryKey: ['access-log'],
    queryFn: async ({ signal }) => {
      const bundle = await fhir<Bundle>('AuditEvent?_sort=-date&_count=600', { signal });
      return together(entriesOf(bundle, 'AuditEvent').map(accessOf));
    },
  });
}
