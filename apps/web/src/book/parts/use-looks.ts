import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fhir } from '../../fhir/client.ts';
import type { Bundle } from '../../fhir/types.ts';
import { useBook } from '../book-context.tsx';
import { relative } from '../load-record.ts';
import type { AuditEvent } from '../record/fhir.ts';
import { looksOf, sessionsOf, type Look, type LookSession } from '../record/looks.ts';

/** The access log of the open book, as far as it has been read. */
export type Looks = {
  state: 'loading' | 'ready' | 'failed';
  error: unknown;
  events: AuditEvent[];
  looks: Look[];
  sessions: LookSession[];
  /** Reads the next older page; undefined when all has been read. */
  older: (() => void) | undefined;
  reload: () => void;
};

/** Reads who looked, latest first. It is read again whenever the live stream says that somebody looked. */
export function useLooks(): Looks {
  const { patient, mayReadLog } = useBook();
  const { data, error, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['looks', patient],
    queryFn: ({ pageParam, signal }) => fhir<Bundle>(pageParam, { signal }),
    initialPageParam: `AuditEvent?patient=${patient}&_sort=-date&_count=300`,
    getNextPageParam: (page) => {
      const next = page.link?.find((link) => link.relation === 'next')?.url;
      return next && relative(next);
    },
    enabled: Boolean(patient) && mayReadLog,
  });
  return useMemo(() => {
    const events = (data?.pages ?? []).flatMap((page) =>
      (page.entry ?? []).flatMap(({ resource }) =>
        (resource as { resourceType?: string } | undefined)?.resourceType === 'AuditEvent'
          ? [resource as unknown as AuditEvent]
          : [],
      ),
    );
    const looks = looksOf(events);
    return {
      state: !patient || data ? 'ready' : error ? 'failed' : 'loading',
      error,
      events,
      looks,
      sessions: sessionsOf(looks),
      older: hasNextPage ? () => void fetchNextPage() : undefined,
      reload: () => void refetch(),
    };
  }, [patient, data, error, hasNextPage, fetchNextPage, refetch]);
}
