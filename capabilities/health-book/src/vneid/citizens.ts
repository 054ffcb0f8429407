import { hashPassword, verifyPassword, type PasswordCost } from '@yba/access';
import type { Sql } from '@yba/postgres';

/** A citizen of the rehearsal, who signs in with number and password, or by being chosen from the list. */
export type VneidCitizen = {
  /** 12 digits. */
  nationalId: string;
  name: string;
  /** ISO date. */
  birthDate: string;
  password: string;
  /** Of the account: 1 or 2; 2 when absent. */
  level?: 1 | 2;
  /** Among those to choose from on the sign-in page; true when absent. */
  listed?: boolean;
};

/** What the imitation knows of a citizen. `subject` is the key it vouches by. */
export type KnownCitizen = {
  national_id: string;
  name: string;
  birth_date: string;
  subject: string;
  level: 1 | 2;
};

/** These passwords guard nothing real and are printed for everybody to use: a millisecond each is enough. */
const REHEARSAL_COST: PasswordCost = { memoryKiB: 1024, passes: 1, lanes: 1 };

/** Adds citizens; one already there is brought up to date. */
export async function addVneidCitizens(sql: Sql, citizens: readonly VneidCitizen[]): Promise<void> {
  const rows = await Promise.all(
    citizens.map(async ({ nationalId, name, birthDate, password, level = 2, listed = true }) => ({
      national_id: nationalId,
      name,
      birth_date: birthDate,
      listed,
      level,
      password_hash: await hashPassword(password, REHEARSAL_COST),
    })),
  );
  await sql`
    insert into vneid_citizen (national_id, name, birth_date, password_hash, listed, level)
    select national_id, name, birth_date, password_hash, listed, level
    from jsonb_to_recordset(${sql.json(rows)}) as citizen(national_id text, name text, birth_date date, password_hash text, listed boolean, level smallint)
    on conflict (national_id) do update
      set name = excluded.name, birth_date = excluded.birth_date, password_hash = excluded.password_hash,
        listed = excluded.listed, level = excluded.level`;
}

/** The citizens to choose from, in the order they were added; at most `limit`. */
export function listCitizens(sql: Sql, limit: number): Promise<KnownCitizen[]> {
  return sql<
    KnownCitizen[]
  >`select ${columns(sql)} from vneid_citizen where listed order by position limit ${limit}`;
}

/** The citizen the imitation vouches for under this subject. */
export async function citizenBySubject(sql: Sql, subject: string): Promise<KnownCitizen | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(subject)) return undefined;
  const [citizen] = await sql<
    KnownCitizen[]
  >`select ${columns(sql)} from vneid_citizen where subject = ${subject}`;
  return citizen;
}

/** The citizen with this number, when the password is theirs. */
export async function citizenByPassword(
  sql: Sql,
  nationalId: string,
  password: string,
): Promise<KnownCitizen | undefined> {
  const [citizen] = await sql<(KnownCitizen & { password_hash: string })[]>`
    select ${columns(sql)}, password_hash from vneid_citizen where national_id = ${nationalId.trim()}`;
  return citizen && (await verifyPassword(password, citizen.password_hash)) ? citizen : undefined;
}

function columns(sql: Sql) {
  return sql`national_id, name, birth_date::text, subject, level`;
}
