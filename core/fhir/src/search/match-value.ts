import { fold, foldedWords } from './fold.ts';
import type { SearchParameter } from './search-parameter.ts';
import type {
  Modifier,
  Prefix,
  QuantitySearch,
  ReferenceSearch,
  SearchValue,
  TokenSearch,
} from './search-request.ts';
import type { DateValue, IndexValue, QuantityValue, ReferenceValue, TokenValue } from './values.ts';
import { isSearchedByWords } from './word-search.ts';

/** Compares one value searched for with one found. Source: https://hl7.org/fhir/R4/search.html#ptypes */
export function matchesValue(
  param: SearchParameter,
  modifier: Modifier | undefined,
  search: SearchValue,
  value: IndexValue,
): boolean {
  switch (search.kind) {
    case 'token':
      return value.kind === 'token' && matchesToken(modifier, search, value);
    case 'reference':
      return value.kind === 'reference' && matchesReference(param, search, value);
    case 'string':
      return value.kind === 'string' && matchesString(param, modifier, search.text, value.text);
    case 'date':
      return value.kind === 'date' && matchesDate(search.prefix, search, value);
    case 'quantity':
      return (
        value.kind === 'quantity' && matchesUnit(search, value) && matchesNumber(search.prefix, search, value)
      );
    case 'uri':
      return value.kind === 'uri' && matchesUri(modifier, search.uri, value.uri);
    case 'composite':
      return (
        value.kind === 'composite' &&
        search.parts.every(
          (part, at) => value.parts[at]?.some((one) => matchesValue(param, undefined, part, one)) ?? false,
        )
      );
  }
}

function matchesToken(modifier: Modifier | undefined, search: TokenSearch, value: TokenValue): boolean {
  if (modifier === 'text')
    return value.text !== undefined && ` ${fold(value.text)}`.includes(` ${fold(search.text ?? '')}`);
  if (modifier === 'of-type')
    return (
      value.code === search.value &&
      (value.types ?? []).some(({ system = '', code }) => system === search.system && code === search.code)
    );
  if (search.code !== undefined && value.code !== search.code) return false;
  if (search.system === undefined) return true;
  return search.system === ''
    ? value.system === undefined || value.implied === true
    : value.system === search.system;
}

function matchesReference(param: SearchParameter, search: ReferenceSearch, value: ReferenceValue): boolean {
  if (search.identifier) {
    const { system, value: code } = value.identifier ?? {};
    if (code === undefined) return false;
    return matchesToken(undefined, search.identifier, {
      kind: 'token',
      code,
      ...(system === undefined ? {} : { system }),
    });
  }
  if (search.version !== undefined && search.version !== value.version) return false;
  if (search.url !== undefined) return value.url === search.url;
  if (value.url !== undefined) {
    // a canonical that is written as Type/id
    const types = search.type === undefined ? param.targets : [search.type];
    return types.some((type) => value.url === `${type}/${search.id}`);
  }
  if (value.id !== search.id) return false;
  return search.type === undefined
    ? value.type !== undefined && param.targets.includes(value.type)
    : value.type === search.type;
}

function matchesString(
  param: SearchParameter,
  modifier: Modifier | undefined,
  search: string,
  text: string,
): boolean {
  if (modifier === 'exact') return text === search;
  const [wanted, found] = [fold(search), fold(text)];
  if (modifier === 'contains') return found.includes(wanted);
  return found.startsWith(wanted) || (isSearchedByWords(param) && matchesWords(search, text));
}

/** Every word searched for begins a word of the text, each another one. */
function matchesWords(search: string, text: string): boolean {
  const free = foldedWords(text);
  const wanted = foldedWords(search).sort((a, b) => b.length - a.length);
  return wanted.length > 0 && wanted.every((word) => takeWord(free, word));
}

function takeWord(free: string[], word: string): boolean {
  const at = free.findIndex((one) => one.startsWith(word));
  if (at < 0) return false;
  free.splice(at, 1);
  return true;
}

function matchesUri(modifier: Modifier | undefined, search: string, uri: string): boolean {
  if (modifier === 'below') return uri.startsWith(search);
  return modifier === 'above' ? search.startsWith(uri) : uri === search;
}

type Interval = { from: number; to: number };

/** Both sides are half-open intervals. Source: https://hl7.org/fhir/R4/search.html#prefix */
function matchesDate(prefix: Prefix, search: Interval, value: DateValue): boolean {
  const contained = search.from <= value.from && value.to <= search.to;
  switch (prefix) {
    case 'eq':
      return contained;
    case 'ne':
      return !contained;
    case 'gt':
      return value.to > search.to;
    case 'lt':
      return value.from < search.from;
    case 'ge':
      return contained || value.to > search.to;
    case 'le':
      return contained || value.from < search.from;
    case 'sa':
      return value.from >= search.to;
    case 'eb':
      return value.to <= search.from;
    case 'ap':
      return value.from < search.to && search.from < value.to;
  }
}

/** eq, ne and ap go by the digits given, the others by the exact number. */
function matchesNumber(prefix: Prefix, search: QuantitySearch, value: QuantityValue): boolean {
  const contained = search.low <= value.low && value.high < search.high;
  switch (prefix) {
    case 'eq':
      return contained;
    case 'ne':
      return !contained;
    case 'gt':
      return value.high > search.value;
    case 'lt':
      return value.low < search.value;
    case 'ge':
      return value.high >= search.value;
    case 'le':
      return value.low <= search.value;
    case 'sa':
      return value.low > search.value;
    case 'eb':
      return value.high < search.value;
    case 'ap':
      return value.low <= search.high && search.low <= value.high;
  }
}

/** `5.4||mg` compares with the code or the unit as written; units are not converted. */
function matchesUnit(search: QuantitySearch, value: QuantityValue): boolean {
  if (search.system !== undefined && search.system !== value.system) return false;
  if (search.code === undefined) return true;
  return value.code === search.code || (search.system === undefined && value.unit === search.code);
}
