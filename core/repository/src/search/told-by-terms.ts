import { isTextToken, matches } from '@yba/fhir';
import type { SearchFilter, SearchValue, ValueFilter } from '@yba/fhir';
import type { Hit } from './hit.ts';
import { sinceOf, type Plan } from './plan.ts';

/** True when the terms of a row, or its id, tell whether the filter is met, so that its text need not be read. */
export function isToldByTerms(filter: SearchFilter): filter is ValueFilter {
  if (filter.kind !== 'value' || filter.modifier || filter.param.custom || isTextToken(filter.param))
    return false;
  return filter.values.every((value) => {
    if (filter.param.code === '_id')
      return value.kind === 'token' && value.code !== undefined && value.system === undefined;
    if (value.kind === 'token') return value.code !== undefined && value.system !== '';
    if (value.kind !== 'reference' || value.version !== undefined || value.identifier) return false;
    return value.url !== undefined || value.id !== undefined || value.contained === true;
  });
}

/**
 * Checks rows that a plan found against the filters it was made of, as the specification says. Of a filter that terms tell, the row
 * has the term of a value already; that the value itself stands in its text leaves nothing to a collision of hashes, and
 * the resource need not be read. `complete` as in Scope: rows of an older extraction were not found by their terms.
 */
export function checker(
  filters: readonly SearchFilter[],
  plan: Plan,
  complete: number,
): (hit: Hit) => boolean {
  const trusted = sinceOf(plan) <= complete;
  const tests = filters.map((filter) => {
    const holds = (hit: Hit) => matches(filter, hit.resource);
    if (!trusted || !isToldByTerms(filter)) return holds;
    const words = filter.values.map(wordOf);
    return (hit: Hit) => words.some((word) => hit.text.includes(word)) || holds(hit);
  });
  return (hit) => tests.every((test) => test(hit));
}

/** How a reference to a contained resource begins in the text of one. */
export const MARK_CONTAINED = '"#';

/** What stands in the text of a resource that has the value, unless it is written with escapes. */
function wordOf(value: SearchValue): string {
  if (value.kind === 'token') return value.code!;
  if (value.kind !== 'reference') throw new Error(`terms tell nothing of a ${value.kind}`);
  if (value.contained) return MARK_CONTAINED;
  return value.url ?? (value.type ? `${value.type}/${value.id}` : value.id!);
}
