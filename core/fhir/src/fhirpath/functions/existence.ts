import type { Env } from '../env.ts';
import { ItemSet } from '../equality.ts';
import {
  existsOf,
  type Expression,
  type FunctionCall,
  type FunctionTable,
  onItem,
  some,
  truthOf,
} from '../expression.ts';
import { evaluationFault } from '../fault.ts';
import { countOf, type Item, itemsOf, systemValue, type Value } from '../node.ts';

/** Whether some item meets the criteria (`wanted` true), or fails them (`wanted` false); stops at the first. */
function anyItem({ of, arg }: FunctionCall, wanted: boolean, what: string) {
  const { evaluate } = of;
  const criteria = arg(0).evaluate;
  return (focus: Item | undefined, env: Env): boolean =>
    some(evaluate(focus, env), (item, index) => {
      env.spend(1);
      return (truthOf(onItem(criteria, item, index, env), what) === true) === wanted;
    });
}

function exists(call: FunctionCall): Expression {
  const found = call.hasArg(0) ? anyItem(call, true, 'exists()') : existsOf(call.of);
  return { evaluate: found, exists: () => true };
}

/** allTrue(), anyTrue() and the like: looks for a boolean that decides. */
const ofBooleans = (name: string, looksFor: boolean, whenFound: boolean): FunctionTable[string] => ({
  args: [0, 0],
  compile: ({ of: { evaluate } }) => ({
    evaluate: (focus, env) => {
      const decides = some(evaluate(focus, env), (item) => booleanIn(item, name) === looksFor);
      return decides ? whenFound : !whenFound;
    },
  }),
});

function booleanIn(item: Item, name: string): boolean | undefined {
  const value = systemValue(item);
  if (value === undefined || typeof value === 'boolean') return value;
  throw evaluationFault(`${name} needs booleans`);
}

/** Whether every item of `items` is in `others`. */
function allIn(items: Value, others: Value, env: Env): boolean {
  const set = new ItemSet(env).addAll(others);
  return !some(items, (item) => !set.has(item));
}

/** Source: https://hl7.org/fhirpath/N1/#existence */
export const existenceFunctions: FunctionTable = {
  empty: {
    args: [0, 0],
    compile: ({ of }) => {
      const found = existsOf(of);
      return { evaluate: (focus, env) => !found(focus, env), exists: () => true };
    },
  },
  exists: { args: [0, 1], compile: exists },
  all: {
    args: [1, 1],
    compile: (call) => {
      const fails = anyItem(call, false, 'all()');
      return { evaluate: (focus, env) => !fails(focus, env), exists: () => true };
    },
  },
  not: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const truth = truthOf(evaluate(focus, env), 'not()');
        return truth === undefined ? undefined : !truth;
      },
    }),
  },
  allTrue: ofBooleans('allTrue()', false, false),
  anyTrue: ofBooleans('anyTrue()', true, true),
  allFalse: ofBooleans('allFalse()', true, false),
  anyFalse: ofBooleans('anyFalse()', false, true),
  subsetOf: {
    args: [1, 1],
    compile: ({ of, arg }) => {
      const other = arg(0).evaluate;
      return { evaluate: (focus, env) => allIn(of.evaluate(focus, env), other(focus, env), env) };
    },
  },
  supersetOf: {
    args: [1, 1],
    compile: ({ of, arg }) => {
      const other = arg(0).evaluate;
      return { evaluate: (focus, env) => allIn(other(focus, env), of.evaluate(focus, env), env) };
    },
  },
  count: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({ evaluate: (focus, env) => countOf(evaluate(focus, env)) }),
  },
  distinct: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const value = evaluate(focus, env);
        if (!Array.isArray(value)) return value;
        const { items } = new ItemSet(env).addAll(value);
        return items.length > 1 ? items : items[0];
      },
    }),
  },
  isDistinct: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const value = evaluate(focus, env);
        if (!Array.isArray(value)) return true;
        const set = new ItemSet(env);
        return itemsOf(value).every((item) => set.add(item));
      },
    }),
  },
};
