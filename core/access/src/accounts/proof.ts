import { createHash } from 'node:crypto';
import type { Sql } from '@yba/postgres';
import type { Account } from './accounts.ts';

/**
 * What a sign-in rests on: the password as it was when it was typed, by a digest of what is stored of it, or the passkey that was
 * shown. VNeID vouches for its own, once.
 */
export type Proof = { password: string } | { passkey: string };

/** The proof that an account's password was typed. */
export const byPassword = ({ password_hash: hash }: Pick<Account, 'password_hash'>): Proof => ({
  password: createHash('sha256')
    .update(hash ?? '')
    .digest('hex'),
});

/** The account `a`, for a `from`, while what proved its person still holds: no row once the password is another or the passkey is gone. */
export function provedBy(sql: Sql, account: string, proof?: Proof) {
  const holds =
    proof && 'password' in proof
      ? sql`where encode(sha256(convert_to(a.password_hash, 'UTF8')), 'hex') = ${proof.password}`
      : sql`where true`;
  const key =
    proof && 'passkey' in proof ? sql`join passkey p on p.account = a.id and p.id = ${proof.passkey}` : sql``;
  return sql`account a ${key} ${holds} and a.id = ${account} and a.active`;
}

/** Whether what proved a person still holds. */
export async function stillProved(sql: Sql, account: string, proof: Proof): Promise<boolean> {
  return (await sql`select from ${provedBy(sql, account, proof)}`).length > 0;
}
