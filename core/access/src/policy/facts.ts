import type { Caller } from '@yba/fhir';
import { arrayText, type Sql } from '@yba/postgres';
import { mayBeAnyone, type Directive, type Facts } from './evaluate.ts';
import type { Relationship } from './rules.ts';

type FactRow = {
  person: string;
  patients: string[];
  openings: [purpose: string, reason: string | null, share: number | null, until: string][] | null;
  relationships: [kind: Relationship, member: string, own: boolean][] | null;
  directives: Directive[] | null;
  on_duty: boolean;
  is_own: boolean;
};

/** What is asked: what a member of staff (or a facility's software) has to do with a person, or with that of a Patient. */
export type FactsQuestion = { caller: Caller; facility: number } & ({ patient: string } | { person: string });

/**
 * What is known between a member of staff and the persons of the Patients asked about; of all who are open in some way
 * when none are named. One statement: openings, relationships, refusals and shares together.
 */
export async function staffFacts(
  sql: Sql,
  caller: Caller,
  facility: number,
  asked: readonly string[] | undefined,
): Promise<Facts[]> {
  if (!asked) return (await aboutOpen(sql, caller, facility)).map(factsOf);
  return eachPerson(
    await factsAbout(
      sql,
      asked.map((patient) => ({ caller, facility, patient })),
    ),
  );
}

/** Facts about several Patients, each person once. */
export function eachPerson(facts: readonly (Facts | undefined)[]): Facts[] {
  const persons = new Map<string, Facts>();
  for (const about of facts) if (about) persons.set(about.person, about);
  return [...persons.values()];
}

/** The answers to questions of whomever, in their order, by one statement; undefined where a Patient is nobody's. */
export async function factsAbout(
  sql: Sql,
  questions: readonly FactsQuestion[],
): Promise<(Facts | undefined)[]> {
  const of = (value: (question: FactsQuestion) => string | number | undefined) => arrayText(questions, value);
  const rows = await sql<(FactRow & { n: number })[]>`
    select asked.n::int as n, whose.person, linked.patients, linked.is_own,
      (select jsonb_agg(jsonb_build_array(o.purpose, o.reason, o.share, o.until) order by o.since desc)
        from patient_link l join opening o on o.patient = l.patient
        where l.person = whose.person and o.facility = asked.facility and o.subject = asked.subject
          and o.person = any(${keys(sql, sql`whose.person`)}) and ${isOpen(sql)}) as openings,
      (select jsonb_agg(distinct jsonb_build_array(c.kind, c.member, ${ofOwnMaking(sql, sql`asked.subject`)}))
        from patient_link l join care_relationship c on c.patient = l.patient
        where l.person = whose.person and c.facility = asked.facility and (c.until is null or c.until > now())) as relationships,
      (select jsonb_agg(case when asked.unnamed then ${toldToUnnamed(sql, sql`asked.facility`)} else to_jsonb(d) end)
        from directive d where d.person = any(${keys(sql, sql`whose.person`)}) and ${inForce(sql)}) as directives,
      exists (select from duty where duty.practitioner = asked.practitioner and duty.facility = asked.facility
        and duty.since <= now() and duty.until > now()) as on_duty
    from unnest(${of((one) => ('patient' in one ? one.patient : undefined))}::uuid[],
      ${of((one) => ('person' in one ? one.person : undefined))}::uuid[], ${of(({ facility }) => facility)}::int[],
      ${of(({ caller }) => caller.subject)}::text[], ${of(({ caller }) => caller.practitioner)}::text[],
      ${of(({ caller }) => String(mayBeAnyone(caller)))}::boolean[])
      with ordinality as asked(patient, person, facility, subject, practitioner, unnamed, n)
    cross join lateral (
      select coalesce(asked.person, (select l.person from patient_link l where l.patient = asked.patient)) as person offset 0
    ) whose
    cross join lateral (
      select array_agg(patient) as patients, coalesce(bool_or(facility = asked.facility), false) as is_own
      from patient_link where person = whose.person
    ) linked
    where whose.person is not null`;
  const answers: (Facts | undefined)[] = questions.map(() => undefined);
  for (const row of rows) answers[row.n - 1] = factsOf(row);
  return answers;
}

/** Many persons: each kind of fact gathered once for all. */
function aboutOpen(sql: Sql, caller: Caller, facility: number): Promise<FactRow[]> {
  const { subject, practitioner } = caller;
  return sql<FactRow[]>`
    with opened as (
      select l.person, jsonb_agg(jsonb_build_array(o.purpose, o.reason, o.share, o.until) order by o.since desc) as facts
      from opening o join patient_link l on l.patient = o.patient
      where o.facility = ${facility} and o.subject = ${subject}
        and o.person = any(${keys(sql, sql`l.person`)}) and ${isOpen(sql)} group by 1
    ), cared as (
      select l.person, jsonb_agg(distinct jsonb_build_array(c.kind, c.member, ${ofOwnMaking(sql, sql`${subject}`)})) as facts
      from care_relationship c join patient_link l on l.patient = c.patient
      where c.facility = ${facility} and (c.until is null or c.until > now()) group by 1
    ), whose as materialized (
      select person from opened union select person from cared
    ), said as (
      select whose.person, jsonb_agg(${told(sql, caller, facility)}) as facts
      from whose join directive d on d.person = any(${keys(sql, sql`whose.person`)}) and ${inForce(sql)} group by 1
    ), linked as (
      select person, array_agg(patient) as patients, bool_or(facility = ${facility}) as is_own from patient_link where person in (select person from whose) group by 1
    )
    select whose.person, linked.patients, linked.is_own, opened.facts as openings, cared.facts as relationships, said.facts as directives,
      ${onDuty(sql, practitioner, facility)} as on_duty
    from whose join linked using (person) left join opened using (person) left join cared using (person) left join said using (person)`;
}

/** One begun at a moment that has not come was opened by a clock that was ahead, and would stay open for as much longer. */
const isOpen = (sql: Sql) => sql`o.until > now() and o.since < now() + interval '1 minute'`;

/** Whether who asks wrote the relationship `c` themselves, or made its Patient this person's by writing a number into it. */
const ofOwnMaking = (sql: Sql, subject: ReturnType<Sql>) =>
  sql`(exists (select from care_author a where a.resource = c.resource and a.subject = ${subject})
    or exists (select from link_change m where m.patient = c.patient and m.by = ${subject} and m.by like 'account/%'))`;

/** A decision; of one that refuses somebody by name, software that names nobody is told whether that one works here. */
const told = (sql: Sql, caller: Caller, facility: number) =>
  mayBeAnyone(caller) ? toldToUnnamed(sql, sql`${facility}::int`) : sql`to_jsonb(d)`;

const toldToUnnamed = (sql: Sql, facility: ReturnType<Sql>) =>
  sql`case when d.audience = 'person'
        then to_jsonb(d) || jsonb_build_object('here', yba_works_at(d.subject, d.licence, ${facility})) else to_jsonb(d) end`;

const inForce = (sql: Sql) =>
  sql`d.effect <> 'delegate' and d.since <= now() and (d.until is null or d.until > now())`;

/** All keys of the person: nearly always the one, and then the function that knows of merges is not called. */
const keys = (sql: Sql, person: ReturnType<Sql>) =>
  sql`case when (select exists (select from person_root)) then yba_person_keys(${person}) else array[${person}] end`;

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
      false as on_duty, false as is_own
    from (select distinct person from patient_link where ${among(sql, asked)}) whose`;
  return rows.map(factsOf);
}

function factsOf(row: FactRow): Facts {
  return {
    person: row.person,
    patients: row.patients,
    openings: (row.openings ?? []).map(([purpose, reason, share, until]) => ({
      purpose,
      reason,
      share,
      until,
    })),
    relationships: (row.relationships ?? []).map(([kind, member, own]) => ({ kind, member, own })),
    directives: row.directives ?? [],
    onDuty: row.on_duty,
    isOwn: row.is_own,
  };
}

/** One Patient is the rule, and asked for by itself PostgreSQL keeps the plan: planning costs ten times the query. */
function among(sql: Sql, asked: readonly string[]) {
  return asked.length === 1 ? sql`patient = ${asked[0]!}` : sql`patient = any(${asked as string[]}::uuid[])`;
}
