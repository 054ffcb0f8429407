import { converter, typesFound } from './index-values.ts';
import { nodeTypes } from './node-types.ts';
import type { SearchParameterType } from './search-parameter.ts';

/** What a search would pass over without a word; an error where nothing at all is found. */
export type Unsearched = { severity: 'error' | 'warning'; why: string };

/** More kinds than these has only what may be of any type: the value of an extension. */
const FEW = 15;

/**
 * Why a branch of an expression finds nothing, or less than it leads to, as a parameter of a type, from any of the types it
 * starts at. Nothing where that cannot be told before there is a resource.
 * Source: https://hl7.org/fhir/R4/search.html#ptypes
 */
export function unsearched(
  branch: string,
  bases: readonly string[],
  search: SearchParameterType,
): Unsearched | undefined {
  const found = bases.map((base) => nodeTypes(branch, base));
  if (bases.length === 0 || !found.every((types) => types !== undefined)) return undefined;
  const types = [...new Set(found.flat())];
  if (types.length === 0)
    return { severity: 'error', why: `“${branch}” leads to no element of ${bases.slice(0, 5).join(', ')}` };
  const others = types.filter((type) => !converter(search, type));
  if (others.length === 0 || types.length > FEW) return undefined;
  const by = `a parameter of type ${search} finds ${typesFound(search).join(', ')}`;
  return others.length === types.length
    ? { severity: 'error', why: `“${branch}” leads to ${others.join(', ')}; ${by}` }
    : {
        severity: 'warning',
        why: `What “${branch}” leads to is not found where it is ${others.join(', ')}; ${by}`,
      };
}
