import { useQuery } from '@tanstack/react-query';
import { noteAnswer } from '../fhir/server-state.ts';

/** What the server says about itself to anybody: whether it is a rehearsal, and its version. */
export type ServerInfo = { status: string; demo: boolean; version?: string };

/** The server's public word about itself; undefined until it answers. */
export function useServerInfo(): ServerInfo | undefined {
  return useQuery({
    queryKey: ['health'],
    queryFn: async ({ signal }): Promise<ServerInfo> => {
      const response = await fetch('/health', { signal, headers: { accept: 'application/json' } });
      noteAnswer(response, false);
      const body = (await response.json()) as Partial<ServerInfo>;
      return {
        status: body.status ?? (response.ok ? 'ok' : 'down'),
        demo: body.demo === true,
        ...(body.version ? { version: body.version } : {}),
      };
    },
    staleTime: 60_000,
  }).data;
}
