/** One point of a series: time in ms and value; `mark` when it is out of its reference range. */
export type SeriesPoint = { at: number; value: number; out?: boolean | undefined };

/** The reference range of a series; either end may be open. */
export type ReferenceRange = { low?: number | undefined; high?: number | undefined };

type SparklineProps = {
  points: readonly SeriesPoint[];
  reference?: ReferenceRange | undefined;
  width?: number;
  height?: number;
};

/** A series as a line of 60 × 20 px: reference range as a grey band, last point as a dot, or a red diamond when out of range. */
export function Sparkline({ points, reference, width = 60, height = 20 }: SparklineProps) {
  const last = points.at(-1);
  if (!last) return null;
  const values = points.map((point) => point.value);
  const ends = [reference?.low, reference?.high].filter((end) => end !== undefined);
  const near = ends.filter((end) => Math.min(...values) <= end * 1.6 && Math.max(...values) >= end * 0.6);
  const low = Math.min(...values, ...near);
  const high = Math.max(...values, ...near);
  const x = (index: number) =>
    points.length < 2 ? width - 4 : 4 + (index * (width - 8)) / (points.length - 1);
  const y = (value: number) =>
    high === low ? height / 2 : height - 3.5 - ((value - low) / (high - low)) * (height - 7);
  const clamp = (value: number) => Math.max(1, Math.min(height - 1, value));
  const bandTop = reference?.high === undefined ? 1 : clamp(y(reference.high));
  const bandBottom = reference?.low === undefined ? height - 1 : clamp(y(reference.low));
  const [cx, cy] = [x(points.length - 1), y(last.value)];
  return (
    <svg className="spk" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {ends.length > 0 && bandBottom > bandTop && (
        <rect x="0" y={bandTop} width={width} height={bandBottom - bandTop} fill="#E7EAEF" />
      )}
      <polyline
        points={points.map((point, index) => `${x(index)},${y(point.value)}`).join(' ')}
        fill="none"
        stroke="#5A6371"
        strokeWidth="1.4"
      />
      {last.out ? (
        <rect
          x={cx - 3}
          y={cy - 3}
          width="6"
          height="6"
          transform={`rotate(45 ${cx} ${cy})`}
          fill="#B3261E"
        />
      ) : (
        <circle cx={cx} cy={cy} r="2.6" fill="#3D4653" />
      )}
    </svg>
  );
}
