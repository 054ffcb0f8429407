import { model, type ElementModel } from '../model/model.ts';
import { propertyOf } from '../path/compile-path.ts';
import type { Ast } from '../fhirpath/ast.ts';

/**
 * When an invariant holds without being evaluated: when one of these elements is not there, or one of those is.
 * Found by evaluating the expression with one element known to be absent, or known to be present, and all else
 * unknown: `code.empty() or system.exists()` holds when `code` is absent and when `system` is present.
 */
export type Skip = { absent: Guard[]; present: Guard[] };

/** An element, and the JSON properties it may have. */
type Guard = { name: string; properties: string[] };

/** What is known of a collection: nothing in it, something in it, one true, one false, or nothing at all. */
type Known = 'empty' | 'some' | 'true' | 'false' | 'any';

type Assumption = { type: string; name: string; present: boolean };

/** The shortcuts of an expression about a type of the model; none for a type that is not in it. */
export function skipsOf(expression: Ast, type: string): Skip {
  const skip: Skip = { absent: [], present: [] };
  const elements = model.types[type]?.elements ?? [];
  for (const element of elements) {
    const holds = (present: boolean) => known(expression, { type, name: element.name, present }) === 'true';
    const guard = { name: element.name, properties: propertiesOf(element) };
    if (holds(false)) skip.absent.push(guard);
    if (holds(true)) skip.present.push(guard);
  }
  return skip;
}

/** Whether the object is one that the invariant holds for without a look. */
export function isSkipped({ absent, present }: Skip, fields: Record<string, unknown>): boolean {
  for (const { properties } of absent) if (!hasAny(properties, fields)) return true;
  for (const { properties } of present) if (hasAny(properties, fields)) return true;
  return false;
}

function hasAny(names: readonly string[], fields: Record<string, unknown>): boolean {
  for (const name of names) if (fields[name] !== undefined) return true;
  return false;
}

function propertiesOf(element: ElementModel): string[] {
  return element.types.flatMap((type) => {
    const property = propertyOf(element, type);
    return model.types[type]?.kind === 'primitive' ? [property, `_${property}`] : [property];
  });
}

function known(ast: Ast, assumption: Assumption): Known {
  switch (ast.kind) {
    case 'literal':
      return typeof ast.value === 'boolean' ? (ast.value ? 'true' : 'false') : 'some';
    case 'empty':
      return 'empty';
    case 'name': {
      const ofFocus = !ast.of || (ast.of.kind === 'name' && !ast.of.of && ast.of.name === assumption.type);
      if (ofFocus) return ast.name === assumption.name ? (assumption.present ? 'some' : 'empty') : 'any';
      return known(ast.of!, assumption) === 'empty' ? 'empty' : 'any';
    }
    case 'call':
      return knownCall(ast.name, ast.args.length, ast.of ? known(ast.of, assumption) : 'any');
    case 'index':
    case 'type':
      return known(ast.of, assumption) === 'empty' ? 'empty' : 'any';
    case 'binary':
      return knownBinary(ast.operator, known(ast.left, assumption), known(ast.right, assumption));
    default:
      return 'any';
  }
}

function knownCall(name: string, args: number, of: Known): Known {
  const exists = of === 'empty' ? 'false' : of === 'any' ? 'any' : 'true';
  switch (name) {
    case 'exists':
      return args === 0 ? exists : of === 'empty' ? 'false' : 'any';
    case 'empty':
      return not(exists);
    case 'not':
      return of === 'empty' ? 'empty' : not(of);
    case 'hasValue':
      return of === 'empty' ? 'false' : 'any';
    case 'all':
    case 'isDistinct':
      return of === 'empty' ? 'true' : 'any';
    case 'trace':
      return of;
    case 'where':
    case 'select':
    case 'first':
    case 'last':
    case 'tail':
    case 'as':
    case 'ofType':
    case 'resolve':
    case 'children':
    case 'descendants':
    case 'matches':
    case 'startsWith':
    case 'endsWith':
    case 'contains':
    case 'toInteger':
    case 'toString':
    case 'length':
      return of === 'empty' ? 'empty' : 'any';
    default:
      return 'any';
  }
}

const not = (value: Known): Known => (value === 'true' ? 'false' : value === 'false' ? 'true' : 'any');

function knownBinary(operator: string, left: Known, right: Known): Known {
  switch (operator) {
    case 'or':
      if (left === 'true' || right === 'true') return 'true';
      return left === 'false' && right === 'false' ? 'false' : 'any';
    case 'and':
      if (left === 'false' || right === 'false') return 'false';
      return left === 'true' && right === 'true' ? 'true' : 'any';
    case 'implies':
      if (left === 'false' || right === 'true') return 'true';
      return left === 'true' && right === 'false' ? 'false' : 'any';
    case 'xor':
      return isBoolean(left) && isBoolean(right) ? (left === right ? 'false' : 'true') : 'any';
    case '=':
      if (left === 'empty' || right === 'empty') return 'empty';
      return isBoolean(left) && isBoolean(right) ? (left === right ? 'true' : 'false') : 'any';
    case '!=':
      if (left === 'empty' || right === 'empty') return 'empty';
      return isBoolean(left) && isBoolean(right) ? (left === right ? 'false' : 'true') : 'any';
    case '|':
      return left === 'empty' && right === 'empty' ? 'empty' : 'any';
    default:
      return 'any';
  }
}

const isBoolean = (value: Known) => value === 'true' || value === 'false';
