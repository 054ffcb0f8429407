import type { Resource } from '../interactions.ts';
import { referencedType } from '../path/referenced-type.ts';
import type { Ast, Call } from './ast.ts';
import type { Env } from './env.ts';
import { equal, equalItems, equivalent, ItemSet } from './equality.ts';
import { existsOf, type Expression, type FunctionCall, integerOf, truthOf } from './expression.ts';
import { evaluationFault, syntaxFault } from './fault.ts';
import { functions } from './functions/index.ts';
import { Step } from './navigate.ts';
import { type Item, itemsOf, Node, systemValue, type Value, valueOf } from './node.ts';
import { calculate, compare, concatenate, isIn, negated } from './operators.ts';
import { typeNameIn, typeTest, type TypeTest } from './type-test.ts';
import { isFhirType, typeInfo, untyped } from './types.ts';
import { constant, self, special, variable } from './variables.ts';

/** Turns a parsed expression into closures; `text` is for the positions of faults. */
export function compile(ast: Ast, text: string): Expression {
  return new Compiler(text).expression(ast);
}

class Compiler {
  readonly #text: string;
  /** How many calls of defineVariable() were met so far. */
  #definitions = 0;

  constructor(text: string) {
    this.#text = text;
  }

  expression(ast: Ast): Expression {
    switch (ast.kind) {
      case 'literal':
        return constant(ast.value);
      case 'empty':
        return constant(undefined);
      case 'special':
        return special(ast.name);
      case 'variable':
        return variable(ast.name);
      case 'name':
        return ast.of ? this.#step(ast.of, ast.name) : leadingName(ast.name);
      case 'call':
        return this.#call(ast);
      case 'index':
        return indexed(this.expression(ast.of), this.expression(ast.index));
      case 'unary': {
        const { evaluate } = this.expression(ast.operand);
        return ast.operator === '-'
          ? { evaluate: (focus, env) => negated(evaluate(focus, env)) }
          : { evaluate };
      }
      case 'binary':
        return this.#binary(ast);
      case 'type':
        return this.#typeOperator(ast.operator, ast.of, this.#typeTest(ast.type, ast.at), ast.type.name);
    }
  }

  #fault(at: number, why: string) {
    return syntaxFault(this.#text, at, why);
  }

  #typeTest(name: { namespace?: string; name: string } | undefined, at: number): TypeTest {
    const test = name && typeTest(name);
    if (!test)
      throw this.#fault(
        at,
        name ? `there is no type '${name.name}' in FHIR R4` : 'expected the name of a type',
      );
    return test;
  }

  /** After `as` the type is known, so that a name it does not have is found before there is a value. */
  #step(of: Ast, name: string): Expression {
    const plain = step(this.expression(of), name);
    if (of.kind !== 'type' || of.operator !== 'as' || !isFhirType(of.type.name)) return plain;
    if (typeInfo(of.type.name).places.has(name)) return plain;
    return {
      evaluate: (focus, env) => {
        if (env.strict) throw evaluationFault(`${of.type.name} has no element '${name}'`);
        return plain.evaluate(focus, env);
      },
    };
  }

  #call(call: Call): Expression {
    if (call.name === 'is' || call.name === 'as' || call.name === 'ofType') return this.#typeFunction(call);
    const definition = Object.hasOwn(functions, call.name) ? functions[call.name] : undefined;
    if (!definition) throw this.#fault(call.at, `there is no function '${call.name}'`);
    const [least, most] = definition.args;
    if (call.args.length < least || call.args.length > most)
      throw this.#fault(
        call.at,
        `${call.name}() takes ${least === most ? least : `${least} to ${most}`} arguments, not ${call.args.length}`,
      );
    const functionCall: FunctionCall = {
      call,
      of: call.of ? this.expression(call.of) : self,
      arg: (index) => (call.args[index] ? this.#scoped(call.args[index]) : constant(undefined)),
      hasArg: (index) => call.args[index] !== undefined,
      compileAst: (one) => this.expression(one),
      fault: (why, ast = call) => this.#fault(ast.at, why),
    };
    if (call.name === 'defineVariable') this.#definitions++;
    return definition.compile(functionCall);
  }

  /** An operand or argument: what defineVariable() names within it has that name within it only. */
  #scoped(ast: Ast): Expression {
    const before = this.#definitions;
    const expression = this.expression(ast);
    if (this.#definitions === before) return expression;
    return {
      evaluate: (focus, env) => {
        const { defined } = env;
        const value = expression.evaluate(focus, env);
        env.defined = defined;
        return value;
      },
    };
  }

  #typeFunction(call: Call): Expression {
    const [argument] = call.args;
    if (!argument || call.args.length > 1)
      throw this.#fault(call.at, `${call.name}() takes the name of one type`);
    const name = typeNameIn(argument);
    const test = this.#typeTest(name, argument.at);
    if (call.name === 'ofType') return selecting(call.of ? this.expression(call.of) : self, test, false);
    return this.#typeOperator(call.name as 'is' | 'as', call.of, test, name!.name);
  }

  #typeOperator(operator: 'is' | 'as', of: Ast | undefined, test: TypeTest, name: string): Expression {
    if (operator === 'is' && of?.kind === 'call' && of.name === 'resolve')
      return this.#resolvesTo(of, test, name);
    const operand = of ? this.expression(of) : self;
    if (operator === 'as') return selecting(operand, test, true);
    return {
      evaluate: (focus, env) => {
        const value = operand.evaluate(focus, env);
        if (value === undefined) return undefined;
        if (Array.isArray(value)) throw evaluationFault(`is needs one item, found ${value.length}`);
        return test.is(value);
      },
    };
  }

  /** `resolve() is Patient` needs the reference's text only, when the resource is not at hand. */
  #resolvesTo(call: Call, test: TypeTest, name: string): Expression {
    const resolved = this.expression(call);
    const references = call.of ? this.expression(call.of) : self;
    return {
      evaluate: (focus, env) => {
        const value = resolved.evaluate(focus, env);
        if (value !== undefined && !Array.isArray(value)) return test.is(value);
        const reference = references.evaluate(focus, env);
        if (reference === undefined || Array.isArray(reference)) return undefined;
        const root = env.resource instanceof Node ? (env.resource.value as Resource) : undefined;
        if (!(reference instanceof Node) || !root) return undefined;
        const type = referencedType(reference.value, root);
        return type === undefined ? undefined : type === name;
      },
    };
  }

  #binary({ operator, left, right }: Extract<Ast, { kind: 'binary' }>): Expression {
    const a = this.#scoped(left);
    const b = this.#scoped(right);
    const [x, y] = [a.evaluate, b.evaluate];
    switch (operator) {
      case 'and':
        return logic((focus, env) => {
          const one = truthOf(x(focus, env), 'and');
          if (one === false) return false;
          const other = truthOf(y(focus, env), 'and');
          return other === false ? false : one === undefined || other === undefined ? undefined : true;
        });
      case 'or':
        return logic((focus, env) => {
          const one = truthOf(x(focus, env), 'or');
          if (one === true) return true;
          const other = truthOf(y(focus, env), 'or');
          return other === true ? true : one === undefined || other === undefined ? undefined : false;
        });
      case 'xor':
        return logic((focus, env) => {
          const one = truthOf(x(focus, env), 'xor');
          const other = truthOf(y(focus, env), 'xor');
          return one === undefined || other === undefined ? undefined : one !== other;
        });
      case 'implies':
        return logic((focus, env) => {
          const one = truthOf(x(focus, env), 'implies');
          if (one === false) return true;
          const other = truthOf(y(focus, env), 'implies');
          return other === true ? true : one === undefined || other === undefined ? undefined : false;
        });
      case '=':
        return logic(equals(a, b, true));
      case '!=':
        return logic(equals(a, b, false));
      case '~':
        return logic((focus, env) => equivalent(x(focus, env), y(focus, env), env));
      case '!~':
        return logic((focus, env) => !equivalent(x(focus, env), y(focus, env), env));
      case '<':
      case '<=':
      case '>':
      case '>=':
        return logic((focus, env) => compare(operator, x(focus, env), y(focus, env)));
      case 'in':
        return logic(membership(a, b));
      case 'contains':
        return logic(membership(b, a));
      case '|':
        return union(a, b);
      case '&':
        return { evaluate: (focus, env) => concatenate(x(focus, env), y(focus, env), env) };
      default:
        return { evaluate: (focus, env) => calculate(operator, x(focus, env), y(focus, env), env) };
    }
  }
}

type Truth = (focus: Item | undefined, env: Env) => boolean | undefined;

const logic = (evaluate: Truth): Expression => ({
  evaluate,
  exists: (focus, env) => evaluate(focus, env) !== undefined,
});

function step(of: Expression, name: string): Expression {
  const site = new Step(name);
  const { evaluate } = of;
  return {
    evaluate: (focus, env) => {
      const from = evaluate(focus, env);
      if (from === undefined) return undefined;
      return Array.isArray(from) ? fromEach(from, site, env) : site.from(from, env);
    },
    exists: (focus, env) => {
      const from = evaluate(focus, env);
      if (from === undefined) return false;
      return Array.isArray(from) ? from.some((item) => site.existsIn(item, env)) : site.existsIn(from, env);
    },
  };
}

function fromEach(items: readonly Item[], site: Step, env: Env): Value {
  const found: Item[] = [];
  for (const item of items) {
    const value = site.from(item, env);
    if (Array.isArray(value)) for (const one of value) found.push(one);
    else if (value !== undefined) found.push(value);
  }
  env.spend(found.length);
  return valueOf(found);
}

/** `Patient` at the start stands for the focus when it is one; every other name is an element of it. */
function leadingName(name: string): Expression {
  const site = new Step(name);
  if (!/^[A-Z]/.test(name))
    return {
      evaluate: (focus, env) => (focus === undefined ? undefined : site.from(focus, env)),
      exists: (focus, env) => focus !== undefined && site.existsIn(focus, env),
    };
  return {
    evaluate: (focus, env) => {
      if (focus === undefined) return undefined;
      return focus instanceof Node && isNamed(focus, name) ? focus : site.from(focus, env);
    },
  };
}

/** A resource of a type that is not in the model is still called by its name. */
const isNamed = ({ type, value }: Node, name: string) =>
  type.lineage.has(name) ||
  (type === untyped && (value as { resourceType?: unknown } | null)?.resourceType === name);

function indexed(of: Expression, index: Expression): Expression {
  return {
    evaluate: (focus, env) => {
      const value = of.evaluate(focus, env);
      const at = integerOf(index.evaluate(focus, env), '[ ]');
      if (value === undefined || at === undefined) return undefined;
      return Array.isArray(value) ? value[at] : at === 0 ? value : undefined;
    },
  };
}

/** Keeps the items of a type. `as` on several items is a fault only where strictness is asked for: invariants of R4 use it so. */
function selecting(of: Expression, { selects }: TypeTest, one: boolean): Expression {
  const { evaluate } = of;
  return {
    evaluate: (focus, env) => {
      const value = evaluate(focus, env);
      if (value === undefined) return undefined;
      if (!Array.isArray(value)) return selects(value) ? value : undefined;
      if (one && env.strict) throw evaluationFault(`as needs one item, found ${value.length}`);
      return valueOf(value.filter(selects));
    },
  };
}

/** `=` and `!=`; with a string known beforehand without making anything. */
function equals(a: Expression, b: Expression, wanted: boolean): Truth {
  const [x, y] = [a.evaluate, b.evaluate];
  const text = b.constant?.value;
  if (typeof text === 'string')
    return (focus, env) => {
      const value = x(focus, env);
      if (value === undefined) return undefined;
      if (value instanceof Node && value.type.reads === 'text' && value.value !== undefined)
        return (value.value === text) === wanted;
      const same = equal(value, text);
      return same === undefined ? undefined : same === wanted;
    };
  return (focus, env) => {
    const same = equal(x(focus, env), y(focus, env));
    return same === undefined ? undefined : same === wanted;
  };
}

/** `in`; with the texts of a constant collection in a set. */
function membership(item: Expression, collection: Expression): Truth {
  const x = item.evaluate;
  const texts = collection.constant && itemsOf(collection.constant.value);
  if (texts && texts.length > 0 && texts.every((text) => typeof text === 'string')) {
    const set = new Set<unknown>(texts);
    return (focus, env) => {
      const value = x(focus, env);
      if (value === undefined) return undefined;
      if (Array.isArray(value)) throw evaluationFault(`in needs one item, found ${value.length}`);
      return set.has(systemValue(value));
    };
  }
  const y = collection.evaluate;
  return (focus, env) => isIn(x(focus, env), y(focus, env), equalItems);
}

function union(a: Expression, b: Expression): Expression {
  const [x, y] = [a.evaluate, b.evaluate];
  const evaluate = (focus: Item | undefined, env: Env) => {
    const left = x(focus, env);
    const right = y(focus, env);
    if (left === undefined && !Array.isArray(right)) return right;
    if (right === undefined && !Array.isArray(left)) return left;
    return valueOf(new ItemSet(env).addAll(left).addAll(right).items);
  };
  const [left, right] = [existsOf(a), existsOf(b)];
  const exists = (focus: Item | undefined, env: Env) => left(focus, env) || right(focus, env);
  const [one, other] = [a.constant?.value, b.constant?.value];
  if (
    a.constant &&
    b.constant &&
    [...itemsOf(one), ...itemsOf(other)].every((item) => typeof item === 'string')
  )
    return constant(valueOf([...new Set([...itemsOf(one), ...itemsOf(other)])]));
  return { evaluate, exists };
}
