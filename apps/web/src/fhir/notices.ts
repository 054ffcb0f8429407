import type { StepCode } from '@yba/referral/course';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { fhir } from './client.ts';
import type { Parameters } from './types.ts';

/** One piece of news about a referral. `at` is an instant; `person` is told to staff alone. */
export type Notice = {
  id: string;
  task: string;
  code: StepCode;
  at: string;
  unread: boolean;
  from: string;
  to: string;
  person: string;
};

export type News = { unread: number; notices: Notice[] };

function newsOf({ parameter = [] }: Parameters): News {
  return {
    unread: parameter.find(({ name }) => name === 'unread')?.valueUnsignedInt ?? 0,
    notices: parameter.flatMap(({ name, part = [] }) => {
      if (name !== 'notice') return [];
      const one = (which: string) => part.find((each) => each.name === which);
      return [
        {
          id: one('id')?.valueString ?? '',
          task: one('task')?.valueReference?.reference?.replace('Task/', '') ?? '',
          code: (one('code')?.valueCode ?? 'send') as StepCode,
          at: one('at')?.valueInstant ?? '',
          unread: one('unread')?.valueBoolean === true,
          from: one('from')?.valueReference?.display ?? '',
          to: one('to')?.valueReference?.display ?? '',
          person: one('person')?.valueString ?? '',
        },
      ];
    }),
  };
}

/** What happened to the referrals of whoever is signed in; `key` is where its query lies, so that the live stream moves it. */
export function useNews(key: readonly string[], enabled: boolean): UseQueryResult<News> {
  return useQuery({
    queryKey: key,
    enabled,
    queryFn: async ({ signal }) => newsOf(await fhir<Parameters>('Task/$notices', { signal })),
  });
}

/** Marks everything up to the newest one shown as read. */
export function useMarkRead(key: readonly string[]): (news: News | undefined) => Promise<void> {
  const queries = useQueryClient();
  return async (news) => {
    const newest = news?.notices[0]?.id;
    if (!newest || news.unread === 0) return;
    const answer = await fhir<Parameters>('Task/$read-notices', {
      method: 'POST',
      body: { resourceType: 'Parameters', parameter: [{ name: 'upto', valueString: newest }] },
    });
    queries.setQueryData(key, newsOf(answer));
  };
}
