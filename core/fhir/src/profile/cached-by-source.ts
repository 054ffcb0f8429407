import type { ProfileSource } from './profile-source.ts';

/** What was made, and which canonicals gave nothing. */
type Cache<T> = { made: Map<string, T>; nothing: Set<string> };

/**
 * Remembers what was made for a canonical: for good when the built-in content alone was asked, and as long as
 * the source object lives when one was given. What is being made answers undefined to itself, so cycles end.
 */
export function cachedBySource<T>(
  make: (canonical: string, source: ProfileSource | undefined) => T | undefined,
): (canonical: string, source?: ProfileSource) => T | undefined {
  const builtIn = emptyCache<T>();
  const bySource = new WeakMap<ProfileSource, Cache<T>>();
  return (canonical, source) => {
    let cache: Cache<T> | undefined = builtIn;
    if (source) {
      cache = bySource.get(source);
      if (!cache) bySource.set(source, (cache = emptyCache()));
    }
    const { made, nothing } = cache;
    const known = made.get(canonical);
    if (known !== undefined || nothing.has(canonical) || canonical.length > longest) return known;
    if (nothing.size >= maxNothing) nothing.clear();
    nothing.add(canonical);
    const fresh = make(canonical, source);
    if (fresh === undefined) return undefined;
    nothing.delete(canonical);
    made.set(canonical, fresh);
    return fresh;
  };
}

const emptyCache = <T>(): Cache<T> => ({ made: new Map(), nothing: new Set() });

/** Canonicals that are not known come from outside: ever new ones, or long ones, must not fill the memory. */
const maxNothing = 5000;
const longest = 500;
