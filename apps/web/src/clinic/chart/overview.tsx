import { Mark, SourceBadge } from '@yba/ui';
import { useMemo, useState } from 'react';
import { useClinicText } from '../messages.ts';
import { resourcesOf } from '../record/chart.ts';
import { sourceOfCode } from '../record/facilities.ts';
import { currentMedicines } from '../record/medicines.ts';
import { isSystolic } from '../record/panels.ts';
import { problemsOf } from '../record/problems.ts';
import { gridOf, seriesOf, type TestSeries } from '../record/results.ts';
import { nameWords } from '../record/resource-words.ts';
import { visitsOf } from '../record/visits.ts';
import type { ChartTab } from '../route-tree.ts';
import type { TabProps } from './chart-page.tsx';
import { useDoseWords } from './dose-words.ts';
import { LatestElsewhere } from './latest-elsewhere.tsx';
import { PartState } from './part-state.tsx';
import { ResultsGrid } from './results-grid.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import { TrendDialog } from './trend-dialog.tsx';
import { VisitPanel } from './visit-panel.tsx';

/** The first tab: problems, medicines, results over time, the chosen visit, and the timeline over all hospitals. */
export function Overview({ chart, facilities, own, onTab }: TabProps & { onTab: (tab: ChartTab) => void }) {
  const t = useClinicText();
  const dose = useDoseWords();
  const { parts } = chart;
  const [trend, setTrend] = useState<TestSeries>();
  const [chosen, setChosen] = useState<string>();
  const read = useMemo(() => {
    const results = seriesOf(resourcesOf(parts.results));
    const vitals = seriesOf(resourcesOf(parts.vitals));
    return {
      problems: problemsOf(resourcesOf(parts.conditions)),
      medicines: currentMedicines(resourcesOf(parts.medicines)),
      results,
      vitals,
      grid: gridOf(results, 4, vitals.filter(isSystolic)),
      visits: visitsOf(resourcesOf(parts.encounters), resourcesOf(parts.conditions)),
    };
  }, [parts]);
  const visit = read.visits.find((one) => one.id === chosen) ?? read.visits[0];
  const values = read.results.reduce((sum, one) => sum + one.values.length, 0);
  const places = new Set(read.medicines.map((one) => one.facility)).size;
  return (
    <>
      <div className="cols">
        <section className="lists">
          <div className="pb">
            <div className="hd2">
              <h2>{t('problems')}</h2>{' '}
              <span className="q">
                {parts.conditions.state === 'read' && t('problemsNote', { count: read.problems.length })}
              </span>
            </div>
            <PartState part={parts.conditions}>
              {read.problems.length === 0 && <p className="none">{t('noProblems')}</p>}
              {read.problems.slice(0, 12).map((problem) => (
                <div className="row" key={problem.key}>
                  <span className="nm" title={problem.name}>
                    {problem.name}
                  </span>
                  <span className="m">
                    {[problem.code, problem.since.slice(0, 4)].filter(Boolean).join(' · ')}
                  </span>
                  <SourceBadge source={sourceOfCode(problem.facilities[0], facilities, own)} />
                </div>
              ))}
            </PartState>
          </div>
          <div className="rx">
            <div className="hd2">
              <h2>{t('medicinesNow')}</h2>{' '}
              <span className="q">
                {parts.medicines.state === 'read' &&
                  (places > 1
                    ? t('medicinesFrom', { count: read.medicines.length, places })
                    : read.medicines.length)}
              </span>
              <span className="r">
                <button type="button" className="more" onClick={() => onTab('medicines')}>
                  <kbd>Alt 3</kbd>
                  <span className="vh">{t('tab-medicines')}</span>
                </button>
              </span>
            </div>
            <PartState part={parts.medicines}>
              {read.medicines.length === 0 && <p className="none">{t('noMedicines')}</p>}
              {read.medicines.map((medicine) => (
                <div className="row" key={medicine.key}>
                  <span className="nm" title={`${medicine.substance} ${medicine.strength}`}>
                    <b>{medicine.substance}</b> {medicine.strength}
                  </span>
                  <span className="m" title={medicine.dose}>
                    {dose(medicine)}
                  </span>
                  <SourceBadge
                    source={
                      medicine.told
                        ? { letters: 'NB', name: '', kind: 'patient' }
                        : sourceOfCode(medicine.facility, facilities, own)
                    }
                  />
                </div>
              ))}
            </PartState>
          </div>
        </section>
        <section className="grid">
          <div className="hd2">
            <h2>{t('resultsOverTime')}</h2>{' '}
            <span className="q">{t('newestDays', { count: read.grid.columns.length })}</span>
            <span className="r">
              {values > 0 && (
                <button type="button" className="more" onClick={() => onTab('results')}>
                  {t('seeAll', { count: values })} <kbd>Alt 2</kbd>
                </button>
              )}
            </span>
          </div>
          <PartState part={parts.results}>
            {read.grid.rows.length === 0 ? (
              <p className="none">{t('noResults')}</p>
            ) : (
              <div className="scroll" tabIndex={0} role="region" aria-label={t('resultsOverTime')}>
                <ResultsGrid grid={read.grid} facilities={facilities} own={own} onTrend={setTrend} />
              </div>
            )}
            {read.grid.rows.length > 0 && (
              <div className="leg">
                <span>
                  <Mark kind="high" silent />
                  {t('legendHigh')}
                </span>
                <span>
                  <Mark kind="low" silent />
                  {t('legendLow')}
                </span>
                <span>
                  <Mark kind="danger-high" silent />
                  {t('legendDanger')}
                </span>
                <span>
                  <svg width="16" height="10" aria-hidden="true">
                    <rect width="16" height="10" fill="#E7EAEF" />
                  </svg>
                  {t('legendRange')}
                </span>
                <span className="end">{t('legendTrend')}</span>
              </div>
            )}
          </PartState>
        </section>
        <section className="now">
          <LatestElsewhere
            patient={chart.patient.id ?? ''}
            series={read.results}
            facilities={facilities}
            own={own}
            onTrend={setTrend}
          />
          <PartState part={parts.encounters}>
            <VisitPanel visit={visit} vitals={read.vitals} facilities={facilities} own={own} />
          </PartState>
        </section>
      </div>
      <TimelinePanel
        chart={chart}
        visits={read.visits}
        facilities={facilities}
        own={own}
        selected={visit?.id}
        onSelect={setChosen}
      />
      {trend && (
        <TrendDialog
          series={trend}
          facilities={facilities}
          own={own}
          who={nameWords(chart.patient.name)}
          onClose={() => setTrend(undefined)}
        />
      )}
    </>
  );
}
