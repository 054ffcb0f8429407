import { formatDate, formatDateTime, SourceBadge, StatusWord } from '@yba/ui';
import { useClinicText } from '../messages.ts';
import { resourcesOf } from '../record/chart.ts';
import { sourceOfCode } from '../record/facilities.ts';
import { conceptWords } from '../record/resource-words.ts';
import { visitsOf, withdrawnVisits } from '../record/visits.ts';
import type { TabProps } from './chart-page.tsx';
import { PartState } from './part-state.tsx';
import { useVisitStatus } from './visit-panel.tsx';

/** Every visit of every hospital, newest first, and the appointments to come. */
export function VisitsTab({ chart, facilities, own }: TabProps) {
  const t = useClinicText();
  const status = useVisitStatus();
  const { parts } = chart;
  const rows = visitsOf(resourcesOf(parts.encounters), resourcesOf(parts.conditions));
  const withdrawn = withdrawnVisits(resourcesOf(parts.encounters));
  const coming = resourcesOf(parts.appointments)
    .filter((one) => Date.parse(one.start ?? '') > Date.now())
    .sort((a, b) => (a.start ?? '').localeCompare(b.start ?? ''));
  return (
    <div className="scroll full" tabIndex={0} role="region" aria-label={t('tab-visits')}>
      {coming.length > 0 && (
        <section className="block">
          <div className="hd2">
            <h2>{t('coming')}</h2>
          </div>
          {coming.map((one) => (
            <p className="coming" key={one.id}>
              <b>{formatDateTime(one.start)}</b> {conceptWords(one.serviceType?.[0]) || one.description}
            </p>
          ))}
        </section>
      )}
      <PartState part={parts.encounters}>
        {rows.length === 0 ? (
          <p className="none">{t('noVisitsHere')}</p>
        ) : (
          <table className="qt plain">
            <thead>
              <tr>
                <th>{t('time')}</th>
                <th>{t('source')}</th>
                <th>{t('kind')}</th>
                <th>{t('reason')}</th>
                <th>{t('diagnoses')}</th>
                <th>{t('status')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const source = sourceOfCode(row.facility, facilities, own);
                return (
                  <tr key={row.id}>
                    <td>
                      {formatDateTime(new Date(row.at))}
                      <small>
                        {row.kind === 'inpatient' && row.until
                          ? t('until', { date: formatDate(new Date(row.until)) })
                          : ''}
                      </small>
                    </td>
                    <td>
                      <SourceBadge source={source} /> {source.name}
                      <small>{[row.department, row.physician].filter(Boolean).join(' · ')}</small>
                    </td>
                    <td>{t(`kind-${row.kind}`)}</td>
                    <td className="wrap">{row.reason || <span className="miss">{t('notSaid')}</span>}</td>
                    <td className="wrap">
                      {parts.conditions.state === 'denied' ? (
                        <span className="miss">{t('deniedShort')}</span>
                      ) : (
                        row.diagnoses.join('; ') || <span className="miss">{t('notSaid')}</span>
                      )}
                    </td>
                    <td>
                      <StatusWord tone={row.status === 'in-progress' ? 'go' : 'plain'}>
                        {status(row.status)}
                      </StatusWord>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        {withdrawn.length > 0 && (
          <section className="block">
            <div className="hd2">
              <h2>{t('withdrawnVisits')}</h2>
            </div>
            {withdrawn.map((row) => {
              const source = sourceOfCode(row.facility, facilities, own);
              return (
                <p className="coming" key={row.id}>
                  <SourceBadge source={source} /> <s>{formatDateTime(new Date(row.at))}</s>{' '}
                  {t('withdrawnBy', { name: source.name })}
                </p>
              );
            })}
          </section>
        )}
      </PartState>
    </div>
  );
}
