import { conflict, type Role } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { hashPassword } from './password.ts';

/** Roles of people; `system` and `platform` have no account. */
export type AccountRole = Exclude<Role, 'system' | 'platform'>;

/** A member of staff or an officer of the ministry, who signs in with a password. */
export type NewAccount = {
  username: string;
  password: string;
  role: Exclude<AccountRole, 'citizen'>;
  /** Shown to citizens as who looked. */
  name: string;
  /** 5-character facility code and its name; absent for the ministry. */
  facility?: string;
  facilityName?: string;
  /** `Practitioner/<id>`. */
  practitioner?: string;
};

/** An account as stored. `facility` is the number of its code. */
export type Account = {
  id: string;
  username: string;
  password_hash: string | null;
  role: AccountRole;
  name: string;
  facility: number | null;
  facility_name: string | null;
  practitioner: string | null;
  person: string | null;
};

/** Creates an account and answers its subject, `account/<id>`. Throws `conflict` when the username is taken. */
export async function createAccount(sql: Sql, account: NewAccount): Promise<string> {
  const hash = await hashPassword(account.password);
  const [row] = await sql<{ id: string }[]>`
    insert into account (username, password_hash, role, name, facility, facility_name, practitioner)
    values (${account.username}, ${hash}, ${account.role}, ${account.name},
      ${account.facility ? facilityNumber(account.facility) : null}, ${account.facilityName ?? null}, ${account.practitioner ?? null})
    on conflict (lower(username)) do nothing returning id`;
  if (!row) throw conflict(`There is already an account ${account.username}`);
  return subjectOf(row.id);
}

/** A citizen as the national sign-in vouches for them. */
export type Citizen = { issuer: string; subject: string; name: string; person: string | undefined };

/** Finds or creates the account of a citizen, and brings name and person up to date with today's answer. */
export async function citizenAccount(sql: Sql, citizen: Citizen): Promise<Account> {
  const upstream = `${citizen.issuer}|${citizen.subject}`;
  const [account] = await sql<Account[]>`
    insert into account (username, role, name, person, upstream)
    values (${upstream}, 'citizen', ${citizen.name}, ${citizen.person ?? null}, ${upstream})
    on conflict (upstream) do update set name = excluded.name, person = excluded.person
    returning ${columns(sql)}`;
  return account!;
}

/** The active account with this subject (`account/<id>`). */
export async function findAccount(sql: Sql, subject: string): Promise<Account | undefined> {
  const id = /^account\/([0-9a-f-]{36})$/.exec(subject)?.[1];
  if (!id) return undefined;
  const [account] = await sql<Account[]>`select ${columns(sql)} from account where id = ${id} and active`;
  return account;
}

/** The active account with this username, whatever its case. */
export async function findByUsername(sql: Sql, username: string): Promise<Account | undefined> {
  const [account] = await sql<
    Account[]
  >`select ${columns(sql)} from account where lower(username) = lower(${username}) and active`;
  return account;
}

/** What tokens, openings and the access log know an account by. */
export function subjectOf(id: string): string {
  return `account/${id}`;
}

function columns(sql: Sql) {
  return sql`id, username, password_hash, role, name, facility, facility_name, practitioner, person`;
}
