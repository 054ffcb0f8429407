import type { SearchParameter } from './search-parameter.ts';
import { searchParameter } from './search-parameters.ts';

/**
 * The parameter by which resources of a type name the one of their own type that they are part of; undefined when the
 * type has none. Source: https://hl7.org/fhir/R4/search.html#recursive
 */
export function hierarchyParameter(type: string): SearchParameter | undefined {
  for (const code of ['partof', 'part-of']) {
    const param = searchParameter(type, code);
    if (param?.targets.includes(type)) return param;
  }
  return undefined;
}

export function isHierarchy(type: string): boolean {
  return hierarchyParameter(type) !== undefined;
}
