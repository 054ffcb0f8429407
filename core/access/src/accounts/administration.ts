import { notFound } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { copyableSecret } from '../second-factor/recovery-codes.ts';
import { removeFactor } from '../second-factor/totp.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { createAccount, subjectOf, type NewAccount, type StaffRole } from './accounts.ts';
import { forgetFailures } from './attempts.ts';
import { hashPassword, type PasswordCost } from './password.ts';

/** An account as an officer of its facility sees it. Times are null where nothing happened yet. */
export type StaffAccount = {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  department: string | null;
  since: Date;
  lastSignIn: Date | null;
  /** Until when sign-in by password has to wait after failures. */
  waitsUntil: Date | null;
  /** Shut because nobody used it for 45 days. */
  unused: boolean;
  codes: boolean;
  passkeys: number;
  sessions: number;
  /** How many further facilities the person works at: how they sign in is then not this facility's to reset. */
  elsewhere: number;
  licenceNumber: string | null;
  licenceFrom: string | null;
  licenceUntil: string | null;
  licenceWithdrawn: string | null;
  licenceSuspendedUntil: string | null;
  licenceScope: string | null;
};

/** The accounts that work at a facility (number of its code), by name. */
export function staffAccounts(sql: Sql, facility: number): Promise<StaffAccount[]> {
  return sql<StaffAccount[]>`
    select a.id, a.username, a.name, m.role, m.department, m.since, a.last_sign_in as "lastSignIn",
      (select locked_until from sign_in_attempt where key = 'name ' || lower(a.username) and locked_until > now()) as "waitsUntil",
      coalesce(a.last_sign_in < now() - interval '45 days', false) as unused,
      exists (select from second_factor f where f.account = a.id and f.confirmed is not null) as codes,
      (select count(*)::int from passkey p where p.account = a.id) as passkeys,
      (select count(*)::int from sign_in_session s where s.account = a.id and s.facility = m.facility and s.ended is null
        and s.browser is not null) as sessions,
      (select count(*)::int from membership o where o.account = a.id and o.facility <> m.facility and o.ended is null) as elsewhere,
      a.licence_number as "licenceNumber", a.licence_from::text as "licenceFrom",
      a.licence_until::text as "licenceUntil", a.licence_withdrawn::text as "licenceWithdrawn",
      a.licence_suspended_until::text as "licenceSuspendedUntil", a.licence_scope as "licenceScope"
    from membership m join account a on a.id = m.account
    where m.facility = ${facility} and m.ended is null and a.active
    order by a.name, a.username
    limit 5000`;
}

/** The id of the account with this username. Throws `not-found`. */
export async function idOfUsername(sql: Sql, username: string): Promise<string> {
  const [row] = await sql<
    { id: string }[]
  >`select id from account where lower(username) = lower(${username.trim()})`;
  if (!row) throw notFound(`Account ${username}`);
  return row.id;
}

/** Creates an account with a first password that its owner changes at once; answers both. Throws `conflict` when the name is taken. */
export async function openAccount(
  sql: Sql,
  account: Omit<NewAccount, 'password' | 'mustChange'>,
  cost?: PasswordCost,
): Promise<{ subject: string; firstPassword: string }> {
  const firstPassword = copyableSecret();
  const subject = await createAccount(sql, { ...account, password: firstPassword, mustChange: true }, cost);
  return { subject, firstPassword };
}

/** Forgets failures of sign-in, and opens an account again that was shut because nobody used it. */
export async function unlockAccount(sql: Sql, id: string): Promise<void> {
  const [row] = await sql<{ username: string }[]>`
    update account set last_sign_in = case when last_sign_in < now() - interval '45 days' then now() else last_sign_in end
    where id = ${id} returning username`;
  if (!row) throw notFound(subjectOf(id));
  await forgetFailures(sql, row.username);
}

/**
 * Takes away all an account signs in with: password, one-time codes, passkeys, open sessions. Answers a first password,
 * to be handed over in person. Throws `not-found`.
 */
export async function resetAccount(sql: Sql, id: string, cost?: PasswordCost): Promise<string> {
  await unlockAccount(sql, id);
  const firstPassword = copyableSecret();
  const hash = await hashPassword(firstPassword, cost);
  await sql`update account set password_hash = ${hash}, must_change = true where id = ${id}`;
  await endSessions(sql, { account: id }, 'account-changed'); // first: what they add is gone with the rest, or refused
  await removeFactor(sql, id);
  await sql`delete from passkey where account = ${id}`;
  return firstPassword;
}
