import { formatDate, formatDateTime, formatNumber } from '@yba/ui';
import {
  IconBuildingHospital,
  IconCalendarEvent,
  IconMessageCircle,
  IconPhoneCall,
  IconPill,
  IconShare2,
  IconTestPipe,
} from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useBook, useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import { Nothing, Page } from '../parts/page.tsx';
import { PrivateMark } from '../parts/private-mark.tsx';
import { useResultName, useResultValue, VerdictMark } from '../parts/result-row.tsx';
import { TrendLine } from '../parts/trend-line.tsx';
import { meaningOf, plainTest } from '../plain-words/explain.ts';
import { appointmentsOf } from '../record/appointments.ts';
import { weekday } from '../record/dates.ts';
import { medicinesOf } from '../record/medicines.ts';
import { resultsOf, type Result } from '../record/results.ts';
import { trendOf } from '../record/trend.ts';
import { withDecimalsOf } from '../record/decimals.ts';
import { isOut, type Verdict } from '../record/verdict.ts';

const titles: Record<Result['kind'], BookKey> = {
  test: 'resultTitle',
  report: 'reportTitle',
  vital: 'vitalTitle',
};

/** One result: value, verdict, course over time, what it means and what to do, and who made it. */
export function ResultPage() {
  const t = useWords();
  const { id } = useParams({ from: '/book/results/$id' });
  const { record, places, state } = useBook();
  const all = resultsOf(record, places);
  const result = all.find((one) => one.id === id);
  return (
    <Page
      title={t(result ? titles[result.kind] : 'resultTitle')}
      back="/book/results"
      kinds={['Observation', 'DiagnosticReport', 'Organization']}
      actions={result && <Share result={result} />}
    >
      {!result && state === 'ready' && (
        <Nothing
          of={['Observation', 'DiagnosticReport']}
          icon={<IconTestPipe className="i" aria-hidden />}
          title={t('resultGone')}
        >
          {t('goneBody')}
        </Nothing>
      )}
      {result && (
        <>
          <Value result={result} />
          <Course result={result} all={all} />
          <Meaning result={result} />
          <Source result={result} />
        </>
      )}
    </Page>
  );
}

function Value({ result }: { result: Result }) {
  const t = useWords();
  const name = useResultName();
  const value = useResultValue();
  const rangeWords = useRangeWords(result);
  const long = result.digits === undefined && (result.text?.length ?? 0) > 12;
  return (
    <section className="sheet big">
      <h2 className="n">
        {name(result)} {result.sensitive && <PrivateMark />}
      </h2>
      {long ? (
        <p className="words">{result.text}</p>
      ) : (
        <p className="v">
          <b>{value(result)}</b> <span>{result.unit}</span>
        </p>
      )}
      {(result.verdict !== 'unknown' || result.kind === 'test') && (
        <div className={`say ${result.verdict}`}>
          <VerdictMark verdict={result.verdict} />
          <span>
            {t(saysKey(result.verdict))}
            {rangeWords && <small>{rangeWords}</small>}
          </span>
        </div>
      )}
    </section>
  );
}

const saysKey = (verdict: Verdict): BookKey =>
  `says${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}` as BookKey;

const useRangeWords = ({ range: { low, high }, unit = '', digits }: Result): string | undefined => {
  const t = useWords();
  const { language } = useBook();
  const show = (value: number) => formatNumber(withDecimalsOf(digits, value), language);
  if (low !== undefined && high !== undefined)
    return t('rangeBetween', { low: show(low), high: show(high), unit });
  if (high !== undefined) return t('rangeBelow', { high: show(high), unit });
  return low === undefined ? undefined : t('rangeAbove', { low: show(low), unit });
};

function Course({ result, all }: { result: Result; all: Result[] }) {
  const t = useWords();
  const name = useResultName();
  const trend = trendOf(result, all);
  if (trend.points.length < 2) return null;
  return (
    <section className="sheet tr">
      <h2>{t(trend.course)}</h2>
      <p className="sub">{t('measured', { count: trend.points.length, places: trend.places })}</p>
      <TrendLine trend={trend} name={name(result)} />
    </section>
  );
}

function Meaning({ result }: { result: Result }) {
  const t = useWords();
  const { language, record, places, today } = useBook();
  const test = plainTest(result.code, result.name, language);
  const out = isOut(result.verdict);
  const danger = result.verdict === 'dangerHigh' || result.verdict === 'dangerLow';
  const meaning =
    meaningOf(test, result.verdict) ?? (result.verdict === 'normal' ? t('meaningNormal') : undefined);
  const next = appointmentsOf(record, places, new Date())[0];
  const takes = medicinesOf(record, places, today).some(({ current }) => current);
  if (result.kind === 'report' && !test) return null;
  return (
    <section className="sheet plain">
      <h2>{t('meaning')}</h2>
      <p>{[meaning, test?.about].filter(Boolean).join(' ') || t('meaningFallback')}</p>
      <ul>
        {danger && <Advice icon={<IconPhoneCall className="i" aria-hidden />}>{t('adviceNow')}</Advice>}
        {out && !danger && !next && (
          <Advice icon={<IconMessageCircle className="i" aria-hidden />}>{t('adviceAsk')}</Advice>
        )}
        {out && takes && <Advice icon={<IconPill className="i" aria-hidden />}>{t('adviceKeep')}</Advice>}
        {out && next && (
          <Advice icon={<IconCalendarEvent className="i" aria-hidden />}>
            {t('comeBack', { weekday: weekday(next.start, language), date: formatDate(next.start) })}
          </Advice>
        )}
        {out && test?.sign && <Advice icon={<IconPhoneCall className="i" aria-hidden />}>{test.sign}</Advice>}
      </ul>
    </section>
  );
}

function Advice({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li>
      {icon}
      <span>{children}</span>
    </li>
  );
}

function Source({ result }: { result: Result }) {
  const t = useWords();
  return (
    <>
      <p className="srcl">
        <IconBuildingHospital className="i" aria-hidden />
        <span>
          {t('doneAt', { place: result.place ?? t('placeUnknown'), when: formatDateTime(result.at) })}
          {result.performer && (
            <>
              <br />
              {t('doneBy', { name: result.performer })}
            </>
          )}
        </span>
      </p>
      {result.encounter && (
        <Link className="btn tap wide" to="/book/visits/$id" params={{ id: result.encounter }}>
          {t('seeVisit')}
        </Link>
      )}
    </>
  );
}

function Share({ result }: { result: Result }) {
  const t = useWords();
  const name = useResultName();
  const value = useResultValue();
  const rangeWords = useRangeWords(result);
  if (typeof navigator.share !== 'function') return null;
  const text = [
    `${name(result)}: ${value(result, 1000)} ${result.unit ?? ''}`.trim(),
    result.verdict === 'unknown' ? undefined : t(saysKey(result.verdict)),
    rangeWords,
    t('doneAt', { place: result.place ?? t('placeUnknown'), when: formatDateTime(result.at) }),
  ]
    .filter(Boolean)
    .join('\n');
  return (
    <button
      type="button"
      className="ib"
      aria-label={t('share')}
      onClick={() => void navigator.share({ text }).catch(() => undefined)}
    >
      <IconShare2 className="i" aria-hidden />
    </button>
  );
}
