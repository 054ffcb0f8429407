import { WIDE } from '@yba/fhir';
import type { OccurredRange, TimeRange } from '@yba/fhir';
import { termHash } from '../rows/term-hash.ts';

/** Where a page goes on: the time in the plan's order (ms) and row id of the last row seen. */
export type Position = { time: number; id: string };

/**
 * Hashes one of which a matching row has. Rows extracted before revision `since` may lack them, and so may, for a
 * parameter that a facility added, the rows of others.
 */
export type TermGroup = { hashes: readonly number[]; since: number; facility?: number };

/** `rare`: few rows have any of the terms. */
export type IndexedGroup = TermGroup & { rare: boolean };

/**
 * Which rows may hold matches. Narrow first: named rows, then a person's chart, then terms that are indexed, then the
 * rows of the caller's facility in order.
 */
export type Plan = {
  types: readonly string[];
  /** Only these rows (`_id`, and what chains found). */
  rows?: readonly string[];
  /** Charts: placements and Patients, when the search names its patient. `beside`: and shared rows, which may contain theirs. */
  chart?: { placements: readonly string[]; patients: readonly string[]; beside?: true };
  /** Each must overlap the row's terms. */
  terms: readonly TermGroup[];
  /** Of these, those that are in the index of patients' rows. */
  indexed: readonly IndexedGroup[];
  /** When the row's clinical time began. */
  occurred?: OccurredRange;
  /** When the row was written. */
  updated?: TimeRange;
  order: Order;
  /** Every row carries at least this revision of extraction: older ones need not be looked for. */
  complete: number;
};

/** Which time rows are walked by. */
export type Order = { column: 'occurred' | 'updated'; ascending: boolean };

/** Codes whose terms changed, and WIDE, came with this revision. Names spell y and i alike since. */
export const SINCE_NAMES = 2;
export const SINCE_WIDE = 2;

/** The hash of WIDE; migration 0012 names it in two partial indexes. */
export const WIDE_HASH = termHash(WIDE);

/** True when the row's revision tells for certain that the group's terms are there. */
export function isTrusted(
  { since, facility }: TermGroup,
  complete: number,
  own: number | undefined,
): boolean {
  return since <= complete && (facility === undefined || facility === own);
}

/** The first revision from which on the terms or times of rows say what the filter asks. */
export function sinceOf(plan: Plan): number {
  return Math.max(plan.occurred ? SINCE_WIDE : 0, ...plan.terms.map(({ since }) => since));
}
