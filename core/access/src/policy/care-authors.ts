import type { Caller } from '@yba/fhir';
import { arrayText, type Transaction } from '@yba/postgres';

/** Types that relationships and duties are told by, where whoever wrote them is not let in by them. */
const TELLING: ReadonlySet<string> = new Set([
  'Encounter',
  'Appointment',
  'ServiceRequest',
  'Task',
  'CareTeam',
  'Schedule',
]);

/** What one person wrote: `CareTeam/1`. */
export type Authored = { caller: Pick<Caller, 'subject' | 'practitioner'>; references: readonly string[] };

/**
 * Notes, in the transaction that writes them, which encounters, appointments, referrals, care teams and schedules somebody wrote: a
 * relationship of one's own making opens nothing to oneself (`relationships.….notByOneself`).
 */
export async function keepAuthors(transaction: Transaction, authored: readonly Authored[]): Promise<void> {
  const rows = authored.flatMap(({ caller, references }) =>
    references
      .filter((reference) => TELLING.has(reference.split('/')[0]!))
      .map((resource) => ({ resource, ...caller })),
  );
  if (rows.length === 0) return;
  await transaction`
    insert into care_author (resource, subject, practitioner)
    select * from unnest(${arrayText(rows, ({ resource }) => resource)}::text[], ${arrayText(rows, ({ subject }) => subject)}::text[],
      ${arrayText(rows, ({ practitioner }) => practitioner)}::text[])
    on conflict do nothing`;
}
