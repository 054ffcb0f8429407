import type { Resource } from '../interactions.ts';
import type { Extracted } from './extract.ts';
import { foldedNameWords } from './fold-name.ts';
import { isWide, WIDE } from './occurred-range.ts';
import type { SearchParameter } from './search-parameter.ts';
import type {
  ReferenceSearch,
  SearchFilter,
  SearchValue,
  TokenSearch,
  ValueFilter,
} from './search-request.ts';
import type { ReferenceValue } from './values.ts';
import { isContactToken, isLinkToken, isTextToken } from './text-token.ts';
import { isSearchedByWords } from './word-search.ts';

/** Prefixes of a folded word get a term from 2 to 8 letters; Vietnamese syllables have at most 7. */
export const shortestPrefix = 2;
export const longestPrefix = 8;

/**
 * The equality terms of a resource, each once. By parameter code:
 * token `code|system|code` and `code|code` (any system); reference `subject|Patient/1`, `subject|url`,
 * `subject:contained` for any `#id`, and `subject:identifier|system|value` or `…|value`; uri `url|uri`; names (see
 * `isSearchedByWords`) `name^prefix` for every word. `_id` and `_lastUpdated` have none, nor have dates, numbers, quantities, other strings and composites.
 */
export function terms(extracted: readonly Extracted[]): string[] {
  const found = new Set<string>();
  for (const { param, values } of extracted) {
    if (param.code === '_id') continue;
    for (const value of values) {
      if (value.kind === 'token')
        addToken(param.code, isContactToken(param) ? inLowerCase(value) : value, found);
      else if (value.kind === 'reference') addReference(param.code, value, found);
      else if (value.kind === 'uri') found.add(`${param.code}|${value.uri}`);
      else if (value.kind === 'string' && isSearchedByWords(param)) addWords(param.code, value.text, found);
    }
  }
  return [...found];
}

function addToken(code: string, value: { system?: string; code?: string }, found: Set<string>): void {
  if (value.code === undefined) return;
  found.add(`${code}|${value.code}`);
  if (value.system !== undefined) found.add(`${code}|${value.system}|${value.code}`);
}

function addReference(
  code: string,
  { type, id, url, fragment, identifier }: ReferenceValue,
  found: Set<string>,
): void {
  if (fragment !== undefined) found.add(containedTerm(code));
  else if (url !== undefined) found.add(`${code}|${url}`);
  else if (type !== undefined && id !== undefined) found.add(`${code}|${type}/${id}`);
  if (identifier?.value === undefined) return;
  const { system, value } = identifier;
  addToken(`${code}:identifier`, { code: value, ...(system === undefined ? {} : { system }) }, found);
}

function addWords(code: string, text: string, found: Set<string>): void {
  for (const word of foldedNameWords(text)) {
    const longest = Math.min(word.length, longestPrefix);
    for (let length = shortestPrefix; length <= longest; length++)
      found.add(`${code}^${word.slice(0, length)}`);
  }
}

/** All terms of a resource's row: those of `terms`, and `WIDE` where it holds. */
export function rowTerms({ resourceType }: Resource, extracted: readonly Extracted[]): string[] {
  const all = terms(extracted);
  return isWide(resourceType, extracted) ? [...all, WIDE] : all;
}

/**
 * What terms a resource must have to match a filter: one of the groups, and of that group every term.
 * A necessary condition, to be rechecked with `matches`. Undefined when terms cannot tell: negations,
 * `:missing`, ranges, chains, substrings.
 */
export function filterTerms(filter: SearchFilter): string[][] | undefined {
  if (filter.kind === 'any') {
    const groups = filter.filters.map(filterTerms);
    return groups.every((group) => group !== undefined) ? groups.flat() : undefined;
  }
  if (filter.kind !== 'value' || filter.param.code === '_id' || filter.values.length === 0) return undefined;
  const groups: string[][] = [];
  for (const value of filter.values) {
    const alternatives = valueTerms(filter, value);
    if (!alternatives) return undefined;
    groups.push(...alternatives);
  }
  return groups;
}

function valueTerms({ param, modifier }: ValueFilter, value: SearchValue): string[][] | undefined {
  switch (value.kind) {
    case 'token':
      if (isTextToken(param) || isLinkToken(param, value)) return undefined;
      if (modifier === undefined)
        return isContactToken(param) ? contactTerms(param, value) : tokenTerms(param.code, value);
      if (value.listed && modifier !== 'not-in') return value.listed.map((code) => [`${param.code}|${code}`]);
      return modifier === 'of-type' && value.value !== undefined
        ? [[`${param.code}|${value.value}`]]
        : undefined;
    case 'reference':
      if (modifier === 'below' || modifier === 'above')
        return value.url === undefined ? undefined : [[`${param.code}|${value.url}`]];
      return modifier === 'identifier' && value.identifier
        ? tokenTerms(`${param.code}:identifier`, value.identifier)
        : referenceTerms(param, value);
    case 'uri':
      return modifier === undefined ? [[`${param.code}|${value.uri}`]] : undefined;
    case 'string':
      return modifier === 'contains' || !isSearchedByWords(param)
        ? undefined
        : wordTerms(param.code, value.text);
    default:
      return undefined;
  }
}

/** Rows that were stored before have the term of the letters as they are written. */
function contactTerms({ code }: SearchParameter, value: TokenSearch): string[][] | undefined {
  const [lower, written] = [tokenTerms(code, inLowerCase(value)), tokenTerms(code, value)];
  return lower && written && lower.join() !== written.join() ? [...lower, ...written] : lower;
}

const inLowerCase = <T extends { code?: string }>(value: T): T =>
  value.code === undefined ? value : { ...value, code: value.code.toLowerCase() };

/** `|code` asks for codes without a system: the term of any system holds for them too. */
function tokenTerms(code: string, value: TokenSearch): string[][] | undefined {
  if (value.code === undefined) return undefined;
  return [[value.system ? `${code}|${value.system}|${value.code}` : `${code}|${value.code}`]];
}

/** The term of a resource that refers to one it contains, by the parameter of that code. */
export const containedTerm = (code: string): string => `${code}:contained`;

function referenceTerms(
  param: SearchParameter,
  { type, id, url, contained }: ReferenceSearch,
): string[][] | undefined {
  if (contained) return [[containedTerm(param.code)]];
  if (url !== undefined) return [[`${param.code}|${url}`]];
  if (id === undefined) return undefined;
  const types = type === undefined ? param.targets : [type];
  return types.map((one) => [`${param.code}|${one}/${id}`]);
}

/** Words of one letter say too little to have terms; a longer word is found by its first letters. */
function wordTerms(code: string, text: string): string[][] | undefined {
  const words = foldedNameWords(text).filter((word) => word.length >= shortestPrefix);
  return words.length > 0 ? [words.map((word) => `${code}^${word.slice(0, longestPrefix)}`)] : undefined;
}
