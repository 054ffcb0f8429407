import { formatNumber, Mark, type MarkKind } from '@yba/ui';
import { Link } from '@tanstack/react-router';
import { useBook, useWords } from '../book-context.tsx';
import { plainTest } from '../plain-words/explain.ts';
import type { Result } from '../record/results.ts';
import { directionOf, type Verdict } from '../record/verdict.ts';
import { PrivateMark } from './private-mark.tsx';

const shapes = {
  up: 'high',
  down: 'low',
  doubleUp: 'danger-high',
  doubleDown: 'danger-low',
  notice: 'notice',
} as const satisfies Record<string, MarkKind>;

/** The shape that stands beside a verdict in words: ▲ ▼ ◆, double when dangerous. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const direction = directionOf(verdict);
  if (!direction) return null;
  return (
    <span className={direction.startsWith('double') ? 'vm danger' : 'vm'}>
      <Mark kind={shapes[direction]} silent />
    </span>
  );
}

/** The everyday name of a result; the hospital's own name when the book has none. */
export function useResultName(): (result: Result) => string {
  const { language } = useBook();
  return (result) => plainTest(result.code, result.name, language)?.name ?? result.name;
}

/** The value of a result as written, with its comparator; long texts are cut to `longest` letters. */
export function useResultValue(): (result: Result, longest?: number) => string {
  const { language } = useBook();
  return (result, longest = 60) => {
    if (result.digits !== undefined)
      return `${result.comparator ?? ''}${formatNumber(result.digits, language)}`;
    const text = result.text ?? '';
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  };
}

/** One result in a list: everyday name, verdict in words, value; leads to its page. */
export function ResultRow({ result }: { result: Result }) {
  const t = useWords();
  const name = useResultName();
  const value = useResultValue();
  const words = result.kind === 'report' || (result.value === undefined && result.verdict === 'unknown');
  return (
    <li>
      <Link className="rrow" to="/book/results/$id" params={{ id: result.id }}>
        <span className="n">
          {name(result)} {result.sensitive && <PrivateMark />}
          {words ? (
            <small>{value(result, 90)}</small>
          ) : (
            result.verdict !== 'unknown' &&
            t(result.verdict) !== value(result) && (
              <small className={directionOf(result.verdict) ? 'out' : undefined}>
                <VerdictMark verdict={result.verdict} />
                {t(result.verdict)}
              </small>
            )
          )}
        </span>
        {!words && (
          <span className="v">
            {value(result, 14)} <small>{result.unit}</small>
          </span>
        )}
      </Link>
    </li>
  );
}
