import { ItemSet } from '../equality.ts';
import { type Evaluate, type FunctionCall, type FunctionTable, integerOf } from '../expression.ts';
import { evaluationFault } from '../fault.ts';
import { type Item, itemsOf, type Value, valueOf } from '../node.ts';
import type { Env } from '../env.ts';

/** A function of the collection alone. */
const ofCollection = (apply: (value: Value, env: Env) => Value): FunctionTable[string] => ({
  args: [0, 0],
  compile: (call) => {
    const evaluate = ordered(call);
    return { evaluate: (focus, env) => apply(evaluate(focus, env), env) };
  },
});

/** The collection before the point; `children()` and `descendants()` have no order, which is a fault where strictness is asked for. */
function ordered({ call, of: { evaluate } }: FunctionCall): Evaluate {
  const unordered =
    call.of?.kind === 'call' && (call.of.name === 'children' || call.of.name === 'descendants');
  if (!unordered) return evaluate;
  return (focus, env) => {
    if (env.strict) throw evaluationFault(`${call.name}() needs an order, which children have not`);
    return evaluate(focus, env);
  };
}

const counted = (
  name: string,
  apply: (items: readonly Item[], count: number) => Item[],
): FunctionTable[string] => ({
  args: [1, 1],
  compile: (call) => {
    const evaluate = ordered(call);
    const number = call.arg(0).evaluate;
    return {
      evaluate: (focus, env) => {
        const count = integerOf(number(focus, env), name);
        return count === undefined ? undefined : valueOf(apply(itemsOf(evaluate(focus, env)), count));
      },
    };
  },
});

/** A function of two collections. */
const ofTwo = (apply: (one: Value, other: Value, env: Env) => Value): FunctionTable[string] => ({
  args: [1, 1],
  compile: ({ of: { evaluate }, arg }) => {
    const other = arg(0).evaluate;
    return { evaluate: (focus, env) => apply(evaluate(focus, env), other(focus, env), env) };
  },
});

/** Source: https://hl7.org/fhirpath/N1/#subsetting, https://hl7.org/fhirpath/N1/#combining */
export const subsetFunctions: FunctionTable = {
  single: ofCollection((value) => {
    if (Array.isArray(value)) throw evaluationFault(`single() found ${value.length} items`);
    return value;
  }),
  first: ofCollection((value) => (Array.isArray(value) ? value[0] : value)),
  last: ofCollection((value) => (Array.isArray(value) ? value.at(-1) : value)),
  tail: ofCollection((value) => (Array.isArray(value) ? valueOf(value.slice(1)) : undefined)),
  skip: counted('skip()', (items, count) => items.slice(Math.max(count, 0))),
  take: counted('take()', (items, count) => items.slice(0, Math.max(count, 0))),
  intersect: ofTwo((one, other, env) => {
    const wanted = new ItemSet(env).addAll(other);
    const found = new ItemSet(env);
    for (const item of itemsOf(one)) if (wanted.has(item)) found.add(item);
    return valueOf(found.items);
  }),
  exclude: ofTwo((one, other, env) => {
    const unwanted = new ItemSet(env).addAll(other);
    return valueOf(itemsOf(one).filter((item) => !unwanted.has(item)));
  }),
  union: ofTwo((one, other, env) => valueOf(new ItemSet(env).addAll(one).addAll(other).items)),
  combine: ofTwo((one, other, env) => {
    const items = [...itemsOf(one), ...itemsOf(other)];
    env.spend(items.length);
    return valueOf(items);
  }),
};
