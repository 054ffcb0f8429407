import { AT, level } from './fields.ts';
import { TWIN } from './table.ts';
import type { Table } from './table.ts';

/** Why a pair that weighs enough is left to a person all the same. */
export const GUARDS = ['number-disputed', 'twins', 'newborn-twin'] as const;
export type Guard = (typeof GUARDS)[number];

const GIVEN_SIMILAR = level('given', 'similar');
const BIRTH_SAME_DAY = level('birth', 'same-day');
const BIRTH_SAME_YEAR = level('birth', 'same-year');

/** What speaks against joining two registrations without a person looking, however much they weigh. */
export function guard(table: Table, one: number, other: number, levels: Uint8Array): Guard | undefined {
  const numbered = levels[AT.person] === 1 || levels[AT.insurance] === 1 || levels[AT.old] === 1;
  if (numbered && levels[AT.given]! >= GIVEN_SIMILAR && levels[AT.birth]! >= BIRTH_SAME_YEAR)
    return 'number-disputed';
  if (!table.rules.has('twins')) return undefined;
  if (((table.flags[one]! | table.flags[other]!) & TWIN) !== 0) return 'newborn-twin';
  if (!numbered && levels[AT.given]! >= GIVEN_SIMILAR && levels[AT.birth] === BIRTH_SAME_DAY) return 'twins';
  return undefined;
}
