import type { RegexNode } from './syntax.ts';

/**
 * How many ways there are at most to match from one position of a text of length n: `factor` × n^`degree`.
 * Infinite where repeats are nested, which may make backtracking exponential.
 */
export type Ways = { factor: number; degree: number };

export function waysOf(node: RegexNode): Ways {
  switch (node.kind) {
    case 'character':
    case 'position':
      return { factor: 1, degree: 0 };
    case 'sequence':
      return node.parts.map(waysOf).reduce(both, { factor: 1, degree: 0 });
    case 'choice':
      return node.parts.map(waysOf).reduce(either, { factor: 0, degree: 0 });
    case 'repeat':
      return repeated(node);
  }
}

const both = (a: Ways, b: Ways): Ways => ({ factor: a.factor * b.factor, degree: a.degree + b.degree });

const either = (a: Ways, b: Ways): Ways => ({
  factor: a.factor + b.factor,
  degree: Math.max(a.degree, b.degree),
});

function repeated({ of, least, most }: Extract<RegexNode, { kind: 'repeat' }>): Ways {
  if (of.kind === 'character')
    return most === Infinity ? { factor: 1, degree: 1 } : { factor: most - least + 1, degree: 0 };
  if (most === Infinity) return { factor: Infinity, degree: 0 };
  const inner = waysOf(of);
  if (most <= 1) return { factor: inner.factor + 1, degree: inner.degree };
  return { factor: (inner.factor + 1) ** most, degree: inner.degree * most };
}
