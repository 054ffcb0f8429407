import type { Caller } from '@yba/fhir';
import type { PolicyPoint } from '../policy/decide.ts';
import { evaluate, opensLog } from '../policy/evaluate.ts';
import { citizenFacts } from '../policy/facts.ts';

/**
 * Whether a citizen reads who looked at the record of another person, and asks about looks in their stead: a guardian as
 * long as the law keeps nothing of the record from them, a relative whom the person gave that too.
 */
export async function readsLogOf(
  { sql, book }: Pick<PolicyPoint, 'sql' | 'book'>,
  caller: Caller,
  person: string,
): Promise<boolean> {
  if (caller.role !== 'citizen' || !caller.person || caller.launch) return false;
  const rows = await sql<{ patient: string }[]>`
    select patient from patient_link where person = any(yba_person_keys(${person}))`;
  if (rows.length === 0) return false;
  const facts = await citizenFacts(
    sql,
    caller.person,
    rows.map(({ patient }) => patient),
  );
  const now = new Date();
  const rules = book.inForce();
  return facts.some((about) => opensLog(rules, evaluate(rules, caller, about, now, undefined), now));
}
