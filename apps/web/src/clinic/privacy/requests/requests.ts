import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { requestsOf, type LookRequest } from '../../../book/record/requests.ts';
import { fhir } from '../../../fhir/client.ts';
import type { Bundle } from '../../../fhir/types.ts';

/** A person's request with the look it is about. */
export type DeskRequest = LookRequest & {
  person: string;
  /** Who asks in their stead. */
  stead: string | undefined;
  look: AskedLook | undefined;
};

export type AskedLook = { at: string; name: string; role: string; target: string; reason: string };

type Resources = {
  resourceType?: string;
  id?: string;
  subject?: { display?: string };
  sender?: { type?: string; display?: string };
  recorded?: string;
  agent?: {
    requestor?: boolean;
    name?: string;
    role?: { text?: string }[];
    purposeOfUse?: { text?: string }[];
  }[];
  entity?: {
    role?: { code?: string };
    what?: { reference?: string; display?: string };
    description?: string;
  }[];
};

/** What persons asked this facility, what is open first, by its deadline. */
export function useDeskRequests(enabled = true): UseQueryResult<DeskRequest[]> {
  return useQuery({
    queryKey: ['privacy-requests'],
    enabled,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const bundle = await fhir<Bundle>('AuditEvent/$requests', { signal });
      const resources = (bundle.entry ?? []).map(({ resource }) => resource as unknown as Resources);
      return requestsOf(bundle).map((request) => ({
        ...request,
        ...askedBy(resources.find(({ id }) => id === request.id)),
        look: lookOf(
          resources.find(({ resourceType, id }) => resourceType === 'AuditEvent' && id === request.event),
        ),
      }));
    },
  });
}

function askedBy(question: Resources | undefined): Pick<DeskRequest, 'person' | 'stead'> {
  const { subject, sender } = question ?? {};
  return {
    person: subject?.display ?? '',
    stead: sender?.type === 'RelatedPerson' ? sender.display : undefined,
  };
}

function lookOf(event: Resources | undefined): AskedLook | undefined {
  if (!event) return undefined;
  const who = event.agent?.find(({ requestor }) => requestor);
  const data = event.entity?.find(({ role }) => role?.code === '4' || role?.code === '24');
  return {
    at: event.recorded ?? '',
    name: who?.name ?? '',
    role: who?.role?.[0]?.text ?? '',
    target: data?.what?.reference ?? data?.what?.display ?? data?.description ?? '',
    reason: who?.purposeOfUse?.[0]?.text ?? '',
  };
}

/** Answers a request, once. */
export async function answerRequest(id: string, text: string): Promise<void> {
  await fhir(`Communication/${id}/$answer`, {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter: [{ name: 'text', valueString: text.trim() }] },
  });
}
