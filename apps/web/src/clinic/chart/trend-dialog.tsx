import { Dialog, formatDateTime, formatNumber, SourceBadge, TrendChart, useLanguage } from '@yba/ui';
import { useMemo } from 'react';
import { useClinicText } from '../messages.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';
import { pointsOf, type TestSeries } from '../record/results.ts';
import { useRangeText, ValueText } from './value-cell.tsx';

type TrendDialogProps = {
  series: TestSeries;
  facilities: Facilities;
  own: string | undefined;
  who: string;
  onClose: () => void;
};

/** One test over all hospitals: its trend as a chart, and every value with its source, newest first. */
export function TrendDialog({ series, facilities, own, who, onClose }: TrendDialogProps) {
  const t = useClinicText();
  const range = useRangeText();
  const { language } = useLanguage();
  const latest = series.values.at(-1);
  const drawn = useMemo(() => {
    const numbered = series.values.filter((value) => value.number !== undefined);
    return {
      name: series.name,
      unit: series.unit,
      reference: latest?.reference,
      points: pointsOf(series).map((point, index) => ({
        ...point,
        text: formatNumber(numbered[index]?.text ?? '', language),
        source: sourceOfCode(numbered[index]?.facility, facilities, own).name,
      })),
    };
  }, [series, latest, facilities, own, language]);
  return (
    <Dialog wide title={`${series.name} ${series.unit}`} onClose={onClose}>
      <p className="micro">
        <b>{who.toLocaleUpperCase('vi')}</b>{' '}
        {latest?.referenceText && `${t('reference')} ${range(latest.referenceText)}`}
      </p>
      {drawn.points.length > 0 && <TrendChart series={drawn} />}
      <div className="values" tabIndex={0} role="region" aria-label={t('allValues')}>
        <table className="fs">
          <thead>
            <tr>
              <th scope="col">{t('time')}</th>
              <th scope="col">{t('value')}</th>
              <th scope="col">{t('reference')}</th>
              <th scope="col" className="from">
                {t('source')}
              </th>
            </tr>
          </thead>
          <tbody>
            {series.values.toReversed().map((value) => {
              const source = sourceOfCode(value.facility, facilities, own);
              return (
                <tr key={value.id}>
                  <td>{formatDateTime(new Date(value.at))}</td>
                  <td>
                    <ValueText value={value} />
                  </td>
                  <td className="ref">{range(value.referenceText)}</td>
                  <td className="from">
                    <SourceBadge source={source} /> {source.name}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}
