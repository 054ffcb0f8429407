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
  // `offset 0` keeps the order: the person's Patients first, then what each of them has with the asking facility
  const rows = await sql<
    { n: number; purpose: string | null; reason: string | null; kind: string | null; own: boolean }[]
  >`
    select asked.n::int as n, mine.facility = asked.facility as own, opened.purpose, opened.reason, cared.kind
    from unnest(${questions.map(({ person }) => person)}::uuid[], ${questions.map(({ subject }) => subject)}::text[],
      ${questions.map(({ facility }) => facility)}::int[]) with ordinality as asked(person, subject, facility, n)
    cross join lateral (select patient, facility from patient_link where person = asked.person offset 0) mine
    left join lateral (
      select purpose, reason, since from opening
      where patient = mine.patient and subject = asked.subject and facility = asked.facility and until > now()
      order by since desc limit 1
    ) opened on true
    left join lateral (
      select kind, since from care_relationship
      where patient = mine.patient and facility = asked.facility and (until is null or until > now())
      order by since desc limit 1
    ) cared on true
    where mine.facility = asked.facility or opened.purpose is not null or cared.kind is not null
    order by opened.since, cared.since`;
  const best = new Map<number, Basis>();
  for (const { n, purpose, reason, kind, own } of rows) {
    const known = best.get(n);
    if (purpose) best.set(n, { basis: 'opening', purpose, ...(reason ? { reason } : {}) });
    else if (kind && known?.basis !== 'opening') best.set(n, { basis: kind as Basis['basis'] });
    else if (own && !known) best.set(n, { basis: 'own' });
  }
  for (const [n, basis] of best) for (const look of questions[n - 1]!.looks) answers[look] = basis;
  return answers;
}
