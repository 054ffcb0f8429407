import { useSyncExternalStore } from 'react';

/** What the server last confirmed: when it answered, when it stored a write, or that it cannot be reached. Times in ms. */
export type ServerState = { state: 'unknown' | 'answered' | 'stored' | 'unreachable'; at: number };

let state: ServerState = { state: 'unknown', at: 0 };
const watchers = new Set<() => void>();

/** Notes an answer of the server; its own clock (Date header) is taken, not this machine's. */
export function noteAnswer(response: Response | undefined, write: boolean): void {
  if (response?.ok === false && response.status < 500) return;
  const at = Date.parse(response?.headers.get('date') ?? '') || Date.now();
  state = response?.ok ? { state: write ? 'stored' : 'answered', at } : { state: 'unreachable', at };
  for (const watcher of watchers) watcher();
}

/** The server's last confirmation, followed by the component. */
export function useServerState(): ServerState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}
