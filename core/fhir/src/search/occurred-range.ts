import { isClinicalDate } from '../clinical-date.ts';
import { model } from '../model/model.ts';
import type { Extracted } from './extract.ts';
import type { SearchFilter, SearchValue } from './search-request.ts';

const dayMs = 86_400_000;

/** A span of time that holds all matches: from ≤ t < to, in ms. */
export type TimeRange = { from: number; to: number };

/** The same of the time a row stands at; `wide` rows, which last longer than a day or have no beginning, may match outside. */
export type OccurredRange = TimeRange & { wide: boolean };

/** The term of a row whose clinical time says less than its day: longer, or open at its beginning. */
export const WIDE = '~wide';

/** True when the date that rows of the type are kept in the order of is longer than a day, or open. */
export function isWide(type: string, extracted: readonly Extracted[]): boolean {
  return extracted.some(
    ({ param, values }) =>
      param.type === 'date' &&
      isClinicalDate(type, param) &&
      values.some((value) => value.kind === 'date' && !(value.to - value.from <= dayMs)),
  );
}

/**
 * When rows that match a date filter began, when the filter is on the date they are kept in the order of. A necessary
 * condition, to be rechecked with `matches`. Undefined for every other filter.
 */
export function occurredRange(type: string, filter: SearchFilter): OccurredRange | undefined {
  if (filter.kind !== 'value' || filter.modifier || !isClinicalDate(type, filter.param) || !isSingle(type))
    return undefined;
  return filter.values.map(occurred).reduce<OccurredRange | undefined>(
    (all, one) =>
      all &&
      one && {
        from: Math.min(all.from, one.from),
        to: Math.max(all.to, one.to),
        wide: all.wide || one.wide,
      },
    { from: Infinity, to: -Infinity, wide: false },
  );
}

/** The element may stand once only: of several dates a row is kept by the first. */
function isSingle(type: string): boolean {
  const [path = ''] = model.clinicalDates[type] ?? [];
  return model.types[type]!.elements.some(({ name, many }) => name === path && !many);
}

function occurred(value: SearchValue): OccurredRange | undefined {
  if (value.kind !== 'date') return undefined;
  const { from, to } = value;
  switch (value.prefix) {
    case 'eq':
      return { from, to, wide: false };
    case 'ne':
      return undefined;
    case 'gt':
      return { from: to - dayMs, to: Infinity, wide: true };
    case 'ge':
      return { from: Math.min(from, to - dayMs), to: Infinity, wide: true };
    case 'lt':
      return { from: -Infinity, to: from, wide: true };
    case 'le':
      return { from: -Infinity, to, wide: true };
    case 'sa':
      return { from: to, to: Infinity, wide: false };
    case 'eb':
      return { from: -Infinity, to: from, wide: true };
    case 'ap':
      return { from: from - dayMs, to, wide: true };
  }
}

/** When rows that match a filter on `_lastUpdated` were written; undefined for every other filter. */
export function updatedRange(filter: SearchFilter): TimeRange | undefined {
  if (filter.kind !== 'value' || filter.modifier || filter.param.code !== '_lastUpdated') return undefined;
  let range: TimeRange = { from: Infinity, to: -Infinity };
  for (const value of filter.values) {
    if (value.kind !== 'date' || value.prefix === 'ne') return undefined;
    const { from, to } = updated(value.prefix, value);
    range = { from: Math.min(range.from, from), to: Math.max(range.to, to) };
  }
  return range;
}

/** Rows are written at a millisecond. */
function updated(prefix: string, { from, to }: TimeRange): TimeRange {
  if (prefix === 'eq' || prefix === 'ap') return { from: from - 1, to: to + 1 };
  if (prefix === 'gt' || prefix === 'sa') return { from: to - 1, to: Infinity };
  if (prefix === 'ge') return { from: from - 1, to: Infinity };
  return { from: -Infinity, to: to + 1 };
}
