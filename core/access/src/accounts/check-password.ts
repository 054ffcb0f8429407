import type { Sql } from '@yba/postgres';
import { findByUsername, type Account } from './accounts.ts';
import { countAttempt } from './attempts.ts';
import { hashPassword, needsRehash, STAFF_COST, verifyPassword, type PasswordCost } from './password.ts';

/** The account when the password is right; else why not, with the account the name belongs to, for the log alone. */
export type PasswordCheck =
  | { refused?: undefined; account: Account }
  | { refused: 'wrong'; account?: Account }
  | { refused: 'locked'; waitS: number };

/** What the password of a name nobody has is compared with: a hash of the same cost. */
const decoys = new Map<PasswordCost, Promise<string>>();

/**
 * Checks a username and password. Failures in a row make the name, and the address, wait ever longer. A name nobody has
 * costs the same time, and waits the same, as one that exists: an attacker learns nothing about who works here. A hash of
 * former parameters is replaced once the password is known to be right.
 */
export async function checkPassword(
  sql: Sql,
  { username, password, address }: { username: string; password: string; address: string },
  cost = STAFF_COST,
): Promise<PasswordCheck> {
  const waitS = await countAttempt(sql, { username, address });
  if (waitS > 0) return { refused: 'locked', waitS };
  const account = await findByUsername(sql, username.trim().slice(0, 200));
  if (!decoys.has(cost)) decoys.set(cost, hashPassword('nobody has this password', cost));
  const right = await verifyPassword(password, account?.password_hash ?? (await decoys.get(cost)!));
  if (!right || !account?.password_hash) return { refused: 'wrong', ...(account ? { account } : {}) };
  const rehashed =
    needsRehash(account.password_hash, cost) &&
    (await replacePassword(sql, account, password, { mustChange: account.must_change, cost }));
  return { account: rehashed || account };
}

/**
 * Puts a password in place of the one that the account had when it was read; `mustChange` is lifted when the person chose it.
 * Answers the account as it is then; undefined when it has another by now: who knew the former one has no say any more.
 */
export async function replacePassword(
  sql: Sql,
  account: Account,
  password: string,
  { mustChange, cost }: { mustChange: boolean; cost?: PasswordCost | undefined },
): Promise<Account | undefined> {
  const hash = await hashPassword(password, cost);
  const { count } = await sql`
    update account set password_hash = ${hash}, must_change = ${mustChange}
    where id = ${account.id} and password_hash is not distinct from ${account.password_hash}`;
  return count > 0 ? { ...account, password_hash: hash, must_change: mustChange } : undefined;
}
