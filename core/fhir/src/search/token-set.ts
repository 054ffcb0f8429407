import type { ProfileSource } from '../profile/profile-source.ts';
import {
  codesAbove,
  codesBelow,
  expand,
  ignoresCase,
  isBelow,
  valueSetDecides,
  valueSetHas,
} from '../terminology/index.ts';
import type { TokenSearch } from './search-request.ts';

/** Codes of a set that are worth a term each; more are told by the test alone. */
const longestList = 500;

/**
 * `:in` and `:not-in`: the codes of a value set, by canonical. Undefined when the set's codes are not known here. A set is
 * of codes in systems: a Coding that names none is not in it, while a code element has its system without naming it.
 * Source: https://hl7.org/fhir/R4/search.html#token
 */
export function codesIn(valueSet: string, source: ProfileSource | undefined): TokenSearch | undefined {
  if (!valueSetDecides(valueSet, source)) return undefined;
  const expansion = expand(valueSet, source);
  return {
    kind: 'token',
    covers: (system, code, implied) =>
      (system !== undefined || implied) && valueSetHas(valueSet, system, code, source) === true,
    ...listed(
      expansion?.some(({ system }) => ignoresCase(system, source))
        ? undefined
        : expansion?.map(({ code }) => code),
    ),
  };
}

/**
 * `:below` and `:above`: a code and what stands under (over) it. Undefined when the system's hierarchy is not known here.
 * A media type with parameters (`text/xml; charset=UTF-8`) is below the one without.
 * Source: https://hl7.org/fhir/R4/search.html#mimetype
 */
export function codesAround(
  { system, code }: TokenSearch,
  direction: 'below' | 'above',
  source: ProfileSource | undefined,
): TokenSearch | undefined {
  if (code === undefined) return undefined;
  if (system && isBelow(system, code, code, source) === undefined) return undefined;
  const isPart = (other: string) =>
    direction === 'below' ? mimeOf(other) === mimeOf(code) && !code.includes(';') : mimeOf(code) === other;
  const around = (of: string, other: string) =>
    other === code ||
    (direction === 'below' ? isBelow(of, other, code, source) : isBelow(of, code, other, source)) === true;
  const list =
    system && !ignoresCase(system, source)
      ? (direction === 'below' ? codesBelow : codesAbove)(system, code, source)
      : undefined;
  return {
    kind: 'token',
    covers: (of, other, implied) =>
      of === undefined
        ? !system && (other === code || (implied && isPart(other)))
        : (!system || of === system) && around(of, other),
    ...listed(list),
  };
}

/** A media type without its parameters; any other code as it is. */
const mimeOf = (code: string) => (code.includes('/') ? code.split(';')[0]!.trim().toLowerCase() : code);

function listed(codes: readonly string[] | undefined): { listed?: readonly string[] } {
  return codes && codes.length <= longestList ? { listed: [...new Set(codes)] } : {};
}
