import { resourceTypes } from '../model/model.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { type Issue, type IssueType, OutcomeError } from '../outcome.ts';
import { splitEscaped } from './escape.ts';
import { commonParameter } from './common-parameter.ts';
import { isFullText } from './full-text.ts';
import { isHierarchy } from './hierarchy.ts';
import { nearNames } from './near-names.ts';
import { parseValue, ValueFault, type ValueContext } from './parse-value.ts';
import type { SearchParameter, SearchParameterType } from './search-parameter.ts';
import { isUnsupportedParameter, searchParameter, searchParameters } from './search-parameters.ts';
import type { Modifier, SearchFilter, SearchValue, ValueFilter } from './search-request.ts';

/** Modifiers by type; a reference also takes a resource type. Source: https://hl7.org/fhir/R4/search.html#modifiers */
const modifiers: Record<SearchParameterType, readonly Modifier[]> = {
  string: ['exact', 'contains'],
  token: ['not', 'text', 'in', 'not-in', 'below', 'above', 'of-type'],
  reference: ['identifier', 'below', 'above'],
  uri: ['above', 'below'],
  date: [],
  number: [],
  quantity: [],
  composite: [],
  special: [],
};

/** Chains and `_has` may nest this deep, and take this many filters in all: a link that does not name its type takes one for each. */
const maxChain = 20;
const maxLeaves = 2000;

/** Values between the commas of one parameter. */
const maxValues = 2000;

/** The parameters a type has beside those of R4. */
export type MoreParameters = (type: string) => readonly SearchParameter[];

/** Where the parameters of a search are looked up. */
export type Known = {
  more?: MoreParameters;
  /** The types of a search over several: their common parameters are taken. */
  types?: readonly string[];
};

export type FilterContext = Known & {
  baseUrl?: string;
  now: number;
  profiles?: ProfileSource;
  /** Filters made so far. */
  leaves?: { count: number };
};

/**
 * A parameter of no type here, or one that is not evaluated: only this is forgiven by lenient handling.
 * Source: https://hl7.org/fhir/R4/search.html#errors, “unknown or unsupported parameter”
 */
export class UnknownParameter extends OutcomeError {}

/**
 * Reads one parameter of a search on a type: name with modifier, chain or `_has`, and its values.
 * Throws OutcomeError 'invalid' or 'not-supported'; UnknownParameter when no such parameter exists.
 */
export function parseFilter(
  type: string | undefined,
  name: string,
  value: string,
  context: FilterContext,
  depth = 0,
): SearchFilter {
  if (depth > maxChain) throw fault('too-costly', name, `a chain may have at most ${maxChain} links`);
  if (context.leaves && ++context.leaves.count > maxLeaves)
    throw fault(
      'too-costly',
      name,
      'asks for too much at once. Name the type of each link, as in subject:Patient.name',
    );
  if (name === '_has' || name.startsWith('_has:')) return has(type, name, value, context, depth);
  if (name === '_list') return list(name, value);
  const dot = name.indexOf('.');
  return dot > 0 ? chain(type, name, dot, value, context, depth) : plain(type, name, value, context);
}

function plain(type: string | undefined, name: string, value: string, context: FilterContext): SearchFilter {
  const [code = '', modifier, ...more] = name.split(':');
  const param = knownParameter(type, code, name, context);
  if (more.length > 0) throw fault('invalid', name, 'takes at most one modifier');
  if (value === '') throw fault('invalid', name, 'has no value. Give one, or leave the parameter out');
  if (modifier === 'missing') return { kind: 'missing', param, missing: trueOrFalse(name, value) };

  const valueContext: ValueContext = { ...context };
  if (modifier !== undefined && isFullText(code))
    throw fault('invalid', name, `takes no modifier but :missing`);
  if (modifier !== undefined) {
    if (param.type === 'reference' && resourceTypes.has(modifier))
      valueContext.targetType = target(param, modifier, name);
    else valueContext.modifier = knownModifier(param, modifier, name);
  }
  const texts = splitEscaped(value, ',');
  if (texts.length > maxValues)
    throw fault('too-costly', name, `has ${texts.length} values; ${maxValues} are taken`);
  const values = texts.map((one) => {
    if (one === '')
      throw fault(
        'invalid',
        name,
        'has an empty value between commas. Escape a comma that belongs to a value as \\,',
      );
    try {
      return parseValue(param, one, valueContext);
    } catch (error) {
      if (error instanceof ValueFault)
        throw fault('invalid', name, `does not understand '${shortened(one)}': ${error.message}`);
      throw error;
    }
  });
  if (param.type === 'reference') checkHierarchy(param, valueContext.modifier, values, name);
  return {
    kind: 'value',
    param,
    values,
    ...(valueContext.modifier ? { modifier: valueContext.modifier } : {}),
  };
}

/** `:below` and `:above` of a literal reference need a type whose resources stand below each other. */
function checkHierarchy(
  param: SearchParameter,
  modifier: Modifier | undefined,
  values: readonly SearchValue[],
  name: string,
): void {
  if (modifier !== 'below' && modifier !== 'above') return;
  for (const value of values) {
    if (value.kind !== 'reference' || value.id === undefined) continue;
    const types = value.type === undefined ? param.targets : [value.type];
    if (!types.some(isHierarchy))
      throw fault(
        'invalid',
        name,
        `takes :${modifier} only where one refers to its own kind, as Location by partof`,
      );
  }
}

function list(name: string, value: string): SearchFilter {
  const ids = splitEscaped(value, ',').map((one) => one.replace(/^List\//, ''));
  if (!ids.every((id) => /^[A-Za-z0-9\-.]{1,64}$/.test(id)))
    throw fault(
      'invalid',
      name,
      'takes the id of a List; functional lists such as $current-problems are not kept here',
    );
  return { kind: 'list', ids };
}

/** True when a search by the filter needs other resources: chains, `_has`, `_list`, and hierarchies of references. */
export function looksElsewhere(filter: SearchFilter): boolean {
  if (filter.kind === 'any' || filter.kind === 'missing') return false;
  if (filter.kind !== 'value') return true;
  return isHierarchySearch(filter);
}

/** `:below` or `:above` of literal references: the resources under or over those named. */
export function isHierarchySearch({ param, modifier, values }: ValueFilter): boolean {
  if (param.type !== 'reference' || (modifier !== 'below' && modifier !== 'above')) return false;
  return values.some((value) => value.kind === 'reference' && value.id !== undefined);
}

function chain(
  type: string | undefined,
  name: string,
  dot: number,
  value: string,
  context: FilterContext,
  depth: number,
): SearchFilter {
  const [code = '', modifier, ...more] = name.slice(0, dot).split(':');
  const rest = name.slice(dot + 1);
  const param = knownParameter(type, code, name, context);
  if (more.length > 0) throw fault('invalid', name, 'takes at most one modifier for each link');
  if (param.type !== 'reference')
    throw fault(
      'invalid',
      name,
      `cannot be chained: ${code} is of type ${param.type}, only references lead on`,
    );
  const restCode = rest.split(/[:.]/, 1)[0]!;
  const types = modifier === undefined ? param.targets : [target(param, modifier, name)];
  const able = types.filter((one) => restCode === '_has' || parameterOf(one, restCode, context));
  if (able.length === 0)
    throw new UnknownParameter([
      issue(
        'invalid',
        name,
        `Search parameter '${shortened(name)}': none of ${named(types.slice(0, 8))} can be searched by '${shortened(restCode)}'.`,
      ),
    ]);
  return { kind: 'chain', param, targets: chainTargets(able, rest, value, context, depth) };
}

/** The types that the rest of a chain makes sense for; when there is none, a fault, rather than that it is unknown to one. */
function chainTargets(
  types: readonly string[],
  rest: string,
  value: string,
  context: FilterContext,
  depth: number,
): { type: string; filter: SearchFilter }[] {
  const targets: { type: string; filter: SearchFilter }[] = [];
  let failed: unknown;
  for (const type of types) {
    try {
      targets.push({ type, filter: parseFilter(type, rest, value, context, depth + 1) });
    } catch (error) {
      if (!(error instanceof OutcomeError) || error.code === 'too-costly') throw error;
      if (failed === undefined || failed instanceof UnknownParameter) failed = error;
    }
  }
  if (targets.length === 0) throw failed;
  return targets;
}

function has(
  type: string | undefined,
  name: string,
  value: string,
  context: FilterContext,
  depth: number,
): SearchFilter {
  const [, source = '', code = '', ...rest] = name.split(':');
  if (rest.length === 0 || !resourceTypes.has(source))
    throw fault(
      'invalid',
      name,
      'must read _has:<Type>:<reference parameter>:<parameter>, such as _has:Observation:patient:code',
    );
  const param = knownParameter(source, code, name, context);
  const searched = type === undefined ? context.types : [type];
  if (param.type !== 'reference' || (searched && !searched.some((one) => param.targets.includes(one))))
    throw fault('invalid', name, `${source}.${code} does not refer to ${named(searched ?? ['resources'])}`);
  return {
    kind: 'has',
    type: source,
    param,
    filter: parseFilter(source, rest.join(':'), value, context, depth + 1),
  };
}

/** The parameter of a type, or common to the types, by its code. `name` is what errors speak of. */
export function knownParameter(
  type: string | undefined,
  code: string,
  name: string,
  from: Known = {},
): SearchParameter {
  const param = parameterOf(type, code, from);
  if (param) return param;
  const { more, types = [] } = from;
  if (
    (type === undefined && types.length > 0 ? types : [type]).some((one) => isUnsupportedParameter(one, code))
  )
    throw new UnknownParameter([
      issue(
        'not-supported',
        name,
        `Search parameter '${shortened(name)}' is defined by FHIR (${code}) but not evaluated by this server.`,
      ),
    ]);
  if (type === undefined && types.length > 0)
    throw new UnknownParameter([notCommon(types, code, name, from)]);
  const known = [...searchParameters(type), ...((type && more?.(type)) || [])];
  const near = nearNames(
    shortened(code),
    known.map((one) => one.code),
  );
  const hint =
    near.length > 0
      ? ` Did you mean ${named(near)}?`
      : type === undefined
        ? ' Name the types (_type) for the parameters that they have in common.'
        : ' The CapabilityStatement (GET metadata) lists those it has.';
  throw new UnknownParameter([
    issue(
      'invalid',
      name,
      `${type ?? 'A search over all types'} has no search parameter '${shortened(code)}'.${hint}`,
    ),
  ]);
}

/** Why several types have no common parameter of a code. */
function notCommon(types: readonly string[], code: string, name: string, from: Known): Issue {
  const lacking = types.filter((type) => !parameterOf(type, code, from));
  const why =
    lacking.length > 0
      ? `${named(lacking.slice(0, 8))} ${lacking.length === 1 ? 'has' : 'have'} no search parameter '${shortened(code)}'`
      : `'${shortened(code)}' is not of one kind in ${named(types.slice(0, 8))}`;
  return issue('invalid', name, `${why}. A search over several types takes what all of them have in common.`);
}

function parameterOf(
  type: string | undefined,
  code: string,
  { more, types }: Known,
): SearchParameter | undefined {
  if (type !== undefined) return searchParameter(type, code) ?? more?.(type).find((one) => one.code === code);
  return (
    searchParameter(type, code) ??
    (types &&
      commonParameter(new Map(types.map((one) => [one, parameterOf(one, code, more ? { more } : {})]))))
  );
}

function knownModifier(param: SearchParameter, modifier: string, name: string): Modifier {
  const known = modifiers[param.type];
  if ((known as readonly string[]).includes(modifier)) return modifier as Modifier;
  const allowed = [...known, ...(param.type === 'reference' ? param.targets.slice(0, 5) : []), 'missing'];
  throw fault(
    'invalid',
    name,
    `has no modifier ':${shortened(modifier)}'. A ${param.type} takes ${named(allowed.map((one) => `:${one}`))}`,
  );
}

function target(param: SearchParameter, type: string, name: string): string {
  if (param.targets.includes(type)) return type;
  throw fault(
    'invalid',
    name,
    `${param.code} cannot refer to ${type}. It refers to ${named(param.targets.slice(0, 8))}`,
  );
}

function trueOrFalse(name: string, value: string): boolean {
  if (value !== 'true' && value !== 'false')
    throw fault('invalid', name, `takes true or false, not '${shortened(value)}'`);
  return value === 'true';
}

export function fault(code: IssueType, name: string, why: string): OutcomeError {
  return new OutcomeError([issue(code, name, `Search parameter '${shortened(name)}' ${why}.`)]);
}

const issue = (code: IssueType, name: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
  expression: [shortened(name)],
});

const named = (names: readonly string[]) => names.join(', ');

/** What was sent, as far as an answer repeats it. */
export const shortened = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
