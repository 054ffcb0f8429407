import { type FhirPathNode, parseFhirPath } from '../fhirpath/index.ts';
import { model, resourceTypes } from '../model/model.ts';
import { compilePath, isSelf } from '../path/compile-path.ts';
import { PathNotUnderstood } from '../path/parse-path.ts';

/**
 * The FHIR types of what an expression leads to from a type on; none where it leads to no element. Undefined where only a
 * resource tells: resources within resources, and what a function of FHIRPath makes. Throws for what is no FHIRPath.
 */
export function nodeTypes(expression: string, type: string): readonly string[] | undefined {
  try {
    return [...new Set(compilePath(expression, type).map((route) => route.type))];
  } catch (error) {
    if (!(error instanceof PathNotUnderstood)) throw error;
    const types = typesOf(parseFhirPath(expression), type);
    return types && [...new Set(types)];
  }
}

/** Functions that answer some of what they are asked of. */
const selecting = new Set(['where', 'first', 'last', 'tail', 'single', 'skip', 'take', 'distinct', 'trace']);

function typesOf(node: FhirPathNode, from: string): string[] | undefined {
  switch (node.kind) {
    case 'name':
      if (!node.of) return isSelf(node.name, from) ? [from] : child(from, node.name);
      return all(typesOf(node.of, from), (type) => child(type, node.name));
    case 'index':
      return typesOf(node.of, from);
    case 'call':
      return node.of && selecting.has(node.name) ? typesOf(node.of, from) : undefined;
    case 'type':
      return node.operator === 'as'
        ? all(typesOf(node.of, from), (type) => cast(type, node.type.name))
        : undefined;
    case 'binary':
      if (node.operator !== '|') return undefined;
      return all(['left', 'right'] as const, (side) => typesOf(node[side], from));
    default:
      return undefined;
  }
}

function all<Item>(items: readonly Item[] | undefined, types: (item: Item) => string[] | undefined) {
  const found = items?.map(types);
  return found?.every((one) => one !== undefined) ? found.flat() : undefined;
}

/** A primitive has extensions, which the model does not list; of a resource within another the type is not known. */
function child(type: string, name: string): string[] | undefined {
  const { kind, elements = [] } = model.types[type] ?? {};
  if (kind === undefined || kind === 'primitive' || model.types[type]?.abstract) return undefined;
  return elements.find((one) => one.name === name)?.types ?? [];
}

const cast = (type: string, name: string): string[] | undefined =>
  resourceTypes.has(name) || type === 'Resource' ? undefined : type === name ? [type] : [];
