import { resourceTypes } from '../model/model.ts';
import { type Issue, type IssueType, OutcomeError } from '../outcome.ts';
import { splitEscaped } from './escape.ts';
import { nearNames } from './near-names.ts';
import { parseValue, ValueFault, type ValueContext } from './parse-value.ts';
import type { SearchParameter, SearchParameterType } from './search-parameter.ts';
import { isUnsupportedParameter, searchParameter, searchParameters } from './search-parameters.ts';
import type { Modifier, SearchFilter } from './search-request.ts';

/** Modifiers by type; a reference also takes a resource type. Source: https://hl7.org/fhir/R4/search.html#modifiers */
const modifiers: Record<SearchParameterType, readonly Modifier[]> = {
  string: ['exact', 'contains'],
  token: ['not', 'text', 'of-type'],
  reference: ['identifier'],
  uri: ['above', 'below'],
  date: [],
  number: [],
  quantity: [],
  composite: [],
  special: [],
};

/** Chains and `_has` may nest this deep. */
const maxChain = 5;

export type FilterContext = { baseUrl?: string; now: number };

/** A parameter of no type here: only this is forgiven by lenient handling. */
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
  if (name.startsWith('_has:')) return has(type, name, value, context, depth);
  const dot = name.indexOf('.');
  return dot > 0 ? chain(type, name, dot, value, context, depth) : plain(type, name, value, context);
}

function plain(type: string | undefined, name: string, value: string, context: FilterContext): SearchFilter {
  const [code = '', modifier, ...more] = name.split(':');
  const param = knownParameter(type, code, name);
  if (more.length > 0) throw fault('invalid', name, 'takes at most one modifier');
  if (value === '') throw fault('invalid', name, 'has no value. Give one, or leave the parameter out');
  if (modifier === 'missing') return { kind: 'missing', param, missing: trueOrFalse(name, value) };

  const valueContext: ValueContext = { ...context };
  if (modifier !== undefined) {
    if (param.type === 'reference' && resourceTypes.has(modifier))
      valueContext.targetType = target(param, modifier, name);
    else valueContext.modifier = knownModifier(param, modifier, name);
  }
  const values = splitEscaped(value, ',').map((one) => {
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
        throw fault('invalid', name, `does not understand '${one}': ${error.message}`);
      throw error;
    }
  });
  return {
    kind: 'value',
    param,
    values,
    ...(valueContext.modifier ? { modifier: valueContext.modifier } : {}),
  };
}

function chain(
  type: string | undefined,
  name: string,
  dot: number,
  value: string,
  context: FilterContext,
  depth: number,
): SearchFilter {
  const [code = '', modifier] = name.slice(0, dot).split(':');
  const rest = name.slice(dot + 1);
  const param = knownParameter(type, code, name);
  if (param.type !== 'reference')
    throw fault(
      'invalid',
      name,
      `cannot be chained: ${code} is of type ${param.type}, only references lead on`,
    );
  const restCode = rest.split(/[:.]/, 1)[0]!;
  const types = modifier === undefined ? param.targets : [target(param, modifier, name)];
  const able = types.filter((one) => restCode === '_has' || searchParameter(one, restCode));
  if (able.length === 0)
    throw fault('invalid', name, `none of ${list(types)} can be searched by '${restCode}'`);
  return {
    kind: 'chain',
    param,
    targets: able.map((one) => ({ type: one, filter: parseFilter(one, rest, value, context, depth + 1) })),
  };
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
  const param = knownParameter(source, code, name);
  if (param.type !== 'reference' || (type && !param.targets.includes(type)))
    throw fault('invalid', name, `${source}.${code} does not refer to ${type ?? 'resources'}`);
  return {
    kind: 'has',
    type: source,
    param,
    filter: parseFilter(source, rest.join(':'), value, context, depth + 1),
  };
}

/** The parameter of a type by its code. `name` is what errors speak of. */
export function knownParameter(type: string | undefined, code: string, name: string): SearchParameter {
  const param = searchParameter(type, code);
  if (param) return param;
  if (isUnsupportedParameter(type, code))
    throw fault('not-supported', name, `is defined by FHIR (${code}) but not evaluated by this server`);
  const near = nearNames(
    code,
    searchParameters(type).map((one) => one.code),
  );
  const hint =
    near.length > 0
      ? ` Did you mean ${list(near)}?`
      : ' The CapabilityStatement (GET metadata) lists those it has.';
  throw new UnknownParameter([
    issue('invalid', name, `${type ?? 'A search over all types'} has no search parameter '${code}'.${hint}`),
  ]);
}

function knownModifier(param: SearchParameter, modifier: string, name: string): Modifier {
  const known = modifiers[param.type];
  if ((known as readonly string[]).includes(modifier)) return modifier as Modifier;
  const allowed = [...known, ...(param.type === 'reference' ? param.targets.slice(0, 5) : []), 'missing'];
  const unsupported = ['in', 'not-in', 'above', 'below', 'type'].includes(modifier);
  throw fault(
    unsupported ? 'not-supported' : 'invalid',
    name,
    `has no modifier ':${modifier}'. A ${param.type} takes ${list(allowed.map((one) => `:${one}`))}`,
  );
}

function target(param: SearchParameter, type: string, name: string): string {
  if (param.targets.includes(type)) return type;
  throw fault(
    'invalid',
    name,
    `${param.code} cannot refer to ${type}. It refers to ${list(param.targets.slice(0, 8))}`,
  );
}

function trueOrFalse(name: string, value: string): boolean {
  if (value !== 'true' && value !== 'false')
    throw fault('invalid', name, `takes true or false, not '${value}'`);
  return value === 'true';
}

export function fault(code: IssueType, name: string, why: string): OutcomeError {
  return new OutcomeError([issue(code, name, `Search parameter '${name}' ${why}.`)]);
}

const issue = (code: IssueType, name: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
  expression: [name],
});

const list = (names: readonly string[]) => names.join(', ');
