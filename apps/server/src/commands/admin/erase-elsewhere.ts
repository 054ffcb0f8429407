import { eraseReasonsWith } from '@yba/audit';
import { containing, type Transaction } from '@yba/postgres';
import type { ErasedRows } from '@yba/repository';

/**
 * What other parts keep about erased resources: the books of dossiers and their quarantine, bodies of messages, care relationships, and,
 * of a whole person, numbers and registrations; summaries handed out by links. The access log and who opened the record stay: the law asks
 * for them. Words that people typed there go where they hold one of the numbers.
 */
export async function eraseElsewhere(
  db: Transaction,
  { references, patients, persons, concerned, traces }: ErasedRows,
): Promise<void> {
  const named = db`${references}::text[]`;
  await db`delete from care_relationship where resource = any(${named}) or patient = any(${patients}::uuid[])`;
  await db`delete from care_author where resource = any(${named})`;
  await db`delete from quarantine using dossier
    where quarantine.ma_lk = dossier.ma_lk and quarantine.facility = dossier.facility
      and (dossier.patient = any(${named}) or dossier.encounter = any(${named}))`;
  await db`delete from dossier where patient = any(${named}) or encounter = any(${named})`;
  await db`delete from dossier_patient where patient = any(${named})`;
  await eraseMessages(db, references);
  await db`delete from unidentified where patient = any(${patients}::uuid[])`;
  await db`delete from registration where patient = any(${patients}::uuid[])`;
  await db`delete from identity_queue where patient = any(${patients}::uuid[])`;
  await db`delete from identity_pair where patient = any(${patients}::uuid[]) or other = any(${patients}::uuid[])`;
  await db`delete from live_answer where patient = any(${patients}::uuid[])`;
  await db`delete from live_contact where patient = any(${patients}::uuid[])`;
  await db`delete from person_identifier where person = any(${persons}::uuid[])`;
  await db`delete from push_subscription where person = any(${persons}::uuid[])`;
  await db`delete from health_link where person = any(${concerned}::uuid[])`;
  await eraseWords(db, traces);
}

/** What stands in place of words that were typed about a person. */
const ERASED = '(đã xóa theo lệnh · erased by order)';

const TYPED = {
  opening: ['reason', 'words'],
  emergency_review: ['reason', 'words'],
  identity_decision: ['reason', 'undo_reason'],
  link_change: ['reason'],
  privacy_alert_decision: ['words'],
} as const;

/** Words that somebody typed (why they opened a record, what they decided) and that hold one of these strings. */
async function eraseWords(db: Transaction, strings: readonly string[]): Promise<void> {
  if (strings.length === 0) return;
  const patterns = containing(strings);
  for (const [table, columns] of Object.entries(TYPED))
    for (const column of columns)
      await db`update ${db(table)} set ${db(column)} = ${ERASED} where ${db(column)} like any(${patterns})`;
  await eraseReasonsWith(db, strings);
}

/** Bodies of the messages that brought what is erased, and what their outcomes quote; that they came stays in the log. */
async function eraseMessages(db: Transaction, references: readonly string[]): Promise<void> {
  const named = db`${[...references]}::text[]`;
  const patients = references.flatMap((one) =>
    one.startsWith('Patient/') ? [one.slice('Patient/'.length)] : [],
  );
  const documents = await db<{ document: string }[]>`
    delete from message_document where links && ${named}
      or exists (select from jsonb_each_text(rows) as row where row.value = any(${named}))
    returning document`;
  const messages = await db<{ id: string }[]>`
    update message set outcome = null, links = null
    where patient = any(${patients}::text[]) or links && ${named}
      or document = any(${documents.map(({ document }) => document)}::uuid[])
    returning id`;
  await db`delete from message_body where id = any(${messages.map(({ id }) => id)}::uuid[])`;
}
