import type { OutcomeError } from '@yba/fhir';
import { HttpError } from './http-error.ts';
import type { Operation } from './capability.ts';

/** A token bucket for each key. */
export type RateLimit = {
  /** Takes one token. Rejects with OutcomeError `throttled` when the key has none left. */
  take(key: string): Promise<void>;
};

/**
 * What a bucket holds, and how fast it fills again. `lease` is how many a process may take ahead of a bucket that all
 * processes share, so that not each call asks for it; 1 unless given.
 */
export type Allowance = { perMinute: number; burst: number; lease?: number };

/** Makes the limit of that name: one for the whole platform, however many processes it has. */
export type RateLimits = (name: string, allowance: Allowance) => RateLimit;

/** What a caller beyond the allowance is told. */
export function throttled({ perMinute }: Allowance): OutcomeError {
  const waitS = Math.max(1, Math.ceil(60 / perMinute));
  return new HttpError(
    429,
    'throttled',
    `At most ${perMinute} calls a minute; wait a little and try again.`,
    {
      headers: { 'retry-after': String(waitS) },
    },
  );
}

/** How many keys are kept before full buckets are swept out. */
const SWEEP_AT = 10_000;

/**
 * A limit held in this process alone: `burst` at once and `perMinute` after that, for each key. `now` in ms, by a clock that only
 * goes forward: one that is set back would empty every bucket.
 */
export function createRateLimit(
  { perMinute, burst }: Allowance,
  now: () => number = () => performance.now(),
): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const refilled = (bucket: { tokens: number; at: number }) =>
    Math.min(burst, bucket.tokens + ((now() - bucket.at) / 60_000) * perMinute);
  const sweep = () => {
    for (const [key, bucket] of buckets) if (refilled(bucket) >= burst) buckets.delete(key);
  };
  return {
    async take(key) {
      const bucket = buckets.get(key) ?? { tokens: burst, at: now() };
      const tokens = refilled(bucket);
      if (tokens < 1) throw throttled({ perMinute, burst });
      if (buckets.size >= SWEEP_AT && !buckets.has(key)) sweep();
      buckets.set(key, { tokens: tokens - 1, at: now() });
    },
  };
}

/** Operations with their limits kept: each caller has a bucket for each operation. */
export function limited(operations: readonly Operation[], limits: RateLimits): Operation[] {
  const shared = new Map<string, RateLimit>();
  return operations.map((operation) => {
    if (!operation.limit) return operation;
    const { with: together, ...allowance } = operation.limit;
    const name = `$${together ?? operation.code}`;
    const limit = (together && shared.get(name)) || limits(name, allowance);
    if (together) shared.set(name, limit);
    const handle: Operation['handle'] = async (request) => {
      await limit.take(request.context.caller.subject);
      return operation.handle(request);
    };
    return { ...operation, handle };
  });
}
