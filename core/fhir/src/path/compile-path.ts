import type { Resource } from '../interactions.ts';
import { model, resourceTypes, type ElementModel } from '../model/model.ts';
import { referencedType } from './referenced-type.ts';
import { parsePath, type Path, PathNotUnderstood } from './parse-path.ts';

/** Tells whether a node passes; `root` is the whole resource. */
type Test = (node: unknown, root: Resource) => boolean;

/** One of three, always with the same names so that following one is one way of reading it. */
type Step = {
  /** To the values of this property; repeating ones are flattened. */
  property: string | undefined;
  /** Of those the one at this place. */
  index: number | undefined;
  /** A filter. */
  test: Test | undefined;
  /** The node becomes this. */
  compute: ((node: unknown, root: Resource) => unknown) | undefined;
};

const nothing: Step = { property: undefined, index: undefined, test: undefined, compute: undefined };
const toProperty = (property: string): Step => ({ ...nothing, property });
const passing = (test: Test): Step => ({ ...nothing, test });
const becoming = (compute: NonNullable<Step['compute']>): Step => ({ ...nothing, compute });

/** One way from a node to values of one known type: choices are already resolved to their properties. */
export type Route = {
  /** FHIR type of what it ends on; `Patient.contact` for a nested element. */
  type: string;
  steps: readonly Step[];
  /** Value set of a required binding on the last element. */
  binding?: string;
};

/**
 * Compiles a FHIRPath expression of the kind R4 search parameters use, starting at a node of the given
 * type, into routes. An element that the type does not have gives no route. Throws on other FHIRPath.
 */
export function compilePath(expression: string, type: string): Route[] {
  return routes(parsePath(expression), { type, steps: [] });
}

/** The nodes a route ends on, appended to `found`. Nulls in arrays of primitives are left out. */
export function follow(route: Route, node: unknown, root: Resource, found: unknown[]): void {
  forEachNode(route.steps, node, root, found, push);
}

const push = (node: unknown, found: unknown[]) => void found.push(node);

/** Hands each node that the steps end on to `visit`, along with what it collects `into`. */
export function forEachNode<Into>(
  steps: readonly Step[],
  node: unknown,
  root: Resource,
  into: Into,
  visit: (node: unknown, into: Into, root: Resource) => void,
  from = 0,
): void {
  for (let at = from; at < steps.length; at++) {
    const { property, index, test, compute } = steps[at]!;
    if (property !== undefined) {
      const value = (node as Record<string, unknown>)[property];
      if (value === undefined || value === null) return;
      if (Array.isArray(value)) {
        const end = index === undefined ? value.length : Math.min(value.length, index + 1);
        for (let nth = index ?? 0; nth < end; nth++) {
          const item: unknown = value[nth];
          if (item !== null && item !== undefined) forEachNode(steps, item, root, into, visit, at + 1);
        }
        return;
      }
      node = value;
    } else if (test !== undefined) {
      if (!test(node, root)) return;
    } else node = compute!(node, root);
  }
  visit(node, into, root);
}

function routes(path: Path, from: Route): Route[] {
  switch (path.kind) {
    case 'name':
      if (path.name === '%resource')
        return [{ type: from.type.split('.')[0]!, steps: [...from.steps, becoming((_, root) => root)] }];
      return isSelf(path.name, from.type) ? [from] : child(from, path.name);
    case 'child':
      return routes(path.of, from).flatMap((route) => child(route, path.name));
    case 'index':
      return routes(path.of, from).map((route) => indexed(route, path.index));
    case 'type':
      if (path.operator === 'as') return routes(path.of, from).flatMap((route) => cast(route, path.type));
      break;
    case 'call':
      if (path.of && path.name === 'where')
        return routes(path.of, from).map((route) => filtered(route, test(path.args[0]!, route.type)));
      if (path.of && path.name === 'extension')
        return routes(path.of, from).flatMap((route) => extension(route, path.args[0]!));
      break;
    case 'binary':
      if (path.operator === '|') return [...routes(path.left, from), ...routes(path.right, from)];
      break;
    case 'literal':
      throw notUnderstood(path);
  }
  return [{ type: 'boolean', steps: [...from.steps, becoming(test(path, from.type))] }];
}

/** R4 writes `DateTime` once for `dateTime`. */
const isType = (type: string, name: string) =>
  type === name || (model.types[name] === undefined && type === name[0]!.toLowerCase() + name.slice(1));

/** The route where it ends on that type; of resources within a resource (`contained`, `entry.resource`) those of that type. */
function cast(route: Route, name: string): Route[] {
  if (isType(route.type, name)) return [route];
  if (!resourceTypes.has(name) || !isSelf(route.type, name)) return [];
  return [
    { type: name, steps: [...route.steps, passing((node) => (node as Resource).resourceType === name)] },
  ];
}

/** `Patient` at the start of an expression, also by the name of a base type: `Resource.meta`. */
export function isSelf(name: string, type: string): boolean {
  for (let own: string | undefined = type; own; own = model.types[own]?.base) if (own === name) return true;
  return false;
}

function child(route: Route, name: string): Route[] {
  const element = model.types[route.type]?.elements.find((one) => one.name === name);
  if (!element) return [];
  return element.types.map((type) => ({
    type,
    steps: [...route.steps, toProperty(propertyOf(element, type))],
    ...(element.binding ? { binding: element.binding } : {}),
  }));
}

/** The JSON property of an element for one of its types: `valueQuantity`. */
export function propertyOf({ name, choice }: ElementModel, type: string): string {
  return choice ? name + type[0]!.toUpperCase() + type.slice(1) : name;
}

function indexed(route: Route, index: number): Route {
  const last = route.steps.at(-1);
  if (last?.property === undefined) throw new PathNotUnderstood('an index must follow an element');
  return { ...route, steps: [...route.steps.slice(0, -1), { ...last, index }] };
}

const filtered = (route: Route, passes: Test): Route => ({
  ...route,
  steps: [...route.steps, passing(passes)],
});

function extension(route: Route, url: Path): Route[] {
  if (url.kind !== 'literal') throw notUnderstood(url);
  return child(route, 'extension').map((one) =>
    filtered(one, (node) => (node as { url?: unknown }).url === url.value),
  );
}

/** A boolean expression about a node of the given type. */
function test(path: Path, type: string): Test {
  if (path.kind === 'binary') {
    const { operator, left, right } = path;
    if (operator === 'and' || operator === 'or')
      return connect(operator, test(left, type), test(right, type));
    if (operator !== '|' && right.kind === 'literal')
      return equals(values(left, type), right.value, operator === '=');
  }
  if (path.kind === 'type' && path.operator === 'is' && path.of.kind === 'call' && path.of.name === 'resolve')
    return (node, root) => referencedType(node, root) === path.type;
  if (path.kind === 'call' && path.name === 'exists' && path.of) {
    const found = values(path.of, type);
    return (node, root) => found(node, root).length > 0;
  }
  if (path.kind === 'call' && path.name === 'hasExtension')
    return test(
      {
        kind: 'call',
        name: 'exists',
        args: [],
        of: { ...path, of: { kind: 'name', name: type }, name: 'extension' },
      },
      type,
    );
  throw notUnderstood(path);
}

const connect = (operator: 'and' | 'or', left: Test, right: Test): Test =>
  operator === 'and'
    ? (node, root) => left(node, root) && right(node, root)
    : (node, root) => left(node, root) || right(node, root);

/** An empty left side gives neither equal nor unequal, which counts as false. */
function equals(found: (node: unknown, root: Resource) => unknown[], literal: unknown, equal: boolean): Test {
  return (node, root) => {
    const left = found(node, root);
    return left.length > 0 && (left.length === 1 && left[0] === literal) === equal;
  };
}

function values(path: Path, type: string): (node: unknown, root: Resource) => unknown[] {
  const ways = routes(path, { type, steps: [] });
  return (node, root) => {
    const found: unknown[] = [];
    for (const way of ways) follow(way, node, root, found);
    return found;
  };
}

const notUnderstood = (path: Path) =>
  new PathNotUnderstood(`FHIRPath not understood: ${JSON.stringify(path)}`);
