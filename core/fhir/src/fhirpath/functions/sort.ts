import type { Ast } from '../ast.ts';
import type { Env } from '../env.ts';
import { type Evaluate, type FunctionTable, onItem } from '../expression.ts';
import { type Item, itemsOf, singleOf, type Value, valueOf } from '../node.ts';
import { orderOf } from '../operators.ts';

/** A key of the order; `-key` turns it round, also for texts. */
type Key = { evaluate: Evaluate; direction: 1 | -1 };

/** Nothing comes first. */
function compareKeys(a: readonly Value[], b: readonly Value[], keys: readonly Key[]): number {
  for (const [index, { direction }] of keys.entries()) {
    const [x, y] = [a[index], b[index]];
    if (x === undefined && y === undefined) continue;
    if (x === undefined || y === undefined) return x === undefined ? -direction : direction;
    const order = orderOf(singleOf(x, 'sort()'), singleOf(y, 'sort()')) ?? 0;
    if (order !== 0) return order * direction;
  }
  return 0;
}

function sorted(items: readonly Item[], keys: readonly Key[], env: Env): Value {
  env.spend(items.length * 20);
  const rows = items.map((item, index) => ({
    item,
    values: keys.map(({ evaluate }) => onItem(evaluate, item, index, env)),
  }));
  return valueOf(rows.sort((a, b) => compareKeys(a.values, b.values, keys)).map(({ item }) => item));
}

/** Source: https://build.fhir.org/ig/HL7/FHIRPath/#sortkeyselector-expression-asc--desc----collection */
export const sortFunctions: FunctionTable = {
  sort: {
    args: [0, 10],
    compile: ({ call, of: { evaluate }, compileAst }) => {
      const own: Key = { evaluate: (focus) => focus, direction: 1 };
      const keys = call.args.map((ast: Ast): Key =>
        ast.kind === 'unary' && ast.operator === '-'
          ? { evaluate: compileAst(ast.operand).evaluate, direction: -1 }
          : { evaluate: compileAst(ast).evaluate, direction: 1 },
      );
      return {
        evaluate: (focus, env) => sorted(itemsOf(evaluate(focus, env)), keys.length > 0 ? keys : [own], env),
      };
    },
  },
};
