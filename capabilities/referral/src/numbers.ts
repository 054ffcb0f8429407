import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber, submitterOf } from '@yba/repository';
import { vietnamDay } from './rules.ts';

export type PaperKind = 'transfer' | 'appointment';

/** A number in a facility's register of papers of a year, and the paper's own number made of it. */
export type PaperNumber = { register: string; paper: string };

/** A paper by the Idempotency-Key of whoever sends it: two senders may come by the same key. */
export const ofSender = (caller: Caller, key: string): string => `${submitterOf(caller)} ${key}`;

/**
 * The next number of a facility's register, without gaps or doubles however many ask. `key` says which paper: asked
 * again for the same one, it answers the same number.
 */
export async function paperNumber(
  sql: Sql,
  facility: string,
  kind: PaperKind,
  key: string,
  at: Date,
): Promise<PaperNumber> {
  const [number, year] = [facilityNumber(facility), Number(vietnamDay(at).slice(0, 4))];
  const row = await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtext('paper_number'), ${number})`;
    const [known] = await transaction<{ year: number; number: number }[]>`
      select year, number from paper_number where facility = ${number} and kind = ${kind} and key = ${key}`;
    if (known) return known;
    const [made] = await transaction<{ year: number; number: number }[]>`
      insert into paper_number (facility, kind, year, number, key)
      select ${number}, ${kind}, ${year}, coalesce(max(number), 0) + 1, ${key} from paper_number
      where facility = ${number} and kind = ${kind} and year = ${year}
      returning year, number`;
    return made!;
  });
  const serial = String(row.number).padStart(6, '0');
  return { register: `${serial}/${row.year}`, paper: `${facility}-${row.year}-${serial}` };
}
