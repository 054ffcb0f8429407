import { formatDate, formatNumber } from '@yba/ui';
import { useLayoutEffect, useRef, useState } from 'react';
import { useBook, useWords } from '../book-context.tsx';
import { withDecimalsOf } from '../record/decimals.ts';
import type { Result } from '../record/results.ts';
import type { Trend } from '../record/trend.ts';
import type { Range } from '../record/verdict.ts';

const floor = 132;
const top = 40;
const side = 36;
/** Room a whole date takes under its point; with less, the year goes below. */
const dateWidth = 78;
/** A band open on one side is at least this part of the room on the other side of its limit. */
const bandShare = 0.42;

/** The course of one test: few points, each with its value and day, over the band of the normal range. */
export function TrendLine({ trend, name }: { trend: Trend; name: string }) {
  const t = useWords();
  const { language } = useBook();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const { points } = trend;
  const last = points.at(-1);
  const bandWords = useBandWords(last);
  if (!last) return null;
  const shown = points.map((point) => formatNumber(point.digits ?? '', language));
  const y = scaleOf(
    points.map((point) => point.value!),
    last.range,
  );
  const x = (index: number) =>
    points.length === 1 ? width / 2 : side + (index * (width - 2 * side)) / (points.length - 1);
  const narrow = width < points.length * dateWidth;
  const height = narrow ? floor + 40 : floor + 26;
  const band = bandOf(last.range, y);
  const roomy =
    band &&
    band.bottom - band.top >= 22 &&
    points.every(({ value }) => y(value!) < band.top || y(value!) > band.bottom);
  return (
    <div ref={box} className="trendline">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={t('trendLabel', {
          name,
          values: points.map((point, index) => `${formatDate(point.at)} ${shown[index]}`).join('; '),
        })}
      >
        {band && (
          <>
            <rect x="0" y={band.top} width={width} height={band.bottom - band.top} className="band" />
            {band.edges.map((edge) => (
              <line key={edge} x1="0" x2={width} y1={edge} y2={edge} className="edge" />
            ))}
            {roomy && (
              <text x="8" y={(band.top + band.bottom) / 2 + 4.5} className="inband">
                {bandWords}
              </text>
            )}
          </>
        )}
        <polyline
          points={points.map((point, index) => `${x(index)},${y(point.value!)}`).join(' ')}
          className="line"
        />
        {points.map((point, index) => (
          <g key={point.id}>
            {point === last ? (
              <rect
                x={x(index) - 6}
                y={y(point.value!) - 6}
                width="12"
                height="12"
                transform={`rotate(45 ${x(index)} ${y(point.value!)})`}
                className="now"
              />
            ) : (
              <circle cx={x(index)} cy={y(point.value!)} r="4.5" className="dot" />
            )}
            <text x={x(index)} y={y(point.value!) - 13} className={point === last ? 'val now' : 'val'}>
              {shown[index]}
            </text>
            <text x={x(index)} y={floor + 20} className="day">
              {narrow ? formatDate(point.at).slice(0, 5) : formatDate(point.at)}
              {narrow && (
                <tspan x={x(index)} dy="14">
                  {formatDate(point.at).slice(6)}
                </tspan>
              )}
            </text>
          </g>
        ))}
        <line x1="0" x2={width} y1={floor} y2={floor} className="floor" />
      </svg>
      {band && !roomy && <p className="bandwords">{bandWords}</p>}
    </div>
  );
}

const useBandWords = (last: Result | undefined): string => {
  const t = useWords();
  const { language } = useBook();
  const { low, high } = last?.range ?? {};
  const show = (value: number) => formatNumber(withDecimalsOf(last?.digits, value), language);
  if (low !== undefined && high !== undefined) return t('bandBetween', { low: show(low), high: show(high) });
  if (high !== undefined) return t('bandBelow', { high: show(high) });
  return low === undefined ? '' : t('bandAbove', { low: show(low) });
};

/** Heights for values: all points and the nearer limit of the range are in view, with a little air. */
const scaleOf = (values: number[], { low, high }: Range): ((value: number) => number) => {
  const limits = [low, high].filter((limit) => limit !== undefined);
  const all = [...values, ...limits];
  const least = Math.min(...all);
  const most = Math.max(...all);
  const air = (most - least || Math.abs(most) || 1) * 0.12;
  const below =
    high !== undefined && low === undefined
      ? Math.min(least - air, high - (most + air - high) * bandShare)
      : least - air;
  const above =
    low !== undefined && high === undefined
      ? Math.max(most + air, low + (low - least + air) * bandShare)
      : most + air;
  const [from, to] = [below, above];
  return (value) => floor - ((value - from) / (to - from)) * (floor - top);
};

const bandOf = ({ low, high }: Range, y: (value: number) => number) => {
  if (low === undefined && high === undefined) return undefined;
  const upper = high === undefined ? top - 30 : Math.max(y(high), 0);
  const lower = low === undefined ? floor : Math.min(y(low), floor);
  return {
    top: upper,
    bottom: lower,
    edges: [...(high === undefined ? [] : [upper]), ...(low === undefined ? [] : [lower])],
  };
};

const useWidth = (box: React.RefObject<HTMLDivElement | null>): number => {
  const [width, setWidth] = useState(326);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth || 326));
    watch.observe(element);
    return () => watch.disconnect();
  }, [box]);
  return width;
};
