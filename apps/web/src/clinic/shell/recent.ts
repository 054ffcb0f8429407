import { useSyncExternalStore } from 'react';

/** A chart opened on this page since it was loaded. Kept in memory only. */
export type RecentPerson = { id: string; name: string };

let recent: readonly RecentPerson[] = [];
const watchers = new Set<() => void>();

/** Puts a person first in the list of charts opened here. */
export function noteRecent(person: RecentPerson): void {
  if (recent[0]?.id === person.id && recent[0].name === person.name) return;
  recent = [person, ...recent.filter((one) => one.id !== person.id)].slice(0, 6);
  for (const watcher of watchers) watcher();
}

/** The charts opened here, newest first. */
export function useRecent(): readonly RecentPerson[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => recent,
  );
}
