import type { Transaction } from '@yba/postgres';
import type { ErasedRows } from '@yba/repository';

/**
 * What other parts keep about erased resources: the books of dossiers and their quarantine, care relationships, and,
 * of a whole person, numbers and registrations. The access log and who opened the record stay: the law asks for them.
 */
export async function eraseElsewhere(
  db: Transaction,
  { references, patients, persons }: ErasedRows,
): Promise<void> {
  const named = db`${references}::text[]`;
  await db`delete from care_relationship where resource = any(${named}) or patient = any(${patients}::uuid[])`;
  await db`delete from quarantine using dossier
    where quarantine.ma_lk = dossier.ma_lk and quarantine.facility = dossier.facility
      and (dossier.patient = any(${named}) or dossier.encounter = any(${named}))`;
  await db`delete from dossier where patient = any(${named}) or encounter = any(${named})`;
  await db`delete from dossier_patient where patient = any(${named})`;
  await db`delete from unidentified where patient = any(${patients}::uuid[])`;
  await db`delete from registration where patient = any(${patients}::uuid[])`;
  await db`delete from identity_queue where patient = any(${patients}::uuid[])`;
  await db`delete from identity_pair where patient = any(${patients}::uuid[]) or other = any(${patients}::uuid[])`;
  await db`delete from live_answer where patient = any(${patients}::uuid[])`;
  await db`delete from live_contact where patient = any(${patients}::uuid[])`;
  await db`delete from person_identifier where person = any(${persons}::uuid[])`;
}
