import { formatDate, formatDateTime } from '@yba/ui';
import { withdrawnOf } from '../../fhir/withdrawn.ts';
import { withdrawnValue } from '../../fhir/withdrawn-value.ts';
import { useBook, useWords } from '../book-context.tsx';
import type { RecordKind } from '../record/record.ts';

/** What hospitals took back of these kinds: folded, struck through, with who, when and why in plain words. */
export function WithdrawnList({ kinds }: { kinds: readonly RecordKind[] }) {
  const t = useWords();
  const { record, places, language } = useBook();
  const items = withdrawnOf(record.withdrawn).filter(({ type }) => kinds.includes(type as RecordKind));
  if (items.length === 0) return null;
  return (
    <details className="sheet withdrawn">
      <summary>{t('withdrawnCount', { count: items.length })}</summary>
      <p>{t('withdrawnWhat')}</p>
      <ul>
        {items.map((one) => {
          const { id, what, date, facility, at, reason, words } = one;
          return (
            <li key={id}>
              <s>
                {what}
                {withdrawnValue(one, language)}
                {date && ` · ${formatDate(date)}`}
              </s>
              <small>
                {t('withdrawnAt', {
                  name: (facility && places.named(facility)) || t('placeUnknown'),
                  at: formatDateTime(at),
                })}
                {reason ? `: ${t(`withdrawn-${reason}`)}` : ''}
                {words && `: “${words}”`}
              </small>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
