import type { Sql, Transaction } from '@yba/postgres';
import type { Repository } from '@yba/repository';
import type { Registration } from '../matching/index.ts';
import { findLikely } from '../online/find-likely.ts';
import { indexKeys } from '../online/index-keys.ts';
import { registrationOf } from '../registration-of.ts';

/** Most pairs kept for one Patient: the likeliest. */
const PAIRS_OF_ONE = 5;

type Waiting = {
  patient: string;
  id: string;
  person: string;
  facility: number;
  said: Registration | null;
  /** Known by no number, or the only Patient of its person. */
  is_open: boolean;
};

/**
 * Compares Patients that wait with everybody, the oldest first, and keeps the pairs a person must look at; reads those
 * that were stored before there was anything to compare. Answers how many were taken; servers side by side share them.
 */
export async function compareWaiting(
  sql: Sql,
  repository: Pick<Repository, 'current'>,
  limit: number,
): Promise<number> {
  return sql.begin(async (tx) => {
    const waiting = await tx<Waiting[]>`
      select q.patient, coalesce(l.client_id, l.patient::text) as id, l.person, l.facility, r.said,
        exists (select from unidentified u where u.patient = q.patient)
          or not exists (select from patient_link beside where beside.person = l.person and beside.patient <> l.patient) as is_open
      from (select patient, since from identity_queue order by since limit ${limit} for update skip locked) as q
      join patient_link l on l.patient = q.patient
      left join registration r on r.patient = q.patient
      order by q.since`;
    const unread = waiting.filter(({ said }) => said === null);
    if (unread.length > 0) await read(tx, repository, unread);
    for (const each of waiting) if (each.said && each.is_open) await keepPairs(sql, tx, each, each.said);
    const taken = await tx`
      delete from identity_queue where patient in (
        select patient from identity_queue order by since limit ${limit} for update skip locked) returning patient`;
    return taken.length;
  });
}

/** Fills what is matched for Patients stored before 0014-client-registry.sql. */
async function read(
  tx: Transaction,
  repository: Pick<Repository, 'current'>,
  unread: readonly Waiting[],
): Promise<void> {
  const stored = await repository.current(unread.map(({ id }) => `Patient/${id}`));
  for (const each of unread) {
    const resource = stored.get(`Patient/${each.id}`);
    if (!resource) continue; // deleted, or reserved by what speaks of it
    each.said = registrationOf(resource);
    await tx`
      insert into registration (patient, base, keys, said)
      values (${each.patient}, ${each.person}, ${indexKeys(each.said)}::int[], ${tx.json(each.said)})
      on conflict (patient) do nothing`;
  }
}

async function keepPairs(sql: Sql, tx: Transaction, one: Waiting, said: Registration): Promise<void> {
  const likely = (await findLikely(sql, said, { except: one.patient }))
    .filter(({ band, person }) => band !== 'different' && person !== one.person)
    .slice(0, PAIRS_OF_ONE);
  await tx`delete from identity_pair where patient = ${one.patient} or other = ${one.patient}`;
  for (const { patient, bits } of likely) {
    const [first, second] = one.patient < patient ? [one.patient, patient] : [patient, one.patient];
    await tx`
      insert into identity_pair (patient, other, facility, other_facility, bits)
      select ${first}, ${second}, mine.facility, theirs.facility, ${bits}
      from patient_link mine, patient_link theirs where mine.patient = ${first} and theirs.patient = ${second}
      on conflict (patient, other) do update set bits = excluded.bits`;
  }
}
