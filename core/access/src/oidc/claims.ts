import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import { subjectOf, type Account } from '../accounts/accounts.ts';

/** What tokens say about a person who signed in, beside `sub`. Absent members are left out. */
export type PersonClaims = {
  name: string;
  role: string;
  /** 5-character facility code and its name. */
  facility?: string;
  facility_name?: string;
  /** `Practitioner/<id>`. */
  practitioner?: string;
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
): Promise<PersonClaims & { sub: string }> {
  const patient = account.person ? await firstPatient(sql, account.person) : undefined;
  const user = account.practitioner ?? (patient && `Patient/${patient}`);
  return {
    sub: subjectOf(account.id),
    name: account.name,
    role: account.role,
    ...(account.facility === null
      ? {}
      : { facility: facilityCode(account.facility), facility_name: account.facility_name ?? '' }),
    ...(account.practitioner ? { practitioner: account.practitioner } : {}),
    ...(account.person ? { person: account.person } : {}),
    ...(patient ? { patient } : {}),
    ...(user ? { fhirUser: `${fhirBase}/${user}` } : {}),
  };
}

async function firstPatient(sql: Sql, person: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select coalesce(client_id, patient::text) as id from patient_link where person = ${person} order by since, patient limit 1`;
  return row?.id;
}
