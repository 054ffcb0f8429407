import { compileFhirPath } from '../fhirpath/index.ts';
import type { Resource } from '../interactions.ts';
import { model, resourceTypes } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { compilePath, forEachNode, type Route } from '../path/compile-path.ts';
import { PathNotUnderstood } from '../path/parse-path.ts';
import { converter, type Convert } from './index-values.ts';
import type { SearchParameterType } from './search-parameter.ts';
import type { ValueSink } from './value-sink.ts';

/** A route to nodes of one FHIR type, and what they mean to a search type. */
export type Way = { route: Route; convert: Convert };

/**
 * The ways of an expression that start at a node of the given FHIR type. What the compiled paths do not understand is
 * left to the FHIRPath engine, some twenty times slower. Throws OutcomeError for what is no FHIRPath.
 */
export function compileWays(expression: string, type: string, search: SearchParameterType): Way[] {
  let routes: Route[];
  try {
    routes = compilePath(expression, type);
  } catch (error) {
    if (error instanceof PathNotUnderstood) return [generalWay(expression, type, search)];
    throw error;
  }
  return routes.flatMap((route) => {
    const convert = converter(search, route.type, route.binding);
    return convert ? [{ route, convert }] : [];
  });
}

/** Tells what a way finds from a node on. */
export function goWay({ route, convert }: Way, node: unknown, root: Resource, out: ValueSink): void {
  forEachNode(route.steps, node, root, out, convert);
}

const systemTypes: Record<string, string> = {
  'System.String': 'string',
  'System.Boolean': 'boolean',
  'System.Integer': 'integer',
  'System.Decimal': 'decimal',
  'System.Date': 'date',
  'System.DateTime': 'dateTime',
  'System.Quantity': 'Quantity',
};

/** A resource that fails the expression (two items where one is needed) has no value. */
function generalWay(expression: string, type: string, search: SearchParameterType): Way {
  const compiled = compileFhirPath(expression);
  return {
    route: { type, steps: [] },
    convert(node, out, root) {
      try {
        for (const found of compiled.nodes(node, { type, root, resolve: stub })) {
          const fhirType = systemTypes[found.type] ?? found.type;
          converter(search, fhirType)?.(found.value, out, root);
        }
      } catch (error) {
        if (!(error instanceof OutcomeError)) throw error;
      }
    },
  };
}

/** What `resolve() is Patient` needs to know; the resource itself is not fetched. */
function stub(reference: string): Resource | undefined {
  const type = /(?:^|\/)([A-Z]\w+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(reference)?.[1];
  return type && resourceTypes.has(type) && model.types[type] ? { resourceType: type } : undefined;
}
