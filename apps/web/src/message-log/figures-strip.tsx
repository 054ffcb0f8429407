import { formatDate, formatNumber } from '@yba/ui';
import { useLogText } from './messages.ts';
import { type FacilityFigures, useFigures } from './use-messages.ts';
import { ageWords, sizeWords } from './words.ts';

/** Facilities named because their messages wait. */
const NAMED = 5;

/** The day in five figures, and whose messages wait the longest. */
export function FiguresStrip({ all, onFacility }: { all: boolean; onFacility(code: string): void }) {
  const t = useLogText();
  const { data: { facilities: data = [], kept } = {} } = useFigures();
  const sum = (figure: 'received' | 'filed' | 'refused' | 'waiting') =>
    formatNumber(data.reduce((total, one) => total + one[figure], 0));
  const oldest = Math.max(...data.map(({ oldestSeconds = -1 }) => oldestSeconds));
  const waiting = data.filter(({ waiting: count }) => count > 0).slice(0, NAMED);
  return (
    <section className="figs" aria-label={t('day')}>
      <dl>
        <Figure name={t('received24')} value={sum('received')} note={t('day')} />
        <Figure name={t('filed24')} value={sum('filed')} note={t('day')} />
        <Figure name={t('refused24')} value={sum('refused')} note={t('day')} />
        <Figure name={t('waiting')} value={sum('waiting')} />
        <Figure name={t('oldest')} value={oldest < 0 ? t('none') : ageWords(t, oldest)} />
      </dl>
      {all && waiting.length > 0 && (
        <ul aria-label={t('byFacility')}>
          {waiting.map((one) => (
            <Waiting key={one.code} facility={one} onFacility={onFacility} />
          ))}
        </ul>
      )}
      {kept && (
        <p className="kept">
          {t('keptBodies', {
            days: formatNumber(kept.bodyDays),
            limit: sizeWords(kept.bodyLimitBytes),
            bytes: sizeWords(kept.bodyBytes),
          })}
          {kept.bodiesSince && ` ${t('keptSince', { date: formatDate(kept.bodiesSince) })}`}{' '}
          {t('keptLog', { days: formatNumber(kept.messageDays) })}
        </p>
      )}
    </section>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>
        {name}
        {note && <small> · {note}</small>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

function Waiting({ facility, onFacility }: { facility: FacilityFigures; onFacility(code: string): void }) {
  const t = useLogText();
  const { code, waiting, oldestSeconds = 0 } = facility;
  return (
    <li>
      <button type="button" className="lnk" onClick={() => onFacility(code)}>
        {t('facilityOldest', { facility: code, count: waiting, age: ageWords(t, oldestSeconds) })}
      </button>
    </li>
  );
}
