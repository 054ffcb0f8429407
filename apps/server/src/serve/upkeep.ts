import { unlessLocked } from '@yba/postgres';
import { runComparisons } from './comparisons.ts';
import type { DatabasePools } from './pools.ts';
import type { Parts } from './parts.ts';
import { runReindexing } from './reindexing.ts';
import { sweepRateLimits } from './shared-rate-limits.ts';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Makes the partitions of this month and the next ones, and those of the week's messages. One that somebody's long reading
 * is in the way of comes another time: there is half a year for it, and what is written before it is there moves into it.
 */
export async function ensureMonths({ owner }: Pick<DatabasePools, 'owner'>, lockMs?: number): Promise<void> {
  for (const table of ['history', 'feed', 'access_log', 'message'])
    await unlessLocked(owner, (db) => db`select yba_ensure_months(${table})`, lockMs);
  await unlessLocked(owner, (db) => db`select yba_ensure_days('message_body')`, lockMs);
}

/**
 * Hourly chores: expired sign-ins and old submissions and messages are removed, the next months' partitions made; newcomers are
 * compared with everybody, referrals out of date ended, those told whose
 * patient did not come, rows of older search terms rewritten, the access log watched for
 * unusual looks, and facilities reminded of what persons asked. Answers how to stop.
 */
export function runUpkeep(
  {
    access,
    repository,
    oversight,
    referral,
    summary,
    liveSources,
    lookRequests,
    registry,
    exchange,
  }: Pick<
    Parts,
    | 'access'
    | 'repository'
    | 'oversight'
    | 'referral'
    | 'summary'
    | 'liveSources'
    | 'lookRequests'
    | 'registry'
    | 'exchange'
  >,
  pools: DatabasePools,
  onError: (error: unknown, doing: string) => void,
): () => void {
  const chores = setInterval(() => {
    access.sweep().catch((error: unknown) => onError(error, 'removing expired sign-ins'));
    repository.sweep().catch((error: unknown) => onError(error, 'forgetting old submissions'));
    referral.expire().catch((error: unknown) => onError(error, 'ending referrals that are out of date'));
    referral.missed().catch((error: unknown) => onError(error, 'telling who did not come'));
    liveSources.sweep().catch((error: unknown) => onError(error, 'dropping what sources told'));
    summary.sweep().catch((error: unknown) => onError(error, 'removing the files of links that are over'));
    exchange.sweep().catch((error: unknown) => onError(error, 'letting go of old messages'));
    sweepRateLimits(pools.owner).catch((error: unknown) => onError(error, 'forgetting rate limits'));
    ensureMonths(pools).catch((error: unknown) => onError(error, 'making partitions'));
  }, HOUR_MS);
  chores.unref();
  const stopComparisons = runComparisons(repository, pools, onError);
  const stopReindexing = runReindexing(pools, onError);
  const stopWatch = oversight.alerts.run(onError);
  const stopReminders = lookRequests.run(onError);
  const stopRegistry = registry.run(onError);
  const stopPushes = referral.run(onError);
  return () => {
    clearInterval(chores);
    void stopComparisons();
    void stopReindexing();
    void stopWatch();
    void stopReminders();
    void stopRegistry();
    void stopPushes();
  };
}
