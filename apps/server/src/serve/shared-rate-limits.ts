import { throttled, type Allowance, type RateLimits } from '@yba/http';
import type { Sql } from '@yba/postgres';

/** How long a process keeps tokens it took ahead, in ms: what it holds of a key that has gone quiet is forgotten. */
const STOCK_MS = 10_000;
/** Keys a process holds tokens of. */
const STOCK_KEYS = 20_000;

/** Tokens of a key that this process took ahead; `asking` while it takes more. */
type Stock = { left: number; until: number; empty: boolean; asking?: Promise<void> };

/**
 * Rate limits that hold over all server processes: the buckets lie in the database, and one statement refills a
 * bucket and takes tokens from it. Where the allowance has a lease, a process takes that many at once and gives them out by
 * itself, so that most calls ask nobody; so few are then out at a time that the limit holds all the same.
 */
export function sharedRateLimits(sql: Sql, now: () => number = () => performance.now()): RateLimits {
  return (name, allowance) => {
    const keyOf = (subject: string) => `${name} ${subject}`.slice(0, 500);
    const { lease = 1 } = allowance;
    if (lease === 1)
      return {
        async take(subject) {
          if ((await takeFrom(sql, keyOf(subject), allowance, 1)) === 0) throw throttled(allowance);
        },
      };
    const stocks = new Map<string, Stock>();
    const waitMs = Math.ceil(60_000 / allowance.perMinute);
    const refill = async (key: string): Promise<void> => {
      const left = await takeFrom(sql, key, allowance, lease);
      // who finds the bucket empty need not ask before the next token is there
      stocks.set(key, { left, until: now() + (left > 0 ? STOCK_MS : waitMs), empty: left === 0 });
    };
    return {
      async take(subject) {
        const key = keyOf(subject);
        for (;;) {
          const stock = stocks.get(key);
          if (stock?.asking) {
            await stock.asking; // calls that come meanwhile ask the database once
            continue;
          }
          if (stock && stock.until > now()) {
            if (stock.empty) throw throttled(allowance);
            if (stock.left-- > 0) return;
          }
          if (stocks.size >= STOCK_KEYS) stocks.clear();
          const asking = refill(key).catch((error: unknown) => {
            stocks.delete(key);
            throw error;
          });
          stocks.set(key, { left: 0, until: 0, empty: false, asking });
          await asking;
        }
      },
    };
  };
}

/** Takes up to so many tokens; answers how many there were. */
async function takeFrom(
  sql: Sql,
  key: string,
  { perMinute, burst }: Allowance,
  wanted: number,
): Promise<number> {
  const most = Math.min(wanted, burst);
  const filled = sql`least(${burst}::float8, bucket.tokens + greatest(0, extract(epoch from now() - bucket.at)) / 60 * ${perMinute}::float8)`;
  const [row] = await sql<{ taken: number }[]>`
    with before as materialized (select ${filled} as tokens from rate_bucket bucket where key = ${key} for update),
      taken as (select coalesce((select least(${most}, floor(tokens)) from before), ${most})::int as n)
    insert into rate_bucket as bucket (key, tokens, at)
    select ${key}, ${burst}::float8 - n, now() from taken
    on conflict (key) do update set at = now(), tokens = ${filled} - least(${most}, floor(${filled}))
    returning (select n from taken) as taken`;
  return row!.taken;
}

/** Forgets buckets that are full again by any allowance. */
export async function sweepRateLimits(sql: Sql): Promise<void> {
  await sql`delete from rate_bucket where at < now() - interval '1 hour'`;
}
