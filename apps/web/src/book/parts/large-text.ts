import { useSyncExternalStore } from 'react';

const kept = 'yba.book.largeText';
const watchers = new Set<() => void>();

const read = (): boolean => {
  try {
    return localStorage.getItem(kept) === 'yes';
  } catch {
    return false;
  }
};

let large = read();

/** Whether the book is shown in large text, and the switch; the choice is kept on this device. */
export function useLargeText(): { large: boolean; setLarge: (next: boolean) => void } {
  const now = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => large,
  );
  return { large: now, setLarge };
}

const setLarge = (next: boolean): void => {
  large = next;
  try {
    localStorage.setItem(kept, next ? 'yes' : 'no');
  } catch {
    // a browser without storage keeps the choice for this page only
  }
  for (const watcher of watchers) watcher();
};
