import type { Sql } from '@yba/postgres';
import type { Reach } from '@yba/repository';
import { isKeptBackFrom } from './rights.ts';

/** A referral as a facility has a part in it. */
export type PartyRow = {
  task: string;
  side: string;
  patient: string | null;
  person: string | null;
  open: boolean;
};

/** What of `referral_party` a caller is told, as `isTold` says of one row: neither a page nor a count may tell that there is more. */
export function toldRows(sql: Sql, { patients, limits }: Reach) {
  const kept = Object.entries(limits?.patients ?? {}).filter(([, limit]) => isKeptBackFrom(limit, 'Task'));
  return sql`(patient is null or patient <> all(${kept.map(([patient]) => patient)}::uuid[])
    and (side <> 'in' or not open or patient = any(${patients as string[]}::uuid[])))`;
}

/**
 * Whether a facility's staff are told of a referral at all: not where the person refused them by name, or their department; and a
 * referral to a facility that the person refused opens nothing there.
 */
export function isTold(
  { patients, limits }: Reach,
  { side, patient, open }: Pick<PartyRow, 'side' | 'patient' | 'open'>,
): boolean {
  if (patient === null) return true;
  if (isKeptBackFrom(limits?.patients?.[patient], 'Task')) return false;
  return side !== 'in' || !open || patients.includes(patient);
}
