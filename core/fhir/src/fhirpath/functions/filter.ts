import type { Env } from '../env.ts';
import { ItemSet } from '../equality.ts';
import { type Evaluate, type FunctionTable, onItem, some, truthOf } from '../expression.ts';
import { evaluationFault } from '../fault.ts';
import { type Item, itemsOf, type Value, valueOf } from '../node.ts';

/** Adds what `projection` gives for each item. */
function project(value: Value, projection: Evaluate, env: Env, into: Item[]): void {
  for (const [index, item] of itemsOf(value).entries()) {
    const found = onItem(projection, item, index, env);
    if (Array.isArray(found)) for (const one of found) into.push(one);
    else if (found !== undefined) into.push(found);
  }
  env.spend(into.length);
}

/** Source: https://hl7.org/fhirpath/N1/#filtering-and-projection */
export const filterFunctions: FunctionTable = {
  where: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const criteria = arg(0).evaluate;
      const passes = (item: Item, index: number, env: Env) => {
        env.spend(1);
        return truthOf(onItem(criteria, item, index, env), 'where()') === true;
      };
      return {
        evaluate: (focus, env) => {
          const value = evaluate(focus, env);
          if (value === undefined) return undefined;
          if (!Array.isArray(value)) return passes(value, 0, env) ? value : undefined;
          return valueOf(value.filter((item, index) => passes(item, index, env)));
        },
        exists: (focus, env) => some(evaluate(focus, env), (item, index) => passes(item, index, env)),
      };
    },
  },
  select: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const projection = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const value = evaluate(focus, env);
          if (value === undefined) return undefined;
          if (!Array.isArray(value)) return onItem(projection, value, 0, env);
          const found: Item[] = [];
          project(value, projection, env, found);
          return valueOf(found);
        },
      };
    },
  },
  repeat: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const projection = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const seen = new ItemSet(env);
          let next = evaluate(focus, env);
          while (next !== undefined) {
            const found: Item[] = [];
            project(next, projection, env, found);
            next = valueOf(found.filter((item) => seen.add(item)));
          }
          return valueOf(seen.items);
        },
      };
    },
  },
  /** As repeat(), with every item as often as it is found. */
  repeatAll: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const projection = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const all: Item[] = [];
          let next = evaluate(focus, env);
          while (next !== undefined) {
            const found: Item[] = [];
            project(next, projection, env, found);
            for (const item of found) all.push(item);
            next = valueOf(found);
          }
          return valueOf(all);
        },
      };
    },
  },
  /** The first argument that gives something. */
  coalesce: {
    args: [1, 20],
    compile: ({ call, of, arg }) => {
      const choices = call.args.map((_, index) => arg(index).evaluate);
      return {
        evaluate: (focus, env) => {
          const own = call.of ? of.evaluate(focus, env) : focus;
          if (Array.isArray(own)) throw evaluationFault(`coalesce() needs one item, found ${own.length}`);
          for (const choice of choices) {
            const value = choice(own, env);
            if (value !== undefined) return value;
          }
          return undefined;
        },
      };
    },
  },
  aggregate: {
    args: [1, 2],
    compile: ({ of: { evaluate }, arg }) => {
      const step = arg(0).evaluate;
      const start = arg(1).evaluate;
      return {
        evaluate: (focus, env) => {
          const before = env.total;
          env.total = start(focus, env);
          for (const [index, item] of itemsOf(evaluate(focus, env)).entries()) {
            env.total = onItem(step, item, index, env);
            env.spend(1 + itemsOf(env.total).length);
          }
          const { total } = env;
          env.total = before;
          return total;
        },
      };
    },
  },
  /** Only the branch that counts is evaluated. Source: https://hl7.org/fhirpath/N1/#iif */
  iif: {
    args: [2, 3],
    compile: ({ call, of, arg }) => {
      const [criterion, then, otherwise] = [arg(0).evaluate, arg(1).evaluate, arg(2).evaluate];
      return {
        evaluate: (focus, env) => {
          let own = focus;
          if (call.of) {
            const input = of.evaluate(focus, env);
            if (Array.isArray(input)) throw evaluationFault(`iif() needs one item, found ${input.length}`);
            own = input;
          }
          const decision = criterion(own, env);
          const truth = truthOf(decision, 'iif()');
          if (truth === true && decision !== true && typeof decision !== 'object')
            throw evaluationFault('the criterion of iif() must be a boolean');
          return truth === true ? then(own, env) : otherwise(own, env);
        },
      };
    },
  },
};
