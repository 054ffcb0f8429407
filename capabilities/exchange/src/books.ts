import { createHash } from 'node:crypto';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { Quarantined } from '@yba/vietnam/dossier';

/** A dossier as last stored. */
export type DossierBook = {
  version: number;
  hash: string;
  maBn: string;
  patient: string;
  encounter: string;
  /** Digest of a row's key → `Type/id`. */
  rows: Record<string, string>;
};

/** A facility's Patient as dossiers last told it. */
export type PatientBook = { patient: string; said: string; coverages: Record<string, string> };

/** What the key of a row is kept as: keys hold names of drugs and tests. */
export const digest = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);

/** What is known of a dossier and of its patient before it is filed. */
export async function readBooks(
  sql: Sql,
  facility: string,
  maLk: string,
  maBn: string,
): Promise<{ dossier: DossierBook | undefined; patient: PatientBook | undefined }> {
  const number = facilityNumber(facility);
  const [dossiers, patients] = await Promise.all([
    sql<DossierBook[]>`
      select version, hash, ma_bn as "maBn", patient, encounter, rows
      from dossier where ma_lk = ${maLk} and facility = ${number}`,
    sql<PatientBook[]>`
      select patient, said, coverages from dossier_patient where ma_bn = ${maBn} and facility = ${number}`,
  ]);
  return { dossier: dossiers[0], patient: patients[0] };
}

/** Locks a dossier against other submissions of it; answers the version now stored, 0 when none is. */
export async function lockDossier(transaction: Transaction, facility: string, maLk: string): Promise<number> {
  // Two statements in one round trip: the second must not see the database as it was before the lock.
  const [, [row]] = await Promise.all([
    transaction`select pg_advisory_xact_lock(hashtextextended(${`${facility} ${maLk}`}, 6))`,
    transaction<{ version: number }[]>`
      select version from dossier where ma_lk = ${maLk} and facility = ${facilityNumber(facility)}`,
  ]);
  return row?.version ?? 0;
}

/** Enters what a dossier became. */
export async function enterDossier(
  transaction: Transaction,
  facility: string,
  maLk: string,
  book: DossierBook,
): Promise<void> {
  await transaction`
    insert into dossier (facility, ma_lk, version, hash, ma_bn, patient, encounter, rows)
    values (${facilityNumber(facility)}, ${maLk}, ${book.version}, ${book.hash}, ${book.maBn}, ${book.patient},
      ${book.encounter}, ${transaction.json(book.rows)})
    on conflict (ma_lk, facility) do update set version = excluded.version, hash = excluded.hash,
      ma_bn = excluded.ma_bn, patient = excluded.patient, encounter = excluded.encounter, rows = excluded.rows, at = now()`;
}

/** Enters what XML1 last said of a patient; Coverages are added to those known. */
export async function enterPatient(
  transaction: Transaction,
  facility: string,
  maBn: string,
  book: PatientBook,
): Promise<void> {
  await transaction`
    insert into dossier_patient (facility, ma_bn, patient, said, coverages)
    values (${facilityNumber(facility)}, ${maBn}, ${book.patient}, ${book.said}, ${transaction.json(book.coverages)})
    on conflict (ma_bn, facility) do update set patient = excluded.patient, said = excluded.said,
      coverages = dossier_patient.coverages || excluded.coverages`;
}

/** Settles what earlier submissions of this dossier left in quarantine. */
export async function settle(
  transaction: Transaction,
  facility: string,
  maLk: string,
  hash: string,
): Promise<void> {
  await transaction`
    update quarantine set settled = now()
    where ma_lk = ${maLk} and facility = ${facilityNumber(facility)} and settled is null and hash <> ${hash}`;
}

/** Keeps what stays out of the record, once for the same content however often it is sent. */
export async function quarantine(
  db: Sql | Transaction,
  facility: string,
  of: { maLk: string | undefined; hash: string },
  items: readonly Quarantined[],
): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map((item) => ({
    source: item.table,
    row_number: item.row ?? null,
    field: item.field ?? null,
    rule: item.rule,
    severity: item.severity,
    remedy_vi: item.remedy.vi,
    remedy_en: item.remedy.en,
    raw: storable(item.raw),
  }));
  const number = facilityNumber(facility);
  await db`
    insert into quarantine (facility, ma_lk, hash, source, row_number, field, rule, severity, remedy_vi, remedy_en, raw)
    select ${number}, ${of.maLk ?? null}, ${of.hash}, source, row_number, field, rule, severity, remedy_vi, remedy_en, raw
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as item (source text, row_number int, field text,
      rule text, severity text, remedy_vi text, remedy_en text, raw jsonb)
    where not exists (select from quarantine as known
      where known.facility = ${number} and known.hash = ${of.hash} and known.settled is null)`;
}

/** Text that is no text (a binary file sent as a table) holds what jsonb cannot. */
const storable = (raw: Quarantined['raw']): Quarantined['raw'] =>
  typeof raw === 'string' ? raw.toWellFormed().replaceAll('\u0000', '\ufffd') : raw;
