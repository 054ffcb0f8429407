import { outcomeError } from '@yba/fhir';

/** A token bucket for each key, held in this process. */
export type RateLimit = {
  /** Takes one token. Throws OutcomeError `throttled` when the key has none left. */
  take(key: string): void;
};

/** How many keys are kept before full buckets are swept out. */
const SWEEP_AT = 10_000;

/** Allows `burst` at once and `perMinute` after that, for each key. `now` in ms. */
export function createRateLimit(
  { perMinute, burst }: { perMinute: number; burst: number },
  now: () => number = Date.now,
): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const refilled = (bucket: { tokens: number; at: number }) =>
    Math.min(burst, bucket.tokens + ((now() - bucket.at) / 60_000) * perMinute);
  const sweep = () => {
    for (const [key, bucket] of buckets) if (refilled(bucket) >= burst) buckets.delete(key);
  };
  return {
    take(key) {
      const bucket = buckets.get(key) ?? { tokens: burst, at: now() };
      const tokens = refilled(bucket);
      if (tokens < 1)
        throw outcomeError('throttled', `At most ${perMinute} calls a minute; wait a little and try again.`);
      if (buckets.size >= SWEEP_AT && !buckets.has(key)) sweep();
      buckets.set(key, { tokens: tokens - 1, at: now() });
    },
  };
}
