import { forbidden } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { PolicyPoint } from '../policy/decide.ts';
import { citizenRule, evaluate, mayDisclose, opensLog, type Facts } from '../policy/evaluate.ts';
import { citizenFacts } from '../policy/facts.ts';

/**
 * `GET $delegations`: whose records, besides their own, a citizen may see now: a Patient to read, as what, until when,
 * whether with copies and with the access log, and whether they let others see it in its place (`shares`).
 * The record itself is read like any other, and each look at it is logged with the name of who looks.
 */
export function delegationsOperation({ sql, book }: PolicyPoint): Operation {
  return {
    code: 'delegations',
    on: { system: true },
    methods: ['GET'],
    async handle({ context: { caller } }) {
      if (caller.role !== 'citizen') throw forbidden('Records are delegated to citizens.');
      const rules = book.inForce();
      const facts =
        caller.person && citizenRule(rules, caller).delegates ? await delegated(sql, caller.person) : [];
      const parameter = facts.flatMap(({ about, patient }) => {
        const now = new Date();
        const verdict = evaluate(rules, caller, about, now, undefined);
        return verdict.grounds.slice(0, 1).map(({ directive }) => ({
          name: 'record',
          part: [
            { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
            { name: 'relation', valueCode: directive?.relation ?? 'given' },
            ...(directive?.until
              ? [{ name: 'until', valueInstant: new Date(directive.until).toISOString() }]
              : []),
            { name: 'copies', valueBoolean: directive?.copies ?? false },
            { name: 'log', valueBoolean: opensLog(rules, verdict, now) },
            {
              name: 'shares',
              valueBoolean: directive?.relation === 'guardian' && mayDisclose(rules, directive, now),
            },
          ],
        }));
      });
      return { resource: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) } };
    },
  };
}

async function delegated(
  sql: PolicyPoint['sql'],
  person: string,
): Promise<{ about: Facts; patient: string }[]> {
  const rows = await sql<{ row: string; patient: string; person: string }[]>`
    select distinct on (l.person) l.person, l.patient as row, coalesce(l.client_id, l.patient::text) as patient
    from directive d join patient_link l on l.person = any(yba_person_keys(d.person))
    where d.effect = 'delegate' and d.delegate = any(yba_person_keys(${person}))
      and d.since <= now() and (d.until is null or d.until > now())
    order by l.person, l.since, l.patient`;
  const facts =
    rows.length > 0
      ? await citizenFacts(
          sql,
          person,
          rows.map(({ row }) => row),
        )
      : [];
  return facts.flatMap((about) => {
    const found = rows.find(({ row }) => about.patients.includes(row));
    return found ? [{ about, patient: found.patient }] : [];
  });
}
