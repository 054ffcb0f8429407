import { IconTestPipe } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useBook, useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import { Chips } from '../parts/chips.tsx';
import { noteSeen } from '../parts/new-results.ts';
import { Nothing, Page } from '../parts/page.tsx';
import { ResultRow } from '../parts/result-row.tsx';
import { WithdrawnList } from '../parts/withdrawn-list.tsx';
import { useDayWords } from '../parts/words-of-day.ts';
import { resultDays, resultsOf, type Result, type ResultDay } from '../record/results.ts';
import { isOut } from '../record/verdict.ts';

type Filter = 'all' | 'out' | 'vitals';

const passes: Record<Filter, (result: Result) => boolean> = {
  all: ({ kind }) => kind !== 'vital',
  out: ({ verdict }) => isOut(verdict),
  vitals: ({ kind }) => kind === 'vital',
};

const labels: Record<Filter, BookKey> = { all: 'filterAll', out: 'filterOut', vitals: 'filterVitals' };

/** The results day by day, with the verdict in words; those to ask a doctor about stand first. */
export function ResultsPage() {
  const t = useWords();
  const { record, places, state } = useBook();
  const [filter, setFilter] = useState<Filter>('all');
  const results = resultsOf(record, places);
  const days = resultDays(results.filter(passes[filter]));
  useEffect(() => {
    if (state === 'ready') return noteSeen;
    return undefined;
  }, [state]);
  return (
    <Page title={t('resultsTitle')} kinds={['Observation', 'DiagnosticReport', 'Organization']}>
      {results.length === 0 ? (
        <Nothing
          of={['Observation', 'DiagnosticReport']}
          icon={<IconTestPipe className="i" aria-hidden />}
          title={t('resultsNone')}
        >
          {t('resultsNoneBody')}
        </Nothing>
      ) : (
        <Chips
          label={t('chips')}
          chosen={filter}
          onChoose={setFilter}
          chips={(['all', 'out', 'vitals'] as const).map((one) => ({
            value: one,
            label: t(labels[one]),
            count: results.filter(passes[one]).length,
          }))}
        />
      )}
      {results.length > 0 && days.length === 0 && <p className="sheet pad">{t('nothingInFilter')}</p>}
      {days.map((day) => (
        <Day key={day.day} day={day} />
      ))}
      <WithdrawnList kinds={['Observation', 'DiagnosticReport']} />
    </Page>
  );
}

/** A day of more results than this is folded, except what is out of range. */
const unfolded = 6;

function Day({ day }: { day: ResultDay }) {
  const t = useWords();
  const dayWords = useDayWords();
  const [whole, setWhole] = useState(false);
  const least = Math.max(unfolded, day.out);
  const shown = whole || day.results.length <= least + 1 ? day.results : day.results.slice(0, least);
  const places = [...new Set(day.results.map(({ place }) => place ?? t('placeUnknown')))];
  return (
    <section>
      <h2 className="d">{dayWords(day.day)}</h2>
      <div className="sheet list">
        <p className="dayhead">
          {places.join(', ')}
          <small>
            {day.out > 0
              ? t('daySomeOut', { count: day.out })
              : day.results.every(({ verdict }) => verdict === 'normal') && t('dayAllNormal')}
          </small>
        </p>
        <ul>
          {shown.map((result) => (
            <ResultRow key={result.id} result={result} />
          ))}
        </ul>
        {shown.length < day.results.length && (
          <button type="button" className="unfold" onClick={() => setWhole(true)}>
            {t('showAll', { count: day.results.length - shown.length })}
          </button>
        )}
      </div>
    </section>
  );
}
