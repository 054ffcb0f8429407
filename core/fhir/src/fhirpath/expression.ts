import type { Ast, Call } from './ast.ts';
import type { Env } from './env.ts';
import { evaluationFault } from './fault.ts';
import { type Item, Node, systemValue, type Value } from './node.ts';

/** Evaluates on a focus (`$this`). */
export type Evaluate = (focus: Item | undefined, env: Env) => Value;

/** A compiled expression. */
export type Expression = {
  evaluate: Evaluate;
  /** Whether it gives anything, found without making the items. */
  exists?: (focus: Item | undefined, env: Env) => boolean;
  /** Set when it gives the same on every focus. */
  constant?: { value: Value };
};

/** What a function is compiled from; `compile` gives the arguments their meaning. */
export type FunctionCall = {
  call: Call;
  /** What stands before the point, or `$this`. */
  of: Expression;
  /** The arguments, compiled on demand: a type name is none. */
  arg: (index: number) => Expression;
  hasArg: (index: number) => boolean;
  compileAst: (ast: Ast) => Expression;
  /** Fault at an argument, or at the call. */
  fault: (why: string, ast?: Ast) => Error;
};

/** A FHIRPath function: how many arguments it takes, and how a call of it becomes code. */
export type FunctionDefinition = {
  args: [least: number, most: number];
  compile: (call: FunctionCall) => Expression;
};

export type FunctionTable = Record<string, FunctionDefinition>;

export const existsOf = ({ exists, evaluate }: Expression) =>
  exists ?? ((focus: Item | undefined, env: Env) => evaluate(focus, env) !== undefined);

/** The one item, undefined when there is none. Throws when there are several. */
export function single(value: Value, what: string): Item | undefined {
  if (Array.isArray(value)) throw evaluationFault(`${what} needs one item, found ${value.length}`);
  return value;
}

/** The System value of the one item. */
export function singleSystem(value: Value, what: string): Item | undefined {
  const item = single(value, what);
  return item === undefined ? undefined : systemValue(item);
}

export function textOf(value: Value, what: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const item = singleSystem(value, what);
  if (item === undefined || typeof item === 'string') return item;
  throw evaluationFault(`${what} needs a string`);
}

export function integerOf(value: Value, what: string): number | undefined {
  const item = singleSystem(value, what);
  if (item === undefined || typeof item === 'number') return item;
  throw evaluationFault(`${what} needs a whole number`);
}

/** True, false or unknown; one item that is no boolean counts as true. Source: https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections */
export function truthOf(value: Value, what: string): boolean | undefined {
  if (value === undefined || value === true || value === false) return value;
  if (Array.isArray(value)) throw evaluationFault(`${what} needs one item, found ${value.length}`);
  if (value instanceof Node && value.type.reads === 'boolean') return value.value as boolean | undefined;
  return true;
}

/** Visits the items until `visit` answers true; whether it did. */
export function some(value: Value, visit: (item: Item, index: number) => boolean): boolean {
  if (value === undefined) return false;
  if (!Array.isArray(value)) return visit(value, 0);
  for (let index = 0; index < value.length; index++) if (visit(value[index]!, index)) return true;
  return false;
}

/** Evaluates for one item as `$this` with its `$index`. */
export function onItem(evaluate: Evaluate, item: Item, index: number, env: Env): Value {
  const { index: before, defined } = env;
  env.index = index;
  const value = evaluate(item, env);
  env.index = before;
  env.defined = defined;
  return value;
}
