import { useQuery } from '@tanstack/react-query';
import { formatNumber, LoadingState, todayInVietNam, useLanguage } from '@yba/ui';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ask, type Told } from './call.ts';
import { Field, DayField } from './form.tsx';
import { useDirectoryText } from './messages.ts';

/** Visits of a time, side by side in the units of their days and in those of today. */
export function ReportPanel() {
  const t = useDirectoryText();
  const today = todayInVietNam();
  const [from, setFrom] = useState(`${Number(today.slice(0, 4)) - 1}${today.slice(4, 8)}01`);
  const [to, setTo] = useState(today);
  const [by, setBy] = useState('province');
  const then = useReport({ from, to, by, view: 'as-then' });
  const now = useReport({ from, to, by, view: 'as-now' });
  const failed = [then, now].filter(({ isError }) => isError);
  return (
    <section className="one" aria-label={t('reportTitle')}>
      <header>
        <h2>{t('reportTitle')}</h2>
      </header>
      <div className="when">
        <DayField label={t('from')} value={from} max={to} onChange={setFrom} />
        <DayField label={t('to')} value={to} max={today} onChange={setTo} />
        <Field label={t('reportBy')}>
          {(id) => (
            <select id={id} value={by} onChange={(event) => setBy(event.target.value)}>
              <option value="province">{t('reportProvince')}</option>
              <option value="facility">{t('facilities')}</option>
            </select>
          )}
        </Field>
        <p>{t('sameTotal')}</p>
      </div>
      {failed.length > 0 ? (
        <ReadFailed
          of={{ error: failed[0]!.error, refetch: () => failed.forEach(({ refetch }) => void refetch()) }}
        />
      ) : (
        <div className="two">
          {(
            [
              ['asThen', then],
              ['asNow', now],
            ] as const
          ).map(([title, { data, isLoading }]) => (
            <div key={title} className="standing-card">
              <h3>{t(title)}</h3>
              {data && <Lines told={data} />}
              {isLoading && <LoadingState rows={6} />}
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

function useReport(asked: { from: string; to: string; by: string; view: string }) {
  return useQuery({
    queryKey: ['visit-report', asked],
    enabled: asked.from !== '' && asked.to !== '',
    queryFn: ({ signal }) => ask('Organization/$visit-report', asked, signal),
  });
}

function Lines({ told }: { told: Told }) {
  const t = useDirectoryText();
  const { language } = useLanguage();
  const lines = told.list('line');
  if (lines.length === 0) return <p className="quiet">{t('reportNone')}</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t('name')}</th>
          <th scope="col" className="nu">
            {t('visits')}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.value('list')} ${line.value('code')}`}>
            <th scope="row">
              {line.value('name') || t('noPlace')} <code>{line.value('code')}</code>{' '}
              {line.value('list') && <small>{t('listOf', { list: line.value('list') })}</small>}
            </th>
            <td className="nu">{formatNumber(line.count('count'), language)}</td>
          </tr>
        ))}
        <tr className="sumrow">
          <th scope="row">{t('total')}</th>
          <td className="nu">{formatNumber(told.count('total'), language)}</td>
        </tr>
      </tbody>
    </table>
  );
}
