import { useMemo, useState } from 'react';
import { useClinicText } from '../messages.ts';
import { withdrawnOf } from '../../fhir/withdrawn.ts';
import { resourcesOf } from '../record/chart.ts';
import { gridOf, seriesOf, type TestSeries } from '../record/results.ts';
import { nameWords } from '../record/resource-words.ts';
import type { TabProps } from './chart-page.tsx';
import { PartState } from './part-state.tsx';
import { ResultsGrid } from './results-grid.tsx';
import { TrendDialog } from './trend-dialog.tsx';
import { WithdrawnFold } from './withdrawn-fold.tsx';

/** All laboratory results and vital signs over the newest days, every hospital in the same grid. */
export function ResultsTab({ chart, facilities, own }: TabProps) {
  const t = useClinicText();
  const [trend, setTrend] = useState<TestSeries>();
  const { parts } = chart;
  const grids = useMemo(
    () => ({
      results: gridOf(seriesOf(resourcesOf(parts.results)), 9),
      vitals: gridOf(seriesOf(resourcesOf(parts.vitals)), 9),
    }),
    [parts],
  );
  return (
    <div className="scroll full" tabIndex={0} role="region" aria-label={t('tab-results')}>
      {(['results', 'vitals'] as const).map((kind) => (
        <section key={kind} className="block">
          <div className="hd2">
            <h2>{t(kind === 'results' ? 'laboratory' : 'vitalSigns')}</h2>
            <span className="q">{t('newestDays', { count: grids[kind].columns.length })}</span>
          </div>
          <PartState part={parts[kind]}>
            {grids[kind].rows.length === 0 ? (
              <p className="none">{t(kind === 'results' ? 'noResults' : 'noVitals')}</p>
            ) : (
              <ResultsGrid grid={grids[kind]} facilities={facilities} own={own} onTrend={setTrend} />
            )}
            <WithdrawnFold items={withdrawnOf(resourcesOf(parts[kind]))} facilities={facilities} own={own} />
          </PartState>
        </section>
      ))}
      {trend && (
        <TrendDialog
          series={trend}
          facilities={facilities}
          own={own}
          who={nameWords(chart.patient.name)}
          onClose={() => setTrend(undefined)}
        />
      )}
    </div>
  );
}
