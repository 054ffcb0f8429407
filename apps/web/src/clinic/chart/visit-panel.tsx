import { formatDate, formatDateTime, SourceBadge } from '@yba/ui';
import { useClinicText } from '../messages.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';
import { isDiastolic, isSystolic } from '../record/panels.ts';
import { dayOf, type TestSeries } from '../record/results.ts';
import type { Visit } from '../record/visits.ts';
import { ValueText } from './value-cell.tsx';

type VisitPanelProps = {
  visit: Visit | undefined;
  vitals: readonly TestSeries[];
  facilities: Facilities;
  own: string | undefined;
};

/** The word of a visit's state. */
export function useVisitStatus(): (status: string) => string {
  const t = useClinicText();
  return (status) =>
    t(
      status === 'in-progress' || status === 'finished' || status === 'arrived'
        ? `visitStatus-${status}`
        : 'visitStatus-other',
    );
}

/** The chosen visit: when and where, vital signs of that visit, why, what was found. */
export function VisitPanel({ visit, vitals, facilities, own }: VisitPanelProps) {
  const t = useClinicText();
  const status = useVisitStatus();
  if (!visit) return <p className="none">{t('noVisitsHere')}</p>;
  const source = sourceOfCode(visit.facility, facilities, own);
  const [first, last] = [dayOf(visit.at), dayOf(visit.until ?? visit.at)];
  const signs = vitals.flatMap((series) => {
    const value = series.values.findLast(
      (one) =>
        one.encounter?.endsWith(`/${visit.id}`) ||
        (one.facility === visit.facility && one.day >= first && one.day <= last),
    );
    return value ? [{ series, value }] : [];
  });
  const upper = signs.find(({ series }) => isSystolic(series));
  const lower = signs.find(({ series }) => isDiastolic(series));
  const others = signs.filter((one) => one !== upper && one !== lower);
  return (
    <div className="visitpanel">
      <div className="hd2">
        <h2>{t(visit.status === 'in-progress' && source.kind === 'own' ? 'visitNowTitle' : 'visitTitle')}</h2>{' '}
        <span className="q">{formatDateTime(new Date(visit.at))}</span>
        <span className={visit.status === 'in-progress' ? 'st go r' : 'st r'}>{status(visit.status)}</span>
      </div>
      <p className="at">
        <SourceBadge source={source} /> {source.name}
        {visit.department && ` · ${visit.department}`}
        {visit.kind === 'inpatient' &&
          visit.until &&
          ` · ${t('until', { date: formatDate(new Date(visit.until)) })}`}
      </p>
      {signs.length === 0 ? (
        <p className="none">{t('noVitals')}</p>
      ) : (
        <dl className="vs">
          {upper && lower && (
            <div>
              <dt>{t('bloodPressure')}</dt>
              <dd>
                <ValueText value={upper.value} />/<ValueText value={lower.value} />
              </dd>
            </div>
          )}
          {others.slice(0, upper ? 8 : 9).map(({ series, value }) => (
            <div key={series.key}>
              <dt>{series.name}</dt>
              <dd>
                <ValueText value={value} />
                <small>{series.unit}</small>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p className="cc">
        <b>{t('reasonLead')}</b> {visit.reason || <span className="miss">{t('notSaid')}</span>}
      </p>
      {visit.diagnoses.length > 0 && (
        <p className="cc">
          <b>{t('diagnosesLead')}</b> {visit.diagnoses.join('; ')}
        </p>
      )}
      {visit.physician && (
        <p className="cc">
          <b>{t('physicianLead')}</b> {visit.physician}
        </p>
      )}
    </div>
  );
}
