import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { isUnnamed, type Directive, type Facts } from './evaluate.ts';
import type { Relationship } from './rules.ts';

type FactRow = {
  person: string;
  patients: string[];
  openings: [purpose: string, reasoned: boolean, share: number | null, until: string][] | null;
  relationships: [kind: Relationship, member: string][] | null;
  directives: Directive[] | null;
  on_duty: boolean;
};

/**
 * What is known between a member of staff (or a facility's software) and the persons of the Patients asked about; of all
 * who are open in some way when none are named. One statement: openings, relationships, refusals and shares together.
 */
export async function staffFacts(
  sql: Sql,
  caller: Caller,
  facility: number,
  asked: readonly string[] | undefined,
): Promise<Facts[]> {
  const rows = asked
    ? await aboutNamed(sql, caller, facility, asked)
    : await aboutOpen(sql, caller, facility);
  return rows.map(factsOf);
}

/** Few persons: each looked up by itself. */
function aboutNamed(
  sql: Sql,
  caller: Caller,
  facility: number,
  asked: readonly string[],
): Promise<FactRow[]> {
  const { subject, practitioner } = caller;
  return sql<FactRow[]>`
    select whose.person,
      (select array_agg(patient) from patient_link where person = whose.person) as patients,
      (select jsonb_agg(jsonb_build_array(o.purpose, o.reason is not null, o.share, o.until) order by o.since desc)
        from patient_link l join opening o on o.patient = l.patient
        where l.person = whose.person and o.facility = ${facility} and o.subject = ${subject} and o.until > now()) as openings,
      (select jsonb_agg(distinct jsonb_build_array(c.kind, c.member))
        from patient_link l join care_relationship c on c.patient = l.patient
        where l.person = whose.person and c.facility = ${facility} and (c.until is null or c.until > now())) as relationships,
      (select jsonb_agg(${told(sql, caller, facility)}) from directive d
        where d.person = any(${keys(sql)}) and ${inForce(sql)}) as directives,
      ${onDuty(sql, practitioner, facility)} as on_duty
    from (select distinct person from patient_link where ${among(sql, asked)}) whose`;
}

/** Many persons: each kind of fact gathered once for all. */
function aboutOpen(sql: Sql, caller: Caller, facility: number): Promise<FactRow[]> {
  const { subject, practitioner } = caller;
  return sql<FactRow[]>`
    with opened as (
      select l.person, jsonb_agg(jsonb_build_array(o.purpose, o.reason is not null, o.share, o.until) order by o.since desc) as facts
      from opening o join patient_link l on l.patient = o.patient
      where o.facility = ${facility} and o.subject = ${subject} and o.until > now() group by 1
    ), cared as (
      select l.person, jsonb_agg(distinct jsonb_build_array(c.kind, c.member)) as facts
      from care_relationship c join patient_link l on l.patient = c.patient
      where c.facility = ${facility} and (c.until is null or c.until > now()) group by 1
    ), whose as materialized (
      select person from opened union select person from cared
    ), said as (
      select whose.person, jsonb_agg(${told(sql, caller, facility)}) as facts
      from whose join directive d on d.person = any(${keys(sql)}) and ${inForce(sql)} group by 1
    ), linked as (
      select person, array_agg(patient) as patients from patient_link where person in (select person from whose) group by 1
    )
    select whose.person, linked.patients, opened.facts as openings, cared.facts as relationships, said.facts as directives,
      ${onDuty(sql, practitioner, facility)} as on_duty
    from whose join linked using (person) left join opened using (person) left join cared using (person) left join said using (person)`;
}

/** A decision; of one that refuses somebody by name, software that names nobody is told whether that one works here. */
const told = (sql: Sql, caller: Caller, facility: number) =>
  isUnnamed(caller)
    ? sql`case when d.audience = 'person'
        then to_jsonb(d) || jsonb_build_object('here', yba_works_at(d.subject, d.licence, ${facility})) else to_jsonb(d) end`
    : sql`to_jsonb(d)`;

const inForce = (sql: Sql) =>
  sql`d.effect <> 'delegate' and d.since <= now() and (d.until is null or d.until > now())`;

/** All keys of the person: nearly always the one, and then the function that knows of merges is not called. */
const keys = (sql: Sql) =>
  sql`case when (select exists (select from person_root)) then yba_person_keys(whose.person) else array[whose.person] end`;

const onDuty = (sql: Sql, practitioner: string | undefined, facility: number) =>
  practitioner
    ? sql`exists (select from duty where duty.practitioner = ${practitioner} and duty.facility = ${facility}
        and duty.since <= now() and duty.until > now())`
    : sql`false`;

/** What is known between a citizen and the persons of these Patients: delegations to that citizen. */
export async function citizenFacts(sql: Sql, person: string, asked: readonly string[]): Promise<Facts[]> {
  const rows = await sql<FactRow[]>`
    select case when whose.person = any(yba_person_keys(${person})) then ${person}::uuid else whose.person end as person,
      (select array_agg(patient) from patient_link where person = whose.person) as patients,
      null::jsonb as openings, null::jsonb as relationships,
      (select jsonb_agg(to_jsonb(d)) from directive d
        where d.person = any(yba_person_keys(whose.person)) and d.effect = 'delegate' and d.delegate = any(yba_person_keys(${person}))
          and d.since <= now() and (d.until is null or d.until > now())) as directives,
      false as on_duty
    from (select distinct person from patient_link where ${among(sql, asked)}) whose`;
  return rows.map(factsOf);
}

function factsOf(row: FactRow): Facts {
  return {
    person: row.person,
    patients: row.patients,
    openings: (row.openings ?? []).map(([purpose, reasoned, share, until]) => ({
      purpose,
      reasoned,
      share,
      until,
    })),
    relationships: (row.relationships ?? []).map(([kind, member]) => ({ kind, member })),
    directives: row.directives ?? [],
    onDuty: row.on_duty,
  };
}

/** One Patient is the rule, and asked for by itself PostgreSQL keeps the plan: planning costs ten times the query. */
function among(sql: Sql, asked: readonly string[]) {
  return asked.length === 1 ? sql`patient = ${asked[0]!}` : sql`patient = any(${asked as string[]}::uuid[])`;
}
