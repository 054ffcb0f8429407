import type { SecretSeal, Sql } from '@yba/postgres';
import { Secret, TOTP } from 'otpauth';

/** A code counts 30 seconds before and after its time: clocks of phones differ. */
const WINDOW = 1;
const PERIOD_S = 30;

/** Where secrets of second factors lie, and what seals them. */
type Store = { sql: Sql; secrets: SecretSeal };

const purposeOf = (account: string) => `totp account/${account}`;

/** What an authenticator application is set up with. */
export type NewFactor = { secret: string; uri: string };

/**
 * Begins to set up one-time codes: answers the secret, to be shown once. They count when a first code has confirmed that
 * the application has it; until then a former set-up that was not confirmed is replaced.
 * Source: https://www.rfc-editor.org/rfc/rfc6238
 */
export async function beginFactor(
  { sql, secrets }: Store,
  account: string,
  label: string,
): Promise<NewFactor> {
  const secret = new Secret({ size: 20 });
  await sql`
    insert into second_factor (account, totp_sealed) values (${account}, ${secrets.seal(secret.base32, purposeOf(account))})
    on conflict (account) do update set totp_sealed = excluded.totp_sealed, last_step = 0
      where second_factor.confirmed is null`;
  return { secret: secret.base32, uri: codes(secret, label).toString() };
}

/** True when the account has one-time codes that count. */
export async function hasFactor(sql: Sql, account: string): Promise<boolean> {
  return (
    (await sql`select from second_factor where account = ${account} and confirmed is not null`).length > 0
  );
}

/**
 * Takes a one-time code: true when it is right and was not used before. `confirming` asks for a set-up not yet
 * confirmed, and makes it count.
 */
export async function takeCode(
  { sql, secrets }: Store,
  account: string,
  code: string,
  { confirming = false, at = Date.now() }: { confirming?: boolean; at?: number } = {},
): Promise<boolean> {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return false;
  const [row] = await sql<{ totp_sealed: string }[]>`
    select totp_sealed from second_factor where account = ${account} and (confirmed is null) = ${confirming}`;
  if (!row) return false;
  const secret = Secret.fromBase32(secrets.open(row.totp_sealed, purposeOf(account)));
  const delta = codes(secret).validate({ token, window: WINDOW, timestamp: at });
  if (delta === null) return false;
  const step = Math.floor(at / 1000 / PERIOD_S) + delta;
  // a code is good once, in whatever process it arrives (RFC 6238 5.2), and for the secret it was made with
  const { count } = await sql`
    update second_factor set last_step = ${step}, confirmed = coalesce(confirmed, now())
    where account = ${account} and totp_sealed = ${row.totp_sealed}
      and (confirmed is null) = ${confirming} and last_step < ${step}`;
  return count > 0;
}

/** Removes one-time codes and recovery codes. */
export async function removeFactor(sql: Sql, account: string): Promise<void> {
  await sql`delete from second_factor where account = ${account}`;
  await sql`delete from recovery_code where account = ${account}`;
}

function codes(secret: Secret, label = ''): TOTP {
  return new TOTP({ issuer: 'Y Bạ', label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_S });
}
