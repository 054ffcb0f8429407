import type { Resource } from '../interactions.ts';
import { model, resourceTypes } from '../model/model.ts';
import { type Issue, OutcomeError } from '../outcome.ts';
import { beyondResource } from './beyond-resource.ts';
import { compilePath } from '../path/compile-path.ts';
import { converter, typesFound } from './index-values.ts';
import { nodeTypes } from './node-types.ts';
import type { SearchParameter, SearchParameterType } from './search-parameter.ts';
import { definedParameter } from './search-parameters.ts';
import { unionBranches } from './union-branches.ts';
import { unsearched, type Unsearched } from './unsearched.ts';
import { compileWays } from './way.ts';

type Component = { definition: string; expression: string };
type Definition = {
  code: string;
  type: SearchParameterType;
  url: string;
  description?: string;
  expression?: string;
  base?: string[];
  derivedFrom?: string;
  target?: string[];
  component?: Component[];
};

const searchable = new Set<SearchParameterType>([
  'number',
  'date',
  'string',
  'token',
  'reference',
  'composite',
  'quantity',
  'uri',
]);

/** The parameters a composite may be made of, by canonical URL. */
export type FindParameter = (url: string) => { type: SearchParameterType; code: string } | undefined;

/**
 * What a SearchParameter resource adds to each resource type it is for; nothing where it restates a parameter of R4,
 * as those of implementation guides do: R4's stays in force. Throws OutcomeError 'processing' naming the element when
 * its expression is not understood, finds nothing in a type, or its code is taken by R4 for something else.
 * Source: https://hl7.org/fhir/R4/searchparameter.html
 */
export function customParameters(
  resource: Resource,
  find: FindParameter = findStandard,
): Map<string, SearchParameter> {
  const definition = resource as unknown as Definition;
  const issues: Issue[] = [];
  const refuse = (element: string, why: string) =>
    issues.push({
      severity: 'error',
      code: 'processing',
      diagnostics: why,
      expression: [`SearchParameter.${element}`],
    });
  const { code, type, expression } = definition;
  const named = (definition.base ?? []).flatMap(concreteTypes);
  const bases = named.filter((base) => {
    const defined = definedParameter(base, code);
    if (defined && !restates(definition, defined))
      refuse(
        'code',
        `FHIR R4 defines ${base}.${code} already; give this parameter a code of its own, or name ${defined.url} in derivedFrom if it restates that`,
      );
    return !defined;
  });
  if (named.length > 0 && bases.length === 0 && issues.length === 0) return new Map();
  if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(code ?? ''))
    refuse(
      'code',
      `“${String(code)}” cannot be a parameter's name in a URL: a letter, then letters, digits and -`,
    );
  if (!searchable.has(type))
    refuse('type', `Parameters of type ${type} cannot be added; write one of another type`);
  if (expression === undefined)
    refuse('expression', 'Without an expression nothing would be found; give one');
  if (named.length === 0) refuse('base', 'None of the types named is a resource type of FHIR R4');
  const components = componentsOf(definition, find, refuse);
  const made = new Map<string, SearchParameter>();
  if (issues.length === 0) {
    for (const base of bases) {
      const param = ofType(definition, base, components, refuse);
      if (param) made.set(base, param);
    }
    if (made.size === 0 && issues.length === 0)
      refuse(
        'expression',
        `The expression finds no element of ${bases.slice(0, 5).join(', ')} that can be searched as ${type}: ${typesFound(type).join(', ')}`,
      );
  }
  if (issues.length > 0) throw new OutcomeError(issues);
  return made;
}

/**
 * Whether a definition is that of R4 again or part of it: it says so, or asks for nothing else.
 * Source: https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.derivedFrom
 */
function restates({ type, derivedFrom, expression = '' }: Definition, defined: SearchParameter): boolean {
  if (type !== defined.type) return false;
  if (derivedFrom?.split('|')[0] === defined.url) return true;
  const known = new Set(unionBranches(defined.expression ?? '').map(plain));
  return unionBranches(expression).every((branch) => known.has(plain(branch)));
}

/** A branch as it is compared: `(a as b)` is `a.as(b)`. */
const plain = (branch: string) =>
  branch
    .replace(/^\s*\((\S+) as (\w+)\)\s*$/, '$1.as($2)')
    .replace(/\s+/g, ' ')
    .trim();

/**
 * What is wrong with a SearchParameter that is to be in force; nothing for one that is a draft or retired. Of two with one
 * code the `known` one stays in force, so that the other would never be.
 */
export function searchParameterIssues(
  resource: Resource,
  known: (type: string) => readonly SearchParameter[] = () => [],
): Issue[] {
  if (resource.resourceType !== 'SearchParameter' || resource['status'] !== 'active') return [];
  try {
    const made = customParameters(resource, (url) => findStandard(url) ?? { type: 'token', code: url });
    const taken = [...made].flatMap(([type, { code }]) => {
      const other = known(type).find(
        (one) => one.code === code && one.url !== resource['url'] && one.custom?.id !== resource.id,
      );
      return other ? [codeTaken(type, other)] : [];
    });
    return made.size > 0 ? [...taken, ...beyondIssues(resource), ...unsearchedIssues(resource)] : taken;
  } catch (error) {
    if (error instanceof OutcomeError) return error.issues;
    throw error;
  }
}

/** What an expression asks for beyond the resource is told when it is written; one stored earlier finds what it found. */
function beyondIssues(resource: Resource): Issue[] {
  const { base = [], expression, component = [] } = resource as unknown as Definition;
  const texts: [element: string, text: string | undefined][] = [
    ['expression', expression],
    ...component.map((one, at): [string, string] => [`component[${at}].expression`, one.expression]),
  ];
  return texts.flatMap(([element, text = '{}']) =>
    beyondResource(text, base).map((diagnostics) => ({
      severity: 'error' as const,
      code: 'processing' as const,
      diagnostics,
      expression: [`SearchParameter.${element}`],
    })),
  );
}

/** What cannot be found is told when it is written too; of what was stored earlier the rest is found. */
function unsearchedIssues(resource: Resource): Issue[] {
  const { type, expression = '', base = [], component = [] } = resource as unknown as Definition;
  const bases = base.flatMap(concreteTypes);
  if (type === 'composite')
    return component.flatMap((one, at) => unsearchedComponent(one, at, expression, bases));
  return unionBranches(expression).flatMap((branch) =>
    asIssues(
      unsearched(
        branch,
        bases.filter((one) => startsAt(branch, one)),
        type,
      ),
      'expression',
    ),
  );
}

/** Of a component whose parameter is none of R4 the type is not known here. */
function unsearchedComponent(
  { definition, expression }: Component,
  at: number,
  whole: string,
  bases: readonly string[],
): Issue[] {
  const of = findStandard(definition.split('|')[0]!);
  const nodes = bases.map((base) => nodeTypes(branchesAt(whole, base), base));
  if (!of || !nodes.every((types) => types !== undefined)) return [];
  return asIssues(unsearched(expression, [...new Set(nodes.flat())], of.type), `component[${at}].expression`);
}

const asIssues = (found: Unsearched | undefined, element: string): Issue[] =>
  found
    ? [
        {
          severity: found.severity,
          code: 'processing',
          diagnostics: found.why,
          expression: [`SearchParameter.${element}`],
        },
      ]
    : [];

const codeTaken = (type: string, { code, url }: SearchParameter): Issue => ({
  severity: 'error',
  code: 'processing',
  diagnostics: `${type}.${code} is in force already by ${url}; change that one, or give this parameter a code of its own`,
  expression: ['SearchParameter.code'],
});

function ofType(
  { code, type, url, description = '', expression = '', target = [] }: Definition,
  base: string,
  components: SearchParameter['components'],
  refuse: (element: string, why: string) => void,
): SearchParameter | undefined {
  const reduced = branchesAt(expression, base);
  if (reduced === '') return undefined;
  const refuseExpression = (why: string) => refuse('expression', why);
  const leadsTo =
    type === 'composite'
      ? understood(() => compilePath(reduced, base), refuseExpression)
      : understood(() => compileWays(reduced, base, type), refuseExpression)?.map(({ route }) => route);
  if (!leadsTo?.length) return undefined;
  const starts = [...new Set(leadsTo.map((route) => route.type))];
  components.forEach((component, at) =>
    checkComponent(component.expression, starts, (why) => refuse(`component[${at}].expression`, why)),
  );
  const targets = target.flatMap(concreteTypes);
  return {
    code,
    type,
    url,
    description,
    expression: reduced,
    targets: type === 'reference' && targets.length === 0 ? [...resourceTypes] : targets,
    components,
    ...(type === 'composite' ? {} : typesOf(reduced, base, type)),
  };
}

/** The kinds of what is found; nothing where the value of an extension is among them, which may be of any. */
function typesOf(
  expression: string,
  base: string,
  type: SearchParameterType,
): Pick<SearchParameter, 'nodeTypes'> {
  const types = nodeTypes(expression, base)?.filter((one) => converter(type, one));
  return types === undefined || types.includes('Extension') ? {} : { nodeTypes: types };
}

/** What `compile` makes; nothing, and why, when that is no FHIRPath or none that is followed there. */
function understood<Made>(compile: () => Made, refuse: (why: string) => void): Made | undefined {
  try {
    return compile();
  } catch (error) {
    refuse(`The expression is not understood: ${(error as Error).message}`);
    return undefined;
  }
}

/** A component starts at what the composite leads to; one that finds nothing there would hide the whole. */
function checkComponent(
  expression: string,
  nodeTypes: readonly string[],
  refuse: (why: string) => void,
): void {
  const finds = understood(
    () =>
      nodeTypes.some((node) =>
        [...searchable].some((search) => compileWays(expression, node, search).length > 0),
      ),
    refuse,
  );
  if (finds === false)
    refuse(`The expression finds no element of ${nodeTypes.join(', ')} that can be searched`);
}

function componentsOf(
  { type, component = [] }: Definition,
  find: FindParameter,
  refuse: (element: string, why: string) => void,
): SearchParameter['components'] {
  if (type !== 'composite') return [];
  if (component.length < 2) refuse('component', 'A composite needs at least two components');
  return component.flatMap(({ definition, expression }, at) => {
    const of = find(definition.split('|')[0]!);
    if (of) return [{ expression, type: of.type, code: of.code }];
    refuse(`component[${at}].definition`, `${definition} is no parameter known here`);
    return [];
  });
}

/** The part of an expression that is about a type; empty when none is. */
const branchesAt = (expression: string, base: string): string =>
  unionBranches(expression)
    .filter((branch) => startsAt(branch, base))
    .join(' | ');

/** A branch that names no type starts wherever the parameter is used; one that names a type only there. */
function startsAt(branch: string, base: string): boolean {
  const first = /^\(*\s*([A-Z]\w*)/.exec(branch)?.[1];
  return first === undefined || first === base || ancestorsOf(base).includes(first);
}

function ancestorsOf(type: string): string[] {
  const base = model.types[type]?.base;
  return base ? [base, ...ancestorsOf(base)] : [];
}

function concreteTypes(type: string): string[] {
  if (resourceTypes.has(type)) return [type];
  return type === 'Resource' || type === 'DomainResource'
    ? [...resourceTypes].filter((one) => ancestorsOf(one).includes(type))
    : [];
}

const standard = new Map<string, { type: SearchParameterType; code: string }>();

/** The parameter of R4 that has a canonical URL. */
export function findStandard(url: string): { type: SearchParameterType; code: string } | undefined {
  if (standard.size === 0)
    for (const parameters of Object.values(model.searchParameters))
      for (const { url: one, type, code } of parameters) standard.set(one, { type, code });
  return standard.get(url);
}
