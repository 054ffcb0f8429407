import type { AccessBasis, AccessEvent } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { evaluate, type Facts, type Verdict } from './evaluate.ts';
import type { GroupedFacts } from './grouped-facts.ts';
import type { Rules } from './rules.ts';

type Look = { event: AccessEvent; person: string };

/** The basis of a look, with the version of the policy that decided. */
export const told = (rules: Rules, basis: AccessBasis): AccessBasis => ({
  ...basis,
  detail: { policy: String(rules.version) },
});

/** What a look at this person's record rests on: the opening or relationship that counts, or that the record is the facility's own. */
export function basisOf(rules: Rules, { isOwn }: Facts, { grounds, own }: Verdict): AccessBasis | undefined {
  const [first] = grounds;
  if (!first) return isOwn && !own.none ? told(rules, { basis: 'own' }) : undefined;
  const { kind, purpose, reason } = first;
  return told(rules, {
    basis: kind === 'emergency' ? 'opening' : kind,
    ...(purpose ? { purpose } : {}),
    ...(reason ? { reason } : {}),
  });
}

/**
 * Says for each (event, person) what the look rested on, for the access log, where the decision did not say so already;
 * undefined where nothing did. It asks for the facts that decisions rest on, and puts them to the same rules.
 */
export async function explain(
  { sql, facts, rules }: { sql: Sql; facts: GroupedFacts; rules: Rules },
  looks: readonly Look[],
): Promise<(AccessBasis | undefined)[]> {
  const [delegated, others] = await Promise.all([
    delegations(sql, looks),
    Promise.all(looks.map((look) => basisForOne(facts, rules, look))),
  ]);
  return others.map((basis, n) => {
    const relation = delegated.get(n);
    return relation ? told(rules, { basis: relation }) : basis;
  });
}

/** What one's own look rests on, and that of staff. */
async function basisForOne(
  facts: GroupedFacts,
  rules: Rules,
  { event: { caller }, person }: Look,
): Promise<AccessBasis | undefined> {
  if (caller.person === person) return told(rules, { basis: 'self' });
  if (!caller.facility) return undefined;
  const facility = facilityNumber(caller.facility);
  const about = await facts({ caller, facility, person });
  return about && basisOf(rules, about, evaluate(rules, caller, about, new Date(), facility));
}

/** A citizen who looks at somebody else's record does so by a delegation, or as a parent: which, by the number of the look. */
async function delegations(
  sql: Sql,
  looks: readonly Look[],
): Promise<Map<number, 'guardian' | 'delegation'>> {
  const asked = looks.flatMap(({ event: { caller }, person }, look) =>
    caller.role === 'citizen' && caller.person && caller.person !== person
      ? [{ look, person, delegate: caller.person }]
      : [],
  );
  if (asked.length === 0) return new Map();
  const rows = await sql<{ n: number; relation: string }[]>`
    select asked.n::int as n, max(d.relation) as relation
    from unnest(${asked.map(({ person }) => person)}::uuid[], ${asked.map(({ delegate }) => delegate)}::uuid[])
      with ordinality as asked(person, delegate, n)
    join directive d on d.person = any(yba_person_keys(asked.person)) and d.effect = 'delegate'
      and d.delegate = any(yba_person_keys(asked.delegate)) and d.since <= now() and (d.until is null or d.until > now())
    group by asked.n`;
  return new Map(
    rows.map(({ n, relation }) => [asked[n - 1]!.look, relation === 'guardian' ? 'guardian' : 'delegation']),
  );
}
