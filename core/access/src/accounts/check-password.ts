import type { Sql } from '@yba/postgres';
import { findByUsername, type Account } from './accounts.ts';
import { countAttempt } from './attempts.ts';
import { hashPassword, needsRehash, verifyPassword } from './password.ts';

/** The account when the password is right; else why not, with the account the name belongs to, for the log alone. */
export type PasswordCheck =
  | { refused?: undefined; account: Account }
  | { refused: 'wrong'; account?: Account }
  | { refused: 'locked'; waitS: number };

let decoy: Promise<string> | undefined;

/**
 * Checks a username and password. Failures in a row make the name, and the address, wait ever longer. A name nobody has
 * costs the same time, and waits the same, as one that exists: an attacker learns nothing about who works here. A hash of
 * former parameters is replaced once the password is known to be right.
 */
export async function checkPassword(
  sql: Sql,
  { username, password, address }: { username: string; password: string; address: string },
): Promise<PasswordCheck> {
  const waitS = await countAttempt(sql, { username, address });
  if (waitS > 0) return { refused: 'locked', waitS };
  const account = await findByUsername(sql, username.trim().slice(0, 200));
  decoy ??= hashPassword('nobody has this password');
  const right = await verifyPassword(password, account?.password_hash ?? (await decoy));
  if (!right || !account?.password_hash) return { refused: 'wrong', ...(account ? { account } : {}) };
  if (needsRehash(account.password_hash)) await storePassword(sql, account.id, password);
  return { account };
}

/** Puts a new hash in place of the old one; `mustChange` is lifted when the person chose the password. */
export async function storePassword(
  sql: Sql,
  account: string,
  password: string,
  mustChange?: boolean,
): Promise<void> {
  const hash = await hashPassword(password);
  await sql`
    update account set password_hash = ${hash}, must_change = coalesce(${mustChange ?? null}, must_change) where id = ${account}`;
}
