import type { ProfileSource } from './profile-source.ts';

/**
 * Remembers what was made for a canonical: for good when the built-in content alone was asked, and as long as
 * the source object lives when one was given. What is being made answers undefined to itself, so cycles end.
 */
export function cachedBySource<T>(
  make: (canonical: string, source: ProfileSource | undefined) => T | undefined,
): (canonical: string, source?: ProfileSource) => T | undefined {
  const builtIn = new Map<string, T | undefined>();
  const bySource = new WeakMap<ProfileSource, Map<string, T | undefined>>();
  return (canonical, source) => {
    let cache = builtIn;
    if (source) {
      cache = bySource.get(source) ?? new Map<string, T | undefined>();
      bySource.set(source, cache);
    }
    const known = cache.get(canonical);
    if (known !== undefined || cache.has(canonical)) return known;
    if (cache.size >= maxCached) cache.clear();
    cache.set(canonical, undefined);
    const made = make(canonical, source);
    cache.set(canonical, made);
    return made;
  };
}

/** Unknown canonicals come from outside: a caller who names ever new ones must not fill the memory. */
const maxCached = 20_000;
