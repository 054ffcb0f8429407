import { networkOf } from '@yba/http';
import { stillToCome } from '@yba/postgres';
import type { Sql } from '@yba/postgres';

/**
 * After how many failures whoever tries must wait; the first wait, which doubles with each failure, and the longest, in
 * seconds; how many failures a minute are forgiven.
 */
type Patience = { free: number; firstS: number; longestS: number; forgiven: number };

/** A person mistypes a few times; a guesser gets about 30 guesses a day. */
const NAME: Patience = { free: 4, firstS: 30, longestS: 60 * 60, forgiven: 0 };

/** One address may be a whole hospital's, where somebody mistypes each minute of a morning; the wait stays short. */
const ADDRESS: Patience = { free: 49, firstS: 30, longestS: 10 * 60, forgiven: 1 };

/** What is counted together: who is tried, and from where. */
export type Attempted = { username: string; address: string };

/**
 * Counts an attempt to prove who one is, before it is made, so that parallel guesses count too. Answers 0 when it may
 * be made, else the seconds to wait; an attempt made while waiting is not counted and prolongs nothing. A name nobody
 * has is treated as one that exists.
 */
export async function countAttempt(sql: Sql, { username, address }: Attempted): Promise<number> {
  const byName = await count(sql, nameKey(username), NAME);
  return byName > 0 ? byName : count(sql, addressKey(address), ADDRESS);
}

async function count(sql: Sql, key: string, patience: Patience): Promise<number> {
  const { free, firstS, longestS, forgiven } = patience;
  const kept = sql`case when a.last < now() - interval '1 day' then 0
    else greatest(0, a.failed - floor(greatest(0, extract(epoch from now() - a.last)) / 60 * ${forgiven}))::int end`;
  const isWaiting = stillToCome(sql, sql`a.locked_until`, longestS);
  const [row] = await sql<{ waits: number }[]>`
    with before as materialized (select locked_until from sign_in_attempt where key = ${key} for update)
    insert into sign_in_attempt as a (key, failed, last)
    select ${key}, 1 + (select count(*) from before) * 0, now() -- reads the row before it is changed
    on conflict (key) do update set
      failed = case when ${isWaiting} then a.failed else ${kept} + 1 end,
      last = case when ${isWaiting} then a.last else now() end,
      locked_until = case
        when ${isWaiting} then a.locked_until
        when ${kept} + 1 > ${free}
          then now() + make_interval(secs => least(${longestS}, ${firstS} * 2.0 ^ least(${kept} - ${free}, 20))) end
    returning coalesce((select ceil(extract(epoch from locked_until - now())) from before where ${stillToCome(sql, sql`locked_until`, longestS)}), 0)::int as waits`;
  return row!.waits;
}

/**
 * Takes back attempts that were right: the person proved who they are. The name begins anew; of the address only these
 * are forgotten, so that one's own account does not help to guess another's.
 */
export async function forgiveAttempts(
  sql: Sql,
  { username, address }: Attempted,
  attempts = 1,
): Promise<void> {
  await forgetFailures(sql, username);
  if (attempts === 0) return;
  await sql`
    update sign_in_attempt set failed = greatest(0, failed - ${attempts}), locked_until = null where key = ${addressKey(address)}`;
}

/** Forgets the failures of a name: an officer of the person's facility unlocked it. Answers whether there were any. */
export async function forgetFailures(sql: Sql, username: string): Promise<boolean> {
  return (await sql`delete from sign_in_attempt where key = ${nameKey(username)}`).count > 0;
}

/** Forgets failures of more than a day ago. */
export async function forgetOldFailures(sql: Sql): Promise<void> {
  await sql`delete from sign_in_attempt where last < now() - interval '1 day'`;
}

/** The row an attempt at a username is counted in. */
function nameKey(username: string): string {
  return `name ${username.trim().toLowerCase().slice(0, 200)}`;
}

const addressKey = (address: string): string => `address ${networkOf(address)}`;
