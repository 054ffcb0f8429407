import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import { licenceOf, subjectOf, type Account, type Licence } from '../accounts/accounts.ts';

/** What tokens say about a person who signed in, beside `sub`. Absent members are left out. */
export type PersonClaims = {
  name: string;
  role: string;
  /** 5-character facility code and its name. */
  facility?: string;
  facility_name?: string;
  department?: string;
  /** `Practitioner/<id>`. */
  practitioner?: string;
  /** Licence to practise: number, scope of practice, last day it holds (absent: for good). */
  licence?: { number: string; scope?: string; valid_until?: string };
  /** Id of the sign-in session: the token ends with it. */
  session?: string;
  /** 1 for a citizen whose VNeID account is of level 1; absent for level 2. */
  assurance?: 1;
  /** Person key of a citizen, and the id of a Patient they may open. */
  person?: string;
  patient?: string;
  /** Absolute URL of the user's own resource. Source: SMART App Launch 2.0, scopes for requesting identity data */
  fhirUser?: string;
};

/** The claims of an account; for a citizen the earliest Patient linked to the person, if there is one. */
export async function personClaims(
  sql: Sql,
  fhirBase: string,
  account: Account,
  session?: string,
): Promise<PersonClaims & { sub: string }> {
  const licence = licenceOf(account);
  const patient = account.person ? (await firstPatient(sql, account.person))?.patient : undefined;
  const user = account.practitioner ?? (patient && `Patient/${patient}`);
  return {
    sub: subjectOf(account.id),
    name: account.name,
    role: account.role,
    ...(account.facility === null
      ? {}
      : { facility: facilityCode(account.facility), facility_name: account.facility_name ?? '' }),
    ...(account.department ? { department: account.department } : {}),
    ...(account.practitioner ? { practitioner: account.practitioner } : {}),
    ...(licence ? { licence: licenceClaim(licence) } : {}),
    ...(session ? { session } : {}),
    ...(account.assurance === 1 ? { assurance: 1 as const } : {}),
    ...(account.person ? { person: account.person } : {}),
    ...(patient ? { patient } : {}),
    ...(user ? { fhirUser: `${fhirBase}/${user}` } : {}),
  };
}

function licenceClaim({ number, scope, validUntil }: Licence): NonNullable<PersonClaims['licence']> {
  return { number, ...(scope ? { scope } : {}), ...(validUntil ? { valid_until: validUntil } : {}) };
}

/** The earliest Patient linked to a person: its public id and its row. */
export async function firstPatient(
  sql: Sql,
  person: string,
): Promise<{ patient: string; row: string } | undefined> {
  const [first] = await sql<{ patient: string; row: string }[]>`
    select coalesce(client_id, patient::text) as patient, patient as row from patient_link
    where person = ${person} order by since, patient limit 1`;
  return first;
}
