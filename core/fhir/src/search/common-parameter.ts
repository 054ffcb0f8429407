import type { SearchParameter } from './search-parameter.ts';
import { isSearchedByWords } from './word-search.ts';

/**
 * One parameter for a search over several types, out of what each of them has by one code; undefined unless all have it
 * and mean the same kind of value by it.
 * Source: https://hl7.org/fhir/R4/search.html#all “all other search parameters SHALL be common to all provided types”
 */
export function commonParameter(
  own: ReadonlyMap<string, SearchParameter | undefined>,
): SearchParameter | undefined {
  const all = [...own.values()];
  const [first] = all;
  if (!first || !all.every((one) => one !== undefined)) return undefined;
  if (all.every((one) => one === first)) return first;
  if (!all.every((one) => isAlike(one, first))) return undefined;
  return {
    ...first,
    targets: [...new Set(all.flatMap(({ targets }) => targets))],
    byType: Object.fromEntries([...own].map(([type, one]) => [type, one!])),
    ...(first.custom
      ? { custom: { ...first.custom, since: Math.max(...all.map(({ custom }) => custom!.since)) } }
      : {}),
  };
}

/** Whether a value of the one is read, and found in the index, as one of the other. */
function isAlike(one: SearchParameter, other: SearchParameter): boolean {
  return (
    one.type === other.type &&
    isSearchedByWords(one) === isSearchedByWords(other) &&
    one.custom?.facility === other.custom?.facility &&
    one.components.length === other.components.length &&
    one.components.every(
      ({ code, type }, at) => code === other.components[at]!.code && type === other.components[at]!.type,
    )
  );
}
