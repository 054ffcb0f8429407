import { filterTerms, OutcomeError, parseSearch, resourceTypes } from '@yba/fhir';
import type { SearchFilter } from '@yba/fhir';
import type { TermAlternative } from '../ports.ts';
import { termHash } from '../rows/term-hash.ts';

/**
 * A query as the search terms a row must have to match it (`Limits.only`): of each list one. Undefined unless the terms
 * of a row tell it for certain, that is for parameters of codes, of identifiers and of URIs, without modifier.
 */
export function filterHashes(type: string, params: URLSearchParams): TermAlternative | undefined {
  if (!resourceTypes.has(type)) return undefined;
  try {
    const { filters, sort, include, revinclude, selfParams } = parseSearch(type, params, {
      handling: 'strict',
      baseUrl: '',
    });
    const others = sort.length + include.length + revinclude.length;
    if (filters.length === 0 || others > 0 || [...selfParams].length !== filters.length) return undefined;
    const lists = filters.map(hashesOf);
    return lists.every((list) => list !== undefined) ? lists : undefined;
  } catch (error) {
    if (error instanceof OutcomeError) return undefined;
    throw error;
  }
}

function hashesOf(filter: SearchFilter): number[] | undefined {
  if (filter.kind !== 'value' || filter.modifier || filter.param.custom) return undefined;
  const { code, type } = filter.param;
  if (code === '_id' || (type !== 'token' && type !== 'uri')) return undefined;
  const told = filter.values.every(
    (value) =>
      (value.kind === 'uri' && value.version === undefined) ||
      (value.kind === 'token' && value.code && value.system !== ''),
  );
  const groups = told ? filterTerms(filter) : undefined;
  return groups?.every((group) => group.length === 1) ? groups.map(([term]) => termHash(term!)) : undefined;
}
