import { matchesExactly } from './exact-number.ts';
import { fold } from './fold.ts';
import { foldedNameWords, foldName } from './fold-name.ts';
import { holdsWords } from './full-text.ts';
import { meetsPrefix, next } from './meets-prefix.ts';
import { distance } from './near.ts';
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
import { isContactToken, isTextToken } from './text-token.ts';
import { UCUM } from '../ucum/index.ts';
import { scaled, unitScale, type UnitScale } from './unit-scale.ts';
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
      return value.kind === 'token' && matchesToken(param, modifier, search, value);
    case 'reference':
      return value.kind === 'reference' && matchesReference(param, modifier, search, value);
    case 'string':
      return value.kind === 'string' && matchesString(param, modifier, search.text, value.text);
    case 'date':
      return value.kind === 'date' && matchesDate(search.prefix, search, value);
    case 'quantity':
      return value.kind === 'quantity' && matchesQuantity(search, value);
    case 'uri':
      return value.kind === 'uri' && matchesUri(modifier, search.uri, value.uri);
    case 'words':
      return value.kind === 'string' && holdsWords(search, value.text);
    case 'near':
      return value.kind === 'position' && distance(search, value) <= search.metres;
    case 'composite':
      return (
        value.kind === 'composite' &&
        search.parts.every(
          (part, at) => value.parts[at]?.some((one) => matchesValue(param, undefined, part, one)) ?? false,
        )
      );
  }
}

function matchesToken(
  param: SearchParameter | undefined,
  modifier: Modifier | undefined,
  search: TokenSearch,
  value: TokenValue,
): boolean {
  if (search.covers)
    return value.code !== undefined && search.covers(value.system, value.code, value.implied === true);
  if (modifier === 'text')
    return value.text !== undefined && ` ${fold(value.text)}`.includes(` ${fold(search.text ?? '')}`);
  if (modifier === 'of-type')
    return (
      value.code === search.value &&
      (value.types ?? []).some(({ system, code }) => system === search.system && code === search.code)
    );
  if (search.code !== undefined && value.code !== search.code && !isSameText(param, search, value))
    return false;
  if (search.system === undefined) return true;
  return search.system === ''
    ? value.system === undefined || value.implied === true
    : value.system === search.system;
}

/** Codes of elements of type string, and contact points, that differ in case alone. */
function isSameText(param: SearchParameter | undefined, search: TokenSearch, value: TokenValue): boolean {
  return (
    value.code?.length === search.code?.length &&
    param !== undefined &&
    (isTextToken(param) || isContactToken(param)) &&
    value.code?.toLowerCase() === search.code?.toLowerCase()
  );
}

function matchesReference(
  param: SearchParameter,
  modifier: Modifier | undefined,
  search: ReferenceSearch,
  value: ReferenceValue,
): boolean {
  if (search.contained) return value.fragment !== undefined;
  if (search.identifier) {
    const { system, value: code } = value.identifier ?? {};
    if (code === undefined) return false;
    return matchesToken(undefined, undefined, search.identifier, {
      kind: 'token',
      code,
      ...(system === undefined ? {} : { system }),
    });
  }
  if (search.version !== undefined && !matchesVersion(modifier, search.version, value.version)) return false;
  if (search.url !== undefined) return value.url === search.url;
  if (value.url !== undefined) {
    // a canonical that is written as Type/id
    const types = search.type === undefined ? param.targets : [search.type];
    return types.some((type) => value.url === `${type}/${search.id}`);
  }
  if (value.id !== search.id) return false;
  if (search.type !== undefined) return value.type === search.type;
  // of a part of a composite the types are not told apart
  return value.type !== undefined && (param.type === 'composite' || param.targets.includes(value.type));
}

/** `url|1:below` is every 1.x, `url|1.2:above` also 1. Source: https://hl7.org/fhir/R4/search.html#versions */
function matchesVersion(
  modifier: Modifier | undefined,
  search: string,
  version: string | undefined,
): boolean {
  if (version === undefined) return false;
  if (search === version) return true;
  if (modifier === 'below') return version.startsWith(`${search}.`);
  return modifier === 'above' && search.startsWith(`${version}.`);
}

function matchesString(
  param: SearchParameter,
  modifier: Modifier | undefined,
  search: string,
  text: string,
): boolean {
  if (modifier === 'exact') return text === search || text.normalize() === search.normalize();
  const byWords = isSearchedByWords(param);
  const folded = byWords ? foldName : fold;
  const [wanted, found] = [folded(search), folded(text)];
  if (modifier === 'contains') return found.includes(wanted);
  return found.startsWith(wanted) || (byWords && matchesWords(search, text));
}

/** Every word searched for begins a word of the text, each another one. */
function matchesWords(search: string, text: string): boolean {
  const free = foldedNameWords(text);
  const wanted = foldedNameWords(search).sort((a, b) => b.length - a.length);
  return wanted.length > 0 && wanted.every((word) => takeWord(free, word));
}

function takeWord(free: string[], word: string): boolean {
  const at = free.findIndex((one) => one.startsWith(word));
  if (at < 0) return false;
  free.splice(at, 1);
  return true;
}

/** Below is what begins with the text given; above are the paths it lies in, whole steps of it. Source: https://hl7.org/fhir/R4/search.html#uri */
function matchesUri(modifier: Modifier | undefined, search: string, uri: string): boolean {
  if (uri === search) return true;
  if (modifier === 'below') return uri.startsWith(search);
  return modifier === 'above' && search.startsWith(uri) && (uri.endsWith('/') || search[uri.length] === '/');
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

function matchesNumber(search: QuantitySearch, value: QuantityValue): boolean {
  if (search.exact !== undefined || value.exact !== undefined) return matchesExactly(search, value);
  const { prefix, value: asked, low: from, high: to } = search;
  return meetsPrefix(prefix, { low: value.low, high: value.high, asked, from, to }, compareNumbers);
}

const compareNumbers = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * `5.4||mg` compares with the code or the unit as written; between two units of UCUM that measure the same, the number
 * is converted: 5 g is 5000 mg. Source: https://hl7.org/fhir/R4/search.html#quantity
 */
function matchesQuantity(search: QuantitySearch, value: QuantityValue): boolean {
  if (search.system !== undefined && search.system !== value.system) return false;
  const { code } = search;
  if (code === undefined || value.code === code || (search.system === undefined && value.unit === code))
    return matchesNumber(search, value);
  if (value.system !== UCUM || value.code === undefined) return false;
  const [asked, found] = [unitScale(code), unitScale(value.code)];
  if (!asked || !found || asked.unit !== found.unit) return false;
  return matchesNumber(askedInBaseUnits(search, asked), inBaseUnits(value, found));
}

/** The range around twelve digits has half a unit of the last one on either side; however narrow, it holds its number. */
function askedInBaseUnits({ exact: _, ...search }: QuantitySearch, scale: UnitScale): QuantitySearch {
  const value = scaled(search.value, scale);
  const above = Number.isFinite(value) ? next(value) : value;
  return {
    ...search,
    value,
    low: Math.min(value, scaled(search.low, scale, 14)),
    high: Math.max(above, scaled(search.high, scale, 14)),
  };
}

/** Conversion gives twelve digits: what was written beyond these is left out. */
function inBaseUnits({ exact: _, ...quantity }: QuantityValue, scale: UnitScale): QuantityValue {
  return {
    ...quantity,
    low: scaled(quantity.low, scale),
    high: scaled(quantity.high, scale),
    ...(quantity.value === undefined ? {} : { value: scaled(quantity.value, scale) }),
  };
}
