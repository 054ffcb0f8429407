import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { fhir } from '../fhir/client.ts';
import { useLive } from '../fhir/live.ts';
import type { Parameters } from '../fhir/types.ts';
import { readFigures, type Figures } from './figures/read-figures.ts';

const key = ['coordination-status'];
/** Many events of one moment ask for the figures once. */
const gatherMs = 300;
/** Silences grow without any event. */
const againMs = 60_000;

/** The figures, kept fresh by the live stream. `live`: changes arrive by themselves at this moment. */
export function useFigures(): {
  figures: Figures | undefined;
  error: unknown;
  live: boolean;
  reload: () => void;
} {
  const client = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) =>
      readFigures(await fhir<Parameters>('Organization/$coordination-status', { signal })),
    refetchInterval: againMs,
  });
  const live = useLive('', ({ event }) => {
    if (event !== 'figures' || waiting.current !== undefined) return;
    waiting.current = setTimeout(() => {
      waiting.current = undefined;
      void client.invalidateQueries({ queryKey: key });
    }, gatherMs);
  });
  useEffect(() => () => clearTimeout(waiting.current), []);
  return { figures: query.data, error: query.error, live, reload: () => void query.refetch() };
}
