import { resourceTypes } from '../model/model.ts';
import { type Issue, OutcomeError } from '../outcome.ts';
import { isFullText } from './full-text.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import {
  fault,
  knownParameter,
  parseFilter,
  shortened,
  UnknownParameter,
  type FilterContext,
  type Known,
  type MoreParameters,
} from './parse-filter.ts';
import type { IncludeDirective, SearchRequest } from './search-request.ts';
import { elementsNamed } from './summarise.ts';

export type ParseSearchOptions = {
  /** By lenient handling unknown parameters are left out and named in `ignored`. */
  handling: 'strict' | 'lenient';
  /** FHIR base of this server, without a slash at its end. */
  baseUrl?: string;
  /** Now in ms; the clock when absent. */
  now?: number;
  /** Search parameters beside those of R4. */
  more?: MoreParameters;
  /** Value sets and code systems beside the built-in ones. */
  profiles?: ProfileSource;
};

const defaultCount = 20;
const maxCount = 1000;

/** Parameters of one search, repetitions among them. */
const maxParameters = 200;

/** Keys of one `_sort`. */
const maxSortKeys = 16;

/** How each result parameter changes the request. Source: https://hl7.org/fhir/R4/search.html#return */
const controls: Record<string, (request: SearchRequest, value: string, name: string, known: Known) => void> =
  {
    _count: (request, value, name) => {
      if (!/^\d+$/.test(value))
        throw fault('invalid', name, `takes a whole number from 0 to ${maxCount}, not '${value}'`);
      request.count = Math.min(Number(value), maxCount);
    },
    _sort: (request, value, name, known) => {
      const keys = commaList(value, name);
      if (request.sort.length + keys.length > maxSortKeys)
        throw fault('too-costly', name, `takes ${maxSortKeys} keys at most`);
      request.sort.push(...keys.map((key) => sortKey(request, key, name, known)));
    },
    _summary: (request, value, name) =>
      (request.summary = oneOf(['true', 'text', 'data', 'count', 'false'], value, name)),
    _elements: (request, value, name) =>
      (request.elements = elementsNamed([...(request.elements ?? []), ...commaList(value, name)])),
    _total: (request, value, name) => (request.total = oneOf(['none', 'estimate', 'accurate'], value, name)),
    _include: (request, value, name, known) =>
      request.include.push(includeDirective(request.type, value, name, known)),
    _revinclude: (request, value, name, known) =>
      request.revinclude.push(includeDirective(undefined, value, name, known)),
    _type: (request, value, name) => {
      if (request.type)
        throw fault('invalid', name, 'narrows a search over all types; this one is on a type already');
      if (request.types) throw fault('invalid', name, 'may be given once; put commas between the types');
      request.types = [...new Set(commaList(value, name).map((type) => knownType(type, name)))];
    },
    _page: (request, value) => (request.page = value),
    _contained: (_, value, name) => oneOf(['false'], value, name),
    _containedType: (_, value, name) => oneOf(['container', 'contained'], value, name),
    _format: () => {},
    _pretty: () => {},
  };

/** Result parameters of which one value holds. */
const ONCE = new Set(['_count', '_summary', '_total', '_page', '_contained', '_containedType']);

/**
 * Reads the query of a search on a type, or on all types when `type` is undefined.
 * Throws one OutcomeError with an issue per faulty parameter: name, rule, remedy, near names; 'invalid',
 * or 'not-supported' for what FHIR defines and this server does not do.
 */
export function parseSearch(
  type: string | undefined,
  params: URLSearchParams,
  options: ParseSearchOptions,
): SearchRequest {
  if (type !== undefined) knownType(type, 'type');
  const request: SearchRequest = {
    ...(type === undefined ? {} : { type }),
    filters: [],
    sort: [],
    count: defaultCount,
    include: [],
    revinclude: [],
    total: 'none',
    ignored: [],
    selfParams: new URLSearchParams(),
  };
  const types = type === undefined ? typesIn(params) : [];
  const context: FilterContext = {
    ...(types.length > 0 ? { types } : {}),
    now: options.now ?? Date.now(),
    leaves: { count: 0 },
    ...(options.baseUrl ? { baseUrl: options.baseUrl } : {}),
    ...(options.more ? { more: options.more } : {}),
    ...(options.profiles ? { profiles: options.profiles } : {}),
  };
  if (params.size > maxParameters)
    throw fault('too-costly', type ?? 'search', `has ${params.size} parameters; ${maxParameters} are taken`);
  const issues: Issue[] = [];
  const given = new Map<string, string>();
  for (const [name, value] of params) {
    try {
      if (ONCE.has(name) && (given.get(name) ?? value) !== value)
        throw fault('invalid', name, 'is given twice, with different values; one of them holds');
      given.set(name, value);
      if (`${name}${value}`.includes('\0')) throw fault('invalid', name, 'holds a NUL character');
      readParameter(request, name, value, context);
      if (name !== '_page')
        request.selfParams.append(name, name === '_count' ? String(request.count) : value);
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      if (error instanceof UnknownParameter && options.handling === 'lenient') request.ignored.push(name);
      // a fault deep in a chain is told of the parameter as it was sent
      else issues.push(...error.issues.map((issue) => ({ ...issue, expression: [shortened(name)] })));
    }
  }
  if (issues.length > 0) throw new OutcomeError(issues);
  return request;
}

/** The types that `_type` names, wherever it stands; what is wrong with it is told where it is read. */
function typesIn(params: URLSearchParams): string[] {
  const named = (params.get('_type') ?? '').split(',').map((one) => one.trim());
  return [...new Set(named)].filter((one) => resourceTypes.has(one));
}

function readParameter(request: SearchRequest, name: string, value: string, context: FilterContext): void {
  const [base = '', modifier] = name.split(':');
  const control = Object.hasOwn(controls, base) ? controls[base] : undefined;
  if (!control) request.filters.push(parseFilter(request.type, name, value, context));
  else if (modifier === undefined || isIterate(base, modifier)) control(request, value, name, context);
  else throw fault('invalid', name, `has no modifier ':${modifier}'`);
}

const isIterate = (base: string, modifier: string) =>
  (base === '_include' || base === '_revinclude') && (modifier === 'iterate' || modifier === 'recurse');

function sortKey(
  { type }: SearchRequest,
  key: string,
  name: string,
  known: Known,
): SearchRequest['sort'][number] {
  const descending = key.startsWith('-');
  const param = knownParameter(type, descending ? key.slice(1) : key, name, known);
  if (isFullText(param.code) || param.type === 'special' || param.type === 'composite')
    throw fault('invalid', name, `cannot sort by ${param.code}: its values have no order`);
  return { param, descending };
}

/** `Type:param[:target]`, `Type:*`, and for _include `*`, all references of the type searched. */
function includeDirective(
  searched: string | undefined,
  value: string,
  name: string,
  known: Known,
): IncludeDirective {
  const iterate = name.includes(':');
  if (value === '*' && searched) return { type: searched, iterate };
  const [type = '', code, target, ...rest] = value.split(':');
  if (!code || rest.length > 0)
    throw fault('invalid', name, `must read <Type>:<reference parameter>[:<target type>], not '${value}'`);
  knownType(type, name);
  if (target !== undefined) knownType(target, name);
  if (code === '*') return { type, iterate, ...(target ? { target } : {}) };
  const param = knownParameter(type, code, name, known);
  if (param.type !== 'reference')
    throw fault('invalid', name, `${type}.${code} is of type ${param.type}; only references can be included`);
  return { type, param, iterate, ...(target ? { target } : {}) };
}

function knownType(type: string, name: string): string {
  if (resourceTypes.has(type)) return type;
  throw fault('invalid', name, `'${type}' is no FHIR R4 resource type`);
}

function oneOf<T extends string>(allowed: readonly T[], value: string, name: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw fault('invalid', name, `takes ${allowed.join(', ')}, not '${value}'`);
  return found;
}

function commaList(value: string, name: string): string[] {
  const parts = value.split(',').map((part) => part.trim());
  if (parts.includes('')) throw fault('invalid', name, 'has an empty item');
  return parts;
}
