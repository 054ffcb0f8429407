import type { AccessEvent } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';

/** Why a look was allowed: the purpose and reason of the opening behind it, or the relationship. */
export type Basis = {
  purpose?: string;
  reason?: string;
  basis: 'self' | 'own' | 'opening' | 'encounter' | 'appointment' | 'referral';
};

/**
 * Says for each (event, person) what the look rested on, for the access log; undefined where nothing did.
 * One query however many are asked about.
 */
export async function explain(
  sql: Sql,
  looks: readonly { event: AccessEvent; person: string }[],
): Promise<(Basis | undefined)[]> {
  const answers = looks.map(({ event, person }): Basis | undefined =>
    event.caller.person === person ? { basis: 'self' } : undefined,
  );
  const asked = new Map<string, { person: string; subject: string; facility: number; looks: number[] }>();
  looks.forEach(({ event: { caller }, person }, n) => {
    if (answers[n] || !caller.facility) return;
    const key = `${person} ${caller.facility} ${caller.subject}`;
    const same = asked.get(key);
    if (same) same.looks.push(n);
    else
      asked.set(key, {
        person,
        subject: caller.subject,
        facility: facilityNumber(caller.facility),
        looks: [n],
      });
  });
  if (asked.size === 0) return answers;
  const questions = [...asked.values()];
  const rows = await sql<
    { n: number; purpose: string | null; reason: string | null; kind: string | null; own: boolean }[]
  >`
    select asked.n::int as n, opened.purpose, opened.reason, cared.kind,
      exists (select from patient_link l where l.person = asked.person and l.facility = asked.facility) as own
    from unnest(${questions.map(({ person }) => person)}::uuid[], ${questions.map(({ subject }) => subject)}::text[],
      ${questions.map(({ facility }) => facility)}::int[]) with ordinality as asked(person, subject, facility, n)
    left join lateral (
      select o.purpose, o.reason from patient_link l join opening o on o.patient = l.patient
      where l.person = asked.person and o.subject = asked.subject and o.facility = asked.facility and o.until > now()
      order by o.since desc limit 1
    ) opened on true
    left join lateral (
      select c.kind from patient_link l join care_relationship c on c.patient = l.patient
      where l.person = asked.person and c.facility = asked.facility and (c.until is null or c.until > now())
      order by c.since desc limit 1
    ) cared on true`;
  for (const { n, purpose, reason, kind, own } of rows) {
    const basis = purpose ? 'opening' : ((kind as Basis['basis'] | null) ?? (own ? 'own' : undefined));
    if (!basis) continue;
    for (const look of questions[n - 1]!.looks)
      answers[look] = { basis, ...(purpose ? { purpose } : {}), ...(reason ? { reason } : {}) };
  }
  return answers;
}
