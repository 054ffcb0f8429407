import { useSyncExternalStore } from 'react';

/** Whether the find-and-open dialogue is shown, and the text it starts with. */
export type FindState = { open: boolean; text: string };

let state: FindState = { open: false, text: '' };
const watchers = new Set<() => void>();

function set(next: FindState) {
  state = next;
  for (const watcher of watchers) watcher();
}

/** Opens the find-and-open dialogue. */
export const openFind = (text = ''): void => set({ open: true, text });

/** Closes it. */
export const closeFind = (): void => set({ open: false, text: '' });

/** The state of the dialogue, followed by the component. */
export function useFindState(): FindState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}
