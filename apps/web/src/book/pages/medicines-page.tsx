import { IconAlertTriangle, IconPill } from '@tabler/icons-react';
import { useBook, useMissing, useWords } from '../book-context.tsx';
import { MedicineRow } from '../parts/medicine-row.tsx';
import { Nothing, Page } from '../parts/page.tsx';
import { WithdrawnList } from '../parts/withdrawn-list.tsx';
import { medicinesOf } from '../record/medicines.ts';

/** All medicines: those to take now, then those of the past. */
export function MedicinesPage() {
  const t = useWords();
  const missing = useMissing();
  const { record, places, today } = useBook();
  const all = medicinesOf(record, places, today);
  const current = all.filter((medicine) => medicine.current);
  const past = all.filter((medicine) => !medicine.current);
  return (
    <Page title={t('medicinesTitle')} kinds={['MedicationRequest', 'Organization']}>
      {all.length === 0 ? (
        <Nothing
          of={['MedicationRequest']}
          icon={<IconPill className="i" aria-hidden />}
          title={t('medicinesNone')}
        >
          {t('medicinesNoneBody')}
        </Nothing>
      ) : (
        <>
          <section>
            <h2 className="d">{t('taking')}</h2>
            {current.length === 0 ? (
              <p className="sheet pad">{t(missing('MedicationRequest') ? 'notLoaded' : 'takingNone')}</p>
            ) : (
              <ul className="sheet list">
                {current.map((medicine) => (
                  <MedicineRow key={medicine.id} medicine={medicine} />
                ))}
              </ul>
            )}
          </section>
          <p className="nt">
            <IconAlertTriangle className="i" aria-hidden />
            <span>{t('medicineWarning')}</span>
          </p>
          {past.length > 0 && (
            <section>
              <h2 className="d">{t('past')}</h2>
              <ul className="sheet list past">
                {past.map((medicine) => (
                  <MedicineRow key={medicine.id} medicine={medicine} />
                ))}
              </ul>
            </section>
          )}
        </>
      )}
      <WithdrawnList kinds={['MedicationRequest']} />
    </Page>
  );
}
