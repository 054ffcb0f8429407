import type { SearchParameter } from './search-parameter.ts';

const names =
  /\/(?:(?:Patient|Person|Practitioner|RelatedPerson|Organization|Location)-name|individual-(?:family|given))$/;

/**
 * True for parameters by which people and places are looked for: besides the start of the whole text, the
 * start of each of its words counts, in any order, so that `name=lan` and `name=lan nguyen` find Nguyễn Thị Lan.
 * Source: https://hl7.org/fhir/R4/search.html#string (a server may break a string into words)
 */
export function isSearchedByWords(param: SearchParameter): boolean {
  return names.test(param.url);
}
