import { formatDate, formatDateTime, formatNumber, formatTime, LoadingState, useLanguage } from '@yba/ui';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { ReadFailed } from '../fhir/read-failed.tsx';
import type { Measure } from './figures/measures.ts';
import type { Figures } from './figures/read-figures.ts';
import { rowsOf, type RowFilter } from './figures/states.ts';
import { useCommandText } from './messages.ts';
import { FlowPanel } from './parts/flow-panel.tsx';
import { Gauges } from './parts/gauges.tsx';
import { MapPanel } from './parts/map-panel.tsx';
import { PlacesPanel } from './parts/places-panel.tsx';
import { ProvincesTable } from './parts/provinces-table.tsx';
import { RowsPanel } from './parts/rows-panel.tsx';
import { useFigures } from './use-figures.ts';

/** The ministry's board: map, gauges, visits of today and the facilities behind them, all from one answer. */
export function BoardPage() {
  const t = useCommandText();
  const { figures, error, live, reload } = useFigures();
  const title = t('title');
  useEffect(() => {
    document.title = title;
  }, [title]);
  if (figures) return <Board figures={figures} live={live} />;
  return (
    <main className="wait">
      {error ? (
        <ReadFailed of={{ error, refetch: reload }} title={t('errorTitle')} />
      ) : (
        <LoadingState rows={10} label={t('loading')} />
      )}
    </main>
  );
}

/** With fewer silent facilities than this the list opens with all of them, the longest silent first. */
const fewSilent = 5;

function Board({ figures, live }: { figures: Figures; live: boolean }) {
  const [view, setView] = useState<'map' | 'table'>('map');
  const [measure, setMeasure] = useState<Measure>('connected');
  const [province, setProvince] = useState<string>();
  const [filter, setFilter] = useState<RowFilter>(() =>
    rowsOf(figures, 'silent', undefined).length >= fewSilent ? 'silent' : 'all',
  );
  const showRows = (next: RowFilter, of: string | undefined) => {
    setFilter(next);
    setProvince(of);
    document.getElementById('rows')?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <main className="board">
      <Standing figures={figures} live={live} />
      <MapPanel
        figures={figures}
        view={view}
        onView={setView}
        measure={measure}
        onMeasure={setMeasure}
        chosen={province}
        onChoose={setProvince}
        onRows={() => showRows('all', province)}
      />
      <div className="right">
        <Gauges
          figures={figures}
          onRows={(next) => showRows(next, undefined)}
          onTable={() => setView('table')}
        />
        <div className="middle">
          <FlowPanel figures={figures} />
          <PlacesPanel figures={figures} onChoose={(code) => showRows('busy', code)} />
        </div>
        <RowsPanel
          figures={figures}
          filter={filter}
          onFilter={setFilter}
          province={province}
          onClear={() => setProvince(undefined)}
        />
      </div>
      <div className="printed" aria-hidden="true">
        <ProvincesTable figures={figures} chosen={undefined} onChoose={() => undefined} />
      </div>
    </main>
  );
}

function Standing({ figures, live }: { figures: Figures; live: boolean }) {
  const t = useCommandText();
  const { language } = useLanguage();
  const silent = figures.connected - figures.sending;
  const position = /^\d+$/.test(figures.feedPosition)
    ? formatNumber(figures.feedPosition, language)
    : figures.feedPosition;
  return (
    <div className="standing">
      <span>
        {t('scope')} <b>{t('wholeCountry')}</b>
      </span>
      <span>
        {t('period')} <b>{t('todayIs', { date: formatDate(figures.day) })}</b>
      </span>
      {silent > 0 && (
        <span className="pt" role="status">
          <IconPlugConnectedX className="i" aria-hidden />
          <span>
            <b>{t('partialWord')}</b> {t('partialSilent', { count: formatNumber(silent, language) })}
          </span>
        </span>
      )}
      <span className="upto">
        {t('upTo', { position, time: clockTime(figures.asOf) })} ·{' '}
        <span className={live ? 'live on' : 'live'}>{t(live ? 'liveOn' : 'liveOff')}</span>
      </span>
      <span className="print-only">
        {t('printed', { time: formatDateTime(new Date()), asOf: formatDateTime(figures.asOf), position })}
      </span>
    </div>
  );
}

/** HH:mm:ss of an instant in Viet Nam. */
const clockTime = (instant: string): string =>
  `${formatTime(instant)}:${String(new Date(instant).getUTCSeconds()).padStart(2, '0')}`;
