import { EmptyState, formatDateTime, LoadingState, StatusWord, usePageTitle } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import './conformance.css';
import { useConformanceText } from './messages.ts';
import { asOf, readRuns, useResults, type Answer } from './results.ts';
import { ResultsTable } from './results-table.tsx';
import { RunsPanel } from './runs-panel.tsx';
import { TryPanel } from './try-panel.tsx';

const VIEWS = ['results', 'try'] as const;

/** How good the data is that each facility sends, and a desk to try a file at. */
export function ConformancePage() {
  const t = useConformanceText();
  usePageTitle(t('title'));
  const [view, setView] = useState<(typeof VIEWS)[number]>('results');
  const answer = useResults();
  return (
    <main className="secfile conf">
      <header>
        <h2>{t('title')}</h2>
        <div className="segs" role="group" aria-label={t('view')}>
          {VIEWS.map((one) => (
            <button
              key={one}
              type="button"
              className={one === view ? 'on' : ''}
              aria-pressed={one === view}
              onClick={() => setView(one)}
            >
              {t(one)}
            </button>
          ))}
        </div>
      </header>
      {view === 'try' && <TryPanel />}
      {view === 'results' && answer.isPending && <LoadingState rows={8} />}
      {view === 'results' && answer.isError && <ReadFailed of={answer} title={t('failedToLoad')} />}
      {view === 'results' && answer.data && <Results answer={answer.data} />}
    </main>
  );
}

function Results({ answer }: { answer: Answer }) {
  const t = useConformanceText();
  const [open, setOpen] = useState<string>();
  const runs = readRuns(answer);
  if (runs.length === 0) return <EmptyState title={t('emptyTitle')}>{t('empty')}</EmptyState>;
  const passed = runs.filter((run) => run.passed).length;
  const chosen = runs.find(({ facility }) => facility === open);
  return (
    <>
      <p className="sum" role="status">
        <b>{t('countFacilities', { count: runs.length })}</b>
        <StatusWord tone="ok">{t('countPassed', { count: passed })}</StatusWord>
        <StatusWord tone="bad" icon={<IconAlertTriangle className="i" aria-hidden />}>
          {t('countFailed', { count: runs.length - passed })}
        </StatusWord>
        <span className="when">{t('asOf', { time: formatDateTime(asOf(answer)) })}</span>
      </p>
      <p className="note">{t('note')}</p>
      <ResultsTable
        runs={runs}
        open={open}
        onOpen={(facility) => setOpen(facility === open ? undefined : facility)}
      />
      {chosen && <RunsPanel run={chosen} onClose={() => setOpen(undefined)} />}
    </>
  );
}
