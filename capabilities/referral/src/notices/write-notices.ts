import type { Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { stepsOf, type ReferralTask } from '../task.ts';
import { isNews, type Audience } from './audience.ts';

/** A facility's part in a referral, as `referral_party` has it. */
type Part = { facility: number; side: Exclude<Audience, 'person'> };

/** Steps older than this are no news, in ms: a feed that is followed anew tells nobody of last year. */
const NEWS_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Notes the steps of these referrals for whoever they are news to, once each, and asks for a push to the devices of the
 * person concerned. In the transaction of the subscriber, so that what is noted is exactly what was followed.
 */
export async function writeNotices(
  transaction: Transaction,
  referrals: readonly { task: ReferralTask; patient: string | undefined; parts: readonly Part[] }[],
  now: Date,
): Promise<void> {
  const rows = referrals.flatMap(({ task, patient, parts }) =>
    stepsOf(task).flatMap((step, index) => {
      if (now.getTime() - Date.parse(step.at) > NEWS_MS) return [];
      const told = { task: `Task/${task.id}`, step: index, code: step.code, at: step.at };
      const doer = step.facility ? facilityNumber(step.facility) : undefined;
      return [
        ...(patient && isNews('person', step.code) ? [{ ...told, patient, facility: null }] : []),
        ...parts.flatMap(({ facility, side }) =>
          facility !== doer && isNews(side, step.code) ? [{ ...told, patient: null, facility }] : [],
        ),
      ];
    }),
  );
  if (rows.length === 0) return;
  await transaction`
    with told as (
      insert into notice (task, step, code, at, patient, facility)
      select task, step, code, at, patient, facility
      from jsonb_to_recordset(${transaction.json(rows as never)}) as row(task text, step int, code text, at timestamptz,
        patient uuid, facility int)
      on conflict do nothing
      returning id, patient
    ), persons as (
      select l.person, max(told.id) as newest from told join patient_link l on l.patient = told.patient group by l.person
    )
    update push_subscription s set asked = persons.newest, attempts = 0, next_try = now()
    from persons where s.person = any(yba_person_keys(persons.person))`;
}
