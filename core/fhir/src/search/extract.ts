import type { Resource } from '../interactions.ts';
import { compilePath } from '../path/compile-path.ts';
import { isFullText } from './full-text.ts';
import type { Convert } from './index-values.ts';
import { contentText, narrativeText } from './narrative.ts';
import type { SearchParameter } from './search-parameter.ts';
import { searchParameters } from './search-parameters.ts';
import type { IndexValue } from './values.ts';
import { compileWays, goWay, type Way } from './way.ts';

/** What a parameter finds in a resource; never empty. */
export type Extracted = { param: SearchParameter; values: IndexValue[] };

/** A way, and the place of its parameter in the plan. */
type PlannedWay = Way & { at: number };

type Plan = {
  params: readonly SearchParameter[];
  /** Ways by the property they start with, so that only properties present are followed. */
  byProperty: ReadonlyMap<string, readonly PlannedWay[]>;
  /** Ways that say something also when a property is absent. */
  always: readonly PlannedWay[];
};

const plans = new Map<string, Plan>();
const waysByType = new WeakMap<SearchParameter, Map<string, Way[]>>();

/**
 * Every search parameter's values in a resource, `_id` and `_lastUpdated` included, in the order of
 * `searchParameters(type)`, then those of `more`; parameters without a value are left out, and the words that `_text`
 * and `_content` look at. A few µs for an ordinary resource.
 */
export function extract(resource: Resource, more: readonly SearchParameter[] = []): Extracted[] {
  const plan = plans.get(resource.resourceType) ?? makePlan(resource.resourceType);
  const found: (IndexValue[] | undefined)[] = [];
  found.length = plan.params.length;
  for (const property in resource) {
    const ways = plan.byProperty.get(property);
    if (ways) for (const way of ways) goWay(way, resource, resource, (found[way.at] ??= []));
  }
  for (const way of plan.always) goWay(way, resource, resource, (found[way.at] ??= []));

  const extracted: Extracted[] = [];
  for (let at = 0; at < found.length; at++) {
    const values = found[at];
    if (values !== undefined && values.length > 0) extracted.push({ param: plan.params[at]!, values });
  }
  for (const param of more) {
    const values = extractParameter(param, resource);
    if (values.length > 0) extracted.push({ param, values });
  }
  return extracted;
}

/** The values of one parameter in a resource. */
export function extractParameter(param: SearchParameter, resource: Resource): IndexValue[] {
  if (isFullText(param.code)) return fullText(param.code, resource);
  const values: IndexValue[] = [];
  for (const way of waysOf(param, resource.resourceType)) goWay(way, resource, resource, values);
  return values;
}

function fullText(code: string, resource: Resource): IndexValue[] {
  const text = code === '_text' ? narrativeText(resource) : contentText(resource);
  return text === '' ? [] : [{ kind: 'string', text }];
}

function makePlan(type: string): Plan {
  const params = searchParameters(type).filter(({ code }) => !isFullText(code));
  const byProperty = new Map<string, PlannedWay[]>();
  const always: PlannedWay[] = [];
  for (const [at, param] of params.entries()) {
    for (const way of waysOf(param, type)) {
      const first = way.route.steps[0];
      if (!first || !('property' in first)) always.push({ at, ...way });
      else byProperty.set(first.property, [...(byProperty.get(first.property) ?? []), { at, ...way }]);
    }
  }
  const plan = { params, byProperty, always };
  plans.set(type, plan);
  return plan;
}

function waysOf(param: SearchParameter, type: string): Way[] {
  const byType = waysByType.get(param) ?? new Map<string, Way[]>();
  let ways = byType.get(type);
  if (!ways) {
    ways = makeWays(param, type);
    waysByType.set(param, byType.set(type, ways));
  }
  return ways;
}

function makeWays(param: SearchParameter, type: string): Way[] {
  const { expression = '', type: search } = param;
  if (search !== 'composite') return compileWays(expression, type, search);
  return compilePath(expression, type).map((route) => ({
    route,
    convert: compositeConverter(param, route.type),
  }));
}

/** Values of all components found under one node stay together; a node that lacks one gives nothing. */
function compositeConverter(param: SearchParameter, type: string): Convert {
  const components = param.components.map((component) =>
    compileWays(component.expression, type, component.type),
  );
  return (node, out, root) => {
    const parts = components.map((ways) => {
      const values: IndexValue[] = [];
      for (const way of ways) goWay(way, node, root, values);
      return values;
    });
    if (parts.every((values) => values.length > 0)) out.push({ kind: 'composite', parts });
  };
}
