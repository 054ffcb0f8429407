import { throttled, type RateLimits } from '@yba/http';
import type { Sql } from '@yba/postgres';

/**
 * Rate limits that hold over all server processes: the buckets lie in the database, and one statement refills a
 * bucket and takes a token from it.
 */
export function sharedRateLimits(sql: Sql): RateLimits {
  return (name, allowance) => ({
    async take(subject) {
      const { perMinute, burst } = allowance;
      const key = `${name} ${subject}`.slice(0, 500);
      const taken = await sql`
        insert into rate_bucket as bucket (key, tokens, at) values (${key}, ${burst - 1}::float8, now())
        on conflict (key) do update set at = now(),
          tokens = least(${burst}::float8, bucket.tokens + extract(epoch from now() - bucket.at) / 60 * ${perMinute}::float8) - 1
        where least(${burst}::float8, bucket.tokens + extract(epoch from now() - bucket.at) / 60 * ${perMinute}::float8) >= 1
        returning 1`;
      if (taken.length === 0) throw throttled(allowance);
    },
  });
}

/** Forgets buckets that are full again by any allowance. */
export async function sweepRateLimits(sql: Sql): Promise<void> {
  await sql`delete from rate_bucket where at < now() - interval '1 hour'`;
}
