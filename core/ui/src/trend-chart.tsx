import { lazy, Suspense } from 'react';
import { LoadingState } from './blocks.tsx';
import type { ReferenceRange, SeriesPoint } from './sparkline.tsx';

/** A series to draw: points in time order, each with the words of its source. */
export type TrendSeries = {
  name: string;
  unit: string;
  reference?: ReferenceRange | undefined;
  points: readonly (SeriesPoint & { source: string; text: string })[];
};

const Drawn = lazy(() =>
  import('./trend-chart-drawn.tsx').then((module) => ({ default: module.TrendChartDrawn })),
);

/** The trend of one measurement over all hospitals, with its reference band. The chart library loads only when one is shown. */
export function TrendChart({ series }: { series: TrendSeries }) {
  return (
    <Suspense fallback={<LoadingState rows={6} />}>
      <Drawn series={series} />
    </Suspense>
  );
}
