import type { Resource } from '../interactions.ts';
import { compilePath, follow, type Route } from '../path/compile-path.ts';
import { converter, type Convert } from './index-values.ts';
import type { SearchParameterType } from './search-parameter.ts';
import type { IndexValue } from './values.ts';

/** A route to nodes of one FHIR type, and what they mean to a search type. */
export type Way = { route: Route; convert: Convert };

/** The ways of an expression that start at a node of the given FHIR type. */
export function compileWays(expression: string, type: string, search: SearchParameterType): Way[] {
  return compilePath(expression, type).flatMap((route) => {
    const convert = converter(search, route.type, route.binding);
    return convert ? [{ route, convert }] : [];
  });
}

/** Appends what a way finds from a node on. */
export function goWay({ route, convert }: Way, node: unknown, root: Resource, values: IndexValue[]): void {
  const nodes: unknown[] = [];
  follow(route, node, root, nodes);
  for (const found of nodes) convert(found, values, root);
}
