import type { Env } from '../env.ts';
import type { FunctionTable } from '../expression.ts';
import { type Item, itemsOf, systemValue, type Value } from '../node.ts';
import { calculate, orderOf } from '../operators.ts';

/** A function of all items of a collection; nothing for nothing. */
const ofAll = (combine: (items: readonly Item[], env: Env) => Value): FunctionTable[string] => ({
  args: [0, 0],
  compile: ({ of: { evaluate } }) => ({
    evaluate: (focus, env) => {
      const items = itemsOf(evaluate(focus, env)).flatMap((item) => systemValue(item) ?? []);
      env.spend(items.length);
      return items.length === 0 ? undefined : combine(items, env);
    },
  }),
});

const sum = (items: readonly Item[], env: Env): Value =>
  items.slice(1).reduce<Value>((total, item) => calculate('+', total, item, env), items[0]);

/** The first item that no other is before (direction 1) or after (-1). */
const extreme =
  (direction: 1 | -1) =>
  (items: readonly Item[]): Value =>
    items.reduce((best, item) => ((orderOf(item, best) ?? 0) * direction < 0 ? item : best));

/** Source: https://build.fhir.org/ig/HL7/FHIRPath/#aggregates */
export const aggregateFunctions: FunctionTable = {
  sum: ofAll(sum),
  min: ofAll(extreme(1)),
  max: ofAll(extreme(-1)),
  avg: ofAll((items, env) => calculate('/', sum(items, env), items.length, env)),
};
