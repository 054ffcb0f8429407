import { QueryClient } from '@tanstack/react-query';
import { FhirError } from './client.ts';

/**
 * The cache of server answers for the whole page: refused requests are not repeated, the rest once. Nothing is read
 * again unasked, because every look at a record is written into its owner's list; the live stream says what changed.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        count < 1 && !(error instanceof FhirError && error.status >= 400 && error.status < 500),
    },
  },
});
