import { formatDate, formatDateTime, SourceBadge, useLanguage } from '@yba/ui';
import type { Withdrawn } from '../../fhir/withdrawn.ts';
import { withdrawnValue } from '../../fhir/withdrawn-value.ts';
import { useClinicText } from '../messages.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';

/** What hospitals withdrew, struck through and folded away: who, when and why, because somebody may have acted on it. */
export function WithdrawnFold({
  items,
  facilities,
  own,
}: {
  items: readonly Withdrawn[];
  facilities: Facilities;
  own: string | undefined;
}) {
  const t = useClinicText();
  const { language } = useLanguage();
  if (items.length === 0) return null;
  return (
    <details className="withdrawn">
      <summary>{t('withdrawnCount', { count: items.length })}</summary>
      <ul>
        {items.map((one) => {
          const source = sourceOfCode(one.facility, facilities, own);
          return (
            <li key={one.id}>
              <SourceBadge source={source} />{' '}
              <s>
                {one.what}
                {withdrawnValue(one, language)}
                {one.date && ` · ${formatDate(one.date)}`}
              </s>
              <small>
                {t('withdrawnAt', { name: source.name, at: formatDateTime(one.at) })}
                {one.reason ? `: ${t(`withdrawn-${one.reason}`)}` : ''}
                {one.words && `: “${one.words}”`}
              </small>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
