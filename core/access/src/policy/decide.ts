import { forbidden, type Caller, type Context } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber, type AccessRequest, type Reach } from '@yba/repository';
import { allows } from '../oidc/scopes.ts';
import { beyond, ROLE_LIMITS } from './role-limits.ts';

const WORKS_WITH_PATIENTS: ReadonlySet<Caller['role']> = new Set([
  'system',
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
]);

/**
 * The one policy point: how far this caller sees and writes. Own facility's rows; records opened by this very
 * person or client; records of persons the facility has an active encounter, appointment or referral with; a
 * citizen's own. Everything else is absent. Throws `forbidden` when role or scope do not allow the types at all.
 */
export async function decide(sql: Sql, context: Context, request: AccessRequest): Promise<Reach> {
  const { caller } = context;
  if (caller.role === 'platform') return { patients: [], self: false, everything: true };
  checkRole(caller, request);
  checkScopes(caller, request);
  if (caller.role === 'citizen') {
    return {
      patients: caller.person ? await patientsOfPerson(sql, caller.person, request.patients) : [],
      self: true,
    };
  }
  if (!caller.facility) return { patients: [], self: false };
  const own = { facility: caller.facility, self: false };
  if (request.action === 'write' || !WORKS_WITH_PATIENTS.has(caller.role)) return { ...own, patients: [] };
  return {
    ...own,
    patients: await openPatients(sql, caller, facilityNumber(caller.facility), request.patients),
  };
}

function checkRole(caller: Caller, { action, types, deletes = [] }: AccessRequest): void {
  const limits = ROLE_LIMITS[caller.role];
  refuseBeyond(caller, action, limits[action], types.length === 0 ? ['every type at once'] : types);
  refuseBeyond(caller, 'delete', limits.delete, deletes);
}

function refuseBeyond(
  caller: Caller,
  verb: 'read' | 'write' | 'delete',
  limit: ReadonlySet<string> | 'all',
  types: readonly string[],
): void {
  const refused = beyond(limit, types);
  if (refused.length === 0 || limit === 'all') return;
  const may = limit.size === 0 ? 'nothing' : [...limit].join(', ');
  throw forbidden(`The role ${caller.role} may not ${verb} ${refused.join(', ')}. It may ${verb} ${may}.`);
}

function checkScopes(caller: Caller, { action, types, deletes = [] }: AccessRequest): void {
  const letters = action === 'read' ? 'rs' : 'cud';
  const all = types.length === 0 ? ['*'] : types;
  const refused = [
    ...all.filter((type) => ![...letters].some((letter) => allows(caller.scopes, letter, type))),
    ...deletes.filter((type) => !allows(caller.scopes, 'd', type)),
  ];
  if (refused.length === 0) return;
  const verb = deletes.length > 0 ? 'delete' : action;
  throw forbidden(
    `The scopes of this token (${caller.scopes.join(' ') || 'none'}) do not allow to ${verb} ${[...new Set(refused)].join(', ')}.`,
  );
}

/** All Patients linked to a person; only when one of `asked` is among them, if any are asked about. */
async function patientsOfPerson(
  sql: Sql,
  person: string,
  asked: readonly string[] | undefined,
): Promise<string[]> {
  if (asked?.length === 0) return [];
  const rows = await sql<
    { patient: string }[]
  >`select patient from patient_link where person = any(yba_person_keys(${person}))`;
  const own = rows.map(({ patient }) => patient);
  return asked === undefined || asked.some((patient) => own.includes(patient)) ? own : [];
}

/** All Patients linked to the persons who are open to this caller now; of those asked about, if any are. */
async function openPatients(
  sql: Sql,
  { subject }: Caller,
  facility: number,
  asked: readonly string[] | undefined,
): Promise<string[]> {
  if (asked?.length === 0) return [];
  const rows = asked
    ? await sql<{ patient: string }[]>`
        select linked.patient from patient_link linked
        where linked.person in (
          select mine.person
          from patient_link asked join patient_link mine on mine.person = asked.person
          where ${among(sql, asked)}
            and (exists (select from opening o
                   where o.patient = mine.patient and o.facility = ${facility} and o.subject = ${subject} and o.until > now())
              or exists (select from care_relationship c
                   where c.patient = mine.patient and c.facility = ${facility} and (c.until is null or c.until > now()))))`
    : await sql<{ patient: string }[]>`
        select linked.patient from patient_link linked
        where linked.person in (
          select person from patient_link where patient in (
            select patient from opening where facility = ${facility} and subject = ${subject} and until > now()
            union all
            select patient from care_relationship where facility = ${facility} and (until is null or until > now())))`;
  return rows.map(({ patient }) => patient);
}

/** One Patient is the rule, and asked for by itself PostgreSQL keeps the plan: planning costs ten times the query. */
function among(sql: Sql, asked: readonly string[]) {
  return asked.length === 1
    ? sql`asked.patient = ${asked[0]!}`
    : sql`asked.patient = any(${asked as string[]}::uuid[])`;
}
