import type { Sql } from '@yba/postgres';
import { findByUsername, type Account } from './accounts.ts';
import { hashPassword, verifyPassword } from './password.ts';

const FAILURES_ALLOWED = 10;
const LOCK_MINUTES = 15;

/** The account when the password is right; else why not, with the account the name belongs to, for the log alone. */
export type PasswordCheck =
  { refused?: undefined; account: Account } | { refused: 'wrong' | 'locked'; account?: Account };

let decoy: Promise<string> | undefined;

/**
 * Checks a username and password. Ten failures in a row lock the name for a quarter of an hour. A name nobody has
 * costs the same time, and locks the same, as one that exists: an attacker learns nothing about who works here.
 */
export async function checkPassword(sql: Sql, username: string, password: string): Promise<PasswordCheck> {
  const name = username.trim().toLowerCase().slice(0, 200);
  if (await countAttempt(sql, name)) return { refused: 'locked' };
  const account = await findByUsername(sql, name);
  decoy ??= hashPassword('nobody has this password');
  const right = await verifyPassword(password, account?.password_hash ?? (await decoy));
  if (!right || !account?.password_hash) return { refused: 'wrong', ...(account ? { account } : {}) };
  await sql`delete from sign_in_failure where username = ${name}`;
  return { account };
}

/** Counts the attempt as failed before it is made, so that parallel guesses count too. True when the name is locked. */
async function countAttempt(sql: Sql, name: string): Promise<boolean> {
  const [row] = await sql<{ locked: boolean }[]>`
    insert into sign_in_failure as f (username, failed, last) values (${name}, 1, now())
    on conflict (username) do update set
      failed = case when f.locked_until <= now() or f.last < now() - interval '1 day' then 1 else f.failed + 1 end,
      last = now(),
      locked_until = case
        when f.locked_until > now() then f.locked_until
        when f.locked_until is null and f.failed + 1 > ${FAILURES_ALLOWED} and f.last >= now() - interval '1 day'
          then now() + make_interval(mins => ${LOCK_MINUTES})
        end
    returning coalesce(locked_until > now(), false) as locked`;
  return row!.locked;
}

/** Forgets failures of more than a day ago. */
export async function forgetFailures(sql: Sql): Promise<void> {
  await sql`delete from sign_in_failure where last < now() - interval '1 day'`;
}
