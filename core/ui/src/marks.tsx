import { useUiText } from './messages.ts';

/** What a shape says beside a number or a word; never colour alone. */
export type MarkKind = 'high' | 'low' | 'danger-high' | 'danger-low' | 'notice';

const SHAPES: Record<MarkKind, { box: string; path: string }> = {
  high: { box: '0 0 10 10', path: 'M5 1 9.4 9H.6z' },
  low: { box: '0 0 10 10', path: 'M5 9 .6 1h8.8z' },
  'danger-high': { box: '0 0 10 14', path: 'M5 0 9.4 6.6H.6zM5 7 9.4 13.6H.6z' },
  'danger-low': { box: '0 0 10 14', path: 'M5 14 .6 7.4h8.8zM5 7 .6.4h8.8z' },
  notice: { box: '0 0 10 10', path: 'M5 .4 9.6 5 5 9.6.4 5z' },
};

const WORDS = {
  high: 'high',
  low: 'low',
  'danger-high': 'dangerHigh',
  'danger-low': 'dangerLow',
  notice: 'abnormal',
} as const;

/** ▲ high, ▼ low, double = dangerous, ◆ notice: drawn, and said to a screen reader unless `silent`. */
export function Mark({ kind, silent = false }: { kind: MarkKind; silent?: boolean }) {
  const t = useUiText();
  const shape = SHAPES[kind];
  return (
    <>
      <svg className="mk" viewBox={shape.box} aria-hidden="true">
        <path d={shape.path} />
      </svg>
      {!silent && <span className="vh">{t(WORDS[kind])} </span>}
    </>
  );
}
