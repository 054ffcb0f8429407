import { formatDate, SourceBadge, type AllergyState } from '@yba/ui';
import { useClinicText } from '../messages.ts';

/** The allergy box of a printed page: the worst four, or in words why there is no list. */
export function AllergyBox({ allergies }: { allergies: AllergyState }) {
  const t = useClinicText();
  return (
    <div className="al">
      <b className="t">{t('paperAllergy')}</b>
      {allergies.state === 'listed' ? (
        <span>
          {allergies.allergies.slice(0, 4).map((one, index) => (
            <span key={one.id}>
              {index > 0 && <br />}
              <b>
                {one.substance}: {t(`severity-${one.severity ?? 'unknown'}`)}
              </b>
              {one.detail && `, ${one.detail}`} {one.source && <SourceBadge source={one.source} />}
            </span>
          ))}
          {allergies.allergies.length > 4 && (
            <span> {t('paperMore', { count: allergies.allergies.length - 4 })}</span>
          )}
          {allergies.asked && ` · ${t('paperAsked', { date: formatDate(allergies.asked) })}`}
        </span>
      ) : (
        <span>
          {t(`allergy-${allergies.state}`)}
          {allergies.state === 'none' && allergies.asked
            ? ` · ${t('paperAsked', { date: formatDate(allergies.asked) })}`
            : ''}
        </span>
      )}
    </div>
  );
}
