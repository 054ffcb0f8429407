import { forbidden, notFound } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';
import { endSessions } from '../sessions/end-sessions.ts';
import type { StaffRole } from './accounts.ts';

/** A person's place at one facility. `facility` is its 5-character code. */
export type Membership = {
  facility: string;
  facilityName: string;
  role: StaffRole;
  department?: string;
  practitioner?: string;
};

/** Where an account works now, the longest standing first. */
export async function memberships(sql: Sql, account: string): Promise<Membership[]> {
  const rows = await sql<
    {
      facility: number;
      facility_name: string;
      role: StaffRole;
      department: string | null;
      practitioner: string | null;
    }[]
  >`
    select facility, facility_name, role, department, practitioner from membership
    where account = ${account} and ended is null order by since, facility`;
  return rows.map((row) => ({
    facility: facilityCode(row.facility),
    facilityName: row.facility_name,
    role: row.role,
    ...(row.department ? { department: row.department } : {}),
    ...(row.practitioner ? { practitioner: row.practitioner } : {}),
  }));
}

/**
 * Lets an account work at a facility, or changes what it does there; sessions under the former role end. Throws
 * `forbidden` for a citizen or an officer of the ministry, who belong to no facility.
 */
export async function addMembership(sql: Sql, account: string, membership: Membership): Promise<void> {
  const facility = facilityNumber(membership.facility);
  const rows = await sql`
    insert into membership as m (account, facility, facility_name, role, department, practitioner)
    select a.id, ${facility}, ${membership.facilityName}, ${membership.role}, ${membership.department ?? null}, ${membership.practitioner ?? null}
    from account a where a.id = ${account} and a.role is null
    on conflict (account, facility) do update set facility_name = excluded.facility_name, role = excluded.role,
      department = excluded.department, practitioner = excluded.practitioner, ended = null,
      since = case when m.ended is null then m.since else now() end
    returning 1`;
  if (rows.length === 0) throw forbidden('Only a member of staff can belong to a facility');
  await endSessions(sql, { account, facility }, 'membership-changed');
}

/**
 * Ends a person's work at a facility, with every session they have there: a resigned nurse's open screen is shut.
 * Throws `not-found` when there is no such membership.
 */
export async function endMembership(sql: Sql, account: string, facilityCodeText: string): Promise<void> {
  const facility = facilityNumber(facilityCodeText);
  const { count } = await sql`
    update membership set ended = now() where account = ${account} and facility = ${facility} and ended is null`;
  if (count === 0) throw notFound(`Membership of account/${account} at ${facilityCodeText}`);
  await endSessions(sql, { account, facility }, 'membership-ended');
}
