import { isRounded } from './exact-number.ts';
import { dateInterval } from './date-interval.ts';
import { splitEscaped, unescape } from './escape.ts';
import { fold } from './fold.ts';
import { isFullText, parseWords } from './full-text.ts';
import { next } from './meets-prefix.ts';
import { parseNear } from './near.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { parseReference } from './reference-value.ts';
import type { SearchParameter, SearchParameterType } from './search-parameter.ts';
import type {
  Modifier,
  Prefix,
  QuantitySearch,
  ReferenceSearch,
  SearchValue,
  TokenSearch,
} from './search-request.ts';
import { codesAround, codesIn } from './token-set.ts';

/** What a value is read by. */
export type ValueContext = {
  /** Modifier other than a resource type. */
  modifier?: Modifier;
  /** `subject:Patient=…`. */
  targetType?: string;
  /** Base of this server: absolute URLs below it are the same as relative ones. */
  baseUrl?: string;
  /** Now, in ms: what `ap` of a date is measured from. */
  now: number;
  /** Value sets and code systems beside the built-in ones. */
  profiles?: ProfileSource;
};

/** A value that is against the rule of its type; the message says the rule and gives an example. */
export class ValueFault extends Error {}

/** Reads one value (between commas) by its parameter's type. Throws ValueFault. */
export function parseValue(param: SearchParameter, text: string, context: ValueContext): SearchValue {
  if (param.type === 'composite') return composite(param, text, context);
  if (isFullText(param.code)) return words(text);
  if (param.code === 'url' && param.type === 'uri' && !context.modifier) return canonical(text);
  return parseByType(param.type, text, context);
}

function parseByType(type: SearchParameterType, text: string, context: ValueContext): SearchValue {
  switch (type) {
    case 'token':
      return token(text, context);
    case 'reference':
      return reference(text, context);
    case 'string':
      if (fold(unescape(text)) === '') throw new ValueFault('a text is needed, such as nguyen');
      return { kind: 'string', text: unescape(text) };
    case 'uri':
      return { kind: 'uri', uri: unescape(text) };
    case 'date':
      return date(text, context.now);
    case 'number':
      return quantity(text, false);
    case 'quantity':
      return quantity(text, true);
    default:
      return near(text);
  }
}

/**
 * A definition by its canonical, `url|version`; a `|` that belongs to the url is escaped.
 * Source: https://hl7.org/fhir/R4/search.html#uri
 */
function canonical(text: string): SearchValue {
  const [uri = '', version] = splitEscaped(text, '|').map(unescape);
  return version ? { kind: 'uri', uri, version } : { kind: 'uri', uri };
}

function composite(param: SearchParameter, text: string, context: ValueContext): SearchValue {
  const parts = splitEscaped(text, '$');
  if (parts.length !== param.components.length) {
    const shape = param.components.map(({ code }) => `<${code}>`).join('$');
    throw new ValueFault(`${param.components.length} values joined by $ are needed: ${shape}`);
  }
  if (parts.includes('')) throw new ValueFault('each of the values joined by $ is needed; one is empty');
  return {
    kind: 'composite',
    parts: param.components.map(({ type }, at) => parseByType(type, parts[at]!, context)),
  };
}

function words(text: string): SearchValue {
  const found = parseWords(unescape(text));
  if (!found) throw new ValueFault('a word is needed, or "words side by side" in quotation marks');
  return found;
}

function near(text: string): SearchValue {
  const found = parseNear(splitEscaped(text, '|').map(unescape));
  if (!found)
    throw new ValueFault('write <latitude>|<longitude>|<distance>|<unit>, such as 21.03|105.85|5|km');
  return found;
}

function token(text: string, context: Pick<ValueContext, 'modifier' | 'profiles' | 'baseUrl'>): TokenSearch {
  const { modifier, profiles, baseUrl } = context;
  if (modifier === 'text') {
    if (fold(unescape(text)) === '') throw new ValueFault('a text is needed');
    return { kind: 'token', text: unescape(text) };
  }
  if (modifier === 'in' || modifier === 'not-in') {
    const set = codesIn(withoutBase(unescape(text), baseUrl), profiles);
    if (!set)
      throw new ValueFault(
        'the codes of this value set are not known here; give the canonical URL or ValueSet/<id> of one that is',
      );
    return set;
  }
  const read = plainToken(text, modifier);
  if (modifier !== 'below' && modifier !== 'above') return read;
  const set = codesAround(read, modifier, profiles);
  if (!set) throw new ValueFault('write <system>|<code> of a code system whose hierarchy is known here');
  return set;
}

function plainToken(text: string, modifier: Modifier | undefined): TokenSearch {
  const parts = splitEscaped(text, '|').map(unescape);
  const [first = '', second = '', third = ''] = parts;
  if (modifier === 'of-type') {
    // all three, as the definition of the modifier asks: https://hl7.org/fhir/R4/search.html#token
    if (parts.length !== 3 || parts.includes(''))
      throw new ValueFault('write <type system>|<type code>|<value>');
    return { kind: 'token', system: first, code: second, value: third };
  }
  if (parts.length === 1) return { kind: 'token', code: first };
  if (parts.length > 2) throw new ValueFault('write <system>|<code> and escape any other | as \\|');
  if (first === '' && second === '') throw new ValueFault('a code is needed after |');
  return second === '' ? { kind: 'token', system: first } : { kind: 'token', system: first, code: second };
}

/** An address of this server as `Type/id`. */
const withoutBase = (url: string, baseUrl: string | undefined): string =>
  baseUrl && url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url;

function reference(text: string, { modifier, targetType, baseUrl }: ValueContext): ReferenceSearch {
  if (modifier === 'identifier') return { kind: 'reference', identifier: plainToken(text, undefined) };
  const [given = '', version] = splitEscaped(text, '|').map(unescape);
  const relative = withoutBase(given, baseUrl);
  if (/^[A-Za-z0-9\-.]{1,64}$/.test(relative))
    return { kind: 'reference', id: relative, ...(targetType ? { type: targetType } : {}) };
  if (version) return { kind: 'reference', url: given, version };
  const value = parseReference(relative);
  if (value.fragment !== undefined)
    throw new ValueFault('a reference to a contained resource cannot be searched for');
  if (!value.type && !/^[a-z][a-z0-9+.-]*:/i.test(relative))
    throw new ValueFault('write <Type>/<id>, <id>, or an absolute URL');
  if (targetType && value.type && value.type !== targetType)
    throw new ValueFault(`the modifier asks for ${targetType}, the value names ${value.type}`);
  const { kind: _, identifier: __, fragment: ___, ...rest } = value;
  return { kind: 'reference', ...rest };
}

const prefixed = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;

function date(text: string, now: number): SearchValue {
  const [, prefix, value = ''] = prefixed.exec(unescape(text))!;
  // A + that was not escaped in the URL arrives as a space.
  const interval = dateInterval(value.replace(/ (?=\d\d:\d\d$)/, '+'));
  if (!interval)
    throw new ValueFault(
      'write a date as 2024, 2024-03, 2024-03-31 or 2024-03-31T08:00:00+07:00, if need be after one of eq ne gt lt ge le sa eb ap',
    );
  const { from, to } = interval;
  if (prefix !== 'ap') return { kind: 'date', prefix: (prefix ?? 'eq') as Prefix, from, to };
  const slack = Math.abs(now - from) / 10;
  return { kind: 'date', prefix, from: from - slack, to: to + slack };
}

const decimal = /^-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * `1e2` is meant as `1.0e2`, 95 to 105, by the specification's own example; all other numbers by the digits given.
 * Source: https://hl7.org/fhir/R4/search.html#number
 */
const withGivenDigits = (number: string) => number.replace(/^(-?0*\d)([eE]\+?0*[1-9]\d*)$/, '$1.0$2');

function quantity(text: string, withUnit: boolean): QuantitySearch {
  const parts = splitEscaped(text, '|').map(unescape);
  const [, prefix, given = ''] = prefixed.exec(parts[0]!)!;
  const digits = withGivenDigits(given.trim());
  const match = decimal.exec(digits);
  if (!match || !(parts.length === 1 || (withUnit && parts.length === 3)))
    throw new ValueFault(
      withUnit
        ? 'write a number such as gt5.4, 5.4|http://unitsofmeasure.org|mg or 5.4||mg'
        : 'write a number such as 0.8 or gt100',
    );
  const value = Number(digits);
  const exact = isRounded(digits);
  const [, fraction = '', exponent = '0'] = match;
  const half = 10 ** (Number(exponent) - fraction.length) / 2;
  const slack = prefix === 'ap' ? Math.abs(value) / 10 : half;
  const search: QuantitySearch = {
    kind: 'quantity',
    prefix: (prefix ?? 'eq') as Prefix,
    value,
    low: Number.isFinite(value) ? Math.min(value, rounded(value - slack)) : value,
    high: Number.isFinite(value) ? Math.max(next(value), rounded(value + slack)) : value,
    ...(exact ? { exact: digits } : {}),
  };
  if (parts[1]) search.system = parts[1];
  if (parts[2]) search.code = parts[2];
  return search;
}

/** Without the noise binary fractions leave: 5.4 - 0.005 is 5.395. */
const rounded = (value: number) => Number(value.toPrecision(15));
