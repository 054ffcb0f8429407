import { formatDateTime, formatNumber, formatPercent, useLanguage } from '@yba/ui';
import { useCommandText, type CommandKey } from '../messages.ts';
import { mapValues, type Measure } from '../figures/measures.ts';
import type { Figures } from '../figures/read-figures.ts';
import { ratioOf } from '../figures/states.ts';
import { CountryMap } from '../map/country-map.tsx';
import { Legend } from '../map/legend.tsx';
import { provinceName } from '../map/provinces.ts';
import { ProvincesTable } from './provinces-table.tsx';

const measures: readonly (readonly [Measure, CommandKey])[] = [
  ['connected', 'measureConnected'],
  ['sending', 'measureSending'],
  ['visits', 'measureVisits'],
];

/** The country as a map or as a table, and the chosen province in words. */
export function MapPanel(props: {
  figures: Figures;
  view: 'map' | 'table';
  onView: (view: 'map' | 'table') => void;
  measure: Measure;
  onMeasure: (measure: Measure) => void;
  chosen: string | undefined;
  onChoose: (code: string | undefined) => void;
  onRows: () => void;
}) {
  const t = useCommandText();
  const { figures, view, measure, chosen, onChoose } = props;
  const values = mapValues(figures, measure);
  // a measure that needs every row is not offered when some are left out
  const offered = measures.filter(([value]) => value !== 'sending' || figures.rowsOmitted === 0);
  return (
    <section className="country-panel" aria-label={t('mapTitle')}>
      <div className="switches">
        <div className="seg" role="group" aria-label={t('view')}>
          {(['map', 'table'] as const).map((one) => (
            <button key={one} type="button" aria-pressed={view === one} onClick={() => props.onView(one)}>
              {t(one === 'map' ? 'viewMap' : 'viewTable')}
            </button>
          ))}
        </div>
        {view === 'map' && (
          <div className="seg" role="group" aria-label={t('measure')}>
            {offered.map(([value, key]) => (
              <button
                key={value}
                type="button"
                aria-pressed={value === measure}
                onClick={() => props.onMeasure(value)}
              >
                {t(key)}
              </button>
            ))}
          </div>
        )}
      </div>
      {view === 'map' ? (
        <div className="mapbox">
          <CountryMap values={values} measure={measure} chosen={chosen} onChoose={onChoose} />
          <Legend values={values} measure={measure} />
        </div>
      ) : (
        <ProvincesTable figures={figures} chosen={chosen} onChoose={onChoose} />
      )}
      <Detail {...props} />
    </section>
  );
}

function Detail({
  figures,
  measure,
  chosen,
  onRows,
}: {
  figures: Figures;
  measure: Measure;
  chosen: string | undefined;
  onRows: () => void;
}) {
  const t = useCommandText();
  const { language } = useLanguage();
  const number = (value: number) => formatNumber(value, language);
  const province = figures.provinces.find(({ code }) => code === chosen);
  if (!province) {
    return (
      <div className="detail" role="status">
        <span>{t('pickHint')}</span>
      </div>
    );
  }
  const value = mapValues(figures, measure).find(({ code }) => code === chosen);
  const ratio = value?.share && ratioOf(value.share);
  const says =
    value?.step === 'none'
      ? t('detailNone')
      : value?.share
        ? t('detailShare', {
            percent: formatPercent(ratio ?? 0, language),
            part: number(value.share.part),
            whole: number(value.share.whole),
          })
        : t('detailVisits', { count: number(province.visitsToday) });
  return (
    <div className="detail" role="status">
      <span>
        <b>{provinceName(province.code, language) ?? province.name}</b> · {says} ·{' '}
        {formatDateTime(figures.asOf)}
      </span>
      {province.facilities > 0 && (
        <button type="button" onClick={onRows}>
          {t('provinceRows', { count: number(province.facilities) })} →
        </button>
      )}
    </div>
  );
}
