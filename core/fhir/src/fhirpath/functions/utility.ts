import { type FunctionTable, onItem, textOf } from '../expression.ts';
import { evaluationFault } from '../fault.ts';
import { childrenOf, descendantsOf } from '../navigate.ts';
import { type Item, itemsOf, plain, TypeReflection, typeNameOf, type Value, valueOf } from '../node.ts';
import { asKind, Temporal } from '../temporal.ts';
import type { Env } from '../env.ts';

const ofNothing = (answer: (env: Env) => Value): FunctionTable[string] => ({
  args: [0, 0],
  compile: () => ({ evaluate: (_, env) => answer(env) }),
});

/** The clock's time of day. */
function timeOf({ parts }: Temporal): Temporal {
  return new Temporal('time', [1970, 1, 1, parts[3], parts[4], parts[5]], 6, 3, undefined);
}

const reserved = new Set(['context', 'resource', 'rootResource', 'ucum', 'sct', 'loinc']);

/** Source: https://hl7.org/fhirpath/N1/#tree-navigation, https://hl7.org/fhirpath/N1/#utility-functions */
export const utilityFunctions: FunctionTable = {
  children: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const found: Item[] = [];
        for (const item of itemsOf(evaluate(focus, env))) childrenOf(item, found);
        env.spend(found.length);
        return valueOf(found);
      },
    }),
  },
  descendants: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => valueOf(descendantsOf(itemsOf(evaluate(focus, env)), env)),
    }),
  },
  trace: {
    args: [1, 2],
    compile: ({ of, arg, hasArg }) => {
      const [name, projection] = [arg(0).evaluate, hasArg(1) ? arg(1).evaluate : undefined];
      return {
        ...of,
        evaluate: (focus, env) => {
          const value = of.evaluate(focus, env);
          const { trace } = env.options;
          if (trace) {
            const shown = projection
              ? itemsOf(value).flatMap((item, index) => itemsOf(onItem(projection, item, index, env)))
              : itemsOf(value);
            trace(textOf(name(focus, env), 'trace()') ?? '', shown.map(plain));
          }
          return value;
        },
      };
    },
  },
  /** Names a value for what follows. */
  defineVariable: {
    args: [1, 2],
    compile: ({ of: { evaluate }, arg, hasArg }) => {
      const [name, projection] = [arg(0).evaluate, arg(1).evaluate];
      return {
        evaluate: (focus, env) => {
          const value = evaluate(focus, env);
          const key = textOf(name(focus, env), 'defineVariable()');
          if (key === undefined || reserved.has(key) || env.defined?.has(key))
            throw evaluationFault(`%${key ?? ''} has its meaning already`);
          const own = Array.isArray(value) ? undefined : value;
          env.defined = new Map([...(env.defined ?? []), [key, hasArg(1) ? projection(own, env) : value]]);
          return value;
        },
      };
    },
  },
  now: ofNothing((env) => env.now()),
  today: ofNothing((env) => asKind(env.now(), 'date')),
  timeOfDay: ofNothing((env) => timeOf(env.now())),
  type: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) =>
        valueOf(
          itemsOf(evaluate(focus, env)).map((item) => {
            const { namespace, name } = typeNameOf(item);
            return new TypeReflection(namespace, name);
          }),
        ),
    }),
  },
};
