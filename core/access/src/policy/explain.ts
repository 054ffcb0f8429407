import type { AccessEvent, Caller } from '@yba/fhir';
import { arrayText, type Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { restingOn, vouchedFor } from './evaluate.ts';
import type { Relationship, Rules } from './rules.ts';

/** Why a look was allowed: the purpose and reason of the opening behind it, or the relationship. */
export type Basis = {
  purpose?: string;
  reason?: string;
  basis: 'self' | 'guardian' | 'delegation' | 'own' | 'opening' | 'share' | Relationship;
  /** The version of the policy that decided. */
  detail: { policy: string };
};

type Ground = Omit<Basis, 'detail'>;

/**
 * Says for each (event, person) what the look rested on, for the access log; undefined where nothing did.
 * One query however many are asked about; another when citizens looked at the records of others.
 */
export async function explain(
  sql: Sql,
  rules: Rules,
  looks: readonly { event: AccessEvent; person: string }[],
): Promise<(Basis | undefined)[]> {
  const detail = { policy: String(rules.version) };
  const grounds = await groundsOf(sql, rules, looks);
  return grounds.map((ground) => ground && { ...ground, detail });
}

async function groundsOf(
  sql: Sql,
  rules: Rules,
  looks: readonly { event: AccessEvent; person: string }[],
): Promise<(Ground | undefined)[]> {
  const answers = looks.map(({ event, person }): Ground | undefined =>
    event.caller.person === person ? { basis: 'self' } : undefined,
  );
  await addDelegations(sql, looks, answers);
  const asked = new Map<
    string,
    { person: string; caller: Caller; practitioner: string; facility: number; looks: number[] }
  >();
  looks.forEach(({ event: { caller }, person }, n) => {
    if (answers[n] || !caller.facility) return;
    const practitioner = (vouchedFor(rules, caller) && caller.practitioner) || '';
    const key = `${person} ${caller.facility} ${caller.subject} ${practitioner} ${caller.purposes?.join()}`;
    const same = asked.get(key);
    if (same) same.looks.push(n);
    else
      asked.set(key, {
        person,
        caller,
        practitioner,
        facility: facilityNumber(caller.facility),
        looks: [n],
      });
  });
  if (asked.size === 0) return answers;
  const questions = [...asked.values()];
  const notByOneself = (Object.keys(rules.relationships) as Relationship[]).filter(
    (kind) => rules.relationships[kind].notByOneself,
  );
  const bound = questions.map(({ caller }) => restingOn(rules, caller));
  // `offset 0` keeps the order: the person's Patients first, then what each of them has with the asking facility
  const rows = await sql<
    {
      n: number;
      purpose: string | null;
      reason: string | null;
      shared: boolean;
      kind: Relationship | null;
      own: boolean;
    }[]
  >`
    select asked.n::int as n, mine.facility = asked.facility as own, opened.purpose, opened.reason,
      opened.share is not null as shared, cared.kind
    from unnest(${questions.map(({ person }) => person)}::uuid[], ${questions.map(({ caller }) => caller.subject)}::text[],
      ${questions.map(({ facility }) => facility)}::int[], ${questions.map(({ practitioner }) => practitioner)}::text[],
      ${arrayText(bound, (one) => one?.openings.join(' '))}::text[], ${arrayText(bound, (one) => one?.relationships.join(' '))}::text[])
      with ordinality as asked(person, subject, facility, practitioner, purposes, kinds, n)
    cross join lateral (select patient, facility from patient_link where person = asked.person offset 0) mine
    left join lateral (
      select purpose, reason, share, since from opening
      where patient = mine.patient and subject = asked.subject and facility = asked.facility and until > now()
        and (asked.purposes is null or purpose = any(string_to_array(asked.purposes, ' ')))
      order by since desc limit 1
    ) opened on true
    left join lateral (
      select kind, since from care_relationship
      where patient = mine.patient and facility = asked.facility and (until is null or until > now())
        and member in ('', asked.practitioner)
        and (asked.kinds is null or kind = any(string_to_array(asked.kinds, ' ')))
        and not (kind = any(${notByOneself as string[]}::text[]) and exists (
          select from care_author a where a.resource = care_relationship.resource and a.subject = asked.subject))
      order by since desc limit 1
    ) cared on true
    where mine.facility = asked.facility or opened.purpose is not null or cared.kind is not null
    order by opened.since, cared.since`;
  const best = new Map<number, Ground>();
  for (const { n, purpose, reason, shared, kind, own } of rows) {
    const known = best.get(n)?.basis;
    if (purpose) best.set(n, { basis: shared ? 'share' : 'opening', purpose, ...(reason ? { reason } : {}) });
    else if (kind && known !== 'opening' && known !== 'share') best.set(n, { basis: kind });
    else if (own && !known) best.set(n, { basis: 'own' });
  }
  for (const [n, basis] of best) for (const look of questions[n - 1]!.looks) answers[look] = basis;
  return answers;
}

/** A citizen who looks at somebody else's record does so by a delegation, or as a parent. */
async function addDelegations(
  sql: Sql,
  looks: readonly { event: AccessEvent; person: string }[],
  answers: (Ground | undefined)[],
): Promise<void> {
  const asked = looks.flatMap(({ event: { caller }, person }, look) =>
    caller.role === 'citizen' && caller.person && !answers[look]
      ? [{ look, person, delegate: caller.person }]
      : [],
  );
  if (asked.length === 0) return;
  const rows = await sql<{ n: number; relation: string }[]>`
    select asked.n::int as n, max(d.relation) as relation
    from unnest(${asked.map(({ person }) => person)}::uuid[], ${asked.map(({ delegate }) => delegate)}::uuid[])
      with ordinality as asked(person, delegate, n)
    join directive d on d.person = any(yba_person_keys(asked.person)) and d.effect = 'delegate'
      and d.delegate = any(yba_person_keys(asked.delegate)) and d.since <= now() and (d.until is null or d.until > now())
    group by asked.n`;
  for (const { n, relation } of rows)
    answers[asked[n - 1]!.look] = { basis: relation === 'guardian' ? 'guardian' : 'delegation' };
}
