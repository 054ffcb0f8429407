import { formatDate } from '@yba/ui';
import { useWords } from '../book-context.tsx';
import type { Medicine } from '../record/medicines.ts';
import { useDoseWords } from './dose-words.ts';
import { PrivateMark } from './private-mark.tsx';

/** One medicine: name, how and when to take it, until when; `brief` leaves out where it was prescribed. */
export function MedicineRow({ medicine, brief = false }: { medicine: Medicine; brief?: boolean }) {
  const t = useWords();
  const dose = useDoseWords()(medicine);
  const named = medicine.slots.filter((slot) => slot !== 'asTold');
  const how = [
    dose && t('doseTimes', { dose }),
    named.map((slot) => t(slot).toLocaleLowerCase('vi')).join(', '),
    medicine.meal && t(medicine.meal),
  ].filter(Boolean);
  return (
    <li className="mrow">
      <span className="name">
        {medicine.name} {medicine.sensitive && <PrivateMark />}
      </span>
      <span className="how">{medicine.told ?? how.join(', ')}</span>
      <small>
        {medicine.until ? t('until', { date: formatDate(medicine.until) }) : medicine.current && t('noEnd')}
      </small>
      {medicine.reported && <small>{t('reported')}</small>}
      {!brief && !medicine.reported && medicine.from && (
        <small>
          {t('prescribedAt', { date: formatDate(medicine.from), place: medicine.place ?? t('placeUnknown') })}
          {medicine.prescriber && ` ${t('prescribedBy', { name: medicine.prescriber })}`}
        </small>
      )}
    </li>
  );
}
