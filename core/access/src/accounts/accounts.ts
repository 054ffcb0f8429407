import { conflict, type Role } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { hashPassword, type PasswordCost } from './password.ts';

/** Roles of people; `system` and `platform` have no account. */
export type AccountRole = Exclude<Role, 'system' | 'platform'>;

/** Roles somebody has at a facility, by membership. */
export type StaffRole = Exclude<AccountRole, 'citizen' | 'ministry'>;

/**
 * A licence to practise. Days are written `2031-12-31`: the first and last it holds (absent: from the start, for good), and
 * the day it was withdrawn or suspended, with the last day of a suspension.
 */
export type Licence = {
  number: string;
  scope?: string;
  validFrom?: string;
  validUntil?: string;
  withdrawn?: string;
  suspendedUntil?: string;
};

/** A member of staff or an officer of the ministry, who signs in with a password. */
export type NewAccount = {
  username: string;
  password: string;
  role: StaffRole | 'ministry';
  /** Shown to citizens as who looked. */
  name: string;
  /** 5-character facility code and its name; absent for the ministry. More facilities: `addMembership`. */
  facility?: string;
  facilityName?: string;
  department?: string;
  /** `Practitioner/<id>`. */
  practitioner?: string;
  licence?: Licence;
  /** True where somebody else chose the password: it is changed at the first sign-in. */
  mustChange?: boolean;
};

/** An account at one of its facilities. `facility` is the number of its code; null for citizens and the ministry. */
export type Account = {
  id: string;
  username: string;
  password_hash: string | null;
  must_change: boolean;
  last_sign_in: Date | null;
  role: AccountRole;
  name: string;
  facility: number | null;
  facility_name: string | null;
  department: string | null;
  practitioner: string | null;
  person: string | null;
  licence_number: string | null;
  licence_scope: string | null;
  /** A date as PostgreSQL writes it: `2031-12-31`. */
  licence_until: string | null;
  licence_from: string | null;
  licence_withdrawn: string | null;
  licence_suspended_until: string | null;
  /** Level of a citizen's VNeID account at the last sign-in. */
  assurance: 1 | 2;
};

/** Creates an account, at a facility when one is named, and answers its subject, `account/<id>`. Throws `conflict` when the username is taken. */
export async function createAccount(sql: Sql, account: NewAccount, cost?: PasswordCost): Promise<string> {
  const hash = await hashPassword(account.password, cost);
  const { licence } = account;
  const [row] = await sql<{ id: string }[]>`
    with made as (
      insert into account (username, password_hash, role, name, must_change, licence_number, licence_scope, licence_from,
        licence_until, licence_withdrawn)
      values (${account.username}, ${hash}, ${account.role === 'ministry' ? 'ministry' : null}, ${account.name},
        ${account.mustChange ?? false}, ${licence?.number ?? null}, ${licence?.scope ?? null}, ${licence?.validFrom ?? null},
        ${licence?.validUntil ?? null}, ${licence?.withdrawn ?? null})
      on conflict (lower(username)) do nothing returning id),
    member as (
      insert into membership (account, facility, facility_name, role, department, practitioner)
      select id, ${account.facility ? facilityNumber(account.facility) : null}::int, ${account.facilityName ?? account.facility ?? ''},
        ${account.role}, ${account.department ?? null}, ${account.practitioner ?? null}
      from made where ${account.facility !== undefined}),
    entered as (
      insert into licence_event (account, kind, number, scope, since, until, withdrawn)
      select id, 'entered', ${licence?.number ?? ''}, ${licence?.scope ?? null}, ${licence?.validFrom ?? null}::date,
        ${licence?.validUntil ?? null}::date, ${licence?.withdrawn ?? null}::date
      from made where ${licence !== undefined})
    select id from made`;
  if (!row)
    throw conflict({
      en: `There is already an account ${account.username}`,
      vi: `Đã có tài khoản ${account.username}. Hãy chọn tên đăng nhập khác.`,
    });
  return subjectOf(row.id);
}

/** A citizen as the national sign-in vouches for them. */
export type Citizen = {
  issuer: string;
  subject: string;
  name: string;
  person: string | undefined;
  assurance: 1 | 2;
};

/** Finds or creates the account of a citizen, and brings name and person up to date with today's answer. */
export async function citizenAccount(sql: Sql, citizen: Citizen): Promise<Account> {
  const upstream = `${citizen.issuer}|${citizen.subject}`;
  const [row] = await sql<{ id: string }[]>`
    insert into account (username, role, name, person, upstream, assurance)
    values (${upstream}, 'citizen', ${citizen.name}, ${citizen.person ?? null}, ${upstream}, ${citizen.assurance})
    on conflict (upstream) do update set name = excluded.name, person = excluded.person, assurance = excluded.assurance
    returning id`;
  return (await findAccount(sql, subjectOf(row!.id)))!;
}

/**
 * The active account with this subject (`account/<id>`) at `facility`, or at the one it belongs to longest when none
 * is named. Undefined for a member of staff who belongs to no such facility (any more).
 */
export async function findAccount(
  sql: Sql,
  subject: string,
  facility?: number | null,
): Promise<Account | undefined> {
  const id = accountId(subject);
  if (!id) return undefined;
  const [account] = await sql<Account[]>`
    select ${columns(sql)} from account a ${livingMembership(sql, facility)} where a.id = ${id} and a.active and ${known(sql)}
    order by m.since limit 1`;
  return account;
}

/**
 * The active account with this username, whatever its case; also one whose every membership has ended (`facility` is
 * null then), for who knows the password may be told so.
 */
export async function findByUsername(sql: Sql, username: string): Promise<Account | undefined> {
  const [account] = await sql<Account[]>`
    select ${columns(sql)} from account a ${livingMembership(sql)} where lower(a.username) = lower(${username}) and a.active
    order by m.since limit 1`;
  return account;
}

/** What tokens, openings and the access log know an account by. */
export function subjectOf(id: string): string {
  return `account/${id}`;
}

/** The id behind a subject; undefined when it is no account's. */
export function accountId(subject: string): string | undefined {
  return /^account\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(subject)?.[1];
}

/** The licence of an account, when it has one. */
export function licenceOf(account: Account): Licence | undefined {
  if (!account.licence_number) return undefined;
  return {
    number: account.licence_number,
    ...(account.licence_scope ? { scope: account.licence_scope } : {}),
    ...(account.licence_from ? { validFrom: account.licence_from } : {}),
    ...(account.licence_until ? { validUntil: account.licence_until } : {}),
    ...(account.licence_withdrawn ? { withdrawn: account.licence_withdrawn } : {}),
    ...(account.licence_suspended_until ? { suspendedUntil: account.licence_suspended_until } : {}),
  };
}

/** Whether a text is a day of the calendar, written `2031-12-31`. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function livingMembership(sql: Sql, facility?: number | null) {
  const there = typeof facility === 'number' ? sql`and m.facility = ${facility}` : sql``;
  return sql`left join membership m on m.account = a.id and m.ended is null ${there}`;
}

/** Somebody with a role: by themselves, or at the facility. */
function known(sql: Sql) {
  return sql`coalesce(a.role, m.role) is not null`;
}

function columns(sql: Sql) {
  return sql`a.id, a.username, a.password_hash, a.must_change, a.last_sign_in, coalesce(a.role, m.role) as role, a.name, m.facility,
    m.facility_name, m.department, m.practitioner, a.person, a.licence_number, a.licence_scope, a.licence_until::text as licence_until,
    a.licence_from::text as licence_from, a.licence_withdrawn::text as licence_withdrawn,
    a.licence_suspended_until::text as licence_suspended_until, a.assurance`;
}
